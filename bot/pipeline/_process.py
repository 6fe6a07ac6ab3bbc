"""The batch: duplicates dropped, everybody read at once, each event worked in order, everything written at once."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import structlog

from bot.handlers import AddressState, Handler, World
from bot.lanes import Arrival, Batch
from bot.message import INTERNAL, Kind, Outbound, Text
from bot.pipeline import _receipts
from bot.pipeline._route import Router, Understanding
from bot.pipeline._talk import ChatReader, Talk, compose, outbox_row, template_of, token_of
from bot.pipeline._unit import Unit
from storage import messages, occasions
from storage.database import Conflict, Lost, Transaction, translate

_log = structlog.get_logger()
_NO_SENDER = frozenset({Kind.STATUS, Kind.IGNORED})
_OPENS_WINDOW = frozenset({Kind.TEXT, Kind.CHOICE, Kind.START, Kind.CONTACT, Kind.LOCATION, Kind.MEDIA})


class Pipeline:
    """Turns batches into rows. Stateless between batches; synchronous, on the writer's thread."""

    def __init__(
        self,
        world: World,
        understanding: Understanding,
        handlers: Mapping[str, Handler],
        *,
        receipt_errors: Mapping[str, _receipts.ReceiptError],
        clock: Callable[[], int],
    ) -> None:
        self._world = world
        self._router = Router(understanding)
        self._yes_no = understanding.intents.answer_yes_no
        self._introductions = understanding.introductions
        self._handlers = handlers
        self._receipt_errors = receipt_errors
        self._clock = clock

    def process(self, transaction: Transaction, batch: Batch) -> None:
        """Work a batch in one go; if that fails, one event at a time, keeping those that fail with their error."""
        arrivals = batch.arrivals
        try:
            with transaction.savepoint():
                self._work(transaction, arrivals)
        except Exception as error:
            _raise_if_lost(error)
            self._one_by_one(transaction, arrivals)

    def _one_by_one(self, transaction: Transaction, arrivals: Sequence[Arrival]) -> None:
        for arrival in arrivals:
            try:
                with transaction.savepoint():
                    self._work(transaction, [arrival])
            except Exception as error:
                _raise_if_lost(error)
                _log.error(
                    "event failed", kind=arrival.event.kind.value, error=type(error).__name__, at=_place_of(error)
                )
                self._keep_failed(transaction, arrival, error)

    def _keep_failed(self, transaction: Transaction, arrival: Arrival, error: Exception) -> None:
        why = _without_words(error)
        if arrival.event_id is not None:
            occasions.fail_event(transaction, arrival.event_id, why)
            return
        row = _inbox_row(transaction, arrival, None, self._clock())
        messages.add_inbox(transaction, [{**row, "status": "failed", "error": why}])

    def _work(self, transaction: Transaction, arrivals: Sequence[Arrival]) -> None:
        unit = Unit(transaction, self._world, self._clock())
        fresh = list(_fresh(transaction, arrivals))
        unit.load(fresh)
        for arrival in fresh:
            self._one(unit, arrival)
        unit.flush()

    def _one(self, unit: Unit, arrival: Arrival) -> None:
        event = arrival.event
        concerns = event.private and event.kind not in _NO_SENDER
        place = unit.places.get((event.channel, event.address)) if concerns else None
        inbox_id = None
        if event.kind not in INTERNAL:
            row = _inbox_row(unit.transaction, arrival, place, unit.now)
            unit.inbox.append(row)
            inbox_id = row["id"]
        if event.kind is Kind.STATUS:
            _receipts.receive(unit, event, self._receipt_errors)
        elif place is not None:
            unit.talked.add(place.member.id)
            self._converse(unit, arrival, place, inbox_id)

    def _converse(self, unit: Unit, arrival: Arrival, place: AddressState, inbox_id: int | None) -> None:
        heard_at = place.last_inbound_at
        if arrival.event.kind in _OPENS_WINDOW:
            written_at = min(arrival.received_at or unit.now, unit.now)
            place.last_inbound_at = max(place.last_inbound_at or 0, written_at)
            place.reach(1)
        place.version += 1
        place.changed = True
        reader = ChatReader(self._world, place, unit.now, self._yes_no, self._introductions)
        talk = Talk(unit, self._handlers, place, arrival, inbox_id, reader, [], heard_at)
        if arrival.event.kind is Kind.CHOICE and not arrival.event.text:
            unit.inbox[-1]["words"] = talk.tapped(arrival.event.payload or "")
        self._router.route(talk)
        self._answer_callback(unit, talk)
        if talk.said and not arrival.event.replied_silently:
            self._say(unit, talk)

    def _say(self, unit: Unit, talk: Talk) -> None:
        event = talk.arrival.event
        place = talk.place
        fields: dict[str, Any] = {"inbox_id": talk.inbox_id}
        template = None
        if event.kind is Kind.TRIGGER:
            flow = self._world.library.get(event.data["flow"])
            if flow is not None:
                template = template_of(self._world, place.member.locale, flow.definition, talk.said)
                fields["kind"] = "marketing" if flow.definition.purpose == "marketing" else "reply"
            fields["expires_at"] = event.data.get("expires_at")
            fields["reason"] = event.data.get("reason")
        message = compose(self._world, self._world.voice(place.member), talk.said, template)
        if any(saying.prompt for saying in talk.said):
            fields["token"] = token_of(self._world, place)
        unit.outbox.append(outbox_row(unit, place, message, **fields))

    def _answer_callback(self, unit: Unit, talk: Talk) -> None:
        """Telegram's tap wants an answer of its own at once, whatever the conversation says."""
        callback_id = talk.arrival.event.callback_id
        if callback_id is not None:
            message = Outbound(Text(callback_id))
            expires = unit.now + 10_000_000
            row = outbox_row(unit, talk.place, message, kind="callback", expires_at=expires)
            unit.outbox.append(row)


