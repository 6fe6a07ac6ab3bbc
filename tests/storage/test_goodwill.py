"""How many points one member of staff gave, on both databases."""

import pytest

from storage import goodwill, ledger
from storage.database import Database, Transaction
from storage.ledger import Earning
from tests.builders import DAY, MONDAY, add_person


@pytest.mark.asyncio
async def test_only_goodwill_of_this_person_since_then_counts(database: Database) -> None:
    def act(t: Transaction) -> tuple[int, int]:
        member = add_person(t, "whatsapp", "+393331112223")
        for key, points, kind, actor, at in (
            ("a", 10, "goodwill", "staff:1", MONDAY),
            ("b", 20, "goodwill", "staff:1", MONDAY - DAY),
            ("c", 40, "goodwill", "staff:2", MONDAY),
            ("d", 80, "purchase", "staff:1", MONDAY),
        ):
            ledger.earn(t, Earning(key, member, points, kind, "r", at, None, actor=actor), at)
        goodwill.hold(t, 1)
        return goodwill.given(t, "staff:1", since=MONDAY - DAY), goodwill.given(t, "staff:1", since=MONDAY - 2 * DAY)

    assert await database.write(act) == (10, 30)
    assert await database.read(lambda t: (goodwill.is_given(t, "a"), goodwill.is_given(t, "z"))) == (True, False)
