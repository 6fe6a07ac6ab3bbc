"""People for the tests of identification, linking, merging and erasure: members with addresses, points and consents."""

from loyalty.work import Work
from storage import ledger, people
from storage.database import Transaction
from storage.ledger import Earning
from tests.builders import MONDAY, member_row
from tests.loyalty.shop import work_in

DAY = 86_400_000_000
KEPT, GONE = 101, 102


def person(transaction: Transaction, member_id: int, *addresses: tuple[str, str], **fields: object) -> int:
    """A member with these (channel, value) addresses; the address ids follow from the member's."""
    people.add_members(transaction, [member_row(member_id, **{"joined_at": MONDAY - member_id * DAY, **fields})])
    for number, (channel, value) in enumerate(addresses):
        row = {"id": member_id * 10 + number, "channel": channel, "value": value, "member_id": member_id}
        known = {"profile_name": "Profile", "reachable": 1, "opted_out": 0, "created_at": 1}
        people.add_addresses(transaction, [{**row, **known}])
        people.add_conversations(
            transaction,
            [{"address_id": row["id"], "last_inbound_at": MONDAY, "misses": 0, "version": 0, "leaning": None}],
        )
    return member_id


def give(work: Work, member_id: int, points: int, *, unit: str = "points", days: int | None = None) -> None:
    """Points that can be used at once."""
    expires_at = None if days is None else work.now + days * DAY
    key = f"gift:{work.transaction.ids.new()}"
    earning = Earning(key, member_id, points, "goodwill", "test", work.now, expires_at, unit=unit)
    ledger.earn(work.transaction, earning, work.now)


def consent(work: Work, member_id: int, purpose: str, action: str) -> None:
    """A consent event, as the chat makes it."""
    row = {"id": work.transaction.ids.new(), "member_id": member_id, "purpose": purpose, "action": action}
    more = {"channel": "sms", "basis": "consent", "text_version": "1", "locale": "it", "source": "text"}
    people.add_consents(work.transaction, [{**row, **more, "evidence": None, "at": work.now}])


def held(work: Work, *member_ids: int) -> dict[str, int]:
    """What these members hold together, by unit."""
    found: dict[str, int] = {}
    for member_id in member_ids:
        for one in ledger.wallets(work.transaction, member_id, work.now):
            found[one.unit] = found.get(one.unit, 0) + one.position.active + one.position.pending
    return {unit: amount for unit, amount in found.items() if amount}


def two(work: Work, **gone: object) -> None:
    """One person with two memberships: on Telegram, joined first, and on the phone."""
    person(work.transaction, KEPT, ("telegram", "501"), referral_code="KEPT", joined_at=MONDAY - 200 * DAY)
    fields = {"phone": "+39333", "referral_code": "GONE", "name": "Anna", "birth_month": 5, "birth_day": 6}
    person(work.transaction, GONE, ("whatsapp", "+39333"), ("sms", "+39333"), **{**fields, **gone})


__all__ = ["DAY", "GONE", "KEPT", "consent", "give", "held", "person", "two", "work_in"]
