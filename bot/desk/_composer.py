"""Where an answer is written: ready answers filled for this member, approved templates, and what a text costs."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from babel.numbers import format_currency
from starlette.responses import Response

from bot.desk._call import Call, Refused
from bot.desk._card import called
from bot.desk._context import DeskContext
from bot.desk._lease import LeaseView, Place, place_of
from bot.desk._members import seen_member
from bot.desk._roles import allows
from bot.desk._routes import DeskRoute, Permission
from bot.desk._sessions import SignedIn
from bot.desk._words import N_, Voice
from bot.flows.model import Definition, Step, message
from bot.media import TAKEN
from bot.message import Name, Outbound, Points, Template, Text, Value
from bot.render import normalise_sms, render, segments
from bot.texts import Message, exponent, placeholders
from loyalty import standing
from loyalty.markets import MarketProfile
from loyalty.programme import template_for
from loyalty.support import HOLES
from loyalty.wording import said
from loyalty.work import Work
from storage import cases, ledger, people
from storage.database import Transaction
from storage.members import MemberRow

MOST_WORDS = 4_000
_HOLE = re.compile(rf"(?P<before>[ \u00a0]*)\{{(?P<name>{'|'.join(sorted(HOLES))})\}}")
_READ_ONLY = N_("You may read here, not answer.")
_NOT_TAKEN = N_("Take the conversation to answer.")
_ERASED = N_("This member was erased: nobody is there to write to.")
_RESOLVED = N_("It is put aside or done. Take it or open it again to answer.")


@dataclass(frozen=True, slots=True)
class Answer:
    """A ready answer, filled."""

    name: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Picked:
    """A template that can be sent: its fields with what is known already, and how it reads."""

    flow: str
    title: str
    fields: tuple[tuple[str, str], ...]
    preview: str


@dataclass(frozen=True, slots=True)
class Composer:
    """Ready for its template. `why_not`: why nothing can be written, in the reader's language."""

    may_write: bool
    may_note: bool
    why_not: str
    version: int
    key: str
    answers: tuple[Answer, ...]
    templates: tuple[Picked, ...]
    words: str
    accept: str
    most: int


@dataclass(frozen=True, slots=True)
class Filling:
    """What fills the holes of a ready answer, in the member's language."""

    locale: str
    values: Mapping[str, str]

    def of(self, text: str) -> str:
        """The text with its holes filled; one that nothing fills goes, with the space before it."""

        def fill(found: re.Match[str]) -> str:
            value = self.values.get(found["name"], "")
            return f"{found['before']}{value}" if value else ""

        return _HOLE.sub(fill, text)


def filling_of(
    desk: DeskContext, transaction: Transaction, member: MemberRow, *, viewer: SignedIn, now: int
) -> Filling:
    """What is known of a member, as their language writes it."""
    world = desk.world
    work = Work(transaction, world.programme, world.keyring, now)
    held = ledger.position_of(transaction, member.id, now)
    tier = standing.tier_of(work, member)
    name = called(member, people.of_member(transaction, member.id))
    values = {
        "name": world.texts.format(member.locale, Name(name)),
        "points": world.texts.format(member.locale, Points(max(held.active, 0))),
        "tier": said(tier.title, member.locale) if tier is not None else "",
        "staff": world.texts.format(member.locale, Name(viewer.staff.name)),
        "contact": world.programme.brand.contact,
        "brand": world.programme.name,
    }
    return Filling(member.locale, values)


def composer_of(
    desk: DeskContext,
    transaction: Transaction,
    member: MemberRow,
    lease: LeaseView,
    *,
    viewer: SignedIn,
    chosen: str,
    now: int,
) -> Composer:
    """The composer for one person. `chosen`: the ready answer whose text stands in it already."""
    voice = desk.words.voice(viewer.staff.locale)
    filling = filling_of(desk, transaction, member, viewer=viewer, now=now)
    answers = tuple(
        Answer(one.name, said(one.title, voice.locale), filling.of(said(one.text, member.locale)))
        for one in desk.world.programme.desk.canned
    )
    may_write = "reply" in lease.may
    return Composer(
        may_write=may_write and not lease.shut,
        may_note="note" in lease.may,
        why_not=_why_not(member, lease, voice) if not may_write else lease.shut,
        version=lease.version,
        key=secrets.token_urlsafe(18),
        answers=answers if allows(viewer.staff.role, Permission.REPLY) else (),
        templates=_templates(desk, member, filling) if may_write and lease.shut_reason == "window_closed" else (),
        words=next((one.text for one in answers if one.name == chosen), ""),
        accept=",".join(sorted(TAKEN)),
        most=MOST_WORDS,
    )


def _why_not(member: MemberRow, lease: LeaseView, voice: Voice) -> str:
    if member.erased_at is not None:
        return voice.say(_ERASED)
    if not lease.may & {"take", "reopen", "resolve"}:
        return voice.say(_READ_ONLY) if not lease.owner else voice.say(_NOT_TAKEN)
    is_aside = lease.case is not None and lease.case.status in ("snoozed", "resolved")
    return voice.say(_RESOLVED if is_aside else _NOT_TAKEN)


