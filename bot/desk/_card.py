"""The member's card: who they are, what they hold and why, what is open, and the points that may be given."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_datetime, format_skeleton
from starlette.responses import Response

from bot.desk._books import LedgerLine, Wallet, coupons_of, lines_of, rewards_of, wallets_of
from bot.desk._call import Call
from bot.desk._context import PREFIX, DeskContext
from bot.desk._members import seen_member
from bot.desk._names import Names
from bot.desk._queue import language
from bot.desk._reasons import CHANNELS, REASONS, STATUSES
from bot.desk._roles import Permission, allows
from bot.desk._routes import DeskRoute
from bot.desk._sessions import SignedIn
from bot.desk._words import N_, Voice
from bot.flows.session import load as load_session
from loyalty import standing
from loyalty.days import local_time
from loyalty.rules import MarketRules
from loyalty.wording import said
from loyalty.work import Work
from storage import cases, goodwill, ledger, people, profiles
from storage.cases import CaseRow
from storage.database import Transaction
from storage.members import MemberRow
from storage.people import PersonRow
from storage.profiles import AddressRow, Profile

_DAY = 24 * 3_600 * 1_000_000
_LEAP_YEAR = 2024
_PURPOSES: Mapping[str, str] = {
    "marketing": N_("Offers"),
    "service": N_("Membership"),
    "email": N_("E-mail"),
}
_ACTIONS: Mapping[str, str] = {"grant": N_("agreed"), "withdraw": N_("withdrawn"), "confirm": N_("confirmed")}


@dataclass(frozen=True, slots=True)
class Consent:
    """The newest word about a purpose."""

    purpose: str
    action: str
    channel: str
    at: int


@dataclass(frozen=True, slots=True)
class Contact:
    """Where the member writes from."""

    row: AddressRow
    channel: str


@dataclass(frozen=True, slots=True)
class Matter:
    """A case there was."""

    row: CaseRow
    status: str
    reason: str
    owner: str


@dataclass(frozen=True, slots=True)
class Giving:
    """The form of goodwill."""

    left: int
    limit: int
    reasons: tuple[tuple[str, str], ...]
    key: str
    """The same until something is given, so that a form sent twice gives once."""


@dataclass(frozen=True, slots=True)
class Card:
    """Everything on it, ready for the template."""

    member: MemberRow
    name: str
    language: str
    local: str
    """The member's wall clock now."""
    birthday: str
    tier: str
    contacts: tuple[Contact, ...]
    wallets: tuple[Wallet, ...]
    lines: tuple[LedgerLine, ...]
    coupons: tuple[tuple[str, int], ...]
    """What it is, and the instant it lapses."""
    rewards: tuple[tuple[str, int], ...]
    steps: tuple[tuple[str, str], ...]
    """Channel, and flow with its step."""
    consents: tuple[Consent, ...]
    matters: tuple[Matter, ...]
    giving: Giving | None


def card_of(
    desk: DeskContext, names: Names, transaction: Transaction, member: MemberRow, *, viewer: SignedIn, now: int
) -> Card:
    """What is known of a member, for one person."""
    voice = desk.words.voice(viewer.staff.locale)
    work = Work(transaction, desk.world.programme, desk.world.keyring, now, actor=actor_of(viewer))
    rules = work.rules(member.market)
    places = people.of_member(transaction, member.id)
    tier = standing.tier_of(work, member)
    return Card(
        member=member,
        name=called(member, places) or voice.say(N_("Without a name")),
        language=language(member.locale, voice.locale),
        local=format_datetime(local_time(now, ZoneInfo(member.zone)), "short", locale=voice.locale),
        birthday=_birthday(profiles.get(transaction, member.id), voice),
        tier=said(tier.title, voice.locale) if tier is not None else "",
        contacts=tuple(
            Contact(row, voice.say(CHANNELS.get(row.channel, row.channel)))
            for row in profiles.addresses(transaction, member.id)
        ),
        wallets=wallets_of(work, member, voice),
        lines=lines_of(work, member, voice, names.known(transaction, now)),
        coupons=coupons_of(work, member, voice),
        rewards=rewards_of(work, member, voice),
        steps=_steps(places, voice),
        consents=_consents(transaction, member.id, voice),
        matters=_matters(cases.of_member(transaction, member.id), voice, names.known(transaction, now)),
        giving=giving_of(desk, transaction, member, rules, viewer=viewer, now=now),
    )


