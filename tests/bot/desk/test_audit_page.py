"""The audit is read in pages, by who may, and taken away as a table that does nothing."""

import csv
import io
import re

import pytest

from storage import audit
from storage.database import Transaction
from tests.bot.desk.front import Front
from tests.bot.desk.office import Office


async def fill(office: Office, number: int, **more: object) -> None:
    def work(transaction: object) -> None:
        for _ in range(number):
            audit.record(transaction, staff_id=None, action="seen", now=office.clock(), **more)

    await office.database.write(work)


@pytest.mark.asyncio
async def test_pages_newest_first(office: Office) -> None:
    auditor = await office.somebody("auditor")
    await fill(office, 120, member_id=7)
    text = await auditor.page("/audit?member=7")
    assert text.count("<code>seen</code>") == 100
    older = text.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    rest = await auditor.client.get(older)
    assert rest.text.count("<code>seen</code>") == 20
    assert 'rel="next"' not in rest.text
    assert (await auditor.page("/audit?member=8")).count("<code>seen") == 0


@pytest.mark.asyncio
async def test_what_is_asked_wrongly_is_not_asked(office: Office) -> None:
    auditor = await office.somebody("auditor")
    for query in ("member=x&staff=&before=", "member=99999999999999999999", "before=-1"):
        assert (await auditor.get(f"/audit?{query}")).status_code == 200


@pytest.mark.asyncio
async def test_the_table_does_nothing_in_a_spreadsheet(office: Office) -> None:
    auditor = await office.somebody("auditor")
    await fill(office, 1, detail={"a": 1})
    await office.database.write(lambda t: audit.record(t, staff_id=None, action="=cmd|'/c calc'!A1", now=1))
    answer = await auditor.get("/audit.csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="audit.csv"'
    assert answer.headers["cache-control"] == "no-store"
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert rows[0] == ["id", "at", "staff", "action", "member", "detail"]
    assert "'=cmd|'/c calc'!A1" in {row[3] for row in rows}
    assert (await office.done())[-1] == "audit_exported"


@pytest.mark.asyncio
async def test_who_is_limited_to_markets_reads_of_their_members_and_colleagues(front: Front) -> None:
    italian, french = await front.member(market="IT"), await front.member(market="FR")
    merged, chained = await front.member(market="IT"), await front.member(market="IT")
    await front.run(f"update member set merged_into = {french} where id = {merged}")
    await front.run(f"update member set merged_into = {merged} where id = {chained}")
    near, far = await front.hires("agent", markets=("IT",)), await front.hires("agent", markets=("IT", "FR"))
    boss = await front.hires("admin")

    def work(transaction: Transaction) -> None:
        for number, member_id in enumerate((italian, french, merged, chained, 99)):
            audit.record(transaction, staff_id=boss.id, action=f"about{number}", member_id=member_id, now=1)
        for number, person in enumerate((near, far, boss)):
            audit.record(transaction, staff_id=person.id, action=f"by{number}", now=1)
        audit.record(transaction, staff_id=None, action="by_nobody", now=1)

    await front.database.write(work)
    limited, free = await front.somebody("auditor", markets=("IT",)), await front.somebody("auditor")
    for path in ("/audit", "/audit.csv"):
        text = (await limited.get(path)).text
        assert set(re.findall(r"\b(?:about|by)_?\w+", text)) - {"by"} == {"about0", "by0"}, path
        assert "about4" in (await free.get(path)).text and "by_nobody" in (await free.get(path)).text
    assert "about1" not in (await limited.get(f"/audit?member={french}")).text
    assert "by1" not in (await limited.get(f"/audit?staff={far.id}")).text
    assert "audit_exported" in (await limited.get("/audit")).text


@pytest.mark.asyncio
async def test_pages_of_who_is_limited_are_full(front: Front) -> None:
    italian, french, merged = [await front.member(market=market) for market in ("IT", "FR", "IT")]
    await front.run(f"update member set merged_into = {french} where id = {merged}")
    auditor = await front.somebody("auditor", markets=("IT",))
    for member_id, number in ((italian, 60), (merged, 150), (italian, 60)):
        await fill(front, number, member_id=member_id)
    text = await auditor.page("/audit")
    assert text.count("<code>seen</code>") == 100
    older = text.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    assert (await auditor.client.get(older)).text.count("<code>seen</code>") == 20


@pytest.mark.asyncio
async def test_a_view_is_written_down(office: Office) -> None:
    from bot.desk import build_desk
    from bot.desk._routes import SIGNED_IN, DeskRoute

    async def view(call: object) -> object:
        await call.audit("member_seen", 12, page="card")
        return call.json({"sees": [call.sees("IT"), call.sees("FR")], "alive": await call.is_alive()})

    office.app = build_desk(office.context, [DeskRoute("GET", "/view", SIGNED_IN, view)])
    browser = await office.somebody("agent", markets=("IT",))
    assert (await browser.get("/view")).json() == {"sees": [True, False], "alive": True}
    found = await office.rows("select staff_id, member_id, detail from audit_entry where action = 'member_seen'")
    assert found == [(browser.staff.id, 12, '{"page":"card"}')]
