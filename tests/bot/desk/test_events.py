"""The event stream over HTTP: who may listen, what goes over the wire, and how it ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest
import pytest_asyncio

from bot.desk import _events, _staff_pages
from bot.desk._build import build_desk
from bot.desk._hub import Hub
from storage.database import Database
from tests.bot.desk.desks import QUICK, Stub
from tests.bot.desk.desks import Office as Members
from tests.bot.desk.office import Browser, Office
from tests.builders import query


class Stream:
    """A browser that listens: the server's side of one connection."""

    def __init__(self, app: Any, browser: Browser, query: str, **headers: str) -> None:
        cookies = "; ".join(f"{name}={value}" for name, value in browser.client.cookies.items())
        sent = {"accept": "text/event-stream", "cookie": cookies, "host": "desk.test", **headers}
        self.scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "https",
            "path": "/desk/events",
            "raw_path": b"/desk/events",
            "root_path": "/desk",
            "query_string": query.encode(),
            "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in sent.items()],
            "client": ("192.0.2.7", 1),
            "server": ("desk.test", 443),
        }
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body = b""
        self.is_whole = False
        self.holds = asyncio.Event()
        self.holds.set()
        self._gone = asyncio.Event()
        self.task = asyncio.create_task(app(self.scope, self._receive, self._send))

    async def _receive(self) -> dict[str, Any]:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        await self.holds.wait()
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            self.body += message.get("body", b"")
            self.is_whole = not message.get("more_body", False)

    def leave(self) -> None:
        self._gone.set()

    async def until(self, words: bytes) -> None:
        async with asyncio.timeout(5):
            while words not in self.body:
                await asyncio.sleep(0.002)


