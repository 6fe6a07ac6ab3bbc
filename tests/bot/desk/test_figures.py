"""Figures: by market and time, without anybody's data, as a page and as a table."""

import csv
from io import StringIO
from typing import Any

import pytest

from tests.bot.desk.front import Front
from tests.builders import DAY, HOUR


async def lived(front: Front) -> None:
    now = front.clock()
    for score, done in ((5, now - DAY), (4, now - DAY), (2, now - DAY), (None, now - DAY), (1, now - 8 * DAY)):
        case = await front.waits(await front.member(name="Segreta"))
        shown = "null" if score is None else score
        await front.run(
            f"update support_case set status = 'resolved', resolved_at = {done}, score = {shown}, "
            f"opened_at = {done} where id = {case.id}"
        )
    await front.waits(await front.member(), reason="complaint")
    await front.waits(await front.member(market="DE"), market="DE")
    front.clock.later(HOUR)


def table(text: str) -> dict[str, dict[str, Any]]:
    return {row["market"]: row for row in csv.DictReader(StringIO(text))}


@pytest.mark.asyncio
async def test_a_week_and_a_month(front: Front) -> None:
    await lived(front)
    browser = await front.somebody("marketer")
    week = table((await browser.get("/figures.csv")).text)
    month = table((await browser.get("/figures.csv?days=30")).text)
    italy = week["IT"]
    shown = [italy[name] for name in ("open", "waiting", "longest_wait_minutes", "resolved", "scored")]
    assert shown == ["1", "1", "60", "4", "3"]
    assert (italy["score_mean"], italy["score_4_or_5_share"]) == ("3.67", "0.667")
    assert (italy["opened_asked"], italy["opened_complaint"]) == ("4", "1")
    assert (month["IT"]["resolved"], month["IT"]["score_mean"]) == ("5", "3.00")
    assert (week["DE"]["waiting"], week["DE"]["score_mean"]) == ("1", "")
    assert table((await browser.get("/figures.csv?days=9999")).text)["IT"]["days"] == "7"


@pytest.mark.asyncio
async def test_the_page_names_nobody(front: Front) -> None:
    await lived(front)
    html = await (await front.somebody("marketer")).page("/figures?days=30")
    assert "Segreta" not in html and "last 30 days" in html
    assert '<th scope="row">IT</th>' in html and "67%" not in html and "50%" in html


@pytest.mark.asyncio
async def test_only_one_s_own_markets(front: Front) -> None:
    await lived(front)
    browser = await front.somebody(markets=("DE",))
    assert list(table((await browser.get("/figures.csv")).text)) == ["DE"]
    assert '<th scope="row">IT</th>' not in await browser.page("/figures")
