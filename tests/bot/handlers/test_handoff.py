"""A person instead of the bot: what the member may expect, by the market's hours and by who sits at the desk."""

import pytest

from tests.bot.handlers.conftest import Reader
from tests.builders import HOUR, add_staff

pytestmark = pytest.mark.asyncio
HERE = 'A colleague will answer you here. To go on with me, write "menu".'


async def staffed(reader: Reader, **fields: object) -> None:
    await reader.house.database.write(lambda t: add_staff(t, **fields))


async def test_somebody_is_there(emma: Reader) -> None:
    await staffed(emma)
    assert await emma.asks("talk to a person") == [HERE]
    assert await emma.house.rows("select reason, priority, market from support_case") == [("asked", 2, "IT")]


@pytest.mark.parametrize(
    ("later", "opens"), [(3 * HOUR, "March 2, 2026, 2:00 PM"), (12 * HOUR, "March 3, 2026, 9:00 AM")]
)
async def test_the_hour_is_told_when_somebody_is_there_again(emma: Reader, later: int, opens: str) -> None:
    """At one o'clock it is lunch time in Italy, at ten in the evening everybody is at home."""
    await staffed(emma)
    emma.house.clock.later(later)
    (said,) = await emma.asks("talk to a person")
    assert said.startswith("Our team is away now.") and opens in said.replace("\u202f", " ")


@pytest.mark.parametrize(
    "fields",
    [{"role": "viewer"}, {"role": "marketer"}, {"markets": '["JP"]'}, {"disabled_at": 1}],
    ids=str,
)
async def test_who_cannot_answer_this_market_is_nobody(emma: Reader, fields: dict[str, object]) -> None:
    await staffed(emma, **fields)
    (said,) = await emma.asks("talk to a person")
    assert "ciao@bentornato.example" in said
    assert await emma.house.rows("select id from support_case") == []


async def test_a_complaint_goes_before_others(emma: Reader) -> None:
    await staffed(emma, markets='["IT"]')
    (said,) = await emma.asks("I want to complain")
    assert said.startswith("We are sorry")
    assert await emma.house.rows("select reason, priority from support_case") == [("complaint", 1)]
