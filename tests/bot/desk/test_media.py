"""Files through our own door: safe types, safe headers, only of members one may see, and written down."""

import orjson
import pytest

from bot.channels import Fetched
from bot.desk._media import file_response
from storage import attachments
from tests.bot.desk.front import Front

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"


def raw(*urls: str) -> bytes:
    return orjson.dumps({"address": "+39", "media": [{"type": "image/png", "url": url} for url in urls]})


@pytest.mark.asyncio
async def test_a_picture_is_fetched_and_shown(front: Front) -> None:
    member = await front.member()
    message = await front.hears(member, None, "media", raw("m1", "m2"))
    front.channels["whatsapp"].at_hand["m2"] = Fetched(PNG, "image/png", "foto.png")
    paola = await front.somebody()
    for _ in range(2):
        answer = await paola.get(f"/members/{member}/media/{message}/1")
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, PNG, "image/png")
    assert answer.headers["content-disposition"].startswith('inline; filename="foto.png"')
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert "no-store" in answer.headers["cache-control"]
    assert (await front.done()).count("media_seen") == 1


@pytest.mark.asyncio
async def test_what_is_gone_or_was_never_there(front: Front) -> None:
    member, other = await front.member(), await front.member()
    message = await front.hears(member, None, "media", raw("m1"))
    words = await front.hears(member, "Ciao")
    paola = await front.somebody()
    gone = await paola.get(f"/members/{member}/media/{message}/0")
    assert gone.status_code == 404 and "The file is not there any more." in gone.text
    for path in (f"{member}/media/{message}/1", f"{member}/media/{words}/0", f"{other}/media/{message}/0"):
        assert (await paola.get(f"/members/{path}")).status_code == 404, path


@pytest.mark.asyncio
async def test_what_staff_sent(front: Front) -> None:
    member, other = await front.member(), await front.member()
    paola = await front.somebody()
    file_id = await front.does(
        lambda t: attachments.add(
            t, member_id=member, staff_id=1, name="listino.pdf", type="application/pdf", content=b"%PDF-1.4", now=1
        )
    )
    answer = await paola.get(f"/members/{member}/attachments/{file_id}")
    assert (answer.status_code, answer.content) == (200, b"%PDF-1.4")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith('attachment; filename="listino.pdf"')
    assert (await paola.get(f"/members/{other}/attachments/{file_id}")).status_code == 404
    assert "attachment_seen" in await front.done()


@pytest.mark.parametrize(
    "kind", ["text/html", "image/svg+xml", "application/pdf", "application/xhtml+xml", "text/plain"]
)
def test_what_could_act_is_only_kept(kind: str) -> None:
    answer = file_response(b"<script>", kind, 'a"b\r\nc: д.html')
    assert answer.headers["content-type"] == "application/octet-stream"
    told = answer.headers["content-disposition"]
    assert told.startswith("attachment;") and "\r" not in told and "\n" not in told and told.isascii()
    assert told.count('"') == 2
