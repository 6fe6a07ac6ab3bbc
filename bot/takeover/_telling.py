"""What the member is told about a change: an event in the lane of their address, so that it keeps its place there."""

from __future__ import annotations

from typing import Any

import orjson

from bot.message import Kind, Name, pack
from bot.takeover._lease import answered_at
from storage import occasions, people, staff
from storage.cases import CaseRow
from storage.database import Transaction
from storage.people import PersonRow


def introduce(transaction: Transaction, case: CaseRow, staff_id: int, now: int) -> None:
    """Tell the member who answers from now on."""
    found = staff.by_id(transaction, staff_id)
    if found is not None:
        data = {"flow": "taken", "values": {"name": pack(Name(found.name))}}
        _put(transaction, case, Kind.DESK, f"taken:{case.id}:{case.version}", data, now)


def hand_back(transaction: Transaction, case: CaseRow, why: str, *, since: int, now: int) -> None:
    """Let the bot take up the conversation again: the parked question by its rule, and how the help was.

    `since`: when the bot fell silent. The member's other addresses look after the questions that were open there.
    """
    data = {"why": why, "case": case.id, "since": since}
    key = f"back:{case.id}:{case.version}"
    rows = people.of_member(transaction, case.member_id)
    here = answered_at(rows, case)
    for row in rows:
        if row is here:
            _add(transaction, row, Kind.RESUME, key, data, now)
        elif row.state is not None:
            _add(transaction, row, Kind.RESUME, f"{key}:{row.address_id}", {**data, "why": "beside"}, now)


def _put(transaction: Transaction, case: CaseRow, kind: Kind, key: str, data: dict[str, Any], now: int) -> None:
    rows = people.of_member(transaction, case.member_id)
    here = answered_at(rows, case)
    if here is not None:
        _add(transaction, here, kind, key, data, now)


def _add(transaction: Transaction, place: PersonRow, kind: Kind, key: str, data: dict[str, Any], now: int) -> None:
    row = {"key": key, "channel": place.channel, "address": place.address, "kind": kind.value, "created_at": now}
    occasions.add_event(transaction, {**row, "data": orjson.dumps(data).decode()})
