"""The command line: `bentornato …` or `python -m bot …`. Each file in bot/commands is one command or group."""

import sys
from importlib import import_module
from pkgutil import iter_modules

import structlog
import typer

from bot import commands


def build(wanted: str | None = None) -> typer.Typer:
    """The program with the commands of bot/commands (a module offers `app`, or a function `run`).

    Only the `wanted` one is loaded when there is such a command: `parse` need not wait for the web side.
    """
    program = typer.Typer(help="Bentornato: a loyalty programme that lives in the chat.", no_args_is_help=True)
    program.callback()(_keep_names)
    names = sorted(info.name for info in iter_modules(commands.__path__) if not info.name.startswith("_"))
    for name in [wanted] if wanted in names else names:
        module = import_module(f"bot.commands.{name}")
        if hasattr(module, "app"):
            program.add_typer(module.app, name=name)
        elif hasattr(module, "run"):
            program.command(name)(module.run)
        else:
            raise TypeError(f"bot/commands/{name}.py offers neither `app` nor `run`")
    return program


def _keep_names() -> None:
    """Bentornato: a loyalty programme that lives in the chat."""


def _log_plainly() -> None:
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
        ],
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )


def main() -> None:
    """Entry point of the console script."""
    _log_plainly()
    build(sys.argv[1] if len(sys.argv) > 1 else None)()


if __name__ == "__main__":
    main()
