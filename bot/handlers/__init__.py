"""One capability a file: what a flow's `do` step calls: a function `(Context) -> Outcome` under `@answers`.

It reads and changes the member through the `Context`, never sends, never commits, and answers with one of its
declared outcomes. The folder finds it: `bot/handlers/balance.py`, function `look` is `balance.look` in a flow.
"""

from bot.handlers._context import AddressState, Context, MemberState, World
from bot.handlers._discovery import Handler, answers, discover

__all__ = ["AddressState", "Context", "Handler", "MemberState", "World", "answers", "discover"]
