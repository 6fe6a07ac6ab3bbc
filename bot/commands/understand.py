"""`bentornato understand`: how texts are read: their language, what they want, what they name.

With a TEXT it is told to a person. Without one, JSON lines are read from standard input and answered one by one; the
format is in docs/understand.md and stays.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Annotated, Any

import orjson
import typer
from pydantic import BaseModel, ConfigDict, ValidationError

from bot.app import load_texts, load_understanding
from bot.pipeline import Understanding
from bot.settings import Settings
from bot.understanding.entities import find
from bot.understanding.hints import Hints, nearest, region_of
from bot.understanding.intents import NONE, Intents, family_of
from bot.understanding.language import Detector, Verdict


class Line(BaseModel):
    """One line of input: a message and what is known of who wrote it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    text: str
    channel: str | None = None
    hint: str | None = None
    """Telegram's language_code."""
    phone: str | None = None
    """E.164."""
    current: str | None = None
    """The language the conversation is settled in."""


def run(
    text: Annotated[str | None, typer.Argument(help="What a member writes; without it JSON lines are read.")] = None,
    locale: Annotated[str, typer.Option(help="The language the conversation is in (with a TEXT).")] = "en",
) -> None:
    """Show how a text is understood, or understand JSON lines from standard input."""
    settings = Settings()
    texts = load_texts(settings)
    understanding = load_understanding(settings, texts)
    if text is not None:
        typer.echo("\n".join(_told(understanding, text, texts.resolve(locale))))
        return
    for answer in _answers(understanding, texts.locales, sys.stdin.buffer):
        sys.stdout.buffer.write(answer + b"\n")
        sys.stdout.buffer.flush()


def _answers(understanding: Understanding, locales: tuple[str, ...], lines: Iterable[bytes]) -> Iterator[bytes]:
    today = datetime.now(UTC).date()
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            asked = Line.model_validate_json(line.strip())
        except ValidationError as error:
            reason = "; ".join(one["msg"] for one in error.errors())
            typer.echo(f"line {number}: {reason}", err=True)
            yield orjson.dumps({"error": reason})
            continue
        yield orjson.dumps(_answer(understanding, locales, asked, today))


def _answer(understanding: Understanding, locales: tuple[str, ...], asked: Line, today: date) -> dict[str, Any]:
    """The documented fields for one line."""
    current = nearest(asked.current, locales) if asked.current else None
    hints = Hints(locale=asked.hint, phone=asked.phone)
    verdict = understanding.detector.decide(asked.text, current=current, hints=hints)
    hinted = nearest(asked.hint, locales) if asked.hint else None
    locale = verdict.locale or current or hinted or "en"
    match = understanding.intents.match(asked.text, locale)
    region = region_of(asked.phone) if asked.phone else None
    introductions = understanding.introductions.get(locale, ())
    found = find(asked.text, locale, region=region, today=today, introductions=introductions)
    return {
        "language": None if verdict.locale is None else _code(verdict.locale),
        "confidence": round(verdict.confidence, 4),
        "switched": verdict.locale is not None and current is not None and verdict.locale != current,
        "intent": NONE if match is None else family_of(match.intent),
        "score": 0.0 if match is None else round(match.confidence, 4),
        "choices": [] if match is None else [family_of(one) for one in match.choices],
        "entities": [{"kind": one.kind, "value": one.value, "start": one.start, "end": one.end} for one in found],
    }


def _code(locale: str) -> str:
    """The language of a locale as ISO 639-1: `pt` of `pt_BR`."""
    return locale.partition("_")[0]


def _told(understanding: Understanding, text: str, locale: str) -> Iterator[str]:
    yield f"language  {_language(understanding.detector, text, locale)}"
    yield f"intent    {_intent(understanding.intents, text, locale)}"
    yield f"consent   {_consent(understanding.intents, text, locale)}"
    match = understanding.intents.exact(text, locale)
    feeling = understanding.intents.feeling(text) if match is None else None
    if feeling is not None:
        yield f"feeling   {feeling[0]} ({feeling[1]:.0%})"
    introductions = understanding.introductions.get(locale, ())
    for one in find(text, locale, region=None, today=datetime.now(UTC).date(), introductions=introductions):
        yield f"{one.kind:<9} {one.value}"


def _language(detector: Detector, text: str, locale: str) -> str:
    verdict = detector.decide(text, current=locale)
    return f"{_verdict(verdict)} ({verdict.confidence:.0%}), in a conversation in {locale}"


def _verdict(verdict: Verdict) -> str:
    if verdict.other:
        return "one we do not speak"
    return verdict.locale or "not sure, nothing changes"


def _intent(intents: Intents, text: str, locale: str) -> str:
    match = intents.match(text, locale)
    if match is None:
        return NONE
    how = f"a known phrase, {match.locale}" if match.exact else f"{match.confidence:.0%} sure"
    return f"{' or '.join(match.choices) or match.intent} ({how})"


def _consent(intents: Intents, text: str, locale: str) -> str:
    if intents.opt_in(text):
        return "opts in again"
    readings = {"clear": "opts out", "ambiguous": "opts out, unless a question is open", None: "nothing about it"}
    return readings[intents.opt_out(text, locale)]
