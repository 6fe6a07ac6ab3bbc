"""Joining the programme: terms accepted, a referral code of one's own, a friend's code remembered."""

import secrets

from bot.flows.model import Outcome, Values
from bot.handlers import Context, answers
from bot.message import Code, Name
from loyalty.codes import is_valid, new_code, normalise
from storage import ledger, people


@answers("new", "already", values=("brand", "terms"))
def status(context: Context) -> Outcome:
    """Whether the member has joined already."""
    programme = context.world.programme
    values: Values = {"brand": Name(programme.name), "terms": Code(programme.terms.version)}
    return Outcome("already" if context.member.joined_at is not None else "new", values)


@answers("done", "invited", "refused", "self", writes=True)
def enrol(context: Context) -> Outcome:
    """Join with the current terms; a friend's code given on the way counts if it may."""
    member = context.member
    if member.joined_at is None:
        context.change(
            joined_at=context.now,
            terms_version=context.world.programme.terms.version,
            referral_code=member.referral_code or new_code(secrets.randbits(64)),
        )
        context.consent("service", "grant", basis="contract")
    given = str(context.value("code") or "")
    return _invited(context, given) if given else Outcome("done")


def _invited(context: Context, given: str) -> Outcome:
    code = normalise(given)
    owner = people.by_referral_code(context.transaction, code) if is_valid(code) else None
    if owner is None:
        return Outcome("refused")
    owner_id, phone = owner
    if owner_id == context.member.id or (phone is not None and phone == context.member.phone):
        return Outcome("self")
    added = ledger.add_referral(context.transaction, owner_id, context.member.id, context.now)
    return Outcome("invited" if added else "refused")
