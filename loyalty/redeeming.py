"""Paying with points at the till: what they are worth, how many an amount takes, and how many an order takes at most.

An order is paid to the cent: the last point may be worth more than what is left to pay, never less.
"""

from typing import Literal

from loyalty.modules import RedeemRules

Refusal = Literal["too_few", "too_many", "over_share", "short"]


def worth(points: int, redeem: RedeemRules) -> int:
    """The minor units that points are worth, rounded down."""
    return max(points, 0) * redeem.money // redeem.points


def points_for(minor: int, redeem: RedeemRules) -> int:
    """The fewest points that are worth this amount. Points that are worth nothing raise ValueError."""
    if minor <= 0:
        return 0
    if redeem.money == 0:
        raise ValueError("points are worth nothing here")
    return -(-minor * redeem.points // redeem.money)


def pays(points: int, order_total: int, redeem: RedeemRules) -> int:
    """The minor units of an order that these points pay: their worth, but not more than the order's share."""
    return min(worth(points, redeem), _limit(order_total, redeem))


def most(order_total: int, available: int, redeem: RedeemRules) -> tuple[int, int]:
    """The points that pay as much of an order as the rules and the balance allow, and what they pay; (0, 0) if none.

    As few points as possible: a rest that is worth less than a minor unit stays with the member.
    """
    held = available if redeem.maximum is None else min(available, redeem.maximum)
    paid = pays(held, order_total, redeem)
    if paid == 0:
        return 0, 0
    points = max(points_for(paid, redeem), redeem.minimum)
    if problem(points, order_total=order_total, available=available, redeem=redeem) is not None:
        return 0, 0
    return points, pays(points, order_total, redeem)


def problem(points: int, *, order_total: int, available: int, redeem: RedeemRules) -> Refusal | None:
    """Why these points cannot pay for a part of the order.

    Too few or too many for the rules, more than the order's share takes, or more than the member has.
    """
    if points < redeem.minimum or worth(points, redeem) == 0:
        return "too_few"
    if redeem.maximum is not None and points > redeem.maximum:
        return "too_many"
    if points > points_for(_limit(order_total, redeem), redeem):
        return "over_share"
    return "short" if points > available else None


def _limit(order_total: int, redeem: RedeemRules) -> int:
    return max(order_total, 0) * redeem.share // 100
