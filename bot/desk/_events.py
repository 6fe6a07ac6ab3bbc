"""/desk/events: what changes, told to an open page as it happens.

A response of our own rather than sse-starlette's: half the memory for each page, nothing of uvicorn is replaced by
importing it, and a stopping server is heard of at once (docs/performance.md).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from bot.desk._call import Call, Refused
from bot.desk._hub_watch import Watch
from bot.desk._queue import Asked
from bot.desk._roles import Permission
from bot.desk._routes import DeskContext, DeskRoute
from bot.desk._sse import Stamp
from storage import caseload

SECONDS = 60.0
"""Who takes nothing for so long is let go."""
MOST_PAGES = 20
"""What a person may have open at once; a browser itself opens six."""
_AGAIN = "30"
_LONGEST_QUERY = 512
_HEADERS: Mapping[str, str] = {"cache-control": "no-store", "x-accel-buffering": "no"}


class EventStream(Response):
    """Sends what a watch has until the page leaves, the watch is closed, or nothing is taken any more."""

    media_type = "text/event-stream"

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self.status_code = 200
        self.background = None
        self.init_headers(_HEADERS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        leaving = asyncio.create_task(self._until_gone(receive))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            async for data in self._watch:
                async with asyncio.timeout(SECONDS):
                    await send({"type": "http.response.body", "body": data, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except (OSError, TimeoutError):
            return
        finally:
            leaving.cancel()
            self._watch.close()

    async def _until_gone(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._watch.close()


def routes(_: DeskContext) -> list[DeskRoute]:
    """The one route; a page asks it again whenever the connection is cut, with Last-Event-ID."""
    return [DeskRoute("GET", "/events", Permission.READ, _events)]


async def _events(call: Call) -> Response:
    hub = call.desk.hub
    if hub is None:
        raise Refused(503)
    member_id = call.asked("member")
    query = _shared(call)
    if "member" in call.query:
        await _check(call, member_id)
    if query is not None:
        await call.saw("queue_seen")
    if hub.open_pages(call.staff.id) >= MOST_PAGES:
        raise Refused(429, headers={"retry-after": _AGAIN})
    after = Stamp.parse(call.request.headers.get("last-event-id", "")) or Stamp.parse(call.query.get("after", ""))
    return EventStream(hub.watch(call.signed_in, member_id=member_id, query=query, after=after))


def _shared(call: Call) -> str | None:
    """The filter of the queue as everybody writes it who asks for the same; None without a queue."""
    query = call.query.get("queue")
    if query is None:
        return None
    if len(query) > _LONGEST_QUERY:
        raise Refused(400)
    return Asked.of(dict(parse_qsl(query))).for_anybody(call.staff.id).query()


async def _check(call: Call, member_id: int | None) -> None:
    """A member of a market that is not theirs, now or before a merge, is as unknown as one that does not exist.

    What is shown of a member is written down. Of one that was merged nothing is: the hub sends the page to their heir.
    """
    if member_id is None:
        raise Refused(404)
    kept = await call.desk.database.read(lambda transaction: caseload.kept_of(transaction, member_id))
    if kept is None or not all(call.sees(market) for market in kept.markets):
        raise Refused(404)
    if kept.member_id == member_id:
        await call.saw("conversation_seen", member_id)