class House(Office):
    """The desk with the event route and a hub."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.hub = Hub(database, Stub(), self.clock, QUICK)
        self.context = replace(self.context, hub=self.hub)
        self.app = build_desk(self.context, _events.routes(self.context))
        self.members = Members(database, clock=self.clock)

    def listen(self, browser: Browser, query: str, **headers: str) -> Stream:
        return Stream(self.app, browser, query, **headers)


@pytest_asyncio.fixture
async def house(sqlite_url: str) -> AsyncIterator[House]:
    database = Database(sqlite_url)
    found = House(database)
    yield found
    found.hub.close()
    await found.close()
    await database.close()


@pytest.mark.asyncio
async def test_a_page_is_told_what_happens(house: House) -> None:
    anna = await house.members.person(1)
    stream = house.listen(await house.somebody(), f"member={anna}&queue=")
    await stream.until(b"event: lease")
    await stream.until(b"event: queue")
    sent = await house.members.say(anna)
    await stream.until(b'event: entry\ndata: {"id":"%d"' % sent)
    assert stream.status == 200
    assert stream.body.startswith(b"retry: 2000\n\n")
    assert stream.headers["content-type"].startswith("text/event-stream")
    assert stream.headers["x-accel-buffering"] == "no"
    assert stream.headers["cache-control"] == "no-store"
    assert "content-length" not in stream.headers
    assert "default-src 'none'" in stream.headers["content-security-policy"]


@pytest.mark.asyncio
async def test_a_cut_connection_goes_on_from_its_last_event(house: House) -> None:
    anna, browser = await house.members.person(1), await house.somebody()
    first = house.listen(browser, f"member={anna}&after=0-{house.clock.now}")
    one = await house.members.say(anna)
    await first.until(b"%d:pending" % one)
    first.leave()
    await asyncio.wait_for(first.task, 1)
    house.clock.later(60_000_000)
    two = await house.members.say(anna)
    last = first.body.rpartition(b"\nid: ")[2].partition(b"\n")[0].decode()
    again = house.listen(browser, f"member={anna}&after=0-1", last_event_id=last)
    await again.until(b"%d:pending" % two)
    assert last == f"{one}-{house.clock.now - 60_000_000}"


@pytest.mark.asyncio
@pytest.mark.parametrize("query", ["member={other}", "member=99", "member=x", "member=", f"member={10**25}"])
async def test_a_member_of_another_market_is_not_there(house: House, query: str) -> None:
    other = await house.members.person(1, market="FR")
    browser = await house.somebody(markets=("IT",))
    answer = await browser.get(f"/events?{query.format(other=other)}", accept="text/event-stream")
    assert answer.status_code == 404
    assert house.hub.size == 0


@pytest.mark.asyncio
async def test_nobody_listens_without_signing_in_or_the_permission(house: House) -> None:
    anna = await house.members.person(1)
    for browser, status in ((house.browser(), 401), (await house.somebody("marketer"), 403)):
        answer = await browser.get(f"/events?member={anna}", accept="text/event-stream")
        assert answer.status_code == status
    assert house.hub.size == 0


@pytest.mark.asyncio
async def test_a_filter_has_a_length(house: House) -> None:
    browser = await house.somebody()
    assert (await browser.get(f"/events?queue={'x' * 600}", accept="text/event-stream")).status_code == 400


@pytest.mark.asyncio
async def test_without_a_hub_the_page_comes_back_later(office: Office) -> None:
    office.app = build_desk(office.context, _events.routes(office.context))
    browser = await office.somebody()
    assert (await browser.get("/events?queue=", accept="text/event-stream")).status_code == 503


@pytest.mark.asyncio
async def test_who_leaves_is_forgotten(house: House) -> None:
    anna = await house.members.person(1)
    stream = house.listen(await house.somebody(), f"member={anna}")
    await stream.until(b"event: lease")
    assert house.hub.size == 1
    stream.leave()
    await asyncio.wait_for(stream.task, 1)
    assert house.hub.size == 0


@pytest.mark.asyncio
async def test_who_takes_nothing_is_let_go(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_events, "SECONDS", 0.05)
    anna = await house.members.person(1)
    stream = house.listen(await house.somebody(), f"member={anna}")
    await stream.until(b"event: lease")
    stream.holds.clear()
    await house.members.say(anna)
    await asyncio.wait_for(stream.task, 2)
    assert house.hub.size == 0


@pytest.mark.asyncio
async def test_a_stopping_server_ends_every_stream(house: House) -> None:
    anna = await house.members.person(1)
    stream = house.listen(await house.somebody(), f"member={anna}&queue=")
    await stream.until(b"event: lease")
    house.hub.close()
    await asyncio.wait_for(stream.task, 1)
    assert stream.is_whole


@pytest.mark.asyncio
async def test_who_is_disabled_is_sent_away(house: House) -> None:
    anna = await house.members.person(1)
    browser = await house.somebody()
    assert browser.staff is not None
    stream = house.listen(browser, f"member={anna}")
    await stream.until(b"event: lease")
    gone = query(f"update staff set disabled_at = 1 where id = {browser.staff.id}")
    await house.database.write(lambda t: t.run(gone))
    house.hub.sign_out(browser.staff.id)
    await asyncio.wait_for(stream.task, 2)
    assert stream.body.endswith(b"event: bye\ndata: {}\n\n")


@pytest.mark.asyncio
async def test_a_merged_member_is_judged_by_their_heir(house: House) -> None:
    anna, heir = await house.members.person(1), await house.members.person(2, market="FR")
    merged = query(f"update member set merged_into = {heir} where id = {anna}")
    await house.database.write(lambda t: t.run(merged))
    browser = await house.somebody(markets=("IT",))
    answer = await browser.get(f"/events?member={anna}&after=1-1", accept="text/event-stream")
    assert answer.status_code == 404
    stream = house.listen(await house.somebody(), f"member={anna}&after=1-1")
    await asyncio.wait_for(stream.task, 2)
    assert stream.body.endswith(b"event: bye\ndata: {}\n\n")
    assert b"event: card" not in stream.body
    assert "conversation_seen" not in await house.done()


@pytest.mark.asyncio
async def test_listening_is_looking_and_written_down_once_in_ten_minutes(house: House) -> None:
    anna, browser = await house.members.person(1), await house.somebody()
    assert browser.staff is not None
    for _ in range(2):
        await house.listen(browser, f"member={anna}&queue=").until(b"event: lease")
    seen = [("conversation_seen", browser.staff.id, anna, "{}"), ("queue_seen", browser.staff.id, None, "{}")]
    words = "select action, staff_id, member_id, detail from audit_entry where action like '%seen' order by id"
    assert await house.rows(words) == seen
    house.clock.later(601_000_000)
    await house.listen(browser, f"member={anna}&queue=").until(b"event: lease")
    assert await house.rows(words) == seen * 2


@pytest.mark.asyncio
async def test_a_person_has_twenty_pages_open_and_no_more(house: House) -> None:
    browser, other = await house.somebody(), await house.somebody()
    streams = [house.listen(browser, "queue=") for _ in range(_events.MOST_PAGES)]
    for stream in streams:
        await stream.until(b"event: queue")
    answer = await browser.get("/events?queue=", accept="text/event-stream")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "30")
    await house.listen(other, "queue=").until(b"event: queue")
    streams[0].leave()
    await asyncio.wait_for(streams[0].task, 1)
    await house.listen(browser, "queue=").until(b"event: queue")


@pytest.mark.asyncio
async def test_filters_that_mean_the_same_are_read_once(house: House) -> None:
    browser = await house.somebody()
    assert browser.staff is not None
    mine = browser.staff.id
    for text in ("owner=me&market=IT&x=1", "market=IT&page=1&owner=me&y=2", f"market=IT&owner={mine}&status=wrong"):
        await house.listen(browser, urlencode({"queue": text})).until(b"event: queue")
    assert {watch.query for watch in house.hub._watches} == {f"market=IT&owner={mine}"}


@pytest.mark.asyncio
@pytest.mark.parametrize("form", [{"role": "agent", "market": "BR"}, {"role": "viewer", "market": "IT"}])
async def test_other_markets_or_another_role_close_their_pages_at_once(house: House, form: dict[str, str]) -> None:
    house.app = build_desk(house.context, [*_events.routes(house.context), *_staff_pages.routes(house.context)])
    anna, browser = await house.members.person(1), await house.somebody(markets=("IT",))
    admin = await house.somebody("admin")
    assert browser.staff is not None
    streams = [house.listen(browser, f"member={anna}"), house.listen(browser, "queue=")]
    await streams[0].until(b"event: lease")
    await streams[1].until(b"event: queue")
    person = {"name": "Paola", "locale": "en", **form}
    assert (await admin.post(f"/staff/{browser.staff.id}", person)).status_code == 303
    for stream in streams:
        await asyncio.wait_for(stream.task, 1)
        assert stream.body.endswith(b"event: bye\ndata: {}\n\n")
