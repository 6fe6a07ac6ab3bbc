"""Pictures of the desk for the documentation: `python -m tests.browser.screenshots docs`."""

from __future__ import annotations

import asyncio
import struct
import sys
import tempfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, expect

from bot.fakes.twilio import FakeUser
from storage.migrations import upgrade
from tests.browser.agent import PHONE, Agent, open_agent
from tests.browser.chromium import open_browser
from tests.browser.house import House, Member, open_house

_SHOT_OF = {"desk.png": {}, "desk_dark.png": {"color_scheme": "dark"}, "desk_phone.png": PHONE}


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody in the queue."""

    name: str
    channel: str
    locale: str
    market: str
    words: tuple[str, ...]
    minutes: float


def people() -> tuple[Waiting, ...]:
    return (
        Waiting("Lucía Romero", "whatsapp", "es", "ES", ("agente", "Mi pedido llegó con una taza rota"), 11),
        Waiting("Giulia Conti", "whatsapp", "it", "IT", ("operatore", "Mi mancano i punti dello scontrino di ieri"), 5),
        Waiting("كريم حداد", "telegram", "ar", "IT", ("موظف", "لم تصل نقاط مشترياتي أمس، رمز الطلب BTN-4471"), 4),
        Waiting("Bob Miller", "sms", "en", "IT", ("operator", "My reward code does not work at the till"), 3),
        Waiting("Jonas Weber", "whatsapp", "de", "DE", ("mitarbeiter", "Wann kommt meine Bestellung?"), 2),
    )


async def main(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as made:
        template = Path(made) / "template.db"
        await asyncio.to_thread(upgrade, f"sqlite:///{template}")
        async with open_house(Path(made), template) as house, open_browser() as browser:
            await shoot(house, browser, folder)


async def shoot(house: House, browser: Browser, folder: Path) -> None:
    nora = await house.hires("Nora")
    await house.hires("Olga")
    members = await the_queue(house)
    agent = await open_agent(browser, house, nora)
    await the_talk(house, agent, members["Giulia Conti"])
    for name, looks in _SHOT_OF.items():
        shown = await open_agent(browser, house, nora, **looks)
        await shown.opens(members["Giulia Conti"])
        await picture(shown, folder / name)
    karim = members["كريم حداد"]
    await agent.takes(karim)
    await agent.replies("أهلًا كريم، معك نورة. أتحقق من الطلب BTN-4471 الآن.")
    await karim.writes("شكرًا جزيلًا! المبلغ كان 35.50 يورو")
    await expect(agent.came("35.50")).to_be_visible()
    await agent.page.fill("#words", "وجدته: أُضيفت 35 نقطة إلى حسابك.")
    await picture(agent, folder / "desk_ar.png")


async def the_queue(house: House) -> dict[str, Member]:
    """Everybody writes in turn, minutes apart."""
    found: dict[str, Member] = {}
    line = people()
    for one, after in zip(line, (*line[1:], None), strict=True):
        member = await house.member(one.name, one.channel, locale=one.locale, market=one.market)
        found[one.name] = member
        for text in one.words:
            before = len(member.heard)
            await member.writes(text)
            await house.quiet()
            await asyncio.sleep(0.3 if len(member.heard) == before else 0)
        await house.later(minutes=one.minutes - (after.minutes if after else 0))
    return found


async def the_talk(house: House, agent: Agent, giulia: Member) -> None:
    page = await agent.takes(giulia)
    await agent.replies("Ciao Giulia, qui Nora. Mi mandi una foto dello scontrino?")
    await house.later(minutes=1)
    assert isinstance(giulia.phone, FakeUser)
    await giulia.phone.send_file(receipt(), "image/png", caption="Eccolo!")
    await expect(agent.came("Eccolo!").locator("img")).to_be_visible()
    await page.click(".noting summary")
    await page.fill("#note-words", "Cassa 2 era senza rete ieri pomeriggio: altri due casi oggi.")
    await page.click("#note button")
    await page.fill("#card [name=points]", "35")
    await page.select_option("#card [name=reason]", "mistake")
    await page.click("#card form[data-act=points] button")
    await expect(page.locator(".entry.event", has_text="35 points")).to_be_visible()
    await agent.replies("Grazie! I 35 punti ora ci sono. Il rimborso è su https://bentornato.example/resi se serve.")
    await giulia.writes("Perfetto, grazie mille 🙏")
    await expect(agent.came("Perfetto")).to_be_visible()


async def picture(agent: Agent, path: Path) -> None:
    """When everything has arrived."""
    await agent.page.wait_for_load_state()
    await agent.page.evaluate("document.activeElement.blur()")
    await expect(agent.page.locator("#status")).to_be_empty()
    await agent.page.wait_for_timeout(500)
    await agent.page.screenshot(path=path)


def receipt() -> bytes:
    """A small picture of a receipt, drawn with nothing but the standard library."""
    width, height = 240, 96
    rows = []
    for y in range(height):
        row = bytearray(b"\xf4" * width)
        if 14 <= y < height - 14 and (y // 6) % 2 == 0:
            end = 60 + (y // 12 * 37) % 90
            row[24:end] = b"\x55" * (end - 24)
            row[180:214] = b"\x55" * 34
        rows.append(b"\0" + bytes(row))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = zlib.compress(b"".join(rows), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs")))
