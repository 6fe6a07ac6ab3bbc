"""Orders: what a shop or a till reports, whether it can be booked, and which part of it earns. Minor units."""

import re
from dataclasses import dataclass

from loyalty.modules import EarnRules
from loyalty.programme import MarketRules

ID = r"^[A-Za-z0-9][A-Za-z0-9._:#-]{0,99}$"
"""What a shop's own number of an order or a refund looks like; never with `/`, which our own keys have."""
LARGEST = 10**14
"""Minor units; a larger order is a mistake in its decimals."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an order: `amount` is what all its pieces cost together, after discounts."""

    amount: int
    quantity: int = 1
    category: str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """An order as its shop reports it.

    `total` is what it costs after discounts, with shipping and tax, before points or credit pay a part;
    `redeemed` is the part of `total` that was paid with points or credit. `at` is microseconds UTC.
    """

    order_id: str
    currency: str
    total: int
    at: int
    shipping: int = 0
    tax: int = 0
    redeemed: int = 0
    lines: tuple[Line, ...] = ()
    test: bool = False
    paid: bool = True

    @property
    def counts(self) -> bool:
        """It is a real order and paid for; no other brings anything."""
        return self.paid and not self.test

    @property
    def categories(self) -> frozenset[str]:
        """The categories of its lines."""
        return frozenset(line.category for line in self.lines if line.category is not None)


def is_id(text: str) -> bool:
    """It can be the id of an order or a refund."""
    return re.fullmatch(ID, text, re.ASCII) is not None


def problem(order: Order, rules: MarketRules) -> str | None:
    """Why the order cannot be booked, as an English sentence for staff; None if it can."""
    parts = {"shipping": order.shipping, "tax": order.tax, "part paid with points": order.redeemed}
    found = (
        (not order.order_id.strip(), "The order has no id."),
        (not is_id(order.order_id), f"{order.order_id!r} is no order id: letters, digits and . _ : # - only."),
        (order.currency != rules.currency, f"The order is in {order.currency}, the market in {rules.currency}."),
        (order.total <= 0, "The total is not positive."),
        (order.total > LARGEST, "The total is too large to be true."),
        *((part < 0, f"The {name} is negative.") for name, part in parts.items()),
        *((part > order.total, f"The {name} is larger than the total.") for name, part in parts.items()),
        (any(line.amount < 0 for line in order.lines), "A line has a negative amount."),
        (any(line.quantity < 1 for line in order.lines), "A line has no positive quantity."),
    )
    return next((sentence for is_so, sentence in found if is_so), None)


def basis(order: Order, earn: EarnRules) -> int:
    """The minor units that earn: never what points paid, shipping and tax by the market's rules; not below 0."""
    left_out = order.redeemed
    left_out += order.shipping if earn.basis == "items" else 0
    left_out += order.tax if earn.tax == "out" else 0
    return max(order.total - left_out, 0)
