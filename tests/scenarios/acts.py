"""What may happen in a scene, each by its name in the scenario files."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from itertools import count
from typing import TYPE_CHECKING, Any

from babel import Locale
from babel.dates import format_date

from bot import takeover
from bot.channels import discover
from bot.lanes import Arrival
from bot.message import Event, Kind, pack
from bot.permission import Occasion
from loyalty import coupon_gifts, paying
from loyalty.paying import Payment
from loyalty.refunding import refund
from loyalty.work import Work
from storage import cases, ledger, occasions
from storage.ledger import Earning
from tests.builders import DAY, HOUR, MINUTE, add_staff, lane_event, query
from tests.scenarios.world import in_locale, typed
from tests.transcripts.player import form, update

if TYPE_CHECKING:
    from tests.scenarios.stage import Actor, Set

_UNITS = {"d": DAY, "h": HOUR, "m": MINUTE}
_SIX = re.compile(r"(?<!\d)\d{6}(?!\d)")
_channels = cache(discover)
_numbers = count(1)


def _span(words: str) -> int:
    """`12h` in microseconds; a bare number is days."""
    return int(words) * DAY if words.isdigit() else int(words[:-1]) * _UNITS[words[-1]]


def _minor(price: str) -> tuple[int, str]:
    amount, currency = price.split()
    return int(amount.replace(".", "")), currency


def _flow(played: Set, actor: Actor, what: Any) -> tuple[str, dict[str, Any]]:
    given = {"flow": what} if isinstance(what, str) else dict(what)
    texts, voice = played.stage.texts, played.voice(actor)
    flow = given.pop("flow")
    return flow, {name: typed(value, texts, voice) for name, value in given.items()}


def begin(played: Set, actor: Actor, what: Any) -> None:
    """A flow by its name, with values, as a message that means it would start it."""
    flow, values = _flow(played, actor, what)
    person, data = actor.person, {"begin": flow, "values": values}
    played.take(Arrival(Event(Kind.TEXT, person.channel, person.address, f"b{next(_numbers)}", data=data), b"x"))


def notice(played: Set, actor: Actor, what: Any) -> None:
    """A flow as the triggers start it."""
    flow, values = _flow(played, actor, what)
    key = f"n{next(_numbers)}"
    data = {"flow": flow, "values": {name: pack(value) for name, value in values.items()}, "occasion": key}
    row = lane_event(key, Kind.TRIGGER, actor.person.channel, actor.person.address, data)
    occasions.add_event(played.transaction, row)


def _sends(played: Set, actor: Actor, what: str, words: str) -> None:
    person = actor.person
    body = (update if person.channel == "telegram" else form)(person, what, words, actor.heard)
    played.take(*(Arrival(event, body, played.clock()) for event in _channels()[person.channel].parse(body)))


def choose(played: Set, actor: Actor, label: Any) -> None:
    """Answer by a tap where there are buttons, by the label or by its number, as the stage wants it."""
    if isinstance(label, str):
        wanted = in_locale(label, played.stage.texts, played.voice(actor))
    else:
        own = Locale.parse(played.stage.locale)
        wanted = str(own.languages[own.language])
        wanted = wanted[:1].upper() + wanted[1:]
    assert actor.last is not None, f"{played.where}: nothing to choose {label} from"
    labels = [choice.label for choice in actor.last.choices]
    assert labels.count(wanted) == 1, f"{played.where}: {wanted!r} is not one of {labels}"
    way = played.way()
    if way == "tap" and actor.heard[-1].style != "plain":
        _sends(played, actor, "tap", wanted)
    else:
        _sends(played, actor, "text", wanted if way == "label" else str(labels.index(wanted) + 1))


def write(played: Set, actor: Actor, what: Any) -> None:
    """Words, or what was said to somebody, or a date as the locale writes it."""
    _sends(played, actor, "text", what if isinstance(what, str) else _written(played, what))


def _written(played: Set, what: Mapping[str, str]) -> str:
    ((kind, words),) = what.items()
    if kind == "code_of":
        return played.member(played.actors[words]).referral_code or ""
    if kind == "digits_of":
        return str(_SIX.findall(" ".join(part.text for part in played.actors[words].heard))[-1])
    assert kind == "date", f"{played.where}: nobody can write {kind}"
    return format_date(date.fromisoformat(words), "long", locale=played.stage.locale)


def wait(played: Set, _: Actor, words: str) -> None:
    """Time passes; everybody is heard at its end, so that their windows are open."""
    played.clock.later(_span(words))
    run(played, _, f"update conversation set last_inbound_at = {played.clock.now}")
    played.settle(sweep=True)


def buy(played: Set, actor: Actor, price: str) -> None:
    """An order, as the till tells of it."""
    played.orders += 1
    minor, currency = _minor(price)
    data = {"order_id": f"o{played.orders}", "amount": minor, "currency": currency}
    row = lane_event(f"p{next(_numbers)}", Kind.PURCHASE, actor.person.channel, actor.person.address, data)
    occasions.add_event(played.transaction, row)


def _at_the_till(played: Set, act: Callable[[Work], object]) -> object:
    work = Work(played.transaction, played.world.programme, played.world.keyring, played.clock())
    done = act(work)
    occasions.set_timers(played.transaction, [Occasion.about(one).as_timer(work.now) for one in work.news])
    return done


def give_back(played: Set, _: Actor, price: str) -> None:
    """A part of the last order, or all of it."""
    minor, currency = _minor(price)
    key, order = f"r{next(_numbers)}", f"o{played.orders}"
    _at_the_till(played, lambda work: refund(work, refund_id=key, order_id=order, amount=minor, currency=currency))


def pay(played: Set, actor: Actor, price: str) -> None:
    """So much of the next order is paid with points."""
    member, (minor, _) = played.member(actor), _minor(price)
    payment = Payment("points", minor, minor * 4, f"o{played.orders + 1}", f"y{next(_numbers)}")
    done = _at_the_till(played, lambda work: paying.reserve(work, member, payment))
    assert not isinstance(done, paying.Refused), f"{played.where}: {done}"


def give(played: Set, actor: Actor, kind: str) -> None:
    """A coupon, by staff."""
    member = played.member(actor)
    _at_the_till(played, lambda work: coupon_gifts.give(work, member, kind, f"a scene's {next(_numbers)}"))


def earn(played: Set, actor: Actor, what: Any) -> None:
    """Points, stamps or credit that can be used at once."""
    given = {"points": what} if isinstance(what, str) else what
    key, now, kind = f"e{next(_numbers)}", played.clock.now, given.get("kind", "purchase")
    ends = now + _span(given.get("life", "365"))
    unit = {"unit": given["unit"]} if "unit" in given else {}
    points = int(given["points"])
    earning = Earning(key, played.member(actor).id, points, kind, key, now, ends, **unit)
    ledger.earn(played.transaction, earning, now)


def change(played: Set, actor: Actor, columns: Mapping[str, str]) -> None:
    """Columns of the member's row."""
    member = played.member(actor)
    for name, value in columns.items():
        run(played, actor, f"update member set {name} = '{value}' where id = {member.id}")


def run(played: Set, _: Actor, words: str) -> None:
    """A statement."""
    played.transaction.run(query(words))


def desk(played: Set, actor: Actor, what: str) -> None:
    """Staff begin their work (`staff`), take the conversation, give it back (`return`) or `resolve` it."""
    if what == "staff":
        played.staff = add_staff(played.transaction)
        return
    member, now, lease = played.member(actor).id, played.clock.now, takeover.Lease.of(played.world.programme)
    case = cases.unresolved(played.transaction, member)
    version = case.version if case is not None else None
    if what == "take":
        takeover.take(played.transaction, lease, member, played.staff, version=version, now=now)
        return
    assert case is not None, f"{played.where}: there is no case to {what}"
    ends = {"return": takeover.give_back, "resolve": takeover.resolve}[what]
    ends(played.transaction, lease, case.id, by=played.staff, version=case.version, now=now)


ACTS: Mapping[str, Callable[[Set, Actor, Any], None]] = {
    "begin": begin,
    "notice": notice,
    "choose": choose,
    "write": write,
    "wait": wait,
    "buy": buy,
    "refund": give_back,
    "pay": pay,
    "give": give,
    "earn": earn,
    "set": change,
    "run": run,
    "desk": desk,
}
