"""The staff's desk in the browser: sign-in, roles and audit, and the pages on which people answer members.

`build_desk` makes the application that is mounted at /desk. A module of this folder adds pages by offering
`routes(desk) -> list[DeskRoute]` (`_routes.py`); each route says which permission (`_roles.py`) it asks for.
"""

from bot.desk._build import build_desk
from bot.desk._context import DeskContext, Hub, words_for
from bot.desk._opening import OpenDesk, open_desk
from bot.desk._people import Person, Unfit, add_staff, disable_staff, staff_link
from bot.desk._roles import ROLES, markets_of
from bot.desk._set_up import first_link, link_url
from bot.desk._stop import told_to_stop
from bot.desk._words import Words

__all__ = [
    "ROLES",
    "DeskContext",
    "Hub",
    "OpenDesk",
    "Person",
    "Unfit",
    "Words",
    "add_staff",
    "build_desk",
    "disable_staff",
    "first_link",
    "link_url",
    "markets_of",
    "open_desk",
    "staff_link",
    "told_to_stop",
    "words_for",
]
