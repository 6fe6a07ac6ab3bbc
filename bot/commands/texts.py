"""Catalogues: are they complete, bring them up to date, how much is translated, what they cost by SMS."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from bot.app import flow_folders, load_texts
from bot.commands._sms_page import page, table
from bot.commands._text_budgets import budgets
from bot.desk import desk_texts
from bot.flows.extract import extract
from bot.flows.library import Library
from bot.settings import Settings
from bot.texts import FILE, VARIANT, Catalogue, Texts, TextsError
from bot.texts.budgets import Id
from bot.texts.check import Layers, check, coverage, read_layers
from bot.texts.sources import Source, extracted, of_code
from bot.texts.update import update, updated
from storage.documents import DocumentError

app = typer.Typer(help="Translations: check, update, coverage, SMS parts.", no_args_is_help=True)

ROOT = Path(__file__).parents[2]
SMS_PAGE = ROOT / "docs" / "sms_parts.md"

Folder = Annotated[Path | None, typer.Option("--folder", help="The deployment's own folder; else the setting.")]
Locales = Annotated[list[str] | None, typer.Option("--locale", help="Only this locale (repeatable).")]


@app.command("check")
def check_command(folder: Folder = None, locale: Locales = None) -> None:
    """Every text has a complete, correct and short enough translation in every active locale; exit 1 if not."""
    sources, layers = _everything(folder, locale)
    flows = dict.fromkeys(source.file for source in sources if source.file.suffix == ".yaml")
    problems = [*check(sources, layers, budgets(flows)), *desk_texts.problems(ROOT / "locales")]
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
            changed = [*update(shipped(), ROOT / "locales", ROOT), *desk_texts.update(ROOT / "locales", ROOT)]
        else:
            changed = list(_update_own(own)) if (own / "locales").is_dir() else []
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


@app.command("sms")
def sms_command(
    write: Annotated[bool, typer.Option("--write", help="Write docs/sms_parts.md, of what is shipped.")] = False,
) -> None:
    """What the texts of the flows cost by SMS: a table of all locales."""
    if write:
        SMS_PAGE.write_text(sms_page(), encoding="utf-8")
        typer.echo(f"written: {SMS_PAGE.relative_to(ROOT)}")
        return
    settings = Settings()
    try:
        typer.echo(table(Library.load(flow_folders(settings)), load_texts(settings)), nl=False)
    except (DocumentError, TextsError) as error:
        _fail(error)


def sms_page() -> str:
    """The page docs/sms_parts.md of the shipped flows and locales."""
    library = Library.load([ROOT / "bot" / "flows" / "definitions"])
    return page(library, Texts.load([ROOT / "locales"]))


def shipped() -> list[Source]:
    """What our own flows and code say."""
    return [*_flows(ROOT / "bot" / "flows" / "definitions"), *of_code(ROOT / "bot", without=ROOT / "bot" / "desk")]


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


def _update_own(own: Path) -> Iterator[Path]:
    """Update a deployment's catalogues: its flows' texts in all; ours too in a language or a way of its own, in
    another only those it says otherwise."""
    flows = _flows(own / "flows")
    replaced = {source.file.name for source in flows}
    ours = [replace(one, file=one.file.relative_to(ROOT)) for one in shipped() if one.file.name not in replaced]
    known = read_layers([own / "locales"])
    for place in sorted(path for path in (own / "locales").iterdir() if path.is_dir() and _is_locale(path)):
        said = {id_ for one in known.get(place.name, ()) for id_ in (*one.obsolete, *_translated(one))}
        is_ours = (ROOT / "locales" / place.name).is_dir() and VARIANT not in place.name
        sources = [*flows, *(source for source in ours if not is_ours or source.id in said)]
        content = updated(sources, place / FILE, own)
        if not (place / FILE).exists() or (place / FILE).read_bytes() != content:
            (place / FILE).parent.mkdir(exist_ok=True)
            (place / FILE).write_bytes(content)
            yield place / FILE


def _is_locale(place: Path) -> bool:
    return (place / FILE.parent).is_dir() or (place / "phrases.yaml").exists()


def _translated(catalogue: Catalogue) -> Iterator[Id]:
    return (id_ for id_, entry in catalogue.entries.items() if any(entry.strings))


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
