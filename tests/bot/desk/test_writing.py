"""Answers, files, templates, notes, sending again, points: what is stored, once each, and what is refused."""

import pytest

from bot.message import decode
from storage import attachments, ledger
from tests.bot.desk.front import Front, act, error_of
from tests.bot.desk.office import Browser
from tests.builders import DAY

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\x00" * 20


async def talking(front: Front, **fields: object) -> tuple[int, Browser]:
    member = await front.member(**fields)
    await front.waits(member)
    paola = await front.somebody()
    await front.taken(paola, member)
    return member, paola


async def written(front: Front) -> list[tuple[str, int]]:
    rows = await front.rows("select body, author_id from outbox where author_id is not null order by id")
    return [(decode(body).text.body, author) for body, author in rows]


@pytest.mark.asyncio
async def test_an_answer_goes_out_in_the_writer_s_name(front: Front) -> None:
    member, paola = await talking(front)
    answer = await act(paola, member, "reply", await front.case(member), words=" Buongiorno!\r\nCome va? ")
    assert answer.json()["ok"] is True
    assert await written(front) == [("Buongiorno!\nCome va?", paola.staff.id if paola.staff else 0)]
    assert (await front.case(member)).waiting_since is None
    assert "replied" in await front.done()


@pytest.mark.asyncio
async def test_a_form_sent_twice_sends_once(front: Front) -> None:
    member, paola = await talking(front)
    case = await front.case(member)
    for _ in range(2):
        assert (await act(paola, member, "reply", case, words="Ciao", key="same")).status_code == 200
    assert len(await written(front)) == 1
    assert (await front.done()).count("replied") == 1
    assert (await act(paola, member, "reply", case, words="Ciao", key="other")).status_code == 200
    assert len(await written(front)) == 2


@pytest.mark.asyncio
async def test_the_key_of_a_form_means_nothing_at_another_member(front: Front) -> None:
    first, paola = await talking(front)
    second = await front.member()
    await front.taken(paola, second)
    for member in (first, second):
        case = await front.case(member)
        assert (await act(paola, member, "reply", case, words=f"to {member}", key="same")).status_code == 200
        assert (await act(paola, member, "note", case, words=f"of {member}", key="same")).status_code == 200
        given = await act(paola, member, "points", case, points="5", reason="late", key="same")
        assert given.status_code == 200
    assert [words for words, _ in await written(front)] == [f"to {first}", f"to {second}"]
    notes = await front.rows("select member_id from case_entry where kind = 'note' order by id")
    gifts = await front.rows("select member_id from audit_entry where action = 'points_given' order by id")
    assert notes == gifts == [(first,), (second,)]


@pytest.mark.asyncio
async def test_what_cannot_be_an_answer(front: Front) -> None:
    member, paola = await talking(front)
    case = await front.case(member)
    assert (await act(paola, member, "reply", case, words=" \n ")).status_code == 422
    assert (await act(paola, member, "reply", case, words="x" * 4_001)).status_code == 422
    assert (await act(paola, member, "reply", case, words="x", key="")).status_code == 422
    assert await written(front) == []


@pytest.mark.asyncio
async def test_an_old_sight_of_the_case_writes_nothing(front: Front) -> None:
    member, paola = await talking(front)
    case = await front.case(member)
    stale = case._replace(version=case.version - 1)
    assert (await act(paola, member, "reply", stale, words="x")).status_code == 409
    await act(paola, member, "return", case)
    assert (await act(paola, member, "reply", await front.case(member), words="x")).status_code == 409
    assert await written(front) == []


@pytest.mark.asyncio
async def test_nothing_goes_to_who_cannot_be_written_to(front: Front) -> None:
    member, paola = await talking(front)
    await front.opt_out(member)
    refused = await act(paola, member, "reply", await front.case(member), words="x")
    assert (refused.status_code, error_of(refused)) == (409, "The member asked for no more messages.")
    late, _ = await talking(front, inbound=front.clock() - DAY)
    other = await front.somebody("supervisor")
    await front.taken(other, late)
    refused = await act(other, late, "reply", await front.case(late), words="x")
    assert refused.status_code == 409 and "only a template" in error_of(refused)
    assert await written(front) == []


async def uploads(front: Front, browser: Browser, member: int, content: bytes, key: str = "k") -> int:
    case = await front.case(member)
    answer = await browser.client.post(
        f"/desk/members/{member}/reply",
        data={"csrf": browser.csrf, "version": str(case.version), "words": "Ecco", "key": key},
        files={"file": ("../a b<.png", content, "text/html")},
        headers={"x-desk": "fetch"},
    )
    return answer.status_code


@pytest.mark.asyncio
async def test_a_file_goes_with_it_once(front: Front) -> None:
    member, paola = await talking(front)
    for _ in range(2):
        assert await uploads(front, paola, member, PNG) == 200
    rows = await front.database.read(lambda t: attachments.of_member(t, member))
    assert [(row.name, row.type) for row in rows] == [("a b .png", "image/png")]
    body = (await front.rows("select body from outbox where author_id is not null"))[0][0]
    file = decode(body).attachment
    assert file is not None and (file.id, file.size) == (rows[0].id, len(PNG))


@pytest.mark.asyncio
async def test_files_that_are_not_taken(front: Front) -> None:
    member, paola = await talking(front)
    assert await uploads(front, paola, member, b"<html><script>") == 422
    assert await uploads(front, paola, member, PNG + b"\0" * 5 * 1024 * 1024) in (413, 422)
    assert await front.count("attachment") == 0 and await written(front) == []


