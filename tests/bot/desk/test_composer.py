"""The composer: ready answers in the member's language, why it is shut, and what a text costs on its channel."""

import pytest

from bot.desk._composer import Filling, measure
from bot.desk._lease import Place, place_of
from loyalty.support import HOLES
from storage import members
from tests.bot.desk.front import NASTY, Front, act
from tests.builders import DAY


@pytest.mark.asyncio
async def test_ready_answers_are_filled_for_this_member(front: Front) -> None:
    member = await front.member(name="Anna", joined_at=1)
    await front.earns(member, 1_250)
    paola = await front.somebody(name="Paola")
    await front.taken(paola, member)
    html = await paola.page(f"/members/{member}")
    text = "Ciao Anna, 1.250 punti, Argento: Paola ciao@bentornato.example"
    assert f'<option value="hello" data-text="{text}">Hello</option>' in html.replace("Bronzo", "Argento")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html and NASTY not in html
    inserted = await paola.page(f"/members/{member}?canned=hello")
    assert "Ciao Anna, 1.250 punti" in inserted.partition("<textarea")[2].partition("</textarea>")[0]


@pytest.mark.asyncio
async def test_the_language_is_the_member_s_and_what_is_unknown_goes(front: Front) -> None:
    member = await front.member(name=None, locale="en")
    paola = await front.somebody(locale="it")
    html = await paola.page(f"/members/{member}")
    assert '<option value="hello" data-text="Hi">Saluto</option>' in html


def test_holes_are_filled_in_one_pass() -> None:
    filling = Filling("it", {"name": "{points}", "points": "5"})
    assert filling.of("Ciao {name}: {points} {tier}, {other}") == "Ciao {points}: 5, {other}"


def test_everything_that_a_ready_answer_may_hold_is_filled() -> None:
    """`programme check` lets these through: what it lets through must not reach a member in braces."""
    filling = Filling("it", dict.fromkeys(HOLES, "x"))
    assert filling.of(" ".join(f"{{{name}}}" for name in sorted(HOLES))) == " ".join("x" * len(HOLES))


@pytest.mark.asyncio
async def test_why_nothing_can_be_written(front: Front) -> None:
    member = await front.member()
    await front.waits(member)
    paola = await front.somebody()
    assert "Take the conversation to answer." in await paola.page(f"/members/{member}")
    await front.taken(paola, member)
    page = await paola.page(f"/members/{member}")
    assert 'id="why-not"' not in page and 'id="words" name="words" rows="2" maxlength="4000" dir="auto">' in page
    await front.opt_out(member)
    page = await paola.page(f"/members/{member}")
    assert '<p class="why-not" id="why-not">The member asked for no more messages.</p>' in page
    assert 'dir="auto" disabled aria-describedby="why-not">' in page


@pytest.mark.asyncio
async def test_templates_are_offered_only_when_the_window_is_shut(front: Front) -> None:
    open_one, shut_one = await front.member(), await front.member(inbound=front.clock() - DAY)
    german = await front.member(inbound=front.clock() - DAY, locale="de")
    paola = await front.somebody()
    found = []
    for member in (open_one, shut_one, german):
        await front.taken(paola, member)
        found.append('id="templates"' in await paola.page(f"/members/{member}"))
    assert found == [False, True, False]


async def place(front: Front, channel: str) -> tuple[Place, int]:
    member = await front.member(channel)
    found = await front.database.read(lambda t: place_of(front.context, t, member, None))
    assert found is not None
    return found, member


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("text", "parts", "gsm7"),
    [
        ("", 0, None),
        ("a" * 160, 1, True),
        ("a" * 161, 2, True),
        ("a" * 306, 2, True),
        ("a" * 307, 3, True),
        ("a" * 158 + "€", 1, True),
        ("a" * 159 + "€", 2, True),
        ("я" * 70, 1, False),
        ("я" * 71, 2, False),
        ("я" * 134, 2, False),
        ("я" * 135, 3, False),
        ("“perché”", 1, True),
    ],
)
async def test_sms_parts(front: Front, text: str, parts: int, gsm7: bool | None) -> None:
    there, member_id = await place(front, "sms")
    member = await front.database.read(lambda t: members.get(t, member_id))
    assert member is not None
    found = measure(front.context, there, member, text, reader="en")
    assert (found.parts, found.gsm7) == (parts, gsm7)
    assert found.cost == (f"€0.{7 * parts:02d}" if parts else "")


@pytest.mark.asyncio
async def test_the_measure_is_asked_while_it_is_written(front: Front) -> None:
    member = await front.member("sms")
    paola = await front.somebody(locale="it")
    answer = await act(paola, member, "measure", words="a" * 161)
    assert answer.json() == {
        "parts": 2,
        "characters": 161,
        "gsm7": True,
        "cost": "0,14\u00a0€",
        "words": answer.json()["words"],
    }
    assert "161" in answer.json()["words"] and "0,14" in answer.json()["words"]
    chat = await front.member("telegram", value="4711")
    answer = await act(paola, chat, "measure", words="x" * 5_000)
    assert (answer.json()["parts"], answer.json()["gsm7"], answer.json()["cost"]) == (2, None, "")
