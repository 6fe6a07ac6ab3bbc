"""`bentornato understand TEXT`: how a text is read: its language, what it wants, whether it ends consent."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.app import load_texts, load_understanding
from bot.settings import Settings
from bot.understanding.hints import Hints
from bot.understanding.intents import Intents
from bot.understanding.language import Detector, Verdict


def run(
    text: Annotated[str, typer.Argument(help="What a member writes.")],
    locale: Annotated[str, typer.Option(help="The language the conversation is in.")] = "en",
) -> None:
    """Show how a text is understood."""
    settings = Settings()
    texts = load_texts(settings)
    understanding = load_understanding(settings, texts)
    here = texts.resolve(locale)
    typer.echo(f"language  {_language(understanding.detector, text, here)}")
    typer.echo(f"intent    {_intent(understanding.intents, text, here)}")
    typer.echo(f"consent   {_consent(understanding.intents, text, here)}")


def _language(detector: Detector, text: str, locale: str) -> str:
    verdict = detector.decide(text, current=locale, hints=Hints(locale=locale))
    return f"{_verdict(verdict)} ({verdict.confidence:.0%}), in a conversation in {locale}"


def _verdict(verdict: Verdict) -> str:
    if verdict.other:
        return "one we do not speak"
    return verdict.locale or "not sure, nothing changes"


def _intent(intents: Intents, text: str, locale: str) -> str:
    match = intents.match(text, locale)
    if match is None:
        return "none"
    how = f"a known phrase, {match.locale}" if match.exact else f"{match.confidence:.0%} sure"
    return f"{match.intent} ({how})"


def _consent(intents: Intents, text: str, locale: str) -> str:
    if intents.opt_in(text):
        return "opts in again"
    readings = {"clear": "opts out", "ambiguous": "opts out, unless a question is open", None: "nothing about it"}
    return readings[intents.opt_out(text, locale)]