@pytest.mark.asyncio
async def test_a_template_reopens_a_shut_window(front: Front) -> None:
    member, paola = await talking(front, inbound=front.clock() - DAY)
    html = await paola.page(f"/members/{member}")
    assert 'name="flow" value="birthday"' in html and 'value="occasion"' not in html
    case = await front.case(member)
    fields = dict.fromkeys(names_of(html), "7")
    unfilled = await act(paola, member, "template", case, flow="birthday")
    assert unfilled.status_code == 422 and "Fill in" in error_of(unfilled)
    assert (await act(paola, member, "template", case, flow="occasion", **fields)).status_code == 422
    assert (await act(paola, member, "template", case, flow="birthday", **fields)).status_code == 200
    body = (await front.rows("select body from outbox where author_id is not null"))[0][0]
    message = decode(body)
    assert message.template is not None and message.template.flow == "birthday"
    assert set(message.template.variables) == {"7"}


def names_of(html: str) -> list[str]:
    return [piece.partition('"')[0] for piece in html.split('name="')[1:] if piece.startswith("var_")]


@pytest.mark.asyncio
async def test_a_note_stays_inside_and_is_kept_once(front: Front) -> None:
    member = await front.member()
    paola = await front.somebody()
    for _ in range(2):
        assert (await act(paola, member, "note", words="Cliente da anni", key="n")).status_code == 200
    assert await front.rows("select kind, actor from case_entry") == [("note", paola.staff.id if paola.staff else 0)]
    assert await front.count("outbox") == 0
    assert (await act(paola, member, "note", words="  ")).status_code == 422
    long = await paola.post(f"/members/{member}/note", {"words": "Segreto" * 600, "key": "m"})
    answer, _, note = long.text.partition('<form id="note"')
    assert long.status_code == 422 and "Segreto" not in answer and "Segreto" in note


@pytest.mark.asyncio
async def test_sending_again(front: Front) -> None:
    member, paola = await talking(front)
    me = paola.staff.id if paola.staff else 0
    dead = await front.says(member, author_id=me, status="dead", error="400")
    sent, bots = await front.says(member, author_id=me, status="sent"), await front.says(member, status="dead")
    case = await front.case(member)
    assert (await act(paola, member, f"messages/{dead}/resend", case)).status_code == 200
    assert (await front.rows(f"select status, error from outbox where id = {dead}")) == [("pending", None)]
    for other in (dead, sent, bots, 1):
        assert (await act(paola, member, f"messages/{other}/resend", case)).status_code == 422, other
    stranger = await front.member()
    theirs = await front.says(stranger, author_id=me, status="dead")
    assert (await act(paola, member, f"messages/{theirs}/resend", case)).status_code == 422


async def gives(browser: Browser, member: int, points: str, key: str, reason: str = "late") -> int:
    return (await act(browser, member, "points", points=points, key=key, reason=reason)).status_code


@pytest.mark.asyncio
async def test_points_up_to_the_limit_of_the_role_in_a_day(front: Front) -> None:
    anna, bruno = await front.member(joined_at=1), await front.member(joined_at=1)
    paola = await front.somebody()
    assert await gives(paola, anna, "60", "a") == 200
    assert await gives(paola, anna, "60", "a") == 200
    assert await points_of(front, anna) == 60
    over = await act(paola, bruno, "points", points="41", key="b", reason="late")
    assert (over.status_code, error_of(over)) == (422, "That is more than you may give today: 40 are left.")
    assert await gives(paola, bruno, "40", "c") == 200
    assert await gives(paola, bruno, "1", "d") == 422
    assert await gives(await front.somebody(), bruno, "100", "e") == 200
    front.clock.later(DAY)
    again = await front.seats(paola.staff) if paola.staff else paola
    assert await gives(again, bruno, "1", "f") == 200
    assert await points_of(front, bruno) == 141


async def points_of(front: Front, member: int) -> int:
    return (await front.database.read(lambda t: ledger.position_of(t, member, front.clock()))).active


@pytest.mark.asyncio
async def test_points_are_told_in_the_thread_the_books_and_the_audit(front: Front) -> None:
    member = await front.member(joined_at=1)
    paola = await front.somebody()
    assert await gives(paola, member, "25", "a") == 200
    lines = await front.database.read(lambda t: ledger.statement(t, member))
    assert [(one.kind, one.reference, one.actor) for one in lines] == [
        ("goodwill", "late", f"staff:{paola.staff.id if paola.staff else 0}")
    ]
    html = await paola.page(f"/members/{member}")
    assert "Paola gave 25 points: A late order." in html
    assert "goodwill <bdi>A late order</bdi> <small><bdi>Paola</bdi></small>" in html
    assert (await front.rows("select detail from audit_entry where action = 'points_given'")) == [
        ('{"points":25,"reason":"late"}',)
    ]


@pytest.mark.asyncio
async def test_points_that_cannot_be_given(front: Front) -> None:
    member, stranger = await front.member(joined_at=1), await front.member(joined_at=None)
    paola = await front.somebody()
    for number, points in enumerate(("0", "-5", "1.5", "", "x", "9" * 30, "٥")):
        assert await gives(paola, member, points, f"k{number}") == 422, points
    assert await gives(paola, member, "5", "k", reason="because") == 422
    assert await gives(paola, stranger, "5", "k") == 422
    assert await gives(paola, member, "5", "") == 422
    assert await gives(await front.somebody("admin"), member, "5", "k") == 422
    assert await front.count("ledger_transaction") == 0
