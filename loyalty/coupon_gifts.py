"""Coupons that somebody gives a member for a reason: staff at their desk, or the shop's own system."""

from __future__ import annotations

from loyalty import couponing
from loyalty.couponing import Issued
from loyalty.values import Name
from loyalty.wording import said
from loyalty.work import Work
from storage.members import MemberRow


def give(work: Work, member: MemberRow, kind_name: str, reason: str, *, actor: str | None = None) -> Issued | None:
    """Give a member a coupon, once for each kind and reason, and tell them. None if no more of its kind are left.

    The same reason again is the coupon it brought, without another word. `UnknownCoupon` for a name that is no kind.
    """
    key = f"given:{member.id}:{kind_name}:{reason}"
    issued = couponing.issue(work, member, kind_name, key, actor=actor)
    kind = work.rules(member.market).coupon(kind_name)
    if issued is not None and kind is not None and not issued.repeated:
        work.tell(f"coupon_given:{issued.id}", "coupon_given", member.id, coupon=Name(said(kind.title, member.locale)))
    return issued
