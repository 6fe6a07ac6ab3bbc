"""A strict loopback Twilio: its REST and Content APIs, its window and opt-outs, and people who write to the bot.

    async with FakeTwilio(account, token, senders={"whatsapp": "+15550001111"}) as fake:
        fake.webhooks["whatsapp"] = "http://127.0.0.1:8080/webhooks/whatsapp#rc=5&rp=all"
        ada = fake.user("+393331234567", channel="whatsapp")
        await ada.write("ciao")

The bot is pointed at `fake.url` by the setting twilio_api.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from types import TracebackType
from typing import Literal, Self

from aiohttp import web

from bot.fakes._twilio_content import SESSION_BUTTONS
from bot.fakes._twilio_model import FakeContent, FakeMessage, Injection, Receipts, World
from bot.fakes._twilio_post import Poster
from bot.fakes._twilio_rest import Rest
from bot.fakes._twilio_text import segments
from bot.fakes._twilio_user import FakeUser

__all__ = ["SESSION_BUTTONS", "FakeMessage", "FakeTwilio", "FakeUser", "Receipts", "segments"]

Place = Literal["messages", "content", "receipts"]


class FakeTwilio:
    """One account. `world` holds its state and its manners (`receipts`, `window`, `advanced_opt_out`, `tunnel`, …)."""

    url: str
    poster: Poster

    def __init__(
        self,
        account: str,
        token: str,
        *,
        senders: Mapping[str, str],
        webhooks: Mapping[str, str] | None = None,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self.world = World(account, token, dict(senders), dict(webhooks or {}))
        if clock is not None:
            self.world.clock = clock

    @property
    def webhooks(self) -> dict[str, str]:
        """Channel -> the URL of its incoming messages."""
        return self.world.webhooks

    async def start(self, port: int = 0) -> str:
        """Listen on loopback; the address to set as twilio_api."""
        self.poster = Poster(self.world)
        self._runner = web.AppRunner(Rest(self.world, self.poster).app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self.url

    async def stop(self) -> None:
        await self.poster.close()
        await self._runner.cleanup()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def user(self, phone: str, *, channel: str, profile_name: str = "Ada", wa_id: str | None = None) -> FakeUser:
        """A person with this number; making one twice is the same person."""
        return FakeUser(self.world, self.poster, phone, channel, profile_name, wa_id)

    def seed_template(self, sid: str, *variables: str, body: str, buttons: tuple[str, ...] = ()) -> FakeContent:
        """An approved template: samples for {{1}} and on, its body, and quick-reply titles if it has any."""
        actions = [{"type": "QUICK_REPLY", "title": title, "id": title} for title in buttons]
        kind = (
            {"twilio/quick-reply": {"body": body, "actions": actions}} if buttons else {"twilio/text": {"body": body}}
        )
        samples = {str(number): sample for number, sample in enumerate(variables, 1)}
        made = FakeContent(sid, "", "en", kind, samples, self.world.clock(), "approved")
        self.world.contents[sid] = made
        return made

    def fail_next(self, code: int, *, status: int = 400, times: int = 1, place: Place = "messages") -> None:
        """Refuse the next calls with this code; at `receipts`: take the message, then report it undelivered."""
        self.world.failures[place].extend([Injection(code, status)] * times)

    def stall_next(self, seconds: float) -> None:
        """Take the next message, but answer so late that the caller may have given up."""
        self.world.failures["messages"].append(Injection(stall=seconds))

    async def deliver(self, channel: str, form: Mapping[str, str], *, times: int = 1, forge: bool = False) -> list[int]:
        """Post a form to the channel's webhook, as often as asked; the statuses."""
        return [await self.poster.post(self.world.webhooks[channel], form, forge=forge) for _ in range(times)]

    async def settle(self) -> None:
        """Wait until every status callback under way has been answered."""
        await self.poster.settle()
