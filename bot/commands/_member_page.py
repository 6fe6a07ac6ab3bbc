"""What `bentornato member` prints: a member's page, their statement, and what a merge would do."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from loyalty.merging import Preview, Refusal
from loyalty.work import Work
from storage import ledger, merges, people, profiles, standings
from storage.ledger import Line
from storage.members import MemberRow

REFUSALS: dict[Refusal, str] = {
    "unknown": "there is no such member",
    "same": "this is one and the same member",
    "gone": "one of them was erased or merged already",
    "separate": "these two were marked as different persons",
    "simulator": "a test member and a real one are never merged",
    "not_joined": "the member to keep has not joined and the other one has: name them the other way round",
}


def profile(work: Work, member: MemberRow) -> str:
    """A member's page, a line a fact."""
    transaction = work.transaction
    standing = standings.get(transaction, member.id)
    lines = [
        f"member {member.id}  {member.market}  {member.locale}  {member.zone}",
        f"name     {member.name or '-'}",
        f"phone    {member.phone or '-'}",
        f"e-mail   {member.email or '-'}",
        f"joined   {_at(member.joined_at, member.zone)}",
        f"code     {member.referral_code or '-'}   card {member.card_number or '-'}",
        f"standing {standing.purchases} purchases, tier {standing.tier or '-'}",
    ]
    if member.erased_at is not None:
        lines.append(f"erased   {_at(member.erased_at, member.zone)}")
    lines += [f"holds    {_wallet(one)}" for one in ledger.wallets(transaction, member.id, work.now)]
    for place in profiles.addresses(transaction, member.id):
        state = ("" if place.reachable else ", not reachable") + (", opted out" if place.opted_out else "")
        heard = _at(place.last_inbound_at, member.zone)
        lines.append(f"address  {place.channel} {place.value}  last heard {heard}{state}")
    for purpose, action, channel, source, at in people.consents(transaction, member.id):
        lines.append(f"consent  {_at(at, member.zone)}  {purpose} {action} ({channel}, {source})")
    for row in merges.of_member(transaction, member.id):
        undone = f", undone {_at(row.undone_at, member.zone)}" if row.undone_at else ""
        kept = f"merge    {row.id}: {row.merged_id} into {row.kept_id}, {_at(row.at, member.zone)}, by {row.actor}"
        lines.append(kept + undone)
    return "\n".join(lines)


def statement(work: Work, member: MemberRow, unit: str, most: int) -> str:
    """The newest lines, oldest of them first, each with the balance after it; then the lots that are open."""
    transaction = work.transaction
    held = ledger.position_of(transaction, member.id, work.now, unit)
    lines = ledger.statement(transaction, member.id, unit, most=most)
    if not lines:
        return f"member {member.id} has no {unit}"
    shown = [f"member {member.id}: {held.active} {unit} active, {held.pending} pending", ""]
    shown += _running(lines, _booked(work, member, unit), member.zone)
    shown += ["", "open lots, the first to lapse first:"]
    for lot in ledger.lots_of(transaction, member.id, unit):
        ready = "" if lot.activates_at <= work.now else f", active from {_at(lot.activates_at, member.zone)}"
        until = "never lapses" if lot.expires_at is None else f"until {_at(lot.expires_at, member.zone)}"
        left = f"{lot.remaining} of {lot.original}"
        shown.append(f"  {_at(lot.effective_at, member.zone)}  {left:>15}  {lot.kind} {lot.reference}, {until}{ready}")
    return "\n".join(shown)


def preview(seen: Preview) -> list[str]:
    """What a merge would do."""
    moves = ", ".join(f"{count} by {what}" for what, count in seen.moves.items() if count) or "nothing"
    wallets = ", ".join(f"{held} {unit}" for unit, held in seen.wallets.items()) or "nothing"
    return [
        f"member {seen.kept} takes over member {seen.merged}",
        f"goes over: {moves}",
        f"holds then: {wallets}",
        f"standing then: {seen.purchases} purchases, tier {seen.tier or '-'}",
        f"consents that end: {', '.join(seen.withdrawn) or 'none'}",
    ]


def _booked(work: Work, member: MemberRow, unit: str) -> int:
    """The balance by the books: lots that lapsed but are not booked as such yet still count."""
    open_lots = sum(lot.remaining for lot in ledger.lots_of(work.transaction, member.id, unit))
    owed = sum(one.debt for one in ledger.wallets(work.transaction, member.id, work.now) if one.unit == unit)
    return open_lots - owed


def _running(lines: list[Line], balance: int, zone: str) -> list[str]:
    shown = []
    for line in lines:
        day = _at(line.effective_at, zone)
        shown.append(f"  {day}  {line.amount:>+9}  {balance:>9}  {line.kind:<10} {line.reference} ({line.actor})")
        balance -= line.amount
    if balance:
        shown.append(f"  {'before':<16}  {'':>9}  {balance:>9}")
    return list(reversed(shown))


def _wallet(one: ledger.Wallet) -> str:
    coming = f", {one.position.pending} pending" if one.position.pending else ""
    owed = f", {one.debt} owed" if one.debt else ""
    return f"{one.position.active} {one.unit}{coming}{owed}"


def _at(instant: int | None, zone: str) -> str:
    if instant is None:
        return "-"
    return datetime.fromtimestamp(instant / 1_000_000, UTC).astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")
