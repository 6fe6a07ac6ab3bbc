"""What the outbox keeps of a message, and what it kept before there were files."""

import pytest

from bot.message import Attachment, Choice, Mark, Outbound, Span, Template, Text, decode, encode

FILE = Attachment(2**62, "Bon d'été.pdf", "application/pdf", 1234)


@pytest.mark.parametrize(
    "message",
    [
        Outbound(Text("Hello")),
        Outbound(
            Text("Your code: X", (Span(11, 12, Mark.CODE),)), (Choice("Yes", "y"),), template=Template("f", ("a",))
        ),
        Outbound(Text("Look"), attachment=FILE),
        Outbound(Text(""), qr="b1.x", ask_contact="Share", attachment=FILE),
    ],
)
def test_what_is_kept_comes_back(message: Outbound) -> None:
    assert decode(encode(message)) == message


def test_rows_from_before_there_were_files_still_read() -> None:
    assert decode('{"text":"Hello","choices":[["A","a"]]}') == Outbound(Text("Hello"), (Choice("A", "a"),))
    assert "attachment" not in encode(Outbound(Text("Hello")))
