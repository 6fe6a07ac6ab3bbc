"""The first message of an address: member (by phone, if there is one), market, zone and language are settled."""

from __future__ import annotations

from typing import Any, Protocol

import phonenumbers

from bot.handlers import AddressState, MemberState, World
from bot.lanes import Arrival
from bot.limits import BY_CHANNEL
from bot.message import Event
from bot.understanding.language import Hints, first_locale
from bot.understanding.scripts import script_of
from loyalty.markets import MarketProfile, zone_for
from storage import members, people
from storage.database import Transaction

_FAMILY_FIRST = frozenset({"Han", "Kana", "Hangul"})
"""Scripts in which names are written family name first, without a space."""


class Party(Protocol):
    """What newcomers join: the unit of work, as far as they need it."""

    transaction: Transaction
    world: World
    now: int
    places: dict[tuple[str, str], AddressState]
    members: dict[int, MemberState]

    def member(self, member_id: int) -> MemberState | None:
        """A member by id, read at need."""


class Newcomers:
    """Makes rows for addresses that nobody has written from before."""

    def __init__(self, unit: Party) -> None:
        self._unit = unit
        self._by_phone: dict[str, MemberState] = {}

    def enrol(self, arrivals: list[Arrival]) -> None:
        """Add an address for each arrival, on the phone's member where there is one, else on a new member."""
        phones = sorted({phone for arrival in arrivals if (phone := phone_of(arrival.event))})
        if phones:
            self._known(phones)
        new: list[dict[str, Any]] = []
        addresses: list[dict[str, Any]] = []
        for arrival in arrivals:
            event = arrival.event
            phone = phone_of(event)
            member = self._by_phone.get(phone) if phone else None
            if member is None:
                member = self._new_member(event, phone, new)
            addresses.append(self._new_address(event, member))
        transaction = self._unit.transaction
        people.add_members(transaction, new)
        people.add_addresses(transaction, addresses)
        people.add_conversations(
            transaction,
            [
                {"address_id": row["id"], "last_inbound_at": None, "misses": 0, "version": 0, "leaning": None}
                for row in addresses
            ],
        )

    def _known(self, phones: list[str]) -> None:
        unit = self._unit
        found = {phone: row.id for phone in phones if (row := members.by_phone(unit.transaction, phone)) is not None}
        if found:
            members.lock(unit.transaction, *found.values())
        for phone, member_id in found.items():
            member = unit.members.get(member_id) or unit.member(member_id)
            if member is not None:
                self._by_phone[phone] = member

    def _new_member(self, event: Event, phone: str | None, rows: list[dict[str, Any]]) -> MemberState:
        unit = self._unit
        world = unit.world
        market = market_of(event, phone, world.programme.markets, world.programme.default_market, world.markets)
        profile = world.markets[market]
        hints = Hints(locale=event.locale_hint, phone=phone, market=market)
        locale = first_locale(hints, world.texts.locales, world.texts.resolve(profile.locale))
        member = MemberState(
            id=unit.transaction.ids.new(),
            market=market,
            locale=locale,
            locale_source="hint",
            name=_called(event, profile),
            phone=phone,
            zone=zone_for(phone, profile),
            birth_month=None,
            birth_day=None,
            birth_year=None,
            birth_edits=0,
            birth_set_at=None,
            joined_at=None,
            terms_version=None,
            referral_code=None,
            marketing=0,
            control="bot",
            control_version=0,
        )
        fields = {name: getattr(member, name) for name in member.__slots__[:18]}
        rows.append({**fields, "created_at": unit.now})
        unit.members[member.id] = member
        if phone:
            self._by_phone[phone] = member
        return member

    def _new_address(self, event: Event, member: MemberState) -> dict[str, Any]:
        unit = self._unit
        place = AddressState(
            unit.transaction.ids.new(),
            event.channel,
            event.address,
            member,
            event.profile_name,
            1,
            0,
            None,
            0,
            0,
            None,
            None,
        )
        unit.places[event.channel, event.address] = place
        return {
            "id": place.id,
            "channel": place.channel,
            "value": place.value,
            "member_id": member.id,
            "profile_name": event.profile_name,
            "reachable": 1,
            "opted_out": 0,
            "created_at": unit.now,
        }


def _called(event: Event, profile: MarketProfile) -> str | None:
    """The name a provider tells; in the market's order where the provider tells its parts apart, given name first."""
    parts = (event.profile_name or "").split()
    swaps = profile.name_order == "family_first" and BY_CHANNEL[event.channel].names_apart and len(parts) == 2
    if swaps and all(script_of(letter) in _FAMILY_FIRST for part in parts for letter in part):
        return "".join(reversed(parts))
    return event.profile_name


def phone_of(event: Event) -> str | None:
    """The E.164 number an address is, on channels whose addresses are phones."""
    return event.address if BY_CHANNEL[event.channel].phone_addresses and event.address.startswith("+") else None


def market_of(event: Event, phone: str | None, served: Any, default: str, profiles: Any) -> str:
    """The market of the phone's country, else of the first market that speaks the hinted language, else the default."""
    region = _region(phone, served)
    if region in served and region in profiles:
        return region
    hint = (event.locale_hint or "").replace("-", "_")
    language, _, country = hint.partition("_")
    if country.upper() in served and country.upper() in profiles:
        return country.upper()
    if language:
        for market in served:
            if market in profiles and profiles[market].locale.partition("_")[0] == language:
                return str(market)
    return default


def _region(phone: str | None, served: Any) -> str:
    if phone is None:
        return ""
    try:
        number = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return ""
    found = phonenumbers.region_code_for_number(number) or ""
    if found in served:
        return found
    # Guernsey shares +44 with the country whose market it is; the first region of a code is its main one.
    return phonenumbers.region_code_for_country_code(number.country_code or 0)
