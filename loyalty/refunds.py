"""Refunds: how many points they take back and give back, and how long those live that come back.

Every refund of an order is worked out from all that was refunded so far, so that its parts add up to the whole
whatever their number and order.
"""


def reverse(points: int, *, refunded: int, total: int, already: int) -> int:
    """The points to take back now of those an order brought.

    `refunded` is all that was refunded of it so far, this refund included, and `total` what it cost (minor units);
    `already` is the points taken back before. An order without a positive total raises ValueError.
    """
    if total <= 0:
        raise ValueError("an order without a positive total has no share to refund")
    due = max(points, 0) * min(max(refunded, 0), total) // total
    return max(due - already, 0)


def give_back(spent: int, *, refunded: int, total: int, already: int) -> int:
    """The points to give back now of those spent on an order; the arguments are those of `reverse`."""
    return reverse(spent, refunded=refunded, total=total, already=already)
