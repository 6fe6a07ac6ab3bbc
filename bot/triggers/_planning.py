"""One occasion in an open transaction: read the member, decide, record the decision, pass it on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import orjson
import structlog

from bot.limits import Limits
from bot.message import Kind
from bot.permission import Decision, Occasion, Place, Purpose, Recipient, Wish, plan
from loyalty import celebrating
from loyalty.markets import MarketProfile
from loyalty.programme import Programme
from loyalty.tokens import Keyring
from loyalty.work import Work
from storage import members, messages, occasions, people
from storage.database import Transaction
from storage.people import PersonRow

_DAY = 86_400_000_000

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Planned:
    """What became of an occasion; no decision when it had been decided before or nobody is there."""

    occasion: Occasion
    decision: Decision | None
    marketing: bool


@dataclass(frozen=True, slots=True)
class Planner:
    """The rules that a decision needs."""

    programme: Programme
    markets: Mapping[str, MarketProfile]
    purposes: Mapping[str, Purpose]
    limits: Mapping[str, Limits]
    keyring: Keyring | None = None
    """With it, gifts whose greeting may not go out are given all the same."""

    def work(self, transaction: Transaction, occasion: Occasion, *, now: int, just_sent: bool) -> Planned:
        """Decide about an occasion and pass it on, once per key however often it is asked for.

        `just_sent`: a marketing message to this member is on its way that is not in the outbox yet.
        """
        purpose = self.purposes.get(occasion.flow)
        member = members.current(transaction, occasion.member_id)
        rows = people.of_member(transaction, member.id) if member is not None else []
        if member is not None:
            occasion = replace(occasion, member_id=member.id)
        if purpose is None or not rows or self.programme.market(rows[0].market).hides(occasion.flow, None):
            _log.info("occasion without flow or member", key=occasion.key, flow=occasion.flow)
            occasions.drop_timers(transaction, [occasion.key])
            return Planned(occasion, None, False)
        before = _decided(transaction, occasion)
        if before not in (None, "later"):
            occasions.drop_timers(transaction, [occasion.key])
            return Planned(occasion, None, False)
        decision = self._decide(transaction, occasion, purpose, rows, now=now, just_sent=just_sent)
        if not _record(transaction, occasion, decision, first=before is None, now=now):
            return Planned(occasion, None, False)
        _pass_on(transaction, occasion, decision, now)
        if decision.verdict == "no" and occasion.flow in celebrating.FLOWS:
            self._give(transaction, occasion, now)
        return Planned(occasion, decision, purpose == "marketing")

    def _give(self, transaction: Transaction, occasion: Occasion, now: int) -> None:
        """The gift of an occasion that nobody may be told of."""
        if self.keyring is None:
            return
        work = Work(transaction, self.programme, self.keyring, now)
        name = str(occasion.values.get("name", ""))
        celebrating.without_words(work, occasion.flow, occasion.member_id, occasion.key, name=name)
        occasions.set_timers(transaction, [Occasion.about(one).as_timer(now) for one in work.news])

    def _decide(
        self,
        transaction: Transaction,
        occasion: Occasion,
        purpose: Purpose,
        rows: list[PersonRow],
        *,
        now: int,
        just_sent: bool,
    ) -> Decision:
        code = rows[0].market
        market = self.markets.get(code) or self.markets[self.programme.default_market]
        since = now - market.cap.days * _DAY
        marketing = purpose == "marketing"
        recent = messages.recent_marketing(transaction, occasion.member_id, since) if marketing else 0
        return plan(
            Wish(occasion.flow, purpose, occasion.expires_at),
            _recipient(rows, max(recent, int(just_sent))),
            market=market,
            channels=self.programme.market(code).channels,
            templates=self.programme.templates,
            limits=self.limits,
            now=now,
        )


def _recipient(rows: list[PersonRow], recent_marketing: int) -> Recipient:
    member = rows[0]
    places = tuple(
        Place(row.address_id, row.channel, row.address, bool(row.reachable), bool(row.opted_out), row.last_inbound_at)
        for row in rows
    )
    return Recipient(
        member.member_id,
        member.locale,
        member.market,
        member.zone,
        bool(member.marketing),
        member.control == "human",
        recent_marketing,
        places,
        member.phone,
    )


def _decided(transaction: Transaction, occasion: Occasion) -> str | None:
    for key, _, decision, *_ in occasions.firings(transaction, occasion.member_id):
        if key == occasion.key:
            return str(decision)
    return None


def _record(transaction: Transaction, occasion: Occasion, decision: Decision, *, first: bool, now: int) -> bool:
    """False when another process recorded the occasion in the meantime."""
    row = {
        "decision": decision.verdict,
        "reason": decision.reason,
        "channel": decision.place.channel if decision.place else None,
        "due_at": decision.at,
        "at": now,
    }
    if first:
        identity = {"key": occasion.key, "trigger": occasion.trigger, "member_id": occasion.member_id}
        return occasions.add_firing(transaction, {**identity, **row})
    occasions.decide_firing(transaction, occasion.key, row)
    return True


def _pass_on(transaction: Transaction, occasion: Occasion, decision: Decision, now: int) -> None:
    if decision.verdict == "later" and decision.at is not None:
        occasions.set_timers(transaction, [occasion.as_timer(decision.at)])
        return
    occasions.drop_timers(transaction, [occasion.key])
    if decision.verdict == "send" and decision.place is not None:
        occasions.add_event(transaction, _event(occasion, decision, decision.place, now))


def _event(occasion: Occasion, decision: Decision, place: Place, now: int) -> dict[str, object]:
    data = {
        "flow": occasion.flow,
        "values": dict(occasion.values),
        "occasion": occasion.key,
        "expires_at": occasion.expires_at,
        "template": decision.template,
        "reason": decision.reason,
    }
    return {
        "key": occasion.key,
        "channel": place.channel,
        "address": place.address,
        "kind": Kind.TRIGGER.value,
        "data": orjson.dumps(data).decode(),
        "created_at": now,
    }
