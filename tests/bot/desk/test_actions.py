"""Acts on the lease: by permission and by state, once each, and told plainly when somebody else was quicker."""

import asyncio

import orjson
import pytest

from storage.cases import CaseRow
from tests.bot.desk.front import Front, act, error_of
from tests.builders import us


async def asked(front: Front) -> tuple[int, CaseRow]:
    member = await front.member()
    await front.hears(member, "Vorrei parlare con qualcuno")
    return member, await front.waits(member)


@pytest.mark.asyncio
async def test_taking_without_a_script(front: Front) -> None:
    member, case = await asked(front)
    paola = await front.somebody()
    answer = await paola.post(f"/members/{member}/take", {"version": str(case.version)})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/desk/members/{member}")
    assert (await front.case(member)).owner_id == (paola.staff.id if paola.staff else 0)
    assert "You have this conversation." in await paola.page(f"/members/{member}")
    assert "conversation_taken" in await front.done()


@pytest.mark.asyncio
async def test_of_two_who_take_it_one_does(front: Front) -> None:
    member, case = await asked(front)
    paola, quick = await front.somebody(), await front.somebody(name="Svelta")
    assert (await act(quick, member, "take", case)).json()["ok"] is True
    late = await act(paola, member, "take", case)
    assert late.status_code == 409
    assert error_of(late) == "Svelta took this conversation a moment ago."
    html = orjson.loads(late.content)["html"]
    assert html.startswith('<header class="lease') and "Svelta has this conversation." in html
    assert (await front.case(member)).owner_id == (quick.staff.id if quick.staff else 0)


@pytest.mark.asyncio
async def test_of_five_who_take_it_at_the_same_moment_one_does(front: Front) -> None:
    member, case = await asked(front)
    browsers = [await front.somebody() for _ in range(5)]
    answers = await asyncio.gather(*(act(one, member, "take", case) for one in browsers))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409]


@pytest.mark.asyncio
async def test_what_was_typed_is_kept_without_a_script(front: Front) -> None:
    member, case = await asked(front)
    paola, quick = await front.somebody(), await front.somebody(name="Svelta")
    await front.taken(quick, member)
    form = {"version": str(case.version), "words": "Mi scusi <per> l'attesa", "key": "k"}
    answer = await paola.post(f"/members/{member}/reply", form)
    assert answer.status_code == 409
    assert "Mi scusi &lt;per&gt; l&#39;attesa</textarea>" in answer.text
    assert '<p class="flash" role="alert">Svelta took this conversation a moment ago.</p>' in answer.text


@pytest.mark.asyncio
async def test_who_only_looks_cannot_act(front: Front) -> None:
    member, case = await asked(front)
    acts = ("take", "release", "return", "resolve", "reopen", "snooze", "assign", "labels", "priority")
    for role in ("viewer", "auditor", "marketer"):
        browser = await front.somebody(role)
        for name in (*acts, "note", "reply", "template", "points", "measure", "messages/1/resend"):
            assert (await act(browser, member, name, case, words="x")).status_code == 403, (role, name)
    assert (await front.case(member)) == case


@pytest.mark.asyncio
async def test_an_agent_does_not_take_from_a_colleague_but_a_supervisor_does(front: Front) -> None:
    member, _ = await asked(front)
    owner = await front.somebody(name="Olga")
    case = await front.taken(owner, member)
    paola, boss = await front.somebody(), await front.somebody("supervisor")
    for name in ("take", "release", "return", "resolve", "snooze", "assign"):
        refused = await act(paola, member, name, case, until="1h", to="1")
        assert refused.status_code == 409, name
        assert "Olga" in error_of(refused)
    assert (await front.case(member)) == case
    assert (await act(boss, member, "take", case)).status_code == 200
    assert (await front.case(member)).owner_id == (boss.staff.id if boss.staff else 0)


@pytest.mark.asyncio
async def test_there_and_back(front: Front) -> None:
    member, _ = await asked(front)
    paola = await front.somebody()
    case = await front.taken(paola, member)
    assert (await act(paola, member, "release", case)).json()["version"] == case.version + 1
    assert (await front.case(member)).owner_id is None
    case = await front.taken(paola, member)
    await act(paola, member, "return", case)
    case = await front.case(member)
    assert (case.status, await control(front, member)) == ("pending", "bot")
    assert (await act(paola, member, "take", case)).status_code == 200
    case = await front.case(member)
    await act(paola, member, "resolve", case)
    case = await front.case(member)
    assert (case.status, await control(front, member)) == ("resolved", "bot")
    assert (await act(paola, member, "reopen", case)).status_code == 200
    assert ((await front.case(member)).id, await control(front, member)) == (case.id, "human")