def called(member: MemberRow, places: Sequence[PersonRow]) -> str:
    """What the member is called: the name they gave, else the one a provider tells."""
    return member.name or next((place.profile_name for place in places if place.profile_name), "") or ""


def actor_of(viewer: SignedIn) -> str:
    """How a member of staff is written into the ledger."""
    return f"staff:{viewer.staff.id}"


def giving_of(
    desk: DeskContext,
    transaction: Transaction,
    member: MemberRow,
    rules: MarketRules,
    *,
    viewer: SignedIn,
    now: int,
) -> Giving | None:
    """What this person may still give this member today; None where they may give nothing."""
    kind = desk.world.programme.desk.goodwill
    limit = kind.limits.get(viewer.staff.role, 0)  # type: ignore[call-overload]
    may = allows(viewer.staff.role, Permission.POINTS) and member.is_active and rules.has("points")
    if not (limit and may and kind.reasons):
        return None
    given = goodwill.given(transaction, actor_of(viewer), since=now - _DAY)
    reasons = tuple((one.name, said(one.title, viewer.staff.locale)) for one in kind.reasons)
    newest = ledger.statement(transaction, member.id, most=1)
    state = f"{viewer.session.hash}:{member.id}:{given}:{newest[0].transaction_id if newest else 0}"
    return Giving(max(0, limit - given), limit, reasons, hashlib.sha256(state.encode()).hexdigest()[:32])


def _birthday(profile: Profile, voice: Voice) -> str:
    if profile.birth_month is None or profile.birth_day is None:
        return ""
    day = datetime(_LEAP_YEAR, profile.birth_month, profile.birth_day)  # noqa: DTZ001 - a day of any year
    return format_skeleton("MMMMd", day, locale=voice.locale)


def _steps(places: Sequence[PersonRow], voice: Voice) -> tuple[tuple[str, str], ...]:
    found = []
    for place in places:
        if place.state is None:
            continue
        frames = load_session(place.state).frames
        channel = voice.say(CHANNELS.get(place.channel, place.channel))
        found += [(channel, f"{frame.flow} · {frame.step}") for frame in frames[-1:]]
    return tuple(found)


def _consents(transaction: Transaction, member_id: int, voice: Voice) -> tuple[Consent, ...]:
    newest = {
        purpose: Consent(
            voice.say(_PURPOSES.get(purpose, purpose)),
            voice.say(_ACTIONS.get(action, action)),
            voice.say(CHANNELS.get(channel, channel)),
            at,
        )
        for purpose, action, channel, _, at in people.consents(transaction, member_id)
    }
    return tuple(newest.values())


def _matters(rows: Sequence[CaseRow], voice: Voice, names: Mapping[int, str]) -> tuple[Matter, ...]:
    return tuple(
        Matter(
            row,
            voice.say(STATUSES.get(row.status, row.status)),
            voice.say(REASONS.get(row.reason, row.reason)),
            names.get(row.resolved_by or row.owner_id or 0, ""),
        )
        for row in rows
    )


def card_fragment(card: Card, voice: Voice, *, viewer: SignedIn, now: int) -> str:
    """What stands inside `#card`."""
    root = f"{PREFIX}/members/{card.member.id}"
    may_export = allows(viewer.staff.role, Permission.EXPORT)
    csrf = viewer.session.csrf
    return voice.fragment("card.html", card=card, root=root, csrf=csrf, now=now, may_export=may_export)


def routes(desk: DeskContext) -> list[DeskRoute]:
    """The card alone, as the script loads it."""
    names = Names()

    async def show(call: Call) -> Response:
        member_id, viewer = call.number("id"), call.signed_in
        assert viewer is not None

        def read(transaction: Transaction) -> Card:
            member = seen_member(call, transaction, member_id)
            return card_of(desk, names, transaction, member, viewer=viewer, now=call.now)

        card = await desk.database.read(read)
        await call.saw("card_seen", card.member.id)
        html = card_fragment(card, call.voice, viewer=viewer, now=call.now)
        return Response(html, media_type="text/html; charset=utf-8")

    return [DeskRoute("GET", "/members/{id}/card", Permission.READ, show)]
