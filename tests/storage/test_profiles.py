"""The parts of a member's row that use cases change."""

import pytest

from storage import people, profiles
from tests.builders import member_row


@pytest.mark.asyncio
async def test_a_profile_is_saved_whole_and_nobody_elses(database) -> None:
    def work(transaction):
        people.add_members(transaction, [member_row(1, phone="+1", name="Ada"), member_row(2)])
        before = profiles.get(transaction, 1)
        after = before._replace(phone=None, birth_month=2, birth_day=29, marketing=0, merged_into=2, email="a@b.it")
        profiles.save(transaction, 1, after)
        return before, profiles.get(transaction, 1) == after, profiles.get(transaction, 2)

    before, kept, other = await database.write(work)
    assert (before.name, before.phone, kept) == ("Ada", "+1", True)
    assert (other.marketing, other.merged_into) == (1, None)


@pytest.mark.asyncio
async def test_nobody_has_no_profile(database) -> None:
    def work(transaction):
        with pytest.raises(LookupError, match="999"):
            profiles.get(transaction, 999)
        return True

    assert await database.write(work)


@pytest.mark.asyncio
async def test_email_and_phone_come_and_go(database) -> None:
    def work(transaction):
        people.add_members(transaction, [member_row(1, phone="+1")])
        profiles.set_email(transaction, 1, "a@b.it")
        profiles.take_phone(transaction, 1, "+2")
        with_phone = profiles.get(transaction, 1)
        profiles.take_phone(transaction, 1, "+1")
        profiles.set_email(transaction, 1, None)
        return with_phone[1:3], profiles.get(transaction, 1)[1:3]

    assert await database.write(work) == (("+1", "a@b.it"), (None, None))
