"""Publishing against the database: stored versions, the plan for live sessions, and their move to the new version."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import structlog

from bot.flows.compiled import Flow
from bot.flows.library import Library
from bot.flows.model import Definition
from bot.flows.publish import Plan, migrate, plan
from bot.flows.session import dump, load
from storage import occasions, people
from storage.database import Database, Transaction

_log = structlog.get_logger()


def plans(transaction: Transaction, library: Library) -> list[Plan]:
    """For each changed flow, what happens to the sessions of every version that somebody is in the middle of."""
    stored = _stored(transaction)
    found = []
    for flow in library.active.values():
        steps: dict[str, Counter[str]] = {}
        for _, version, step, _ in people.live_sessions(transaction, flow.name):
            steps.setdefault(version, Counter())[step] += 1
        for version, counts in steps.items():
            if version != flow.version and version in stored:
                found.append(plan(stored[version], flow.definition, list(counts.items())))
    return found


def publish(transaction: Transaction, flow: Flow, accepted: list[Plan], now: int) -> None:
    """Make a flow's version the active one and move its live sessions as planned."""
    by_version = {one.old: one for one in accepted if one.flow == flow.name}
    for address_id, version, _, state in people.live_sessions(transaction, flow.name):
        chosen = by_version.get(version)
        if chosen is not None:
            _move(transaction, address_id, state, chosen, now)
    occasions.publish_flow(transaction, flow.name, flow.version, flow.definition.model_dump_json(), now)


def _move(transaction: Transaction, address_id: int, state: str, chosen: Plan, now: int) -> None:
    session = migrate(load(state), chosen)
    if session is None or not session.frames:
        people.end_sessions(transaction, [address_id])
        return
    top = session.frames[-1]
    row = {
        "address_id": address_id,
        "flow": top.flow,
        "version": top.version,
        "step": top.step,
        "state": dump(session),
        "updated_at": now,
    }
    people.save_sessions(transaction, [row])
    before = load(state).wait
    if session.wait is not None and before is not None and session.wait.token != before.token:
        _ask_again(transaction, address_id, session.wait.token, now)


def _ask_again(transaction: Transaction, address_id: int, token: str, now: int) -> None:
    found = people.address_of(transaction, address_id)
    if found is not None:
        event = {"key": f"resume:{address_id}:{token}", "channel": found[0], "address": found[1]}
        occasions.add_event(transaction, {**event, "kind": "resume", "data": "{}", "created_at": now})


async def publish_safely(database: Database, library: Library, now: int) -> list[str]:
    """Publish what nobody in the middle of a conversation would notice; names the flows that stay as they were.

    Such a flow keeps running in its stored version until somebody runs `flows publish`.
    """

    def work(transaction: Transaction) -> list[str]:
        planned = plans(transaction, library)
        active = {flow: version for flow, version, _, on in occasions.flow_versions(transaction) if on}
        held = {one.flow for one in planned if not one.is_harmless}
        for flow in library.active.values():
            if flow.name not in held and active.get(flow.name) != flow.version:
                publish(transaction, flow, planned, now)
        return sorted(name for name in held if name in active)

    held = await database.write(work)
    if held:
        stored = await database.read(_stored)
        versions = await database.read(occasions.flow_versions)
        for name, version in ((flow, version) for flow, version, _, on in versions if on and flow in held):
            library.hold(library.add_version(stored[version]))
            _log.warning("flow not published: live sessions would notice; see `flows plan`", flow=name)
    return held


def _stored(transaction: Transaction) -> Mapping[str, Definition]:
    rows = occasions.flow_versions(transaction)
    return {version: Definition.model_validate_json(definition) for _, version, definition, _ in rows}
