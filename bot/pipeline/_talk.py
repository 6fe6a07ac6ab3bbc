"""One turn with the engine: handlers are called, sayings become one neutral message, the session is kept or ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from bot.flows.engine import (
    Advance,
    Begin,
    Call,
    Input,
    Offer,
    Saying,
    advance,
    open_question,
    reask,
    repeat,
)
from bot.flows.library import Library
from bot.flows.model import AnswerType, Definition, Outcome
from bot.flows.session import Session, dump, load
from bot.handlers import AddressState, Context, Handler, MemberState, World
from bot.lanes import Arrival
from bot.message import Choice, Code, Outbound, Span, Template, Text, Value, encode
from bot.permission import Occasion
from bot.pipeline._aside import aside
from bot.pipeline._unit import Unit
from bot.understanding import answers
from bot.understanding.choices import match_choice
from bot.understanding.entities import find
from loyalty import codes
from storage import occasions, outgoing

PARAGRAPH = "\n\n"


YesNo = Callable[[str, str], bool | None]
"""(text, locale) -> whether a whole message says yes or no."""
Introductions = Mapping[str, Sequence[str]]
"""Locale -> how people say what they are called."""


class ChatReader:
    """Reads answers in the member's locale."""

    def __init__(
        self, world: World, place: AddressState, now: int, yes_no: YesNo, introductions: Introductions
    ) -> None:
        self._world = world
        self._yes_no = yes_no
        self._place = place
        self._now = now
        self._introductions = introductions

    def choice(self, text: str, offers: Sequence[Offer]) -> int | None:
        """The offer meant by number, label or payload; yes and no where two are offered, the first being the yes."""
        locale, voice = self._place.member.locale, self._world.voice(self._place.member)
        labels = [offer.label if offer.literal else self._world.texts.label(voice, offer.label) for offer in offers]
        found = match_choice(text, labels, [offer.payload for offer in offers])
        if found is None and len(offers) == 2 and (said := self._yes_no(text, locale)) is not None:
            return 0 if said else 1
        return found

    def typed(self, type: AnswerType, text: str) -> Value | None:
        """The text as a value of this type."""
        member = self._place.member
        if type == "name" and (introduced := self._introduced(text)) is not None:
            return introduced
        today = datetime.fromtimestamp(self._now / 1_000_000, UTC).astimezone(ZoneInfo(member.zone)).date()
        return _TYPED[type](text, member, today)

    def _introduced(self, text: str) -> str | None:
        """The name in "my name is …", where that is how it is told."""
        locale = self._place.member.locale
        today = datetime.fromtimestamp(self._now / 1_000_000, UTC).date()
        said = find(text, locale, region=None, today=today, introductions=self._introductions.get(locale, ()))
        return next((entity.value for entity in said if entity.kind == "name"), None)


def _words(text: str, _member: MemberState, _today: date) -> Value | None:
    return text.strip()[:1000] or None


def _code(text: str, _member: MemberState, _today: date) -> Value | None:
    found = answers.referral_code(text)
    return Code(found) if found else None


_TYPED: Mapping[AnswerType, Callable[[str, MemberState, date], Value | None]] = {
    "text": _words,
    "number": lambda text, member, _: answers.number(text, member.locale),
    "date": lambda text, member, today: answers.day(text, member.locale, today),
    "phone": lambda text, member, _: answers.phone(text, member.market),
    "email": lambda text, _member, _today: answers.email(text),
    "name": lambda text, _member, _today: answers.name(text),
    "code": _code,
    "digits": lambda text, _member, _today: codes.read_six(text),
}


