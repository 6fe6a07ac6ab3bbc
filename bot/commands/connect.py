"""`bentornato connect telegram|desk|twilio`: tell a provider where our webhooks are, and Telegram our commands."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import NoReturn

import typer

from bot.app import flow_folders, load_texts
from bot.channels import SendError
from bot.desk import telegram as telegram_desk
from bot.flows.library import Library
from bot.settings import Settings
from bot.texts import Texts

app = typer.Typer(help="Connect a provider to this deployment.", no_args_is_help=True)

Commands = dict[str | None, dict[str, str]]
"""Locale (None: every other one) -> command -> description."""


@app.command("telegram")
def telegram() -> None:
    """Set the bot's webhook and its commands in every language."""
    from bot.channels._telegram_setup import connect  # noqa: PLC0415  # aiogram takes seconds to import

    settings = Settings()
    if settings.telegram_token is None:
        _fail("telegram_token is not set")
    if settings.telegram_secret is None:
        _fail("telegram_secret is not set")
    listed = commands(Library.load(flow_folders(settings)), load_texts(settings))
    try:
        lines = asyncio.run(connect(settings, listed))
    except SendError as error:
        _fail(f"{error.staff} ({error.code})")
    for line in lines:
        typer.echo(f"✓ {line}")


@app.command("desk")
def desk() -> None:
    """Set the webhook of the staff's own Telegram bot."""
    try:
        url = asyncio.run(telegram_desk.connect(Settings()))
    except ValueError as error:
        _fail(str(error))
    except telegram_desk.GroupError as error:
        _fail(telegram_desk.why(error))
    typer.echo(f"✓ Webhook: {url}")


@app.command("twilio")
def twilio() -> None:
    """Point our phone number at the webhook; show what to enter for WhatsApp and messaging services."""
    from bot.channels._twilio_setup import connect  # noqa: PLC0415  # the twilio library takes a while to import

    settings = Settings()
    if settings.twilio_account is None or settings.twilio_token is None:
        _fail("twilio_account and twilio_token are not set")
    if not (settings.whatsapp_sender or settings.sms_sender):
        _fail("neither whatsapp_sender nor sms_sender is set")
    try:
        urls = asyncio.run(connect(settings))
    except SendError as error:
        _fail(f"{error.staff} ({error.code})")
    for url in urls:
        typer.echo(f"✓ When a message comes in: {url}")


def commands(library: Library, texts: Texts) -> Commands:
    """What the flows offer as commands, one list a language: Telegram knows languages without regions."""
    labels = {
        flow.name: flow.definition.command
        for flow in sorted(library.active.values(), key=lambda flow: (flow.definition.order, flow.name))
        if flow.definition.command is not None
    }
    found: Commands = {None: labels}
    for locale in _one_a_language(texts.locales):
        found[locale] = {name: texts.label(locale, label) for name, label in labels.items()}
    return found


def _one_a_language(locales: tuple[str, ...]) -> list[str]:
    """The bare locale of each language, else its first."""
    chosen: Mapping[str, str] = {one.partition("_")[0].partition("@")[0]: one for one in sorted(locales, reverse=True)}
    return sorted(chosen.values())


def _fail(why: str) -> NoReturn:
    typer.echo(f"✗ {why}", err=True)
    raise typer.Exit(1)