async def control(front: Front, member: int) -> str:
    return str((await front.rows(f"select control from member where id = {member}"))[0][0])


@pytest.mark.asyncio
async def test_giving_it_to_a_colleague(front: Front) -> None:
    member, _ = await asked(front)
    paola = await front.somebody()
    case = await front.taken(paola, member)
    far, looker = await front.hires(markets=("DE",)), await front.hires("viewer")
    for wrong in ("", "x", "99", str(far.id), str(looker.id)):
        assert (await act(paola, member, "assign", case, to=wrong)).status_code == 422, wrong
    near = await front.hires(name="Nadia")
    assert (await act(paola, member, "assign", case, to=str(near.id))).status_code == 200
    assert (await front.case(member)).owner_id == near.id


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("choice", "until"),
    [
        ("1h", us("2026-03-02T11:00+01:00")),
        ("4h", us("2026-03-02T14:00+01:00")),
        ("tomorrow", us("2026-03-03T09:00+01:00")),
        ("3d", us("2026-03-05T10:00+01:00")),
        ("reply", us("2026-03-16T10:00+01:00")),
    ],
)
async def test_putting_it_aside(front: Front, choice: str, until: int) -> None:
    member, _ = await asked(front)
    paola = await front.somebody()
    case = await front.taken(paola, member)
    assert (await act(paola, member, "snooze", case, until=choice)).status_code == 200
    now = await front.case(member)
    assert (now.status, now.snoozed_until) == ("snoozed", until)
    html = await paola.page(f"/members/{member}")
    assert '<time class="until"' in html.partition('id="lease"')[2].partition("</header>")[0]
    assert "until the member writes, at most 14 days" in await paola.page(f"/members/{(await asked(front))[0]}")


@pytest.mark.asyncio
async def test_taking_up_again_what_one_had_put_aside(front: Front) -> None:
    member, _ = await asked(front)
    paola = await front.somebody()
    case = await front.taken(paola, member)
    await act(paola, member, "snooze", case, until="3d")
    aside = await front.case(member)
    assert (await act(paola, member, "reply", aside, words="x")).status_code == 409
    assert (await act(paola, member, "take", aside)).status_code == 200
    again = await front.case(member)
    assert (again.status, again.owner_id) == ("open", paola.staff.id if paola.staff else 0)
    assert "Paola took the conversation up again." in await paola.page(f"/members/{member}")


@pytest.mark.asyncio
async def test_putting_it_aside_for_no_time_of_ours(front: Front) -> None:
    member, _ = await asked(front)
    paola = await front.somebody()
    case = await front.taken(paola, member)
    assert (await act(paola, member, "snooze", case, until="9y")).status_code == 422


@pytest.mark.asyncio
async def test_priority_and_labels(front: Front) -> None:
    member, case = await asked(front)
    paola = await front.somebody()
    assert (await act(paola, member, "priority", case, priority="0")).status_code == 200
    assert (await act(paola, member, "priority", case, priority="7")).status_code == 422
    assert (await act(paola, member, "labels", case, labels=["vip", "shipping"])).status_code == 200
    assert (await act(paola, member, "labels", case, labels=["made up"])).status_code == 422
    now = await front.case(member)
    assert (now.priority, orjson.loads(now.labels)) == (0, ["shipping", "vip"])
    assert (await act(paola, member, "labels", now)).status_code == 200
    assert orjson.loads((await front.case(member)).labels) == []


@pytest.mark.asyncio
async def test_a_member_nobody_has_a_case_with(front: Front) -> None:
    member = await front.member()
    paola = await front.somebody()
    assert (await act(paola, member, "resolve")).status_code == 409
    assert (await act(paola, member, "take")).status_code == 200
    assert (await front.case(member)).reason == "staff"
    assert (await act(paola, member, "take", version="x")).status_code == 400


@pytest.mark.asyncio
async def test_without_the_token_nothing_is_done(front: Front) -> None:
    member, case = await asked(front)
    paola = await front.somebody()
    answer = await paola.post(f"/members/{member}/take", {"version": str(case.version)}, csrf="wrong")
    assert answer.status_code == 403
    assert (await front.case(member)) == case
