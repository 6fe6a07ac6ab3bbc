"""Transcripts: both times, who said what, notes only when asked for, no formulas, and each one in the audit."""

import csv
from io import StringIO

import pytest

from bot import takeover
from tests.bot.desk.front import Front
from tests.builders import us


async def conversation(front: Front) -> int:
    member = await front.member()
    await front.hears(member, "=cmd|'/c calc'!A1")
    await front.hears(member, "-2+3")
    await front.says(member, "Buongiorno\nriga due")
    await front.does(lambda t: takeover.note(t, member, "Segreto", by=1, now=front.clock()))
    await front.waits(member)
    return member


@pytest.mark.asyncio
async def test_as_text(front: Front) -> None:
    member = await conversation(front)
    answer = await (await front.somebody("supervisor")).get(f"/members/{member}/transcript.txt")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert f'filename="transcript-{member}.txt"' in answer.headers["content-disposition"]
    assert front.clock() == us("2026-03-02T10:00+01:00")
    at = "[2026-03-02 09:00:00 UTC | 2026-03-02 10:00:00 Europe/Rome]"
    assert f"{at} Bot · WhatsApp: Buongiorno\n    riga due\n" in answer.text
    assert f"{at} Member · WhatsApp: =cmd" in answer.text
    assert "Segreto" not in answer.text and "A person is needed" not in answer.text


@pytest.mark.asyncio
async def test_as_a_table_without_formulas(front: Front) -> None:
    member = await conversation(front)
    answer = await (await front.somebody("supervisor")).get(f"/members/{member}/transcript.csv")
    rows = list(csv.DictReader(StringIO(answer.text)))
    assert [row["text"] for row in rows] == ["'=cmd|'/c calc'!A1", "'-2+3", "Buongiorno\nriga due"]
    assert rows[0]["at_utc"] == "2026-03-02 09:00:00" and rows[0]["at_local"] == "2026-03-02 10:00:00"
    assert [row["author"] for row in rows] == ["Member", "Member", "Bot"]


@pytest.mark.asyncio
async def test_notes_only_when_asked_for(front: Front) -> None:
    member = await conversation(front)
    browser = await front.somebody("auditor")
    assert "Segreto" in (await browser.get(f"/members/{member}/transcript.txt?notes=1")).text
    assert (await front.rows("select detail from audit_entry where action = 'transcript_exported'")) == [
        ('{"form":"txt","notes":true}',)
    ]
    await browser.get(f"/members/{member}/transcript.txt")
    assert (await front.done()).count("transcript_exported") == 2


@pytest.mark.asyncio
async def test_only_for_who_may_export(front: Front) -> None:
    member = await conversation(front)
    for role in ("viewer", "agent", "marketer"):
        browser = await front.somebody(role)
        for form in ("txt", "csv"):
            assert (await browser.get(f"/members/{member}/transcript.{form}")).status_code == 403


@pytest.mark.asyncio
async def test_a_long_conversation_is_whole(front: Front) -> None:
    member = await front.member()
    for number in range(502):
        await front.hears(member, f"n{number:03d}")
    text = (await (await front.somebody("supervisor")).get(f"/members/{member}/transcript.csv")).text
    rows = list(csv.DictReader(StringIO(text)))
    assert [row["text"] for row in rows] == [f"n{number:03d}" for number in range(502)]
