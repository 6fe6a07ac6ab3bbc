"""The staff of the desk: who they are, where they are signed in, their one-time links, and failed sign-ins."""

from typing import Any, NamedTuple

from sqlalchemy import bindparam, case, delete, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from storage.database import Transaction
from storage.statement import Statement, insert_all
from storage.tables import SignInGuard, Staff, StaffLink, StaffSession

_staff: Any = Staff.__table__  # type: ignore[attr-defined]
_session: Any = StaffSession.__table__  # type: ignore[attr-defined]
_link: Any = StaffLink.__table__  # type: ignore[attr-defined]
_guard: Any = SignInGuard.__table__  # type: ignore[attr-defined]


class StaffRow(NamedTuple):
    """Somebody who works at the desk. `markets` is a JSON list, empty: all; instants are microseconds UTC."""

    id: int
    email: str
    name: str
    role: str
    markets: str
    locale: str
    password: str | None
    telegram_id: int | None
    created_at: int
    disabled_at: int | None = None


class SessionRow(NamedTuple):
    """A sign-in; `hash` is of the cookie's value."""

    hash: str
    staff_id: int
    csrf: str
    created_at: int
    seen_at: int


class LinkRow(NamedTuple):
    """A one-time link; without `staff_id` it is the very first administrator's."""

    hash: str
    staff_id: int | None
    expires_at: int


class GuardRow(NamedTuple):
    """Failed sign-ins since then."""

    failures: int
    since: int


def _columns(table: Any, row: Any) -> list[Any]:
    return [table.c[name] for name in row._fields]


def _with_session(row: Any) -> tuple[SessionRow, StaffRow]:
    width = len(SessionRow._fields)
    return SessionRow._make(row[:width]), StaffRow._make(row[width:])


_STAFF = _columns(_staff, StaffRow)
_ADD = Statement(insert_all(Staff))
_BY_ID = Statement(select(*_STAFF).where(_staff.c.id == bindparam("staff_id")), StaffRow._make)
_BY_EMAIL = Statement(select(*_STAFF).where(_staff.c.email == bindparam("address")), StaffRow._make)
_BY_TELEGRAM = Statement(
    select(*_STAFF).where(_staff.c.telegram_id == bindparam("user"), _staff.c.disabled_at.is_(None)), StaffRow._make
)
_ALL = Statement(select(*_STAFF).order_by(_staff.c.id), StaffRow._make)
_ANYBODY = Statement(select(exists(select(_staff.c.id))))
_SAVE = Statement(
    update(_staff)
    .where(_staff.c.id == bindparam("staff_id"))
    .values(
        {
            name: bindparam(f"new_{name}")
            for name in ("name", "role", "markets", "locale", "password", "telegram_id", "disabled_at")
        }
    )
)
_LEADERS = Statement(
    select(func.count())
    .select_from(_staff)
    .where(
        _staff.c.role == bindparam("leading"),
        _staff.c.disabled_at.is_(None),
        _staff.c.password.is_not(None),
        _staff.c.id != bindparam("without"),
    )
)

_OPEN = Statement(insert_all(StaffSession))
_SESSION = Statement(
    select(*_columns(_session, SessionRow), *_STAFF)
    .select_from(_session.join(_staff, _staff.c.id == _session.c.staff_id))
    .where(
        _session.c.hash == bindparam("digest"),
        _session.c.created_at > bindparam("born"),
        _session.c.seen_at > bindparam("seen"),
        _staff.c.disabled_at.is_(None),
    ),
    _with_session,
)
_SEE = Statement(
    update(_session)
    .where(_session.c.hash == bindparam("digest"), _session.c.seen_at <= bindparam("since"))
    .values(seen_at=bindparam("at"))
)
_CLOSE = Statement(delete(_session).where(_session.c.hash == bindparam("digest")))
_CLOSE_ALL = Statement(
    delete(_session).where(_session.c.staff_id == bindparam("staff"), _session.c.hash != bindparam("without"))
)
_SWEEP_SESSIONS = Statement(
    delete(_session).where(or_(_session.c.created_at <= bindparam("born"), _session.c.seen_at <= bindparam("seen")))
)

_GIVE = Statement(insert_all(StaffLink))
_LINK = Statement(
    select(*_columns(_link, LinkRow)).where(_link.c.hash == bindparam("digest"), _link.c.expires_at > bindparam("at")),
    LinkRow._make,
)
_USE_LINK = Statement(delete(_link).where(_link.c.hash == bindparam("digest"), _link.c.expires_at > bindparam("at")))
_DROP_LINKS = Statement(delete(_link).where(_link.c.staff_id == bindparam("staff")))
_DROP_FIRST_LINKS = Statement(delete(_link).where(_link.c.staff_id.is_(None)))
_SWEEP_LINKS = Statement(delete(_link).where(_link.c.expires_at <= bindparam("at")))

_is_old = _guard.c.since <= bindparam("before")
_COUNT = Statement(
    insert(_guard)
    .values(key=bindparam("key"), failures=1, since=bindparam("at"))
    .on_conflict_do_update(
        index_elements=["key"],
        set_={
            "failures": case((_is_old, 1), else_=_guard.c.failures + 1),
            "since": case((_is_old, bindparam("at")), else_=_guard.c.since),
        },
    )
)
_GUARD = Statement(select(_guard.c.failures, _guard.c.since).where(_guard.c.key == bindparam("key")), GuardRow._make)
_FORGIVE = Statement(
    update(_guard).where(_guard.c.key == bindparam("of"), _guard.c.failures > 0).values(failures=_guard.c.failures - 1)
)
_CLEAR = Statement(delete(_guard).where(_guard.c.key == bindparam("key")))
_SWEEP_GUARDS = Statement(delete(_guard).where(_guard.c.since <= bindparam("before")))


