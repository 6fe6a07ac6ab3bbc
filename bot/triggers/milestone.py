"""The nth purchase, the nth point: the purchase's handler makes the occasion (a timer due at once); no search."""

from collections.abc import Mapping

from bot.permission import Occasion
from loyalty.markets import MarketProfile
from loyalty.programme import Programme
from storage.database import Transaction

NAME = "milestone"
FLOW = "milestone"


def due(
    transaction: Transaction,  # noqa: ARG001  # the contract's parameters; an event makes these occasions
    *,
    now: int,  # noqa: ARG001
    programme: Programme,  # noqa: ARG001
    markets: Mapping[str, MarketProfile],  # noqa: ARG001
) -> list[Occasion]:
    """None: no clock makes a milestone."""
    return []
