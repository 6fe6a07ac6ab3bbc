"""Types by the first bytes, uploads that are taken and refused, links that hold for a week."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.media import (
    LINK_LIFE,
    MOST_BYTES,
    TAKEN,
    UNKNOWN,
    Accepted,
    Refusal,
    accept,
    disposition,
    link_for,
    read_link,
    sniff,
)
from loyalty.tokens import Keyring
from tests.builders import MONDAY
from tests.samples import GIF, ID3, JPEG, M4A, MP3, MP4, OGG, PDF, WEBP, ZIP_END, png, sized

KEYS = Keyring(b"of tests, and of nothing else at all")

SHOWN = [
    (png(), "image/png"),
    (JPEG, "image/jpeg"),
    (GIF, "image/gif"),
    (WEBP, "image/webp"),
    (PDF, "application/pdf"),
    (OGG, "audio/ogg"),
    (MP3, "audio/mpeg"),
    (ID3, "audio/mpeg"),
    (MP4, "video/mp4"),
    (M4A, "audio/mp4"),
]
NOTHING = {
    "empty": b"",
    "text": b"hello, this is text",
    "utf-16": "hello".encode("utf-16"),
    "html": b"<!DOCTYPE html><html><script>alert(1)</script></html>",
    "html with blanks": b"\n\n  <html>",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "xml and svg": b'<?xml version="1.0"?><svg/>',
    "gif and script": b"GIF89a/*" + GIF[8:] + b"*/=1;<script>alert(1)</script>",
    "gif that is a script": b"GIF89a\x01\x00\x01\x00=1;//<script src=x></script>",
    "gif of no size": b"GIF89a\x00\x00\x00\x00",
    "png and html": png()[:33] + b"<html><body onload=alert(1)>",
    "jpeg and php": JPEG[:20] + b"<?php system($_GET[0]); ?>",
    "gif and archive": GIF + b"PK\x03\x04jar" + ZIP_END,
    "pdf and archive": PDF + ZIP_END[:20] + b"\x03\x00abc",
    "late pdf": b"\n" + PDF,
    "pdf of no version": b"%PDF-evil",
    "heic": b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00",
    "exe": b"MZ\x90\x00",
    "zip": b"PK\x03\x04" + ZIP_END,
    "half a png": b"\x89PNG\r\n\x1a\n",
    "riff that is sound": b"RIFF\x1a\x00\x00\x00WAVEfmt ",
    "webp with a tail": WEBP + b"<html>" * 3,
    "bad mpeg": b"\xff\xfb\xf0\x64",
    "swf": b"CWS\x0a",
}


@pytest.mark.parametrize(("content", "kind"), SHOWN, ids=[f"{kind} {len(content)}" for content, kind in SHOWN])
def test_the_first_bytes_tell_the_type(content: bytes, kind: str) -> None:
    assert sniff(content) == kind


@pytest.mark.parametrize("content", NOTHING.values(), ids=NOTHING)
def test_what_is_two_things_or_none_has_no_type(content: bytes) -> None:
    assert sniff(content) == UNKNOWN
    assert accept("harmless.png", content) in (Refusal.TYPE, Refusal.EMPTY)


@given(st.binary(max_size=64))
def test_any_bytes_have_a_type(content: bytes) -> None:
    assert "/" in sniff(content)


@pytest.mark.parametrize(("content", "kind"), [one for one in SHOWN if one[1] not in TAKEN])
def test_sound_and_film_are_told_but_not_taken(content: bytes, kind: str) -> None:
    assert accept(f"x.{kind[-3:]}", content) is Refusal.TYPE


def test_five_megabytes_are_taken_and_a_byte_more_is_not() -> None:
    assert accept("a.png", sized(png(), MOST_BYTES)) == Accepted("a.png", "image/png")
    assert accept("a.png", sized(png(), MOST_BYTES + 1)) is Refusal.TOO_LARGE
    assert accept("a.png", b"") is Refusal.EMPTY


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("receipt.pdf", "receipt.pdf"),
        ("Übersicht März.PDF", "Übersicht März.PDF"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\ada\\bill.pdf", "bill.pdf"),
        ("bill.pdf/", "file.pdf"),
        ("gpj\u202eexe.pdf", "gpjexe.pdf"),
        ("a\x00b\r\nc\u200b.pdf", "abc.pdf"),
        ('<i>"x"|y?*.pdf', "i x y .pdf"),
        ("page.html", "page.html.pdf"),
        ("", "file.pdf"),
        ("...", "file.pdf"),
        ("領収書.pdf", "領収書.pdf"),
        ("\ud800.pdf", "pdf.pdf"),
        ("a" * 300 + ".pdf", "a" * 96 + ".pdf"),
        ("a" * 300, "a" * 96 + ".pdf"),
    ],
)
def test_a_name_is_one_short_line_that_ends_as_its_type(given: str, kept: str) -> None:
    assert accept(given, PDF) == Accepted(kept, "application/pdf")


@given(st.text(max_size=200))
def test_every_name_becomes_one(name: str) -> None:
    taken = accept(name, PDF)
    assert isinstance(taken, Accepted)
    assert 4 < len(taken.name) <= 100
    assert taken.name.lower().endswith(".pdf")
    assert taken.name.isprintable()
    assert not set(taken.name) & set('/\\<>:"|?*')


def test_a_link_holds_for_a_week_and_for_its_file_alone() -> None:
    link = link_for("https://shop.example", KEYS, 77, MONDAY)
    token = link.removeprefix("https://shop.example/files/")
    assert read_link(KEYS, token, MONDAY) == 77
    assert read_link(KEYS, token, MONDAY + LINK_LIFE - 1) == 77
    assert read_link(KEYS, token, MONDAY + LINK_LIFE) is None
    assert read_link(Keyring(b"another secret of another shop"), token, MONDAY) is None
    changed = token[:5] + ("A" if token[5] != "A" else "B") + token[6:]
    assert [read_link(KEYS, one, MONDAY) for one in (changed, token[:-1], "", "77", "é" * 30)] == [None] * 5
    assert link_for("https://shop.example", KEYS, 78, MONDAY) != link


def test_a_name_is_told_to_old_and_new_readers() -> None:
    told = disposition('Bon d\'été "1".pdf', shown=False)
    assert told == "attachment; filename=\"Bon_d__t___1_.pdf\"; filename*=UTF-8''Bon%20d%27%C3%A9t%C3%A9%20%221%22.pdf"
    assert told.isascii()
    assert "\r" not in disposition("a\r\nb", shown=True)