def add(transaction: Transaction, row: StaffRow) -> None:
    """Somebody new; `Rejected` if the e-mail or the Telegram user is somebody else's."""
    transaction.run(_ADD, **row._asdict())


def by_id(transaction: Transaction, staff_id: int) -> StaffRow | None:
    """The person with this id, disabled or not."""
    return transaction.one(_BY_ID, staff_id=staff_id)


def by_email(transaction: Transaction, email: str) -> StaffRow | None:
    """The person with this address (in small letters), disabled or not."""
    return transaction.one(_BY_EMAIL, address=email)


def by_telegram(transaction: Transaction, telegram_id: int) -> StaffRow | None:
    """The person with this Telegram user, unless they are disabled."""
    return transaction.one(_BY_TELEGRAM, user=telegram_id)


def everybody(transaction: Transaction) -> list[StaffRow]:
    """Everybody there ever was, the first one first."""
    return transaction.all(_ALL)


def is_anybody(transaction: Transaction) -> bool:
    """Whether there is any staff at all."""
    found: Any = transaction.one(_ANYBODY)
    return bool(found[0])


def save(transaction: Transaction, row: StaffRow) -> None:
    """Keep all that may change of a person: not the id, the e-mail and when they came."""
    names = ("name", "role", "markets", "locale", "password", "telegram_id", "disabled_at")
    transaction.run(_SAVE, staff_id=row.id, **{f"new_{name}": getattr(row, name) for name in names})


def leaders(transaction: Transaction, role: str, *, without: int) -> int:
    """How many can sign in with this role, not counting one of them."""
    found: Any = transaction.one(_LEADERS, leading=role, without=without)
    return int(found[0])


def open_session(transaction: Transaction, row: SessionRow) -> None:
    """Somebody is signed in."""
    transaction.run(_OPEN, **row._asdict())


def session(transaction: Transaction, digest: str, *, born: int, seen: int) -> tuple[SessionRow, StaffRow] | None:
    """The sign-in made after `born` and used after `seen`, and whose it is, unless they are disabled."""
    return transaction.one(_SESSION, digest=digest, born=born, seen=seen)


def see_session(transaction: Transaction, digest: str, now: int, *, since: int) -> None:
    """Note that the sign-in is used now, unless that was noted after `since`."""
    transaction.run(_SEE, digest=digest, at=now, since=since)


def close_session(transaction: Transaction, digest: str) -> bool:
    """Sign out; False if that was not signed in."""
    return bool(transaction.run(_CLOSE, digest=digest))


def close_sessions(transaction: Transaction, staff_id: int, *, without: str = "") -> int:
    """Sign a person out everywhere but in one place; how many sign-ins ended."""
    return transaction.run(_CLOSE_ALL, staff=staff_id, without=without)


def add_link(transaction: Transaction, row: LinkRow) -> None:
    """A new one-time link; older ones of the same person open nothing any more."""
    if row.staff_id is None:
        transaction.run(_DROP_FIRST_LINKS)
    else:
        transaction.run(_DROP_LINKS, staff=row.staff_id)
    transaction.run(_GIVE, **row._asdict())


def link(transaction: Transaction, digest: str, now: int) -> LinkRow | None:
    """The link, if it still opens something."""
    return transaction.one(_LINK, digest=digest, at=now)


def use_link(transaction: Transaction, digest: str, now: int) -> bool:
    """Take the link away; of two who try at the same time one gets True."""
    return bool(transaction.run(_USE_LINK, digest=digest, at=now))


def drop_links(transaction: Transaction, staff_id: int | None) -> None:
    """The links of a person (None: those of the first administrator) open nothing any more."""
    if staff_id is None:
        transaction.run(_DROP_FIRST_LINKS)
    else:
        transaction.run(_DROP_LINKS, staff=staff_id)


def count_failure(transaction: Transaction, key: str, now: int, *, before: int) -> GuardRow:
    """One failed sign-in more; a count begun before then starts anew. What it is now."""
    transaction.run(_COUNT, key=key, at=now, before=before)
    found = transaction.one(_GUARD, key=key)
    assert found is not None
    return found


def guard(transaction: Transaction, key: str) -> GuardRow | None:
    """The failed sign-ins under a key."""
    return transaction.one(_GUARD, key=key)


def forgive_failure(transaction: Transaction, key: str) -> None:
    """One of the counted was none."""
    transaction.run(_FORGIVE, of=key)


def clear_failures(transaction: Transaction, key: str) -> None:
    """Forget them all."""
    transaction.run(_CLEAR, key=key)


def sweep(transaction: Transaction, now: int, *, born: int, seen: int, before: int) -> None:
    """Drop sign-ins and links that are over, and counts begun before then."""
    transaction.run(_SWEEP_SESSIONS, born=born, seen=seen)
    transaction.run(_SWEEP_LINKS, at=now)
    transaction.run(_SWEEP_GUARDS, before=before)
