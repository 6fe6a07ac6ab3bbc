"""Erasure: nothing personal is left, the books stay under the id alone.

Who asks for it in the chat gets one last answer. Their address is taken out at once like everything else, and the same
value is added again as a newcomer's, who knows nothing of the old member: the answer goes there, and `finish` takes it
out an hour later, unless they have written again and so are a new member.
"""

import orjson

from loyalty import couponing, newcomers, settling, tokens
from loyalty.work import LoyaltyError, Work
from storage import coupons as stored
from storage import erasing, ledger, members, merges, profiles, proofs, redemptions
from storage.ledger import Entry
from storage.members import MemberRow
from storage.proofs import ProofRow

FAREWELL = 3600 * 1_000_000
"""Microseconds for which the address stays that the last answer goes to."""
_PURPOSE = "farewell"


class NobodyToErase(LoyaltyError):
    """There is no such member, or they were erased before."""


def erase(work: Work, member_id: int, *, farewell: tuple[str, str] | None = None) -> int:
    """Erase a member and everybody merged into them; how many points, stamps and minor units were given up.

    `farewell`: the (channel, value) that the last answer goes to.
    """
    found = members.current(work.transaction, member_id)
    if found is None or found.erased_at is not None:
        raise NobodyToErase(f"there is nobody to erase under {member_id}")
    everybody = [found.id, *merges.predecessors(work.transaction, found.id)]
    rows = members.lock(work.transaction, *everybody)
    for row in rows:
        _let_go(work, row.id)
    entry = Entry(f"erasure:{found.id}", "erasure", str(found.id), work.actor)
    given_up = ledger.forfeit(work.transaction, found.id, entry, work.now)
    old = [place.id for row in rows for place in _blank(work, row)]
    if farewell is not None:
        _stay(work, found, farewell, old)
    else:
        _keep(work, found.id, None, old)
    return given_up


def finish(work: Work, most: int) -> int:
    """Take out what was just being sent and addresses whose last answer has gone, up to so many.

    Those that wrote again stay, as new members.
    """
    due = proofs.due(work.transaction, _PURPOSE, work.now, most)
    for row in due:
        data = orjson.loads(row.data)
        for address_id in data["old"]:
            erasing.blank_words(work.transaction, address_id)
        if data["address"] is not None and not erasing.heard_since(work.transaction, data["address"], data["at"]):
            for place in profiles.addresses(work.transaction, row.member_id):
                erasing.blank_address(work.transaction, place, work.now)
            erasing.blank_member(work.transaction, row.member_id, work.now)
        proofs.drop(work.transaction, row.id)
    return len(due)


def _let_go(work: Work, member_id: int) -> None:
    """Open coupons become worthless; what is reserved comes back first, to be given up with the rest."""
    for coupon in stored.of_member(work.transaction, member_id):
        if coupon.state in stored.OPEN:
            couponing.void(work, coupon.id)
    for one in redemptions.of_member(work.transaction, member_id):
        if one.state == "reserved":
            settling.release(work, one, actor=work.actor, reason="erasure")


def _blank(work: Work, row: MemberRow) -> list[profiles.AddressRow]:
    transaction = work.transaction
    places = profiles.addresses(transaction, row.id)
    phones = {row.phone, *(place.value for place in places if place.value.startswith("+"))} - {None}
    for phone in sorted(str(phone) for phone in phones):
        erasing.suppress(transaction, tokens.hashed(work.keyring, "phone", phone), work.now)
        erasing.blank_records(transaction, row.id, phone)
    erasing.blank_records(transaction, row.id, None)
    for place in places:
        erasing.blank_address(transaction, place, work.now)
    erasing.blank_member(transaction, row.id, work.now)
    return places


def _stay(work: Work, old: MemberRow, farewell: tuple[str, str], addresses: list[int]) -> None:
    """A newcomer at the old value, whom only the language and the market are known of."""
    transaction = work.transaction
    fresh = newcomers.add_like(work, old)
    channel, value = farewell
    address = erasing.add_farewell(transaction, fresh, channel, value, work.now)
    _keep(work, fresh, address, addresses)


def _keep(work: Work, member_id: int, address: int | None, old: list[int]) -> None:
    """What is still to be taken out within the hour: words on their way now, and the address of the last answer."""
    data = orjson.dumps({"address": address, "old": old, "at": work.now}).decode()
    hash = f"farewell:{address or member_id}"
    row = ProofRow(work.transaction.ids.new(), _PURPOSE, hash, member_id, data, 0, work.now + FAREWELL, None)
    proofs.add(work.transaction, row, work.now)