@dataclass(slots=True)
class Talk:
    """The conversation with one address during one arrival."""

    unit: Unit
    handlers: Mapping[str, Handler]
    place: AddressState
    arrival: Arrival
    inbox_id: int | None
    reader: ChatReader
    said: list[Saying]
    heard_at: int | None = None
    """When the address was heard before this arrival (microseconds UTC)."""
    result: str = ""
    _shared: Context | None = None

    def session(self) -> Session | None:
        """The open session, parsed; a flow version published by another process is fetched when it is met."""
        if self.place.session is None:
            return None
        session = load(self.place.session)
        library = self.unit.world.library
        for frame in session.frames:
            if library.get(frame.flow, frame.version) is None:
                definition = occasions.flow_definition(self.unit.transaction, frame.version)
                if definition is not None:
                    library.add_version(Definition.model_validate_json(definition))
        return session

    def tapped(self, payload: str) -> str | None:
        """What stood on the button of the open question; None for a button of another one."""
        question = open_question(self.unit.world.library, self.session())
        found = next((one for one in question.offers if one.payload == payload), None) if question else None
        if found is None or found.literal:
            return found.label if found else None
        return self.unit.world.texts.label(self.unit.world.voice(self.place.member), found.label)

    def begin(self, flow: str, values: Mapping[str, Any] | None = None) -> str:
        """Start a flow for this member; one for members leads through `join` first, one the market lacks says so."""
        library = self.unit.world.library
        found = library.get(flow)
        rules = self.unit.world.rules(self.place.member)
        if found is None or rules.hides(flow, found.definition.module):
            return self._instead(flow, known=found is not None)
        if found.definition.members and self.place.member.joined_at is None:
            after = flow if found.definition.resumes else None
            return self.take(Begin("join", dict(values or {}), after=after))
        return self.take(Begin(flow, dict(values or {})))

    def _instead(self, flow: str, *, known: bool) -> str:
        """What answers for a flow that is not there: that the market lacks it, or that nothing was understood."""
        if flow == "fallback":
            return "lost"
        return self.begin("not_here" if known and flow != "not_here" else "fallback")

    def notify(self, flow: str, values: Mapping[str, Any]) -> str:
        """Run a flow we start ourselves beside whatever question is open; that question stays as it is."""
        if self.place.session is None:
            return self.take(Begin(flow, dict(values)))
        done = self._drive(self.unit.world.library, None, Begin(flow, dict(values)))
        self.said.extend(done.sayings)
        return done.result

    def take(self, given: Input) -> str:
        """Give the engine an input; keep what it says and where it stands now.

        A flow that calls a person leaves the open question as it is, unsaid: it is parked until the bot is back.
        """
        session, member = self.session(), self.place.member
        was_human = member.control == "human"
        done = self._drive(self.unit.world.library, session, given)
        if self.place.member.control == "human" and not was_human:
            done = replace(done, sayings=tuple(saying for saying in done.sayings if not saying.prompt))
            if isinstance(given, Begin):
                self.said.extend(done.sayings)
                return done.result
        if done.result != "unanswered":
            self._keep(session, done)
        return done.result

    def ask_again(self) -> str:
        """The answer made no sense: say so and repeat the question."""
        session = self.session()
        done = reask(self.unit.world.library, session)
        self._keep(session, done)
        return done.result

    def repeat(self) -> None:
        """Put the open question again (its wording was published anew, a person handed the conversation back)."""
        session = self.session()
        done = repeat(self.unit.world.library, session)
        if done.session is None:
            self._keep(session, done)
            return
        self.said.extend(done.sayings)
        self._time(done.session)

    def _keep(self, before: Session | None, done: Advance) -> None:
        self.said.extend(done.sayings)
        self.result = done.result
        if done.session is before:
            return
        self.unit.save_session(self.place, _row(self.place.id, done, self.unit.now))
        if done.session is not None:
            self._time(done.session)

    def _time(self, session: Session) -> None:
        wait = session.wait
        if wait is not None and wait.until is not None:
            self.unit.timers.append(self._timeout(wait.token, wait.until))

    def _timeout(self, token: str, until: int) -> dict[str, Any]:
        return {
            "key": f"timeout:{self.place.id}:{token}",
            "due_at": until,
            "kind": "timeout",
            "channel": self.place.channel,
            "address": self.place.value,
            "data": f'{{"token":"{token}"}}',
        }

    def _drive(self, library: Library, session: Session | None, given: Input) -> Advance:
        token = f"{self.unit.transaction.ids.new():x}"
        running = advance(library, session, given, reader=self.reader, token=token, now=self.unit.now)
        try:
            call = next(running)
            while True:
                call = running.send(self._call(call))
        except StopIteration as end:
            done: Advance = end.value
            return done

    def _call(self, call: Call) -> Outcome:
        context = self._shared = self._shared or self._context()
        context.values = call.values
        outcome = self.handlers[call.handler].run(context)
        if context.moved_to is not None:
            self.place.member, self.place.address_changed = context.moved_to, True
        if context.occasions or context.notices:
            self._announce(context)
        return outcome

    def _announce(self, context: Context) -> None:
        for occasion in context.occasions:
            self.unit.occasion(occasion)
        for member_id, flow, values in context.notices:
            self._notice(member_id, flow, values)
        context.occasions.clear()
        context.notices.clear()

    def _context(self) -> Context:
        unit = self.unit
        return Context(
            world=unit.world,
            transaction=unit.transaction,
            place=self.place,
            event=self.arrival.event,
            inbox_id=self.inbox_id,
            values={},
            now=unit.now,
            refresh=unit.refresh,
            aside=partial(aside, unit),
            other=unit.member,
            consents=unit.consents,
            occasions=[],
            notices=[],
        )

    def _notice(self, member_id: int, flow: str, values: Mapping[str, Any]) -> None:
        key = f"notice:{flow}:{member_id}:{self.arrival.event.provider_id}"
        self.unit.occasion(Occasion.of(key, "notice", flow, member_id, values, self.unit.now + outgoing.LIFE))


