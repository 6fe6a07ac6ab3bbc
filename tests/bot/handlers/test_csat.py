"""How the help was: five answers in the order of their points, in a list that WhatsApp shows."""

import pytest

from bot import takeover
from bot.limits import WHATSAPP
from storage import cases
from storage.database import Transaction
from tests.bot.handlers.conftest import Reader
from tests.builders import add_staff, world

pytestmark = pytest.mark.asyncio
LABELS = ["Very bad", "Bad", "So-so", "Good", "Very good"]


async def resolved(reader: Reader) -> None:
    """A member of staff took the conversation and settled the matter."""
    house, lease = reader.house, takeover.Lease.of(world().programme)

    def work(transaction: Transaction) -> None:
        nora = add_staff(transaction)
        now = house.clock.now
        case = takeover.take(transaction, lease, reader.id, nora, version=None, now=now)
        takeover.resolve(transaction, lease, case.id, by=nora, version=case.version, now=now)

    await house.database.write(work)
    await house.settle()


@pytest.mark.parametrize(("answer", "points"), [("Very good", 5), ("4", 4), ("3", 3), ("bad", 2), ("1", 1), ("5", 5)])
async def test_an_answer_is_points(emma: Reader, answer: str, points: int) -> None:
    await resolved(emma)
    asked = (await emma.house.said())[-1]
    assert [choice.label for choice in asked.choices] == LABELS
    assert len(LABELS) <= WHATSAPP.list_items and max(map(len, LABELS)) <= WHATSAPP.list_label
    await emma.asks(answer)
    first = (await emma.house.database.read(lambda t: cases.of_member(t, emma.id)))[-1]
    assert first.score == points
    assert await emma.house.member(emma.id, "control") == ("human" if points <= 2 else "bot")
