"""One file a trigger: who is due, and which flow starts. A trigger never sends; `Triggers` plans and passes it on.

A trigger module offers `NAME`, `FLOW` and `due(transaction, *, now, programme, markets) -> list[Occasion]`: the
occasions that exist at `now` (microseconds UTC) and were not recorded yet, each with a key that makes a repeat
harmless. A trigger made by an event (a purchase) answers with none: its occasions come as timers from a handler. The
folder finds the module.
"""

from bot.triggers._discovery import Trigger, discover
from bot.triggers._runner import Tick, Triggers
from bot.triggers._upkeep import Upkeep

__all__ = ["Tick", "Trigger", "Triggers", "Upkeep", "discover"]
