"""How entries look: bubbles, chips, files, places, states with their reasons, notes, events, days and channels."""

from typing import Any

import orjson
import pytest

from bot.channels import BadRequest, Config, NeedsTemplate, OptedOut, PauseAccount, RetryAt, Unreachable
from bot.channels._twilio_errors import error_for_receipt
from bot.desk._reasons import UNSENT, why_unsent
from bot.desk._sentences import sentence
from bot.desk._thread import Reader, entry_html, shown, thread_fragment
from bot.desk._words import Words
from bot.message import Attachment, Choice, Mark, Outbound, Span, Template, Text, encode
from storage.timeline import Entry
from tests.bot.desk.front import NASTY, provider
from tests.builders import DAY, HOUR, us

WORDS = Words.load()
NOON = us("2026-03-02T12:00+00:00")


class Twilio:
    """Knows what codes mean."""

    def receipt_error(self, code: str | None) -> Any:
        return error_for_receipt(code)


def reader(locale: str = "en", **more: Any) -> Reader:
    known = {"names": {7: "Paola"}, "channels": {"whatsapp": provider("whatsapp")}}
    return Reader(WORDS.voice(locale), 5, "Asia/Tokyo", **{**known, **more})


def entry(kind: str = "in", body: str = "Ciao", **fields: Any) -> Entry:
    usual: dict[str, Any] = {"id": 11, "kind": kind, "at": NOON, "channel": "whatsapp", "address_id": 5, "what": "text"}
    usual |= {"body": body, "status": "done", "error": None, "author_id": None, "raw": None, "locale": "it"}
    return Entry(**{**usual, **fields})


def out(message: Outbound, **fields: Any) -> Entry:
    return entry("out", encode(message), **{"what": "reply", "status": "delivered", **fields})


def test_a_message_is_a_list_item_with_its_direction_and_the_member_s_own_time() -> None:
    html = entry_html(entry(body="مرحبا"), reader())
    assert html.startswith('<li class="entry in" id="e11" data-id="11" data-day="2026-03-02" dir="auto">')
    assert '<p class="words" dir="auto">مرحبا</p>' in html
    assert 'title="Mar 2, 2026, 9:00:00\u202fPM (Asia/Tokyo)"' in html
    assert '<span class="channel">WhatsApp</span>' in html


def test_what_stands_in_a_message_is_text() -> None:
    for one in (entry(body=NASTY), out(Outbound(Text(NASTY), (Choice(NASTY, "p"),))), noted(NASTY)):
        html = entry_html(one, reader(names={7: NASTY}))
        assert "<script>" not in html and "<img src=x" not in html


def test_links_codes_and_names_are_set_apart() -> None:
    text = Text("Per Anna: AB-1 https://a.example/x.", (Span(4, 8, Mark.NAME), Span(10, 14, Mark.CODE)))
    html = entry_html(out(Outbound(text)), reader())
    assert '<bdi>Anna</bdi>: <code dir="ltr">AB-1</code> <a href="https://a.example/x" target="_blank"' in html
    assert "javascript" not in entry_html(entry(body="javascript:alert(1)"), reader()).replace(
        "javascript:alert(1)", ""
    )


def test_choices_are_chips_and_a_tap_is_one() -> None:
    offered = shown(out(Outbound(Text("?"), (Choice("Sì", "a"), Choice("No", "b")), "Il mio numero")), reader())
    assert offered.chips == ("Sì", "No", "Il mio numero")
    assert shown(entry(what="choice", body="Sì"), reader()).chips == ("Sì",)


def test_files_in_are_links_to_our_own_door() -> None:
    raw = orjson.dumps({"address": "+39", "media": [{"type": "image/jpeg", "url": "m1"}]})
    one = shown(entry(what="media", body="", raw=raw), reader())
    assert [(file.url, file.shape) for file in one.files] == [("/desk/members/5/media/11/0", "picture")]
    assert one.tag == "An attachment"
    assert shown(entry(what="media", body="", raw=b"\xff"), reader()).files == ()


def test_files_out() -> None:
    file = Attachment(3, "preventivo.pdf", "application/pdf", 10)
    html = entry_html(out(Outbound(Text(""), attachment=file)), reader())
    assert '<a class="file" href="/desk/members/5/attachments/3"' in html and "preventivo.pdf" in html


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("pending", "waiting"),
        ("sending", "waiting"),
        ("accepted", "sent"),
        ("sent", "sent"),
        ("delivered", "delivered"),
        ("read", "read"),
        ("failed", "failed"),
        ("undelivered", "failed"),
        ("dead", "failed"),
        ("dropped", "failed"),
    ],
)
def test_states(status: str, state: str) -> None:
    assert shown(out(Outbound(Text("x")), status=status), reader()).state == state