def _templates(desk: DeskContext, member: MemberRow, filling: Filling) -> tuple[Picked, ...]:
    """The programme's templates for staff that are approved in the member's language."""
    programme, found = desk.world.programme, []
    for flow in programme.desk.templates:
        known = desk.world.library.get(flow)
        if known is None or template_for(programme.templates, flow, member.locale) is None:
            continue
        first = _first(known.definition)
        if first is not None:
            names = _holes(known.definition, first)
            fields = tuple((name, filling.values.get(name, "")) for name in names)
            preview = (desk.world.texts.forms(member.locale, first) or (first.other,))[-1]
            found.append(Picked(flow, flow.replace("_", " "), fields, preview))
    return tuple(found)


def _first(definition: Definition) -> Message | None:
    """What the flow says first, going on from its start."""
    name = definition.start
    for _ in definition.steps:
        step: Step | None = definition.steps.get(name)
        if step is None:
            return None
        sentence = step.say or step.ask
        if sentence is not None:
            return message(sentence)
        name = next(iter(step.outcomes.values()), step.then)
    return None


def _holes(definition: Definition, first: Message) -> tuple[str, ...]:
    """The template's variables in order, then what its text needs besides."""
    named = definition.template or ()
    needed = placeholders(first.other) | (placeholders(first.one) if first.one else frozenset())
    if first.count:
        needed |= {first.count}
    return (*named, *sorted(needed - set(named)))


class Unfilled(ValueError):
    """A template's variable has no value, or none that fits; `args[0]` names it."""


def template_message(desk: DeskContext, member: MemberRow, flow: str, given: Mapping[str, str], voice: str) -> Outbound:
    """The message that sends an approved template with these values. LookupError for a flow that is none."""
    programme, known = desk.world.programme, desk.world.library.get(flow)
    first = _first(known.definition) if known is not None else None
    approved = template_for(programme.templates, flow, member.locale)
    if known is None or first is None or flow not in programme.desk.templates or approved is None:
        raise LookupError(flow)
    values: dict[str, Value] = {}
    for name in _holes(known.definition, first):
        values[name] = _value(name, given.get(f"var_{name}", "").strip(), is_counted=name == first.count)
    shown = tuple(desk.world.texts.format(voice, values[name]) for name in known.definition.template or ())
    return Outbound(desk.world.texts.text(voice, first, values), template=Template(flow, shown))


def _value(name: str, text: str, *, is_counted: bool) -> Value:
    if not text or len(text) > 200:
        raise Unfilled(name)
    if not is_counted:
        return Name(text)
    digits = re.sub(r"[\s.,'\u00a0\u202f]", "", text)
    if not digits.isdecimal() or len(digits) > 9:
        raise Unfilled(name)
    return int(digits)


def spoken(desk: DeskContext, member: MemberRow) -> str:
    """The member's locale as their market likes it, which is what an outbox row names."""
    markets = desk.world.markets
    profile: MarketProfile = markets.get(member.market) or markets[desk.world.programme.default_market]
    return desk.world.texts.voice(member.locale, profile.ways)


@dataclass(frozen=True, slots=True)
class Measure:
    """What a text is on its channel. `gsm7`: None where nobody counts SMS parts; `cost` is empty if unknown."""

    parts: int
    characters: int
    gsm7: bool | None
    cost: str

    def said(self, voice: Voice) -> str:
        """In words."""
        ngettext = voice.count
        parts = ngettext("%(num)s message", "%(num)s messages", self.parts)
        letters = ngettext("%(num)s character", "%(num)s characters", self.characters)
        pieces = [letters, parts] + ([self.cost] if self.cost else [])
        return " · ".join(pieces)


def measure(desk: DeskContext, place: Place, member: MemberRow, words: str, *, reader: str) -> Measure:
    """How many messages a text becomes, how long it is, and what that costs."""
    if not words.strip():
        return Measure(0, 0, None, "")
    locale = spoken(desk, member)
    rendered = render(Outbound(Text(words)), place.limits, locale=locale, texts=desk.world.texts)
    if not place.limits.gsm7:
        return Measure(len(rendered), len(words), None, "")
    sent = normalise_sms(words, locale)
    parts = sum(part.segments for part in rendered)
    rules = desk.world.programme.market(member.market)
    cost = _money(parts * rules.sms_price, rules.currency, reader) if rules.sms_price else ""
    return Measure(parts, len(sent), segments(sent)[0] == "gsm7", cost)


def _money(minor: int, currency: str, locale: str) -> str:
    return format_currency(minor / 10 ** exponent(currency), currency, locale=locale, currency_digits=False)


def routes(desk: DeskContext) -> list[DeskRoute]:
    """What a text costs, asked while it is written."""

    async def cost(call: Call) -> Response:
        member_id, words = call.number("id"), call.form.get("words", "")[: 4 * MOST_WORDS]

        def read(transaction: Transaction) -> tuple[MemberRow, Place | None]:
            member = seen_member(call, transaction, member_id)
            return member, place_of(desk, transaction, member.id, cases.latest(transaction, member.id))

        member, place = await desk.database.read(read)
        if place is None:
            raise Refused(404)
        found = measure(desk, place, member, words, reader=call.voice.locale)
        row = {"parts": found.parts, "characters": found.characters, "gsm7": found.gsm7, "cost": found.cost}
        return call.json({**row, "words": found.said(call.voice)})

    return [DeskRoute("POST", "/members/{id}/measure", Permission.REPLY, cost)]
