"""What a handler is given: the member and the address of this turn, the world's rules, and the books to write in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from bot.flows.library import Library
from bot.flows.model import Values
from bot.message import Event
from bot.permission import Occasion, next_open
from bot.settings import Settings
from bot.texts import Texts
from loyalty.markets import MarketProfile
from loyalty.programme import MarketRules, Programme
from loyalty.tokens import Keyring
from loyalty.work import Work
from storage.database import Transaction
from storage.ledger import Position


@dataclass(slots=True)
class MemberState:
    """The member as this batch sees it; changed through `Context.change`."""

    id: int
    market: str
    locale: str
    locale_source: str
    name: str | None
    phone: str | None
    zone: str
    birth_month: int | None
    birth_day: int | None
    birth_year: int | None
    birth_edits: int
    birth_set_at: int | None
    joined_at: int | None
    terms_version: str | None
    referral_code: str | None
    marketing: int
    control: str
    control_version: int
    position: Position = field(default_factory=Position)
    lifetime: int = 0
    tier: str | None = None
    """The name of their level, as it was reached."""
    changed: bool = False


@dataclass(slots=True)
class AddressState:
    """The address of this turn and its conversation."""

    id: int
    channel: str
    value: str
    member: MemberState
    profile_name: str | None
    reachable: int
    opted_out: int
    last_inbound_at: int | None
    misses: int
    version: int
    leaning: str | None
    """The locale the last message seemed to be in; a second one in a row may change the member's."""
    session: str | None
    """The stored session as JSON, None when no flow is open."""
    changed: bool = False
    address_changed: bool = False
    """The address itself (owner, reachability, opt-out), not only its conversation."""

    def reach(self, reachable: int) -> None:
        """The provider shows that this address takes messages, or does not."""
        if self.reachable != reachable:
            self.reachable, self.address_changed = reachable, True


@dataclass(frozen=True, slots=True)
class World:
    """What does not change from message to message: settings, rules, texts and flows."""

    settings: Settings
    programme: Programme
    markets: Mapping[str, MarketProfile]
    texts: Texts
    library: Library
    keyring: Keyring

    def rules(self, member: MemberState) -> MarketRules:
        return self.programme.market(member.market)

    def profile(self, member: MemberState) -> MarketProfile:
        found = self.markets.get(member.market)
        return found if found is not None else self.markets[self.programme.default_market]

    def office_opens(self, member: MemberState, now: int) -> int | None:
        """When the staff of the member's market are at their desk: `now` if they are, None where they never are."""
        return next_open(self.rules(member).support, [self.profile(member).zone], now)

    def voice(self, member: MemberState) -> str:
        """The member's locale, spoken as their market likes it."""
        return self.texts.voice(member.locale, self.profile(member).ways)


@dataclass(slots=True)
class Context:
    """One handler's view of one turn. `now` is microseconds UTC."""

    world: World
    transaction: Transaction
    place: AddressState
    event: Event
    inbox_id: int | None
    values: Values
    now: int
    refresh: Callable[[Iterable[int]], None]
    """Read these members' points and levels again: a use case has changed the books."""
    aside: Callable[[], AbstractContextManager[None]]
    """Around a use case that changes members and addresses themselves: the batch writes first and reads again after."""
    other: Callable[[int], MemberState | None]
    """Another member by id, as this batch sees it."""
    consents: list[dict[str, Any]]
    occasions: list[Occasion]
    notices: list[tuple[int, str, Values]]
    """Flows to start for other members: (member id, flow, values), made into lane events after this turn."""
    moved_to: MemberState | None = None
    """The address now belongs to this member (a phone joined two addresses)."""

    @property
    def member(self) -> MemberState:
        return self.place.member

    def change(self, **fields: Any) -> None:
        """Set columns of the member; they are saved with the batch."""
        for name, value in fields.items():
            setattr(self.place.member, name, value)
        self.place.member.changed = True

    def work(self) -> Work:
        """What a use case is given in this turn."""
        world = self.world
        return Work(self.transaction, world.programme, world.keyring, self.now, actor="chat")

    def finish(self, work: Work) -> None:
        """After a use case: its news become occasions, and what this batch knows of balances is read again."""
        self.occasions += [Occasion.about(one) for one in work.news]
        self.refresh({self.member.id, *(one.member_id for one in work.news)})
        work.news.clear()

    def value(self, name: str) -> Any:
        """A value of the flow, unwrapped to its plain form."""
        found = self.values.get(name)
        return getattr(found, "value", found)

    def consent(self, purpose: str, action: str, *, basis: str = "consent") -> None:
        """Append a consent event and keep the cached state in step."""
        if purpose == "marketing":
            self.change(marketing=int(action != "withdraw"))
        self.consents.append(
            {
                "member_id": self.member.id,
                "channel": self.place.channel,
                "purpose": purpose,
                "action": action,
                "basis": basis,
                "text_version": self.world.programme.terms.version,
                "locale": self.member.locale,
                "source": self.event.kind.value,
                "evidence": str(self.inbox_id) if self.inbox_id else None,
                "at": self.now,
            }
        )
