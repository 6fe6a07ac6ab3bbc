"""`bentornato programme`: is it right, what does a market offer, and the schema for editors."""

from pathlib import Path
from typing import Annotated

import typer

from bot.app import flow_folders, load_texts, market_folders, programme_path
from bot.commands._programme_page import page
from bot.flows.library import Library
from bot.settings import Settings
from loyalty import programme as programmes
from loyalty import schema as schemas
from loyalty.consistency import problems
from loyalty.markets import load_markets
from storage.documents import DocumentError

app = typer.Typer(help="The programme: check it, look at a market, the editors' schema.", no_args_is_help=True)

File = Annotated[Path | None, typer.Argument(help="A programme.yaml; else the active one.")]


@app.command()
def check(file: File = None) -> None:
    """Every problem with its file and line. Exit 1 on an error; a warning alone is no error."""
    settings = _settings(file)
    try:
        found, document = programmes.read(file or programme_path(settings))
        wrong = problems(
            found,
            flows=frozenset(Library.load(flow_folders(settings)).active),
            profiles=load_markets(market_folders(settings)),
            locales=load_texts(settings).locales,
        )
    except DocumentError as error:
        typer.echo(str(error))
        raise typer.Exit(1) from error
    for one in sorted(wrong, key=lambda one: document.line(one.keys)):
        typer.echo(("warning: " if one.level == "warning" else "") + one.at(document))
    if any(one.level == "error" for one in wrong):
        raise typer.Exit(1)
    served = len(found.markets)
    typer.echo(f"{served} {'market' if served == 1 else 'markets'}, {_sum_of(len(wrong))}")


@app.command()
def show(
    market: Annotated[str | None, typer.Option(help="The market's code, e.g. IT; else the default one.")] = None,
    locale: Annotated[str | None, typer.Option(help="In which language names and amounts are written.")] = None,
    file: Annotated[Path | None, typer.Option(help="A programme.yaml; else the active one.")] = None,
) -> None:
    """Everything a market offers, on one page."""
    settings = _settings(file)
    try:
        found = programmes.load(file or programme_path(settings))
        profiles = load_markets(market_folders(settings))
    except DocumentError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    code = (market or found.default_market).upper()
    if code not in found.markets:
        typer.echo(f"there is no market {code}; there are {', '.join(found.markets)}", err=True)
        raise typer.Exit(2)
    profile = profiles.get(code)
    texts = load_texts(settings)
    typer.echo(page(found, code, texts, locale or (profile.locale if profile else "en")))


@app.command()
def schema() -> None:
    """The JSON Schema of programme.yaml, by which editors complete and check it."""
    typer.echo(schemas.text(), nl=False)


def _settings(file: Path | None) -> Settings:
    """The deployment's, or that of the folder in which the given file lies."""
    settings = Settings()
    return settings if file is None else settings.model_copy(update={"folder": file.parent})


def _sum_of(warnings: int) -> str:
    if not warnings:
        return "all good"
    return "1 warning" if warnings == 1 else f"{warnings} warnings"
