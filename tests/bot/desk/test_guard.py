"""What stands before every page: headers, tokens, origins, and each role at each route."""

import re
from dataclasses import replace

import httpx
import pytest

from bot.desk import build_desk
from bot.desk._roles import ROLES, Permission
from bot.desk._routes import OPEN, SIGNED_IN, DeskRoute, discover
from tests.bot.desk.office import Browser, Office
from tests.builders import query

EMAIL = {"email": "eve@desk.test", "name": "Eve", "role": "agent"}
SECURITY = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "media-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "strict-transport-security": "max-age=31536000",
}
FILES = {"/static/{name}", "/brand.css", "/logo"}
"""Kept by the browser; there is nothing of anybody in them."""
VALUES = {"name": "base.css", "token": "none"}


def every_route(office: Office) -> list[DeskRoute]:
    return discover(office.context)


def path_of(route: DeskRoute) -> str:
    """Something that can be asked of the route."""
    return re.sub(r"{(\w+)[^}]*}", lambda part: VALUES.get(part[1], "1"), route.path)


async def ask(browser: Browser, route: DeskRoute) -> httpx.Response:
    if route.method == "GET":
        return await browser.get(path_of(route))
    return await browser.post(path_of(route))


@pytest.fixture
def whole(office: Office) -> Office:
    """An office with every route, whose endpoints answer at once: what is tried is what stands before them."""

    async def reached(call: object) -> object:
        return call.json({"reached": True}, 299)

    office.app = build_desk(office.context, [replace(route, endpoint=reached) for route in every_route(office)])
    return office


@pytest.mark.asyncio
@pytest.mark.parametrize("role", [*ROLES, "nobody-knows", ""])
async def test_each_role_reaches_what_it_may_and_nothing_else(whole: Office, role: str) -> None:
    row = await whole.hires("agent")
    await whole.database.write(lambda t: t.run(query("update staff set role = :role"), role=role))
    browser = await whole.seats(row._replace(role=role))
    permissions = ROLES.get(role, frozenset())
    wrong = []
    for route in every_route(whole):
        status = (await ask(browser, route)).status_code
        may = route.rule in (OPEN, SIGNED_IN) or route.rule in permissions
        if status != (299 if may else 403):
            wrong.append((route.method, route.path, route.rule, status))
    assert wrong == []
    assert {route.rule for route in every_route(whole)} >= {OPEN, SIGNED_IN, Permission.STAFF, Permission.AUDIT}


@pytest.mark.asyncio
async def test_without_signing_in_one_reaches_open_routes_only(whole: Office) -> None:
    browser = whole.browser()
    assert (await browser.get("")).headers["location"] == "/desk/"
    assert (await browser.get("/nowhere")).status_code == 404
    wrong = []
    for route in every_route(whole):
        answer = await ask(browser, route)
        if route.rule is not OPEN and (answer.status_code, answer.headers["location"][:13]) != (303, "/desk/sign-in"):
            wrong.append((route.method, route.path, answer.status_code))
    assert wrong == []


@pytest.mark.asyncio
async def test_our_script_and_its_events_are_told_by_status(office: Office) -> None:
    for headers in ({"x_desk": "fetch"}, {"accept": "text/event-stream"}):
        answer = await office.browser().get("/me", **headers)
        assert (answer.status_code, answer.json()) == (401, {"error": "Sign in first."})
    agent = await office.somebody("agent")
    answer = await agent.get("/staff", x_desk="fetch")
    assert (answer.status_code, answer.json()) == (403, {"error": "You may not do that."})
    italian = await office.somebody("agent", locale="it")
    assert (await italian.get("/staff", x_desk="fetch")).json() == {"error": "Non hai il permesso di farlo."}


@pytest.mark.asyncio
async def test_every_post_asks_for_its_token(whole: Office) -> None:
    admin, other = await whole.somebody("admin"), await whole.somebody("admin")
    posts = [route for route in every_route(whole) if route.method == "POST" and not route.is_webhook]
    assert len(posts) >= 8
    for route in posts:
        for token in ("", "wrong", other.csrf, admin.csrf[:-1], admin.csrf + "x"):
            answer = await admin.post(path_of(route), csrf=token)
            assert answer.status_code == 403, (route, token)
        assert (await admin.post(path_of(route))).status_code == 299
        answer = await admin.post(path_of(route), csrf="", x_csrf_token=admin.csrf)
        assert answer.status_code == 299


