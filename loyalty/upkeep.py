"""What the programme does by itself as time goes by; each step takes up to `most` cases and says how many it took."""

from collections.abc import Callable

from loyalty import couponing, erasing, identifying, merging, purchasing, referring, refunding, rewarding, standing
from loyalty.work import Work
from storage import erasing as erased
from storage import keys, ledger

_STRAYS_KEPT = 30 * 86_400_000_000
"""Microseconds; by then staff has had them worked again."""
_REQUESTS_KEPT = 3 * 86_400_000_000
"""Microseconds; a till that repeats a request does so within minutes."""


def lapse_points(work: Work, most: int) -> int:
    """Book lapsed lots as breakage, each dated when it lapsed."""
    return ledger.expire(work.transaction, work.now, most)


def forget_requests(work: Work, most: int) -> int:  # noqa: ARG001  # one statement, whatever it finds
    """Drop the answers kept for repeated requests once nobody repeats them any more."""
    keys.forget(work.transaction, work.now - _REQUESTS_KEPT)
    return 0


def forget_strays(work: Work, most: int) -> int:
    """Drop after thirty days what no erasure would find: receipts, groups' messages, bodies that failed."""
    return erased.forget_strays(work.transaction, work.now - _STRAYS_KEPT, most)


STEPS: tuple[Callable[[Work, int], int], ...] = (
    refunding.settle,
    purchasing.adopt,
    lapse_points,
    couponing.lapse,
    rewarding.lapse,
    referring.settle,
    standing.notices,
    standing.review,
    erasing.finish,
    merging.forget,
    identifying.forget,
    forget_requests,
    forget_strays,
)
"""Referrals settle before tiers are reviewed; a notice goes out before its review."""
