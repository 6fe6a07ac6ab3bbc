"""Files of members: kept whole, listed without their bytes, dropped together."""

import pytest

from storage import attachments
from tests.builders import add_person


@pytest.mark.asyncio
async def test_a_file_is_kept_listed_and_dropped(database) -> None:
    def work(transaction):
        one, two = add_person(transaction, "sms", "+1"), add_person(transaction, "sms", "+2")
        fields = {"staff_id": 7, "type": "image/png", "content": b"\x00\xff\x89", "now": 5}
        kept = [attachments.add(transaction, member_id=who, name=f"{who}.png", **fields) for who in (one, one, two)]
        row = attachments.get(transaction, kept[0])
        listed = attachments.of_member(transaction, one)
        dropped = [attachments.drop(transaction, who) for who in (one, one)]
        return one, kept, row, listed, dropped, [attachments.get(transaction, each) is None for each in kept]

    one, kept, row, listed, dropped, gone = await database.write(work)
    assert tuple(row) == (kept[0], one, 7, f"{one}.png", "image/png", b"\x00\xff\x89", 5)
    assert [(each.id, each.size, each.at) for each in listed] == [(kept[0], 3, 5), (kept[1], 3, 5)]
    assert (dropped, gone) == ([2, 0], [True, True, False])
