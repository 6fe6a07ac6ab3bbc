"""What a use case wants members to hear: a flow with its values, planned by the triggers' runner after the commit."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from loyalty.values import Value


@dataclass(frozen=True, slots=True)
class News:
    """One occasion for one member. `key` makes it one message however often it is asked for."""

    key: str
    flow: str
    member_id: int
    expires_at: int
    """Microseconds UTC; later it is stale and not sent."""
    values: Mapping[str, Value] = field(default_factory=dict)
