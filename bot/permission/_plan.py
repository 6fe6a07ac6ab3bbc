"""The decision about a message nobody asked for: send it now and where, later and when, or not and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.limits import Limits
from bot.permission._hours import next_open
from bot.permission._window import SECOND, window_open
from loyalty.markets import MarketProfile, zones_to_respect
from loyalty.programme import template_for

SIMULATOR = "simulator"
"""A member of the simulator is never written to through a provider, nor anybody else through the simulator."""
HUMAN_RETRY = 3600 * SECOND
CAP_RETRY = 86_400 * SECOND

Purpose = Literal["service", "marketing"]


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody would like to send."""

    flow: str
    purpose: Purpose
    expires_at: int | None


@dataclass(frozen=True, slots=True)
class Place:
    """One address of the recipient."""

    address_id: int
    channel: str
    address: str
    reachable: bool
    opted_out: bool
    last_inbound_at: int | None


@dataclass(frozen=True, slots=True)
class Recipient:
    """A member as far as sending is concerned. `recent_marketing` counts messages within the market's cap."""

    member_id: int
    locale: str
    market: str
    zone: str
    marketing: bool
    human: bool
    recent_marketing: int
    places: tuple[Place, ...]
    phone: str | None = None
    """Narrows where the member may be while no zone was set."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer. Reasons are stable: ok, template, quiet_hours, window_closed, no_consent, opted_out, unreachable,
    human_active, capped, expired, no_route."""

    verdict: Literal["send", "later", "no"]
    reason: str
    place: Place | None = None
    at: int | None = None
    template: bool = False


def plan(
    wish: Wish,
    recipient: Recipient,
    *,
    market: MarketProfile,
    channels: Sequence[str],
    templates: Mapping[str, Mapping[str, str]],
    limits: Mapping[str, Limits],
    now: int,
) -> Decision:
    """Whether, where and when. Consent, quiet hours and the cap concern marketing only."""
    marketing = wish.purpose == "marketing"
    if recipient.human:
        return _later(wish, "human_active", now + HUMAN_RETRY)
    if marketing and not recipient.marketing:
        return Decision("no", "no_consent")
    if wish.expires_at is not None and now >= wish.expires_at:
        return Decision("no", "expired")
    has_template = template_for(templates, wish.flow, recipient.locale) is not None
    found = _route(recipient, channels, limits, has_template=has_template, now=now)
    if found.verdict == "no" or not marketing:
        return found
    return _in_hours(wish, recipient, market, found, now)


def _route(
    recipient: Recipient, channels: Sequence[str], limits: Mapping[str, Limits], *, has_template: bool, now: int
) -> Decision:
    """The first place that can be written to, by the market's order; else why the most preferred one cannot."""
    refused = Decision("no", "no_route")
    for place in _by_preference(recipient.places, channels):
        if place.channel not in limits:
            continue
        found = _at(place, limits[place.channel], has_template=has_template, now=now)
        if found.verdict == "send":
            return found
        if refused.reason == "no_route":
            refused = found
    return refused


def _by_preference(places: Sequence[Place], channels: Sequence[str]) -> list[Place]:
    simulated = [place for place in places if place.channel == SIMULATOR]
    if simulated:
        return simulated
    return [place for channel in channels for place in places if place.channel == channel]


def _at(place: Place, limits: Limits, *, has_template: bool, now: int) -> Decision:
    if not place.reachable:
        return Decision("no", "unreachable")
    if place.opted_out:
        return Decision("no", "opted_out")
    if window_open(limits, place.last_inbound_at, now):
        return Decision("send", "ok", place, now)
    if limits.template_only_outside and has_template:
        return Decision("send", "template", place, now, template=True)
    return Decision("no", "window_closed")


def _in_hours(wish: Wish, recipient: Recipient, market: MarketProfile, found: Decision, now: int) -> Decision:
    zones = zones_to_respect(recipient.zone, recipient.phone, market)
    capped = recipient.recent_marketing >= market.cap.messages
    at = next_open(market, zones, now + CAP_RETRY if capped else now)
    if at is None:
        return Decision("no", "quiet_hours")
    if at == now:
        return found
    return _later(wish, "capped" if capped else "quiet_hours", at, found)


def _later(wish: Wish, reason: str, at: int, found: Decision | None = None) -> Decision:
    """Look again then, unless it will be too late."""
    if wish.expires_at is not None and at >= wish.expires_at:
        return Decision("no", "expired")
    place, template = (found.place, found.template) if found else (None, False)
    return Decision("later", reason, place, at, template)
