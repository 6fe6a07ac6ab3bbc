"""The headline: a member on SMS gets an answer that a colleague wrote in the staff's Telegram group, and back.

The real clients on loopback: Twilio's for the member's SMS, aiogram for the members' bot, python-telegram-bot for the
staff's.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson
import pytest
import uvicorn
from pydantic import SecretStr
from starlette.types import ASGIApp

from bot.app import App, open_app
from bot.fakes._telegram_files import keep_file
from bot.fakes.telegram import FakeTelegram, VirtualGroup, VirtualUser, Webhook
from bot.fakes.twilio import FakeTwilio, FakeUser
from bot.settings import Settings
from storage import cases, staff
from tests.bot.desk.staff_group import EVE, GROUP, SAM, SECRET, TOKEN, staff_row
from tests.builders import query
from tests.samples import png

ACCOUNT = "AC" + "0" * 32
MEMBERS_TOKEN = "100200:members-token"
SENDER = "+15550002222"
ANNA = "+393331234567"


@dataclass
class House:
    """The whole app between its providers."""

    app: App
    telegram: FakeTelegram
    twilio: FakeTwilio
    group: VirtualGroup
    anna: FakeUser
    bruno: VirtualUser

    async def until(self, holds: Callable[[], object], seconds: float = 15.0) -> None:
        async with asyncio.timeout(seconds):
            while not holds():
                await asyncio.sleep(0.01)

    def heard(self) -> str:
        return "\n".join(one.body for one in self.anna.messages)

    async def ask(self, words: str) -> None:
        """Anna writes, and something comes back."""
        before = len(self.anna.messages)
        await self.anna.write(words)
        await self.until(lambda: len(self.anna.messages) > before)

    def told(self, thread: int) -> str:
        return "\n".join(one.text for one in self.group.shown(thread))


@asynccontextmanager
async def served(site: ASGIApp) -> AsyncIterator[str]:
    server = uvicorn.Server(uvicorn.Config(site, host="127.0.0.1", port=0, log_level="error", access_log=False))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving


@asynccontextmanager
async def open_house(folder: Path) -> AsyncIterator[House]:
    telegram, twilio = FakeTelegram(), FakeTwilio(ACCOUNT, "auth", senders={"sms": SENDER})
    await telegram.start()
    await twilio.start()
    given = Settings(
        _env_file=None,
        database=f"sqlite:///{folder / 'desk.db'}",
        public_url="https://bot.example",
        telegram_token=SecretStr(MEMBERS_TOKEN),
        telegram_secret=SecretStr("members"),
        telegram_api=telegram.url,
        telegram_name="members_bot",
        desk_telegram_token=SecretStr(TOKEN),
        desk_telegram_secret=SecretStr(SECRET),
        desk_telegram_group=GROUP,
        twilio_account=ACCOUNT,
        twilio_token=SecretStr("auth"),
        twilio_api=twilio.url,
        sms_sender=SENDER,
    )  # type: ignore[call-arg]
    group = telegram.group(TOKEN, GROUP)
    try:
        async with open_app(given) as app:
            await app.database.write(lambda t: staff.add(t, staff_row(SAM, "Sam")))
            async with served(app.web()) as url:
                telegram.bot(MEMBERS_TOKEN).webhook = Webhook(f"{url}/webhooks/telegram", "members", 40, ())
                telegram.bot(TOKEN).webhook = Webhook(f"{url}/desk/telegram", SECRET, 40, ("message", "callback_query"))
                twilio.world.tunnel["https://bot.example"] = url
                twilio.webhooks["sms"] = "https://bot.example/webhooks/sms#rc=5&rp=all"
                bruno = telegram.user(MEMBERS_TOKEN, id=501, first_name="Bruno", language_code="it")
                yield House(app, telegram, twilio, group, twilio.user(ANNA, channel="sms"), bruno)
    finally:
        await twilio.settle()
        await twilio.stop()
        await telegram.stop()


async def join(house: House) -> None:
    await house.ask("iscriviti")
    await house.ask("1")
    await house.ask("1")


@pytest.mark.asyncio
async def test_a_member_on_sms_is_answered_from_the_staffs_telegram_group(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await asyncio.gather(join(house), house.bruno.start())
        await house.ask("operatore")
        await house.until(lambda: house.group.topics)
        (thread,) = house.group.topics
        await house.until(lambda: "operatore" in house.told(thread))

        sam = house.group.person(SAM, "Sam")
        assert await sam.write("Buongiorno Anna, che cosa è successo?", thread)
        await house.until(lambda: "che cosa è successo" in house.heard())
        assert await sam.write("// sembra arrabbiata", thread)
        assert await house.group.person(EVE, "Eve").write("non sono dello staff", thread)

        await house.anna.write("Lo scontrino di ieri non c'è")
        await house.until(lambda: "scontrino di ieri" in house.told(thread))
        before = len(house.bruno.messages)
        await house.bruno.write("saldo")
        await house.until(lambda: len(house.bruno.messages) > before)
        assert await sam.write("Sistemato, grazie.", thread)
        await house.until(lambda: "Sistemato" in house.heard())

        await house.until(lambda: "Sam" in house.group.shown(thread)[0].text)
        assert await sam.press(house.group.shown(thread)[0], 2)
        await house.until(lambda: house.group.topics[thread].is_closed)

        assert "arrabbiata" not in house.heard()
        assert "non sono dello staff" not in house.heard()
        assert all("Sistemato" not in one.text for one in house.bruno.messages)
        rows = await house.app.database.read(lambda t: t.all(query("select member_id from support_case")))
        case = await house.app.database.read(lambda t: cases.latest(t, rows[0][0]))
        assert case is not None
        assert (len(rows), case.status, case.resolved_by) == (1, "resolved", SAM)
        notes = await house.app.database.read(
            lambda t: t.all(query("select data from case_entry where kind = 'note' order by id"))
        )
        assert [orjson.loads(row[0])["text"] for row in notes] == ["sembra arrabbiata"]
        assert [call for call in house.telegram.calls if call.status == 429] == []


PDF = b"%PDF-1.4\n%fake\n"


@pytest.mark.asyncio
async def test_files_go_both_ways_between_two_bots_that_share_nothing(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        await house.bruno.start()
        await house.until(lambda: house.bruno.messages)
        await house.bruno.write("operatore")
        await house.until(lambda: house.group.topics)
        (thread,) = house.group.topics
        picture = png()
        await house.bruno.send_photo(picture, "ecco lo scontrino")
        await house.until(lambda: any(one.photo == picture for one in house.group.shown(thread)))
        assert "ecco lo scontrino" in house.told(thread)

        sam = house.group.person(SAM, "Sam")
        document = keep_file(house.telegram.bot(TOKEN), PDF, "document", "buono.pdf")
        await sam.send(thread, document={**document, "file_name": "buono.pdf"}, caption="Il tuo buono")
        await house.until(lambda: any(one.document == PDF for one in house.bruno.messages))
        assert "Il tuo buono" in "\n".join(one.text for one in house.bruno.messages)
