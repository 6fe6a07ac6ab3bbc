"""Printed cards: one member each."""

import pytest

from storage import cards, members, people
from storage.database import Database, Transaction
from tests.builders import member_row


@pytest.mark.asyncio
async def test_a_card_has_one_owner_and_a_member_one_card(database: Database) -> None:
    def work(transaction: Transaction) -> tuple[list[bool], list[str | None]]:
        people.add_members(transaction, [member_row(1), member_row(2)])
        tried = [cards.set_card(transaction, member, card) for member, card in ((1, "a"), (2, "a"), (1, "b"), (2, "b"))]
        return tried, [row.card_number for row in members.lock(transaction, 1, 2)]

    assert await database.write(work) == ([True, False, False, True], ["a", "b"])
