"""`bentornato doctor`: is everything in order? One line a finding; exit 1 if something is not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import typer
from pydantic import ValidationError

from bot.commands._doctor_here import check_database, check_disk, check_programme, check_zones
from bot.commands._doctor_providers import Finding, check_desk, check_telegram, check_twilio
from bot.commands._doctor_webhooks import check_webhooks
from bot.settings import Settings

_SIGNS = {True: "✓", False: "✗", None: "–"}


def run() -> None:
    """Check settings, database, files, providers and our webhooks at the public address."""
    findings = []
    for finding in _all():
        findings.append(finding)
        typer.echo(f"{_SIGNS[finding.well]} {finding.line}")
    if any(finding.well is False for finding in findings):
        raise typer.Exit(1)


def _all() -> Iterator[Finding]:
    try:
        settings = Settings()
    except ValidationError as error:
        for one in error.errors(include_url=False, include_input=False):
            yield Finding(False, f"Settings: {'.'.join(map(str, one['loc']))}: {one['msg']}")
        return
    yield Finding(True, "Settings: valid")
    here: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
        check_database,
        check_disk,
        check_programme,
        check_zones,
    )
    for check in here:
        yield from check(settings)
    for ask in (check_telegram, check_desk, check_twilio, check_webhooks):
        yield from asyncio.run(ask(settings))