@pytest.mark.asyncio
async def test_a_post_from_another_site_is_refused(whole: Office) -> None:
    admin = await whole.somebody("admin")
    for route in [one for one in every_route(whole) if one.method == "POST" and not one.is_webhook]:
        for headers in (
            {"origin": "https://evil.test"},
            {"origin": "null"},
            {"origin": "https://desk.test.evil.test"},
            {"sec_fetch_site": "cross-site"},
            {"sec_fetch_site": "same-site"},
            {"origin": "https://desk.test", "sec_fetch_site": "cross-site"},
        ):
            assert (await admin.post(path_of(route), **headers)).status_code == 403, (route, headers)
        own = {"origin": "https://desk.test", "sec_fetch_site": "same-origin"}
        assert (await admin.post(path_of(route), **own)).status_code == 299


@pytest.mark.asyncio
async def test_who_is_not_signed_in_has_a_token_too(office: Office) -> None:
    browser, other = office.browser(), office.browser()
    await browser.page("/sign-in")
    await other.page("/sign-in")
    assert browser.csrf != other.csrf
    form = {"email": "nobody@desk.test", "password": "x"}
    for token in ("", other.csrf):
        assert (await browser.post("/sign-in", form, csrf=token)).status_code == 403
    assert await office.rows("select count(*) from sign_in_guard") == [(0,)]
    assert (await browser.post("/sign-in", form)).status_code == 401


@pytest.mark.asyncio
async def test_security_headers_are_on_everything(whole: Office) -> None:
    admin, stranger = await whole.somebody("admin"), whole.browser()
    answers = [await ask(one, route) for route in every_route(whole) for one in (admin, stranger)]
    answers += [
        await admin.get("/nowhere"),
        await stranger.get("/nowhere"),
        await admin.post("/audit"),
        await admin.client.put("/desk/audit"),
        await stranger.client.request("BREW", "/desk/"),
        await admin.post("/staff", csrf="wrong"),
    ]
    assert {one.status_code for one in answers} >= {299, 303, 403, 404, 405}
    for answer in answers:
        assert {name: answer.headers.get(name) for name in SECURITY} == SECURITY, answer.request.url
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.asyncio
async def test_files_may_be_kept_and_the_logo_is_shut_in(office: Office) -> None:
    for path in ("/static/base.css", "/brand.css", "/logo"):
        answer = await office.browser().get(path)
        assert "set-cookie" not in answer.headers
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=86400"
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["content-type"] == "image/svg+xml"
    assert (await office.browser().get("/static/_build.py")).status_code == 404
    assert (await office.browser().get("/static/..%2f_build.py")).status_code == 404


@pytest.mark.asyncio
async def test_a_failure_is_a_page_with_headers_and_without_reasons(office: Office) -> None:
    async def fails(call: object) -> object:
        raise RuntimeError("a secret")

    office.app = build_desk(office.context, [DeskRoute("GET", "/fails", SIGNED_IN, fails)])
    answer = await (await office.somebody()).get("/fails")
    assert (answer.status_code, "a secret" in answer.text) == (500, False)
    assert "Something went wrong here" in answer.text
    assert answer.headers["content-security-policy"] == SECURITY["content-security-policy"]


@pytest.mark.asyncio
async def test_no_page_has_script_or_style_in_it(office: Office) -> None:
    admin = await office.somebody("admin", name='<img src=x onerror="a()">')
    pages = [await admin.page(path) for path in ("/me", "/staff", "/audit")]
    pages.append(await office.browser().page("/sign-in"))
    for text in pages:
        assert not re.search(r"<style|\sstyle=|\son\w+=[\"']|javascript:", text.replace("&#34;", ""))
        assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text))
        assert not re.search(r"(src|href)=\"(https?:)?//", text)
        assert "<img src=x" not in text


@pytest.mark.asyncio
async def test_a_long_body_is_refused(office: Office) -> None:
    admin = await office.somebody("admin")
    assert (await admin.post("/staff", {"name": "x" * 70_000})).status_code == 413
    many = {f"f{number}": "1" for number in range(300)}
    answer = await admin.client.post("/desk/staff", files=[(name, (None, v)) for name, v in many.items()])
    assert answer.status_code == 400
    broken = await admin.client.post(
        "/desk/staff", content=b"--x\r\nbroken", headers={"content-type": "multipart/form-data; boundary=x"}
    )
    assert broken.status_code in (400, 403)


@pytest.mark.asyncio
async def test_a_webhook_needs_neither_cookie_nor_token(office: Office) -> None:
    async def hook(call: object) -> object:
        return call.json({"body": (await call.request.body()).decode()})

    office.app = build_desk(office.context, [DeskRoute("POST", "/telegram", OPEN, hook, is_webhook=True)])
    answer = await office.browser().client.post("/desk/telegram", content=b"{}", headers={"origin": "https://x.test"})
    assert answer.json() == {"body": "{}"}
