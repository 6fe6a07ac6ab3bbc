"""A message with a file: caption where it fits, a part of its own where not, a link where the channel has no files."""

from dataclasses import replace

import pytest

from bot.limits import SIMULATOR, SMS, TELEGRAM, WHATSAPP, Limits
from bot.message import Attachment, Choice, Mark, Outbound, Span, Text
from bot.render import Attached, Part, render
from bot.texts import Texts

TEXTS = Texts.load([], locales=["it", "ar"])
LINK = "https://shop.example/files/p1.AAAAAAAAAAAAAAAAAAAAAA.BBBBBBBBBBBBBBBBBBBBBB"


def file(kind: str, size: int = 3) -> Attached:
    return Attached(f"x.{kind[-3:]}", kind, bytes(size), LINK)


PNG, PDF, GIF = file("image/png"), file("application/pdf"), file("image/gif")


def rendered(words: str, limits: Limits, attached: Attached | None = PNG, **more: object) -> list[Part]:
    message = Outbound(Text(words), attachment=Attachment(1, "x", "image/png", 3), **more)  # type: ignore[arg-type]
    return render(message, limits, locale="en", texts=TEXTS, attached=attached)


@pytest.mark.parametrize("limits", [TELEGRAM, WHATSAPP, SIMULATOR], ids=["telegram", "whatsapp", "simulator"])
def test_a_short_text_is_the_caption(limits: Limits) -> None:
    (part,) = rendered("Here it is", limits)
    assert (part.text, part.attachment) == ("Here it is", PNG)


@pytest.mark.parametrize("limits", [TELEGRAM, WHATSAPP], ids=["telegram", "whatsapp"])
@pytest.mark.parametrize(("length", "parts"), [(1024, 1), (1025, 2)])
def test_a_text_that_is_no_caption_goes_ahead(limits: Limits, length: int, parts: int) -> None:
    made = rendered("x" * length, limits)
    assert [(len(part.text), part.attachment is not None) for part in made] == (
        [(1024, True)] if parts == 1 else [(1025, False), (0, True)]
    )


def test_telegram_counts_a_caption_in_utf16_without_its_tags() -> None:
    assert len(rendered("👋" * 512, TELEGRAM)) == 1
    assert len(rendered("👋" * 513, TELEGRAM)) == 2
    assert len(rendered("&" * 1024, TELEGRAM)) == 1
    code = Outbound(Text("x" * 1024, (Span(0, 9, Mark.CODE),)))
    assert len(render(code, TELEGRAM, locale="en", texts=TEXTS, attached=PNG)) == 1


def test_a_file_without_words_is_one_part() -> None:
    assert [(part.text, part.attachment) for part in rendered("", TELEGRAM, PDF)] == [("", PDF)]


def test_a_document_has_no_caption_on_whatsapp() -> None:
    first, second = rendered("The bill", WHATSAPP, PDF)
    assert (first.text, first.attachment) == ("The bill", None)
    assert (second.text, second.attachment) == ("", PDF)
    assert len(rendered("The bill", TELEGRAM, PDF)) == 1


@pytest.mark.parametrize(
    ("limits", "attached"),
    [(SMS, PNG), (WHATSAPP, GIF), (TELEGRAM, file("image/png", 5 * 1024 * 1024 + 1)), (SMS, PDF)],
    ids=["sms", "a type", "a size", "sms document"],
)
def test_where_a_file_cannot_go_its_link_is_the_last_line(limits: Limits, attached: Attached) -> None:
    (part,) = rendered("Ecco", limits, attached)
    assert part.text == f"Ecco\n{LINK}"
    assert part.attachment is None


def test_a_link_is_never_torn_apart_and_counts_as_sms() -> None:
    parts = rendered("word " * 318, SMS)
    assert len(parts) == 2
    assert parts[1].text == LINK
    assert parts[0].segments > 1
    assert rendered("", SMS)[0].text == LINK


def test_choices_and_a_qr_follow_the_file() -> None:
    first, second = rendered("Well?", WHATSAPP, PNG, choices=(Choice("Yes", "y"),))
    assert (first.text, first.attachment, first.choices) == ("", PNG, ())
    assert (second.text, second.attachment, second.style) == ("Well?", None, "buttons")
    first, second = rendered("Scan", TELEGRAM, PNG, qr="b1.x")
    assert (first.attachment, first.qr, second.attachment, second.qr) == (PNG, None, None, "b1.x")
    (part,) = rendered("1 or 2?", SMS, PNG, choices=(Choice("Yes", "y"), Choice("No", "n")))
    assert part.text.splitlines()[:2] == ["1 or 2?", LINK]
    assert "2) No" in part.text


def test_without_a_file_nothing_changes() -> None:
    message = Outbound(Text("x" * 1500), qr="b1.x")
    for limits in (TELEGRAM, WHATSAPP, SMS, replace(TELEGRAM, attachments=False)):
        parts = render(message, limits, locale="en", texts=TEXTS)
        assert all(part.attachment is None for part in parts)
