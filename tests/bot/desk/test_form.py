"""What a POST brings: fields, lists and files, up to a limit."""

import pytest

from bot.desk import build_desk
from bot.desk._routes import SIGNED_IN, DeskRoute
from tests.bot.desk.office import Browser, Office


async def sender(office: Office, most: int = 10_000) -> Browser:
    async def told(call: object) -> object:
        files = {
            name: [(one.name, one.type, len(one.content)) for one in all_] for name, all_ in call.sent.files.items()
        }
        return call.json({"form": dict(call.form), "lists": call.sent.lists, "files": files})

    office.app = build_desk(office.context, [DeskRoute("POST", "/told", SIGNED_IN, told, most_bytes=most)])
    return await office.somebody()


@pytest.mark.asyncio
async def test_fields_and_lists(office: Office) -> None:
    browser = await sender(office)
    found = (await browser.post("/told", {"a": ["1", "2"], "b": "x\r\ny\0z", "c": ""})).json()
    assert found["form"] == {"a": "2", "b": "x\nyz", "c": "", "csrf": browser.csrf}
    assert found["lists"]["a"] == ["1", "2"]


@pytest.mark.asyncio
async def test_files(office: Office) -> None:
    browser = await sender(office)
    files = [("file", ("a.png", b"\x89PNG", "image/png")), ("file", ("b.pdf", b"%PDF-1", "application/pdf"))]
    answer = await browser.client.post("/desk/told", data={"csrf": browser.csrf, "words": "è"}, files=files)
    assert answer.json()["files"] == {"file": [["a.png", "image/png", 4], ["b.pdf", "application/pdf", 6]]}
    assert answer.json()["form"]["words"] == "è"


@pytest.mark.asyncio
async def test_too_long_with_or_without_saying_so(office: Office) -> None:
    browser = await sender(office, most=2_000)
    head = {"content-type": "application/x-www-form-urlencoded", "x-csrf-token": browser.csrf}

    async def pieces() -> object:
        for _ in range(30):
            yield b"a=" + b"x" * 98 + b"&"

    assert (await browser.client.post("/desk/told", content=pieces(), headers=head)).status_code == 413
    assert (await browser.client.post("/desk/told", content=b"a=" + b"x" * 2_000, headers=head)).status_code == 413
    assert (await browser.client.post("/desk/told", content=b"a=" + b"x" * 1_990, headers=head)).status_code == 200


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\nv\r\n--x--\r\n"),
        ("multipart/form-data; boundary=x; charset=utf-99", b"--x\r\n"),
        ("application/json", b'{"csrf": 1}'),
        ("", b"\xff\xfe"),
    ],
)
async def test_what_is_no_form_does_no_harm(office: Office, kind: str, body: bytes) -> None:
    browser = await sender(office)
    answer = await browser.client.post("/desk/told", content=body, headers={"content-type": kind})
    assert answer.status_code in (400, 403)


@pytest.mark.asyncio
async def test_what_is_slow_is_given_up(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    import asyncio

    from bot.desk import _form

    monkeypatch.setattr(_form, "SECONDS", 0.01)
    browser = await sender(office)

    async def slowly() -> object:
        yield b"a="
        await asyncio.sleep(5)

    head = {"content-type": "application/x-www-form-urlencoded"}
    assert (await browser.client.post("/desk/told", content=slowly(), headers=head)).status_code == 408