@pytest.mark.parametrize(
    ("channel", "code", "meaning"),
    [
        (Twilio(), "21610", OptedOut),
        (Twilio(), "63016", NeedsTemplate),
        (Twilio(), "30003", RetryAt),
        (Twilio(), "20003", Config),
        (None, "403 blocked", Unreachable),
        (None, "400 chat not found", Unreachable),
        (None, "400 markup", BadRequest),
        (None, "429", PauseAccount),
        (None, "timeout", RetryAt),
        (None, "window_closed", NeedsTemplate),
        (None, "opted_out", OptedOut),
    ],
)
def test_why_it_did_not_arrive(channel: Any, code: str, meaning: Any) -> None:
    assert why_unsent(code, channel) == UNSENT[meaning]


def test_an_unknown_code_is_no_riddle() -> None:
    assert why_unsent("ValueError", None) == why_unsent(None, None) == "It could not be sent."


def test_the_words_are_those_of_the_errors_themselves() -> None:
    assert {kind: kind.staff for kind in UNSENT} == dict(UNSENT)


def test_only_what_staff_wrote_can_be_sent_again_and_only_by_who_may() -> None:
    failed = out(Outbound(Text("x")), status="dead", error="21610", author_id=7)
    html = entry_html(failed, reader(may_resend=True, channels={"whatsapp": Twilio()}))
    assert 'form="resend" formaction="/desk/members/5/messages/11/resend"' in html
    assert "The member has opted out at the provider." in html
    assert "formaction" not in entry_html(failed, reader())
    assert "formaction" not in entry_html(failed._replace(author_id=None), reader(may_resend=True))
    assert "formaction" not in entry_html(failed._replace(status="sent"), reader(may_resend=True))


def test_who_wrote_it() -> None:
    message = Outbound(Text("x"), template=Template("birthday", ("a",)))
    assert (shown(out(message), reader()).author, shown(out(message), reader()).tag) == ("Bot", "template")
    assert shown(out(message, author_id=7), reader()).author == "Paola"
    assert shown(out(message, author_id=8), reader()).author == "A colleague"


def noted(text: str) -> Entry:
    return entry("note", orjson.dumps({"text": text}).decode(), what="", author_id=7, channel="", status="")


def test_a_note_says_that_it_is_one() -> None:
    html = entry_html(noted("Cliente gentile"), reader())
    assert 'class="entry note"' in html and "Note, seen by the staff only" in html and "Paola" in html


def happened(at: int = NOON, **data: Any) -> Entry:
    return entry("event", orjson.dumps(data).decode(), what="", channel="", status="", at=at)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"what": "opened", "reason": "asked"}, "A person is needed: asked for a person."),
        ({"what": "opened", "reason": "staff"}, "The conversation was opened by the staff."),
        ({"what": "taken", "by": 7}, "Paola took the conversation."),
        ({"what": "assigned", "by": 7, "to": 8}, "Paola gave the conversation to A colleague."),
        ({"what": "assigned", "by": 7, "to": None}, "Paola put the conversation back into the queue."),
        ({"what": "snoozed", "by": 7, "until": NOON}, "Paola put it aside until 3/2/26, 9:00\u202fPM."),
        ({"what": "snoozed", "by": 7}, "Paola put it aside until the member writes."),
        ({"what": "priority", "by": 7, "priority": 0}, "Paola made it urgent."),
        ({"what": "labels", "by": 7, "labels": ["a", "b"]}, "Paola set the labels: a, b."),
        ({"what": "labels", "by": 7, "labels": []}, "Paola took the labels away."),
        ({"what": "scored", "score": 4}, "The member gave the help 4 of 5."),
        ({"what": "100%", "by": 7}, "Something was done: 100%."),
        ({"what": "resolved"}, "The system resolved it."),
        ({"what": "idle", "by": 7}, "Paola did nothing for too long: the conversation is back in the queue."),
        ({"what": "idle"}, "Nobody did anything for too long: the bot has the conversation again."),
        ({"what": "left"}, "The member would rather go on with the bot."),
    ],
)
def test_events_are_sentences(data: dict[str, Any], words: str) -> None:
    assert sentence(data, WORDS.voice("en"), reader().staff, "Asia/Tokyo") == words


def test_points_name_their_reason_in_the_reader_s_language() -> None:
    one = happened(what="points", by=7, points=50, reason="late")
    assert "50 points: A late order." in entry_html(one, reader(reasons={"late": "A late order"}))


def test_days_are_the_member_s_and_a_change_of_channel_is_marked() -> None:
    entries = [
        entry(id=1),
        entry(id=2, at=NOON + HOUR, channel="sms"),
        happened(NOON + 2 * HOUR, what="woke")._replace(id=3),
        entry(id=4, at=NOON + 3 * HOUR, channel="sms"),
        entry(id=5, at=NOON + DAY),
    ]
    html = thread_fragment(entries, reader())
    assert html.count('<li class="day"') == 2
    assert 'data-day="2026-03-03"><time datetime="2026-03-03">Tuesday, March 3, 2026' in html
    marked = [f'in switched" id="e{number}"' in html for number in (1, 2, 4, 5)]
    assert marked == [True, True, False, True]


def test_in_italian() -> None:
    html = entry_html(out(Outbound(Text("x")), status="dead", error="21610"), reader("it"))
    assert "non consegnato" in html
