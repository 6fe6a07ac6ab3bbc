"""Figures of the desk by market, as a page and as a table to take along. No personal datum is in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from bot.desk._call import Call
from bot.desk._context import DeskContext
from bot.desk._csv import csv_text
from bot.desk._reasons import REASONS
from bot.desk._routes import DeskRoute, Permission
from storage import desk_figures
from storage.database import Transaction

SPANS = (7, 30)
"""Days."""
_DAY = 24 * 3_600 * 1_000_000
_COLUMNS = (
    *("market", "days", "open", "waiting", "snoozed", "longest_wait_minutes", "resolved", "scored"),
    *("score_mean", "score_4_or_5_share"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """A market's line. Figures that nothing gave rise to are None."""

    market: str
    open: int
    waiting: int
    snoozed: int
    longest: int | None
    """Microseconds."""
    reasons: tuple[int, ...]
    resolved: int
    scored: int
    mean: float | None
    share: float | None


def rows_of(transaction: Transaction, markets: Sequence[str], days: int, now: int) -> list[Row]:
    """A line for each of these markets."""
    since = now - days * _DAY
    present = {one.market: one for one in desk_figures.now(transaction)}
    done = {one.market: one for one in desk_figures.resolved(transaction, since)}
    came = {(one.market, one.reason): one.cases for one in desk_figures.opened(transaction, since)}
    found = []
    for market in markets:
        here, there = present.get(market), done.get(market)
        scored = there.scored if there is not None else 0
        found.append(
            Row(
                market=market,
                open=here.open if here is not None else 0,
                waiting=here.waiting if here is not None else 0,
                snoozed=here.snoozed if here is not None else 0,
                longest=max(0, now - here.longest) if here is not None and here.longest is not None else None,
                reasons=tuple(came.get((market, reason), 0) for reason in REASONS),
                resolved=there.cases if there is not None else 0,
                scored=scored,
                mean=there.total / scored if there is not None and scored else None,
                share=there.good / scored if there is not None and scored else None,
            )
        )
    return found


def table(rows: Sequence[Row], days: int) -> str:
    """As CSV."""
    header = (*_COLUMNS, *(f"opened_{reason}" for reason in REASONS))
    return csv_text(header, [_cells(row, days) for row in rows])


def _cells(row: Row, days: int) -> tuple[Any, ...]:
    minutes = row.longest // 60_000_000 if row.longest is not None else None
    mean = f"{row.mean:.2f}" if row.mean is not None else None
    share = f"{row.share:.3f}" if row.share is not None else None
    first = (row.market, days, row.open, row.waiting, row.snoozed, minutes, row.resolved, row.scored, mean, share)
    return (*first, *row.reasons)


def _days(call: Call) -> int:
    found = call.asked("days")
    return found if found in SPANS else SPANS[0]


def routes(desk: DeskContext) -> list[DeskRoute]:
    """The page and the table."""

    async def read(call: Call) -> list[Row]:
        markets = [market for market in sorted(desk.world.programme.markets) if call.sees(market)]
        return await desk.database.read(lambda t: rows_of(t, markets, _days(call), call.now))

    async def show(call: Call) -> Response:
        reasons = [call.gettext(words) for words in REASONS.values()]
        rows, days = await read(call), _days(call)
        response: Response = call.render("figures.html", rows=rows, days=days, spans=SPANS, reasons=reasons)
        return response

    async def csv(call: Call) -> Response:
        body = table(await read(call), _days(call))
        headers = {"content-disposition": f'attachment; filename="desk-{_days(call)}-days.csv"'}
        return Response(body, headers=headers, media_type="text/csv; charset=utf-8")

    return [
        DeskRoute("GET", "/figures", Permission.FIGURES, show),
        DeskRoute("GET", "/figures.csv", Permission.FIGURES, csv),
    ]