def _row(address_id: int, done: Advance, now: int) -> dict[str, Any] | None:
    session = done.session
    if session is None or not session.frames:
        return None
    top = session.frames[-1]
    return {
        "address_id": address_id,
        "flow": top.flow,
        "version": top.version,
        "step": top.step,
        "state": done.stored or dump(session),
        "updated_at": now,
    }


def compose(world: World, locale: str, said: Sequence[Saying], template: Template | None = None) -> Outbound:
    """The sayings of a turn as one message: paragraphs in order, the last question's choices under them."""
    texts = world.texts
    pieces: list[str] = []
    spans: list[Span] = []
    position = 0
    choices: tuple[Choice, ...] = ()
    contact = qr = None
    for saying in said:
        if pieces:
            pieces.append(PARAGRAPH)
            position += len(PARAGRAPH)
        position = texts.add(pieces, spans, position, locale, saying.message, saying.values)
        qr = saying.qr or qr
        if saying.prompt:
            contact = texts.label(locale, saying.contact) if saying.contact else None
            choices = tuple(
                Choice(offer.label if offer.literal else texts.label(locale, offer.label), offer.payload)
                for offer in saying.choices
            )
    return Outbound(Text("".join(pieces), tuple(spans)), choices, contact, qr, template)


def template_of(world: World, locale: str, definition: Definition, said: Sequence[Saying]) -> Template | None:
    """The approved template's variables for a flow that may have to be sent as one."""
    if definition.template is None or not said:
        return None
    values = said[-1].values
    shown = (world.texts.format(locale, _value(values[name])) for name in definition.template)
    return Template(definition.flow, tuple(shown))


def _value(value: Any) -> Value:
    return str(value) if isinstance(value, tuple) else value


def outbox_row(unit: Unit, place: AddressState, message: Outbound, **fields: Any) -> dict[str, Any]:
    """A full outbox row of the bot, due now."""
    return outgoing.row(
        unit.transaction,
        address_id=place.id,
        member_id=place.member.id,
        body=encode(message),
        locale=unit.world.voice(place.member),
        control_version=place.member.control_version,
        now=unit.now,
        **fields,
    )


def token_of(world: World, place: AddressState) -> str | None:
    """The token of the open question, if one is open."""
    if place.session is None:
        return None
    question = open_question(world.library, load(place.session))
    return question.wait.token if question else None
