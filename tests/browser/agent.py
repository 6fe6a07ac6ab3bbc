"""Somebody of the staff in front of a browser. What a browser complains of fails the test."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Request, Response, expect

from storage.staff import StaffRow
from tests.browser.house import PASSWORD, SECONDS, House, Member

DESKTOP = {"viewport": {"width": 1360, "height": 850}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
_OWN_CLOCK = "window.wall ??= Date.now.bind(Date); window.ahead = %d; Date.now = () => window.wall() + window.ahead;"
expect.set_options(timeout=SECONDS * 1000)


@dataclass
class Agent:
    """A member of staff, their browser and the page they look at."""

    house: House
    row: StaffRow
    context: BrowserContext
    page: Page
    faults: list[str] = field(default_factory=list)
    forgiven: list[str] = field(default_factory=list)
    """What a fault may contain: the test makes it happen on purpose."""

    @property
    def root(self) -> str:
        return f"{self.house.url}/desk"

    async def goes(self, path: str = "/") -> Page:
        await self.page.goto(f"{self.root}{path}")
        return self.page

    async def opens(self, member: Member) -> Page:
        """Look at a conversation; from here on it is followed live."""
        async with self.page.expect_response(lambda answer: "/desk/events" in answer.url):
            await self.goes(f"/members/{member.id}")
        return self.page

    async def takes(self, member: Member) -> Page:
        """Take a conversation, by the button; its field can be written in."""
        page = await self.opens(member)
        await self.act("take").click()
        await self.may_write()
        return page

    async def may_write(self) -> None:
        await expect(self.page.locator("#words")).to_be_enabled()
        await expect(self.page.locator("#lease[data-mine=true]")).to_be_visible()

    async def replies(self, text: str) -> None:
        """Write and send; back when it stands in the conversation."""
        await self.page.fill("#words", text)
        await self.page.click("#composer button[type=submit]")
        await expect(self.said(text)).to_be_visible()

    async def further(self) -> None:
        """Show what is used less often."""
        if not await self.page.locator(".further[open]").count():
            await self.page.click(".further summary")

    def act(self, name: str) -> Locator:
        return self.page.locator(f'#lease form[data-act="{name}"] button[type=submit]')

    def said(self, text: str) -> Locator:
        """A line of ours in the conversation that the server has, not the one that stands in for it."""
        return self.page.locator(".entry.out[data-id]", has_text=text)

    def came(self, text: str) -> Locator:
        return self.page.locator(".entry.in", has_text=text)

    async def order(self) -> list[str]:
        """The words of the conversation as they stand on the page."""
        return [one.strip() for one in await self.page.locator("#thread .entry .words").all_inner_texts()]

    async def signs_in(self) -> None:
        """By the form, as a person does."""
        await self.goes("/sign-in")
        await self.page.fill("[name=email]", self.row.email)
        await self.page.fill("[name=password]", PASSWORD)
        await self.page.click("form.sheet button")
        await expect(self.page.locator("#queue")).to_be_visible()

    def is_fine(self) -> None:
        """Nothing went wrong in this browser."""
        assert [one for one in self.faults if not any(words in one for words in self.forgiven)] == []

    # --- what the browser complains of

    def watch(self) -> None:
        self.context.on("console", self._console)
        self.context.on("weberror", lambda error: self.faults.append(f"error: {error.error}"))
        self.context.on("request", self._request)
        self.context.on("requestfailed", self._failed)
        self.context.on("response", self._response)
        self.context.on("dialog", lambda dialog: self.faults.append(f"dialog: {dialog.message}"))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(f"console {message.type}: {message.text}")

    def _request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in ("data", "blob") and address.netloc != urlsplit(self.house.url).netloc:
            self.faults.append(f"foreign: {request.url}")

    def _failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # a page that is left ends its own
            self.faults.append(f"failed: {request.method} {request.url} {request.failure}")

    def _response(self, response: Response) -> None:
        if response.status >= 400:
            self.faults.append(f"status {response.status}: {response.request.method} {response.url}")


async def open_agent(browser: Browser, house: House, row: StaffRow, *, signed_in: bool = True, **looks: Any) -> Agent:
    """A browser of one's own for somebody, with the house's clock in it."""
    how = {**DESKTOP, "locale": "en-GB", "timezone_id": "Europe/Rome", "reduced_motion": "reduce", **looks}
    context = await browser.new_context(**how)
    context.set_default_timeout(SECONDS * 1000)
    await context.add_init_script(_OWN_CLOCK % _ahead(house))
    if signed_in:
        cookie = await house.signs_in(row)
        await context.add_cookies([{"name": "bentornato_desk", "value": cookie, "url": house.url}])
    agent = Agent(house, row, context, await context.new_page())
    agent.watch()

    async def moved() -> None:
        await context.add_init_script(_OWN_CLOCK % _ahead(house))
        await agent.page.evaluate("ahead => { window.ahead = ahead; }", _ahead(house))

    if how.get("java_script_enabled", True):
        house.listeners.append(moved)
    return agent


def _ahead(house: House) -> int:
    """Milliseconds between the wall's clock and the house's."""
    return house.now // 1000 - time.time_ns() // 1_000_000
