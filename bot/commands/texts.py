"""Catalogues: are they complete, bring them up to date, how much is translated."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from bot.flows.extract import extract
from bot.settings import Settings
from bot.texts import TextsError
from bot.texts.check import Layers, check, coverage, read_layers
from bot.texts.sources import Source, extracted, of_code
from bot.texts.update import update
from storage.documents import DocumentError

app = typer.Typer(help="Translations: check, update, coverage.", no_args_is_help=True)

ROOT = Path(__file__).parents[2]

Folder = Annotated[Path | None, typer.Option("--folder", help="The deployment's own folder; else the setting.")]
Locales = Annotated[list[str] | None, typer.Option("--locale", help="Only this locale (repeatable).")]


@app.command("check")
def check_command(folder: Folder = None, locale: Locales = None) -> None:
    """Every text has a complete and correct translation in every active locale; exit 1 if not."""
    sources, layers = _everything(folder, locale)
    problems = check(sources, layers)
    for problem in problems:
        typer.echo(problem.shown_from(Path.cwd()), err=not problem.is_warning)
    if any(not problem.is_warning for problem in problems):
        raise typer.Exit(1)
    typer.echo(f"{len(layers)} catalogues, {len(sources)} texts: in order")


@app.command("update")
def update_command(folder: Folder = None) -> None:
    """Bring the .po files up to date with the flows and the code; translations are kept."""
    own = folder or Settings().folder
    try:
        if own is None:
            changed = update(shipped(), ROOT / "locales", ROOT)
        else:
            changed = update(_flows(own / "flows"), own / "locales", own) if (own / "locales").is_dir() else []
    except (DocumentError, TextsError) as error:
        _fail(error)
    for file in changed:
        typer.echo(f"updated {file}")
    if not changed:
        typer.echo("nothing to update")


@app.command("coverage")
def coverage_command(folder: Folder = None, locale: Locales = None) -> None:
    """How many of the texts each locale says."""
    sources, layers = _everything(folder, locale)
    for one in coverage(sources, layers):
        share = 100 * one.translated // one.total if one.total else 100
        typer.echo(f"{one.locale:<8}{one.translated:>6} of {one.total:<6}{share:>4} %")


def shipped() -> list[Source]:
    """What our own flows and code say."""
    return [*_flows(ROOT / "bot" / "flows" / "definitions"), *of_code(ROOT / "bot")]


def everything(folder: Path | None, locales: Sequence[str]) -> tuple[list[Source], Layers]:
    """The texts and the catalogues of our own and of a deployment's folder, whose flows replace ours."""
    folders = [ROOT / "locales"]
    sources = shipped()
    if folder is not None:
        folders.append(folder / "locales")
        own = _flows(folder / "flows")
        replaced = {source.file.name for source in own}
        sources = [*own, *(source for source in sources if source.file.name not in replaced)]
    return sources, read_layers(folders, locales)


def _everything(folder: Path | None, locales: Sequence[str] | None) -> tuple[list[Source], Layers]:
    settings = Settings()
    try:
        return everything(folder or settings.folder, locales or settings.locales)
    except (DocumentError, TextsError) as error:
        _fail(error)


def _flows(folder: Path) -> list[Source]:
    return extracted(folder.glob("*.yaml"), extract)


def _fail(error: Exception) -> NoReturn:
    typer.echo(str(error), err=True)
    raise typer.Exit(1) from error
