"""/try through the whole application: as a page, as a program's door, and who may come in."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from bot.app import App, open_app
from bot.commands._chat_screen import words
from bot.limits import SMS, TELEGRAM, WHATSAPP
from bot.message import Choice
from bot.render import Attached, Part
from bot.settings import Settings
from bot.texts import Texts
from bot.web._try_chat import label_of, shown
from bot.web._try_input import first_language
from bot.web._try_view import View

HERE = "http://127.0.0.1:8080"
ADDRESS = "telegram:somebody1"


@asynccontextmanager
async def opened(
    tmp_path, *, base: str = HERE, client: str = "127.0.0.1", headers: dict[str, str] | None = None, **more: Any
) -> AsyncIterator[tuple[App, httpx.AsyncClient]]:
    settings = Settings(_env_file=None, database=f"sqlite:///{tmp_path / 'try.db'}", **more)
    async with open_app(settings) as app:
        transport = httpx.ASGITransport(app.web(), client=(client, 1234))
        async with httpx.AsyncClient(transport=transport, base_url=base, headers=headers) as browser:
            yield app, browser


async def polled(browser: httpx.AsyncClient, address: str, after: int = 0) -> dict[str, Any]:
    answer = await browser.get("/try/messages", params={"address": address, "after": after})
    assert answer.status_code == 200, answer.text
    return answer.json()


def fields(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))


@pytest.mark.asyncio
async def test_a_program_talks(tmp_path):
    async with opened(tmp_path) as (_, browser):
        said = await browser.post("/try/messages", json={"address": ADDRESS, "text": "ciao", "locale": "it"})
        assert (said.status_code, said.json()) == (202, {"after": 0})
        first = await polled(browser, ADDRESS)
        (message,) = first["messages"]
        assert (first["after"], message["number"], message["style"]) == (1, 1, "buttons")
        payload = message["choices"][0]["payload"]
        assert f'value="{payload}"' in message["html"]
        await browser.post("/try/messages", json={"address": ADDRESS, "payload": payload})
        second = await polled(browser, ADDRESS, 1)
        assert second["after"] == 2
        assert second["messages"][0]["text"] != message["text"]


@pytest.mark.asyncio
async def test_a_page_older_than_the_server_hears_answers(tmp_path):
    async with opened(tmp_path) as (_, browser):
        listening = asyncio.create_task(polled(browser, ADDRESS, 99))
        await asyncio.sleep(0.05)
        await browser.post("/try/messages", json={"address": ADDRESS, "start": ""})
        assert (await listening)["after"] == 1


@pytest.mark.asyncio
async def test_a_repeated_id_is_one_message(tmp_path):
    async with opened(tmp_path) as (app, browser):
        row = {"address": ADDRESS, "text": "ciao", "locale": "it", "id": "abcdef012345"}
        for _ in range(2):
            assert (await browser.post("/try/messages", json=row)).status_code == 202
        await polled(browser, ADDRESS)
        simulator = app.channels["simulator"]
        assert len(await simulator.after(ADDRESS, 0, 0)) == 1


@pytest.mark.asyncio
async def test_without_a_script_it_is_a_form(tmp_path):
    async with opened(tmp_path) as (_, browser):
        empty = (await browser.get("/try?channel=sms&lang=ar")).text
        assert '<html lang="ar" dir="rtl">' in empty
        hidden = fields(empty)
        assert re.fullmatch(r"sms:[\w-]{16}-ar", hidden["address"])
        page = await browser.post("/try/messages", data=hidden | {"text": "<b>مرحبا</b>"}, follow_redirects=True)
        assert page.url.params["channel"] == "sms"
        assert page.url.params["lang"] == "ar"
        assert "&lt;b&gt;مرحبا&lt;/b&gt;" in page.text
        assert "<b>" not in page.text
        assert re.search(r'<small class="parts" dir="ltr">\d SMS</small>', page.text)
        again = await browser.post("/try/again", data=hidden, follow_redirects=True)
        assert fields(again.text)["address"] != hidden["address"]
        assert 'class="own"' not in again.text


@pytest.mark.asyncio
async def test_each_language_is_a_conversation_of_its_own(tmp_path):
    async with opened(tmp_path, headers={"accept-language": "xx-YY;q=0.9, it-CH"}) as (_, browser):
        told = fields((await browser.get("/try")).text)
        assert (told["locale"], told["lang"]) == ("it-CH", "it")
        assert told["address"].startswith("telegram:")
        other = fields((await browser.get("/try?lang=es&channel=nothing")).text)
        assert (other["locale"], other["lang"]) == ("es", "es")
        assert other["address"] != told["address"]
        assert (await browser.get("/try")).text.count(told["address"]) > 0


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b'{"address": "telegram:short", "text": "x"}', "application/json", 400),
        (b'{"address": "signal:somebody1", "text": "x"}', "application/json", 400),
        (b'{"address": ["telegram:somebody1"], "text": "x"}', "application/json", 400),
        (b'{"address": "telegram:somebody1", "text": "  "}', "application/json", 400),
        (b'{"address": "telegram:somebody1"}', "application/json", 400),
        (b"[1]", "application/json", 400),
        (b"\xff{", "application/json", 400),
        (b"&" * 100 + b"a=1", "application/x-www-form-urlencoded", 400),
        (b"x" * (16 * 1024 + 1), "application/json", 413),
        (b"address=telegram:somebody1&text=", "application/x-www-form-urlencoded", 303),
    ],
)
async def test_odd_input(tmp_path, content, kind, status):
    async with opened(tmp_path) as (_, browser):
        answer = await browser.post("/try/messages", content=content, headers={"content-type": kind})
        assert answer.status_code == status
        assert (await browser.get("/try/messages", params={"address": ADDRESS, "after": "-1"})).status_code == 400


@pytest.mark.asyncio
async def test_other_sites_cannot_post(tmp_path):
    async with opened(tmp_path) as (_, browser):
        row = {"address": ADDRESS, "text": "ciao"}
        for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}, {"origin": "null"}):
            assert (await browser.post("/try/messages", json=row, headers=headers)).status_code == 403
        own = {"sec-fetch-site": "same-origin", "origin": HERE}
        assert (await browser.post("/try/messages", json=row, headers=own)).status_code == 202


@pytest.mark.asyncio
async def test_busy_lanes(tmp_path):
    async with opened(tmp_path) as (app, browser):
        await app.lanes.close()
        answer = await browser.post("/try/messages", json={"address": ADDRESS, "text": "ciao"})
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")


@pytest.mark.asyncio
async def test_safe_headers_and_own_files_only(tmp_path):
    async with opened(tmp_path) as (_, browser):
        page = await browser.get("/try")
        assert page.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'; ")
        assert page.headers["x-content-type-options"] == "nosniff"
        assert page.headers["referrer-policy"] == "same-origin"
        assert "HttpOnly" in page.headers["set-cookie"]
        assert not re.search(r"(src|href)=\"(https?:)?//", page.text)
        assert " style=" not in page.text
        for path in re.findall(r'"(/try/static/[^"]+)"', page.text):
            found = await browser.get(path)
            assert found.status_code == 200
            assert found.headers["content-type"].split(";")[0] in ("text/css", "text/javascript")
            assert "http" not in found.text
        assert (await browser.get("/try/static/..%2f__init__.py")).status_code == 404


PATHS = ("/try", f"/try/messages?address={ADDRESS}&after=0", "/try/static/try.css")


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("base", "client", "headers"),
    [
        ("http://127.0.0.1:8080", "203.0.113.5", {}),
        ("https://shop.example", "127.0.0.1", {}),
        ("http://127.0.0.1:8080", "127.0.0.1", {"x-forwarded-for": "203.0.113.5"}),
        ("http://127.0.0.1:8080", "127.0.0.1", {"forwarded": "for=203.0.113.5"}),
    ],
)
async def test_nobody_else_comes_in(tmp_path, base, client, headers):
    async with opened(tmp_path, base=base, client=client, headers=headers) as (_, browser):
        for path in PATHS:
            assert (await browser.get(path)).status_code == 404
        for path in ("/try?key=", "/try?key=guess"):
            assert (await browser.get(path)).status_code == 404
        assert (await browser.post("/try/messages", json={"address": ADDRESS, "text": "x"})).status_code == 404


@pytest.mark.asyncio
async def test_the_key_opens_and_a_cookie_keeps_open(tmp_path):
    more = {"base": "https://shop.example", "client": "203.0.113.5", "try_key": SecretStr("schlüssel")}
    async with opened(tmp_path, **more) as (_, browser):
        for shown in ("", "wrong", "schlüssel2"):
            assert (await browser.get("/try", params={"key": shown})).status_code == 404
        came = await browser.get("/try", params={"key": "schlüssel"})
        assert came.status_code == 200
        cookie = next(one for one in came.headers.get_list("set-cookie") if one.startswith("bentornato_try_key="))
        assert {"HttpOnly", "SameSite=strict", "Secure", "Path=/try"} <= set(cookie.split("; "))
        assert "schl" not in cookie
        assert (await browser.get("/try")).status_code == 200
        assert (await browser.post("/try/messages", json={"address": ADDRESS, "text": "hi"})).status_code == 202
        browser.cookies.clear()
        assert (await browser.get("/try")).status_code == 404


def test_markup_becomes_pieces():
    part = Part("Code <code>A&amp;B</code>: see https://x.example/a?b=1, &lt;ok&gt;", locale="en")
    bubble = shown(1, part, TELEGRAM)
    assert [(piece.kind, piece.text) for piece in bubble.pieces] == [
        ("text", "Code "),
        ("code", "A&B"),
        ("text", ": see "),
        ("link", "https://x.example/a?b=1"),
        ("text", ", <ok>"),
    ]
    assert bubble.segments is None
    assert shown(1, Part("<code>", segments=2), SMS).as_json() == {
        "number": 1,
        "text": "<code>",
        "style": "plain",
        "choices": [],
        "segments": 2,
    }


def test_list_qr_and_template_are_drawn():
    choices = (Choice("Tè & <caffè>", "v1:a:b:0"),)
    listed = shown(1, Part("?", style="list", choices=choices, list_label="Scegli"), WHATSAPP)
    coded = shown(2, Part("", qr="7A1X1Y5MX"), TELEGRAM)
    template = shown(3, Part("", template_flow="birthday", variables=("Ada", "50")), WHATSAPP)
    view = View("Bentornato", Texts.load([]))
    assert "<summary>Scegli</summary>" in view.bubble(listed)
    assert "Tè &amp; &lt;caffè&gt;</button>" in view.bubble(listed)
    assert '<img class="qr" src="data:image/svg+xml' in view.bubble(coded)
    assert "birthday · Ada · 50" in view.bubble(template)


def test_a_tap_says_what_the_button_says():
    parts = [(1, Part("?", choices=(Choice("Yes", "a"),))), (2, Part("?", choices=(Choice("No", "b"),)))]
    assert (label_of(parts, "a"), label_of(parts, "b"), label_of(parts, "c")) == ("Yes", "No", None)


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("", ""),
        ("*", ""),
        ("ar-EG,ar;q=0.9,en;q=0.8", "ar-EG"),
        ("en;q=0.2, pt-BR;q=0.9", "pt-BR"),
        ("de;q=x, it", "it"),
    ],
)
def test_first_language(header, wanted):
    assert first_language(header) == wanted


def test_a_file_is_its_name_and_a_link():
    file = Attached("bill <1>.pdf", "application/pdf", b"", "https://shop.example/files/p1.x")
    bubble = shown(1, Part("Ecco", attachment=file), TELEGRAM)
    assert bubble.as_json()["file"] == {"name": "bill <1>.pdf", "url": "https://shop.example/files/p1.x"}
    page = View("Shop", Texts.load([], locales=["it"])).bubble(bubble)
    assert 'href="https://shop.example/files/p1.x"' in page
    assert "bill &lt;1&gt;.pdf" in page
    assert words(Part("Ecco", attachment=file), "telegram") == "Ecco\n[bill <1>.pdf: https://shop.example/files/p1.x]"
