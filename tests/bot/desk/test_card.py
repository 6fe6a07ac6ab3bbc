"""The member's card: what is on it, in whose language, and that codes are not."""

import pytest

from bot.flows.session import Frame, Session, Wait, dump
from loyalty import couponing
from loyalty.work import Work
from storage import members, people
from tests.bot.desk.front import Front, the_world


@pytest.mark.asyncio
async def test_what_is_on_it(front: Front) -> None:
    member = await front.member(
        name="Anna", birth_month=5, birth_day=17, referral_code="ANNA-7", joined_at=front.clock()
    )
    await front.earns(member, 1_250)
    issued = await front.does(lambda t: issue(front, t, member))
    session = Session((Frame("rewards", "v1", "confirm", {}),), Wait("tok"))
    row = {"address_id": member, "flow": "rewards", "version": "v1", "step": "confirm", "state": dump(session)}
    await front.does(lambda t: people.save_sessions(t, [{**row, "updated_at": 1}]))
    consent = {"id": 1, "member_id": member, "channel": "whatsapp", "purpose": "marketing", "action": "grant"}
    more = {"basis": "consent", "text_version": "1", "locale": "it", "source": "text", "evidence": None}
    await front.does(lambda t: people.add_consents(t, [{**consent, **more, "at": front.clock()}]))
    html = (await (await front.somebody()).get(f"/members/{member}/card")).text
    for piece in (
        "<bdi>Anna</bdi>",
        "Italian",
        "May 17",
        "ANNA-7",
        "<strong>1,250</strong>",
        "+1,250",
        "purchase",
        "order-1",
        "Free coffee",
        "rewards · confirm",
        "Offers: agreed",
        "Europe/Rome",
    ):
        assert piece in html, piece
    assert issued.code not in html and issued.code[:4] not in html


def issue(front: Front, t, member: int):  # type: ignore[no-untyped-def]
    row = members.get(t, member)
    assert row is not None
    return couponing.issue(Work(t, the_world().programme, the_world().keyring, front.clock()), row, "free_coffee", "k1")


@pytest.mark.asyncio
async def test_channels_say_when_they_are_shut(front: Front) -> None:
    member = await front.member()
    await front.opt_out(member)
    await front.does(lambda t: people.set_reachable(t, member, False))
    html = (await (await front.somebody()).get(f"/members/{member}/card")).text
    assert "wants no messages" in html and "cannot be reached" in html


@pytest.mark.asyncio
async def test_cases_so_far_with_their_scores(front: Front) -> None:
    member = await front.member()
    case = await front.waits(member)
    await front.run(f"update support_case set status = 'resolved', score = 4 where id = {case.id}")
    html = (await (await front.somebody()).get(f"/members/{member}/card")).text
    assert "asked for a person · resolved" in html and "4 of 5" in html


@pytest.mark.asyncio
async def test_points_are_offered_to_who_may_give_them(front: Front) -> None:
    member = await front.member()
    paola = await front.somebody(locale="it")
    html = (await paola.get(f"/members/{member}/card")).text
    assert "Un ordine in ritardo" in html and 'max="100"' in html
    for role in ("viewer", "auditor"):
        assert "/points" not in (await (await front.somebody(role)).get(f"/members/{member}/card")).text
    stranger = await front.member(joined_at=None)
    assert "/points" not in (await paola.get(f"/members/{stranger}/card")).text


@pytest.mark.asyncio
async def test_the_key_stays_until_something_is_given(front: Front) -> None:
    member = await front.member()
    paola = await front.somebody()
    cards = [(await paola.get(f"/members/{member}/card")).text for _ in range(2)]
    assert cards[0] == cards[1]
    await front.earns(member, 1)
    assert (await paola.get(f"/members/{member}/card")).text.partition('name="key"')[2][:40] not in cards[0]


@pytest.mark.asyncio
async def test_looking_is_written_down(front: Front) -> None:
    member = await front.member()
    paola = await front.somebody()
    for _ in range(2):
        await paola.get(f"/members/{member}/card")
    assert (await front.done()).count("card_seen") == 1
