"""What a provider's refusal means for the address, the consent and the open question, whenever we learn of it."""

from bot.channels._contract import NeedsTemplate, OptedOut, SendError, Unreachable
from storage import messages, occasions, people
from storage.database import Transaction
from storage.messages import Delivered


def apply_refusal(
    transaction: Transaction, row: Delivered, meaning: type[SendError], *, channel: str, code: str, now: int
) -> None:
    """Carry a refusal to everything it concerns. A shut window sends the row again as its template."""
    if issubclass(meaning, NeedsTemplate):
        messages.send_as_template(transaction, row.id, now)
        return
    if issubclass(meaning, Unreachable):
        people.set_reachable(transaction, row.address_id, False)
    elif issubclass(meaning, OptedOut):
        _follow_opt_out(transaction, row, channel=channel, code=code, now=now)
    withdraw_prompt(transaction, row, now)


def _follow_opt_out(transaction: Transaction, row: Delivered, *, channel: str, code: str, now: int) -> None:
    people.set_opted_out(transaction, row.address_id, True)
    people.withdraw_marketing(transaction, row.member_id)
    event = {
        "id": transaction.ids.new(),
        "member_id": row.member_id,
        "channel": channel,
        "purpose": "marketing",
        "action": "withdraw",
        "basis": "consent",
        "text_version": None,
        "locale": "und",
        "source": "provider",
        "evidence": code,
        "at": now,
    }
    people.add_consents(transaction, [event])


def withdraw_prompt(transaction: Transaction, row: Delivered, now: int) -> None:
    """Tell the lane that a question never arrived, so that it does not stay open."""
    found = people.address_of(transaction, row.address_id) if row.token else None
    if found is None:
        return
    event = {
        "key": f"not_sent:{row.id}",
        "channel": found[0],
        "address": found[1],
        "kind": "not_sent",
        "data": f'{{"token":"{row.token}"}}',
        "created_at": now,
    }
    occasions.add_event(transaction, event)
