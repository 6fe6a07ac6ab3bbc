"""`bentornato init DIR`: a deployment's own folder, ready to be edited."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bot.app import SHIPPED
from bot.commands._init_folder import Plan, make
from loyalty.markets import load_markets


class Preset(StrEnum):
    """A programme to begin with, `programmes/<preset>/programme.yaml`."""

    DEMO = "demo"
    RETAIL = "retail"
    SERVICES = "services"


def run(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Made if it is not there; must be empty.")],
    preset: Annotated[Preset, typer.Option(help="Which programme to begin with.")] = Preset.RETAIL,
    market: Annotated[str, typer.Option(help="The country you sell in, e.g. IT.")] = "IT",
) -> None:
    """Make a deployment's own folder: programme, settings, places for flows, texts and markets."""
    code = market.upper()
    known = load_markets([SHIPPED / "locales" / "markets"])
    if code not in known:
        _refuse(f"there is no market {code}; there are {', '.join(sorted(known))}")
    try:
        if folder.exists() and any(folder.iterdir()):
            _refuse(f"{folder} is not empty")
        moved = make(Plan(folder, preset.value, code))
    except OSError as error:
        _refuse(f"{error.filename or folder}: {error.strerror}")
    typer.echo((folder / "README.md").read_text(encoding="utf-8"), nl=False)
    if moved is not None:
        typer.echo(f"\nThe preset was written for {moved.old}: look at every amount, they are now in {moved.new}.")


def _refuse(why: str) -> None:
    typer.echo(why, err=True)
    raise typer.Exit(2)