def _fresh(transaction: Transaction, arrivals: Sequence[Arrival]) -> list[Arrival]:
    """The arrivals not worked before: neither in the inbox (or taken, for our own) nor earlier in this batch."""
    ids = [arrival.event.provider_id for arrival in arrivals if arrival.event.kind not in INTERNAL]
    seen = messages.known(transaction, ids) if ids else set()
    fresh = []
    for arrival in arrivals:
        event = arrival.event
        if arrival.event_id is not None:
            if occasions.take_event(transaction, arrival.event_id):
                fresh.append(arrival)
            continue
        key = (event.channel, event.provider_id)
        if key not in seen:
            seen.add(key)
            fresh.append(arrival)
    return fresh


def _inbox_row(transaction: Transaction, arrival: Arrival, place: AddressState | None, now: int) -> dict[str, Any]:
    event = arrival.event
    return {
        "id": transaction.ids.new(),
        "channel": event.channel,
        "provider_id": event.provider_id,
        "address_id": place.id if place else None,
        "kind": event.kind.value,
        "raw": arrival.raw,
        "words": event.text,
        "status": "ignored" if event.kind is Kind.IGNORED else "done",
        "error": None,
        "received_at": arrival.received_at or now,
    }


def _without_words(error: Exception) -> str:
    """What is kept of an error: a database's own message may quote the row, so only its name."""
    driver = type(error).__module__.partition(".")[0] in ("psycopg", "sqlite3")
    return type(error).__name__ if driver else f"{type(error).__name__}: {error}"[:500]


def _place_of(error: Exception) -> str:
    """File and line where it was raised, for the log, without any value."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{last.filename.rpartition('/')[2]}:{last.lineno}"


def _raise_if_lost(error: Exception) -> None:
    translated = translate(error)
    if isinstance(translated, Conflict | Lost):
        raise translated from error


def now_us() -> int:
    """The wall clock in microseconds UTC."""
    return time.time_ns() // 1_000


__all__ = ["Pipeline", "Understanding", "now_us"]
