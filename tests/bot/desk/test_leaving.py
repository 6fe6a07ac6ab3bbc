"""Signing out with conversations in hand: back into the queue or kept, as the person says."""

import pytest

from tests.bot.desk.front import Front


@pytest.mark.parametrize(("choice", "is_kept"), [("release", False), ("keep", True)])
@pytest.mark.asyncio
async def test_who_has_conversations_says_what_becomes_of_them(front: Front, choice: str, is_kept: bool) -> None:
    member, aside = await front.member(name="Carla"), await front.member(name="Dino")
    paola = await front.somebody()
    for one in (member, aside):
        await front.hears(one, "Vorrei parlare con qualcuno")
        await front.taken(paola, one)
    await front.run(f"update support_case set status = 'snoozed' where member_id = {aside}")
    asked = await paola.post("/sign-out")
    assert asked.status_code == 200
    assert "Carla" in asked.text and "Dino" not in asked.text
    assert (await paola.get("/")).status_code == 200
    left = await paola.post("/sign-out", {"conversations": choice})
    assert left.headers["location"] == "/desk/sign-in"
    assert (await paola.get("/")).status_code == 303
    assert ((await front.case(member)).owner_id is not None) == is_kept
    assert (await front.case(aside)).owner_id is not None


@pytest.mark.asyncio
async def test_who_has_none_is_out_at_once(front: Front) -> None:
    paola = await front.somebody()
    assert (await paola.post("/sign-out")).headers["location"] == "/desk/sign-in"
