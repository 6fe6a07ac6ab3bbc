"""The member's own code in the chat, and their view of the friends who came by it."""

import pytest

from tests.builders import ANNA, BRUNO, CARLA, House, text

ABU_DHABI = "+971501234567"


async def code_of(house: House, member: int) -> str:
    return str(await house.member(member, "referral_code"))


@pytest.mark.asyncio
async def test_the_flow_counts_friends_and_those_in_the_return_window(house: House) -> None:
    anna = await house.join(ANNA)
    code = await code_of(house, anna)
    alone = await house.turn(text(ANNA, "il mio codice"))
    bruno = await house.join(BRUNO, code=code)
    await house.join(CARLA, code=code)
    (came,) = await house.turn(text(ANNA, "il mio codice"))
    await house.run(f"update referral set state = 'qualified' where friend_id = {bruno}")
    (held,) = await house.turn(text(ANNA, "il mio codice"))
    assert all(code in words for words in (*alone, came, held))
    assert len(alone[0]) < len(came) < len(held)
    assert "2 " in came.replace(alone[0], "")


@pytest.mark.asyncio
async def test_a_market_without_referrals_shows_no_code_and_joins_without_one(house: House) -> None:
    anna = await house.join(ANNA)
    code = await code_of(house, anna)
    guest = await house.join(ABU_DHABI, code=code)
    assert await house.rows("select id from referral") == []
    assert await house.member(guest, "joined_at") is not None
    own = await code_of(house, guest)
    assert all(own not in words for words in await house.turn(text(ABU_DHABI, "my code")))
