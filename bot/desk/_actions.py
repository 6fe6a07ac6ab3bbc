"""What staff do with a conversation: each a POST, each one transaction with its line in the audit.

Who acts on what is not so any more gets 409, with the bar as it is now; what they had typed is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.responses import Response

from bot import takeover
from bot.desk._call import Call, Refused
from bot.desk._context import DeskContext
from bot.desk._conversation import Conversations
from bot.desk._lease import SHUT, Place, allowed, lease_fragment, lease_view, place_of, snoozed_until
from bot.desk._members import seen_member
from bot.desk._names import Names
from bot.desk._roles import Permission, allows, sees
from bot.desk._routes import DeskRoute
from bot.desk._sessions import SignedIn
from bot.desk._words import N_
from bot.takeover import Lease, NoCase, NotYours, Shut, Stale, TakeoverError
from storage import audit, cases, staff
from storage.cases import CaseRow
from storage.database import Transaction
from storage.members import MemberRow

_MOST_LABELS = 20
QUICKER = N_("%(name)s took this conversation a moment ago.")
_DONE = N_("This was resolved a moment ago.")
_CHANGED = N_("This changed a moment ago. Look again before you go on.")
_NOT_YOURS = N_("Take the conversation to answer.")
_ERASED = N_("This member was erased: nobody is there to write to.")
_NOBODY = N_("There is nothing to do here.")
_NO_COLLEAGUE = N_("Choose a colleague who looks after this market.")
_NO_CHOICE = N_("Choose one of the list.")


class Unfit(ValueError):
    """What was sent cannot be done as it is; `args[0]` says why, in English."""

    def __init__(self, said: str, **values: Any) -> None:
        super().__init__(said)
        self.said = said
        self.values = values


@dataclass(frozen=True, slots=True)
class Act:
    """One act under way: who does what to whom, on which sight of the case."""

    call: Call
    transaction: Transaction
    member: MemberRow
    case: CaseRow | None
    version: int | None
    lease: Lease
    viewer: SignedIn

    @property
    def by(self) -> int:
        """Who acts."""
        return self.viewer.staff.id

    @property
    def now(self) -> int:
        """When."""
        return self.call.now

    @property
    def seen(self) -> tuple[int, int]:
        """The id and the version of the case they saw."""
        if self.case is None or self.version is None:
            raise NoCase(f"member {self.member.id} has no case")
        return self.case.id, self.version

    def place(self, desk: DeskContext) -> Place:
        """Where an answer goes."""
        found = place_of(desk, self.transaction, self.member.id, self.case)
        if found is None:
            raise NoCase(f"member {self.member.id} has no address")
        return found

    def record(self, action: str, **detail: Any) -> None:
        """Write it into the audit."""
        audit.record(
            self.transaction, staff_id=self.by, action=action, member_id=self.member.id, detail=detail, now=self.now
        )


Job = Callable[[Act], None]


@dataclass(frozen=True, slots=True)
class Acting:
    """Does acts, and answers for what came of them."""

    desk: DeskContext
    names: Names
    pages: Conversations

    async def do(self, call: Call, needs: str, job: Job, *, said: str | None = None) -> Response:
        """Do it in one transaction if the case still is what they saw and `needs` is theirs to do."""
        member_id = call.number("id")
        try:
            version = await self.desk.database.write(lambda t: self._in(t, call, member_id, needs, job))
        except Unfit as unfit:
            return await self._refused(call, 422, call.gettext(unfit.said, **unfit.values))
        except Shut as shut:
            return await self._refused(call, 409, call.gettext(SHUT.get(shut.reason, _NOBODY)))
        except TakeoverError as error:
            return await self._refused(call, 409, await self._told(call, error))
        return call.done(f"/members/{member_id}", said=call.gettext(said) if said else None, version=version)

    def _in(self, transaction: Transaction, call: Call, member_id: int, needs: str, job: Job) -> int:
        viewer = viewer_of(call)
        member = seen_member(call, transaction, member_id)
        if member.erased_at is not None:
            raise Unfit(_ERASED)
        case = cases.latest(transaction, member.id)
        version = _version(call)
        if case is not None and version is not None and version != case.version:
            raise Stale(case)
        if needs and needs not in allowed(case, viewer):
            if case is not None and case.is_human and case.owner_id != viewer.staff.id:
                raise Stale(case) if case.owner_id else NotYours("nobody has it")
            raise NotYours(f"{needs} is not possible")
        lease = Lease.of(self.desk.world.programme)
        job(Act(call, transaction, member, case, version, lease, viewer))
        after = cases.latest(transaction, member.id)
        return after.version if after is not None else 0

    async def _told(self, call: Call, error: TakeoverError) -> str:
        if isinstance(error, NotYours):
            return call.gettext(_NOT_YOURS)
        if isinstance(error, NoCase):
            return call.gettext(_NOBODY)
        case = error.case if isinstance(error, Stale) else None
        if case is not None and case.is_human and case.owner_id not in (None, call.staff.id):
            names = await self.desk.database.read(lambda t: self.names.known(t, call.now))
            return call.gettext(QUICKER, name=names.get(case.owner_id or 0, "?"))
        return call.gettext(_DONE if case is not None and case.status == "resolved" else _CHANGED)

    async def _refused(self, call: Call, status: int, said: str) -> Response:
        """The reason, with the bar as it is now; without our script the whole page, with what was typed."""
        if not call.wants_json:
            return await self.pages.show(call, status, said=said)
        if status != 409:
            return call.json({"error": said}, status)
        member_id = call.number("id")
        html, version = await self.desk.database.read(lambda t: self._bar(t, call, member_id))
        return call.json({"error": said, "html": html, "version": version}, status)

    def _bar(self, transaction: Transaction, call: Call, member_id: int) -> tuple[str, int]:
        member = seen_member(call, transaction, member_id)
        view = lease_view(self.desk, self.names, transaction, member, viewer=viewer_of(call), now=call.now)
        return lease_fragment(view, call.voice, csrf=call.csrf, now=call.now), view.version

    # --- the acts

    async def take(self, call: Call) -> Response:
        """Answer from now on."""

        def job(act: Act) -> None:
            case = _taken_up(act) or _taken(act)
            act.record("conversation_taken", case=case.id)

        return await self.do(call, "take", job)

    async def release(self, call: Call) -> Response:
        """Put it back into the queue."""

        def job(act: Act) -> None:
            case_id, version = act.seen
            takeover.assign(act.transaction, act.lease, case_id, by=act.by, to=None, version=version, now=act.now)
            act.record("conversation_released", case=case_id)

        return await self.do(call, "release", job)

    async def assign(self, call: Call) -> Response:
        """Give it to a colleague."""

        def job(act: Act) -> None:
            case_id, version = act.seen
            to = self._colleague(act)
            takeover.assign(act.transaction, act.lease, case_id, by=act.by, to=to, version=version, now=act.now)
            act.record("conversation_assigned", case=case_id, to=to)

        return await self.do(call, "assign", job)

    def _colleague(self, act: Act) -> int:
        text = act.call.form.get("to", "")
        found = staff.by_id(act.transaction, int(text)) if text.isdigit() and len(text) < 19 else None
        if found is None or found.disabled_at is not None or not allows(found.role, Permission.TAKE):
            raise Unfit(_NO_COLLEAGUE)
        if not sees(found, act.member.market):
            raise Unfit(_NO_COLLEAGUE)
        return found.id

    async def give_back(self, call: Call) -> Response:
        """The bot answers again."""

        def job(act: Act) -> None:
            case_id, version = act.seen
            takeover.give_back(act.transaction, act.lease, case_id, by=act.by, version=version, now=act.now)
            act.record("conversation_returned", case=case_id)

        return await self.do(call, "return", job)

    async def resolve(self, call: Call) -> Response:
        """The matter is done."""

        def job(act: Act) -> None:
            case_id, version = act.seen
            takeover.resolve(act.transaction, act.lease, case_id, by=act.by, version=version, now=act.now)
            act.record("conversation_resolved", case=case_id)

        return await self.do(call, "resolve", job)

    async def reopen(self, call: Call) -> Response:
        """Take up again what was done."""

        def job(act: Act) -> None:
            case = takeover.reopen(act.transaction, act.lease, act.member.id, by=act.by, now=act.now)
            act.record("conversation_reopened", case=case.id)

        return await self.do(call, "reopen", job)

    async def snooze(self, call: Call) -> Response:
        """Put it aside."""

        def job(act: Act) -> None:
            case_id, version = act.seen
            until = snoozed_until(act.call.form.get("until", ""), act.member.zone, act.now)
            if until is None:
                raise Unfit(_NO_CHOICE)
            takeover.snooze(act.transaction, act.lease, case_id, by=act.by, until=until, version=version, now=act.now)
            act.record("conversation_snoozed", case=case_id)

        return await self.do(call, "snooze", job)

    async def prioritise(self, call: Call) -> Response:
        """How urgent it is."""

        def job(act: Act) -> None:
            priority = act.call.form.get("priority", "")
            if priority not in ("0", "1", "2", "3"):
                raise Unfit(_NO_CHOICE)
            case_id, _ = act.seen
            takeover.prioritise(act.transaction, case_id, int(priority), by=act.by, now=act.now)
            act.record("priority_set", case=case_id, priority=int(priority))

        return await self.do(call, "priority", job)

    async def label(self, call: Call) -> Response:
        """Exactly these labels: of the programme, or on the case already."""

        def job(act: Act) -> None:
            case_id, _ = act.seen
            wanted = sorted(set(act.call.sent.lists.get("labels", ())))
            known = {*self.desk.world.programme.desk.labels, *orjson.loads(act.case.labels if act.case else "[]")}
            if not known.issuperset(wanted) or len(wanted) > _MOST_LABELS:
                raise Unfit(_NO_CHOICE)
            takeover.label(act.transaction, case_id, wanted, by=act.by, now=act.now)
            act.record("labels_set", case=case_id)

        return await self.do(call, "labels", job)


def _taken(act: Act) -> CaseRow:
    version = act.version if act.case is not None and act.case.status != "resolved" else None
    return takeover.take(act.transaction, act.lease, act.member.id, act.by, version=version, now=act.now)


def _taken_up(act: Act) -> CaseRow | None:
    """What they had put aside themselves is open again."""
    if act.case is None or act.case.status != "snoozed" or act.case.owner_id != act.by:
        return None
    case_id, version = act.seen
    return takeover.assign(act.transaction, act.lease, case_id, by=act.by, to=act.by, version=version, now=act.now)


def viewer_of(call: Call) -> SignedIn:
    """Who acts."""
    assert call.signed_in is not None
    return call.signed_in


def _version(call: Call) -> int | None:
    text = call.form.get("version", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise Refused(400)
    return int(text)


def acting(desk: DeskContext) -> Acting:
    """What does acts at this desk."""
    names = Names()
    return Acting(desk, names, Conversations(desk, names))


def routes(desk: DeskContext) -> list[DeskRoute]:
    """The acts on the lease; those that write are in `_writing`."""
    act = acting(desk)
    acts = {
        "take": act.take,
        "release": act.release,
        "assign": act.assign,
        "return": act.give_back,
        "resolve": act.resolve,
        "reopen": act.reopen,
        "snooze": act.snooze,
        "priority": act.prioritise,
        "labels": act.label,
    }
    return [DeskRoute("POST", f"/members/{{id}}/{name}", Permission.TAKE, endpoint) for name, endpoint in acts.items()]
