"""`bentornato parse CHANNEL`: webhook bodies on stdin -> neutral events, a JSON array a line. docs/parse.md."""

import sys
from typing import Annotated

import orjson
import typer

from bot.channels import discover
from bot.message import as_json


def run(channel: Annotated[str, typer.Argument(help="telegram, whatsapp or sms")]) -> None:
    """Read one webhook body per line on stdin; print one JSON array of events per body."""
    modules = discover()
    if channel not in modules:
        typer.echo(f"there is no channel {channel!r}; there are {', '.join(sorted(modules))}", err=True)
        raise typer.Exit(2)
    parse = modules[channel].parse
    for line in sys.stdin.buffer:
        events = [as_json(event) for event in parse(line.rstrip(b"\r\n"))]
        sys.stdout.buffer.write(orjson.dumps(events) + b"\n")
    sys.stdout.buffer.flush()
