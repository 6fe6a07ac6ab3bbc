"""The member a page is about, if whoever asks may see them."""

from __future__ import annotations

from bot.desk._call import Call, Refused, url
from bot.desk._words import N_
from storage import members
from storage.database import Transaction
from storage.members import MemberRow

_MOVED = N_("This member was merged into another one.")


def seen_member(call: Call, transaction: Transaction, member_id: int) -> MemberRow:
    """The member; not found if there is none or they are of a market that is not theirs to see.

    Of a merged one the answer is the same page of whoever took over everything.
    """
    row = members.get(transaction, member_id)
    if row is None or not call.sees(row.market):
        raise Refused(404)
    if row.merged_into is None:
        return row
    kept = members.current(transaction, member_id)
    if kept is None or not call.sees(kept.market):
        raise Refused(404)
    if call.request.method != "GET":
        raise Refused(409, call.gettext(_MOVED))
    raise Refused(303, call.gettext(_MOVED), {"location": url(_elsewhere(call, member_id, kept.id))})


def _elsewhere(call: Call, merged: int, kept: int) -> str:
    """The same page of somebody else. Ids of messages and files mean nothing there."""
    path = call.request.url.path.partition(f"/members/{merged}")[2]
    rest = path if path in ("", "/card", "/thread", "/transcript.txt", "/transcript.csv") else ""
    return f"/members/{kept}{rest}"
