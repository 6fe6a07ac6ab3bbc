"""`bentornato phrases`: what people type, in every locale: enough of it, and nothing that passes over consent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.app import SHIPPED, flow_folders, folders, load_texts
from bot.flows.library import Library
from bot.limits import SMS
from bot.settings import Settings
from bot.texts import Texts, TextsError
from bot.texts.check import Problem
from bot.understanding.phrase_checks import Around, Said, check, read_said
from bot.understanding.phrases import FILE
from storage.documents import DocumentError

app = typer.Typer(help="What people type: check the phrases of every locale.", no_args_is_help=True)

_MOST = 20
"""Warnings that are shown unasked."""


@app.callback()
def _group() -> None:
    """What people type: check the phrases of every locale."""


@app.command("check")
def check_command(
    folder: Annotated[
        Path | None, typer.Option("--folder", help="The deployment's own folder; else the setting.")
    ] = None,
    locale: Annotated[
        list[str] | None, typer.Option("--locale", help="Only what concerns this locale (repeatable).")
    ] = None,
    each: Annotated[bool, typer.Option("--all", help="Show every warning.")] = False,
) -> None:
    """Every contradiction, gap and shadowed word of consent with its file and line; exit 1 on an error."""
    settings = Settings()
    settings = settings.model_copy(update={"folder": folder}) if folder is not None else settings
    try:
        texts = load_texts(settings)
        said = list(everything(settings, texts.locales))
        problems = [*_without(settings, texts.locales), *check(said, around(settings, texts))]
    except (DocumentError, TextsError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    shown = [one for one in problems if not locale or any(f"{name}/{FILE}" in str(one) for name in locale)]
    _tell(shown, _MOST if not each else len(shown))
    if any(not one.is_warning for one in shown):
        raise typer.Exit(1)
    typer.echo(f"{len({one.locale for one in said})} locales, {len(said)} phrases: in order")


def _tell(problems: Sequence[Problem], most: int) -> None:
    """Every error, and some warnings."""
    warnings = [one for one in problems if one.is_warning]
    for problem in problems:
        if not problem.is_warning:
            typer.echo(problem.shown_from(Path.cwd()), err=True)
    for problem in warnings[:most]:
        typer.echo(problem.shown_from(Path.cwd()))
    if len(warnings) > most:
        typer.echo(f"… and {len(warnings) - most} more warnings (--all)")


def everything(settings: Settings, locales: Sequence[str]) -> Iterator[Said]:
    """The phrases of these locales, of our own and of the deployment's folder."""
    names = [name if _files(settings, name) else _language(name) for name in locales]
    for name in dict.fromkeys(names):
        for file in _files(settings, name):
            yield from read_said(file, name)


def around(settings: Settings, texts: Texts) -> Around:
    """What they are checked against: the labels of all flows in every locale and way to speak it, carriers' words."""
    library = Library.load(flow_folders(settings))
    written = sorted(
        {label for flow in library.active.values() for node in flow.nodes.values() for label, _ in node.labels}
    )
    voices = [voice for locale in texts.locales for voice in (locale, *texts.variants(locale))]
    return Around(
        carrier_words=SMS.carrier_words,
        labels={voice: [texts.label(voice, label) for label in written] for voice in voices},
        shipped=frozenset(file.parent.name for file in (SHIPPED / "locales").glob(f"*/{FILE}")),
        today=datetime.now(UTC).date(),
    )


def _files(settings: Settings, name: str) -> list[Path]:
    return [file for folder in folders(settings, "locales") if (file := folder / name / FILE).is_file()]


def _without(settings: Settings, locales: Sequence[str]) -> Iterator[Problem]:
    """Locales that would understand nobody: neither they nor their language have phrases."""
    for name in locales:
        if not any(_files(settings, one) for one in (name, _language(name))):
            yield Problem(folders(settings, "locales")[-1] / name / FILE, 1, f"{name}: there is no {FILE}")


def _language(locale: str) -> str:
    return locale.partition("_")[0]
