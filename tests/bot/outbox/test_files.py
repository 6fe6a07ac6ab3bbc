"""The sender gives a channel the file of a message: bytes, name and a link that works; a file that is gone stops it."""

import pytest

from bot.limits import TELEGRAM
from bot.media import read_link
from bot.message import Attachment, Outbound, Text, encode
from bot.outbox import Files
from bot.render import Part
from loyalty.tokens import Keyring
from storage import attachments
from tests.bot.outbox.conftest import Post
from tests.builders import add_rows, outbox_row
from tests.samples import PDF

pytestmark = pytest.mark.asyncio
KEYS = Keyring(b"of tests, and of nothing else")


async def sent_with_a_file(post: Post, channel: str, *, dropped: bool = False) -> tuple[str, str | None, list[Part]]:
    """The row's status and error, and the parts that the channel was given."""
    parts: list[Part] = []
    send = post.channels[channel].send

    async def kept(address: str, part: Part):
        parts.append(part)
        return await send(address, part)

    post.channels[channel].send = kept  # type: ignore[method-assign]
    post.sender._file_of = Files(post.database, KEYS, "https://shop.example", post.clock).of
    person = await post.person(channel, "+1")

    def work(transaction):
        fields = {"member_id": person, "staff_id": 1, "now": post.clock.now, "content": PDF}
        file_id = attachments.add(transaction, name="bill.pdf", type="application/pdf", **fields)
        body = encode(Outbound(Text("Ecco"), attachment=Attachment(file_id, "bill.pdf", "application/pdf", len(PDF))))
        row = add_rows(transaction, [outbox_row(transaction, person, body, post.clock.now)])[0]
        if dropped:
            attachments.drop(transaction, person)
        return file_id, row

    file_id, row = await post.database.write(work)
    async with post.sending():
        await post.until(row, "sent", "failed", "dead", "dropped")
    for part in parts:
        link = part.attachment.url if part.attachment else part.text.rpartition("\n")[2]
        assert "files" not in link or read_link(KEYS, link.rpartition("/")[2], post.clock.now) == file_id
    status, error = await post.row(row, "status", "error")
    return status, error, parts


async def test_a_channel_with_files_is_given_bytes_and_link(post: Post) -> None:
    status, _, (part,) = await sent_with_a_file(post, "telegram")
    assert part.attachment is not None
    assert (status, part.text, part.attachment.content, part.attachment.name) == ("sent", "Ecco", PDF, "bill.pdf")
    assert part.attachment.url.startswith("https://shop.example/files/")
    assert "files" not in repr(part.attachment)


async def test_a_channel_without_files_is_given_the_link_in_the_text(post: Post) -> None:
    status, _, (part,) = await sent_with_a_file(post, "sms")
    assert (status, part.attachment) == ("sent", None)
    assert part.text.startswith("Ecco\nhttps://shop.example/files/p1.")


async def test_a_message_whose_file_is_gone_is_dropped(post: Post) -> None:
    assert await sent_with_a_file(post, "telegram", dropped=True) == ("dropped", "attachment_gone", [])


async def test_a_file_too_large_for_the_channel_becomes_a_link(post: Post) -> None:
    post.channels["telegram"].limits = TELEGRAM.__class__(text=4096, measure="utf16", markup="html", attachments=True)
    status, _, (part,) = await sent_with_a_file(post, "telegram")
    assert (status, part.attachment) == ("sent", None)
    assert "https://shop.example/files/p1." in part.text
