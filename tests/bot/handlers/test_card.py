"""What a member shows at the till is good for the till."""

import pytest

from loyalty import identifying
from loyalty.work import Work
from tests.builders import ANNA, MINUTE, House, text, world


def identify(house: House, **shown: str):
    def run(transaction):
        work = Work(transaction, world().programme, world().keyring, house.clock())
        return identifying.identify(work, audience="till", **shown)

    return house.database.write(run)


@pytest.mark.asyncio
async def test_the_card_says_how_long_it_lives_and_is_good_at_the_till(house: House) -> None:
    anna = await house.join(ANNA)
    await house.said()
    await house.batch(text(ANNA, "/card"))
    (shown,) = await house.said()
    assert shown.qr is not None
    codes = [shown.text.body[span.start : span.end] for span in shown.text.spans if span.mark == "code"]
    digits = next(one for one in codes if len(one) == 6)
    assert "5" in shown.text.body
    by_qr, by_digits = await identify(house, qr=shown.qr), await identify(house, code=digits)
    assert (by_qr.member.id, by_digits.member.id, by_qr.grade) == (anna, anna, "proven")
    assert await identify(house, qr=shown.qr) == "used"
    house.clock.later(6 * MINUTE)
    assert await identify(house, qr=shown.qr) == "expired"


@pytest.mark.asyncio
async def test_the_card_is_for_members(house: House) -> None:
    await house.turn(text(ANNA, "/card"))
    assert await house.value("select count(*) from proof") == 0
