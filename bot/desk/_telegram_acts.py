"""What a colleague's words and taps in the group do: decided and done inside one transaction, once per update."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot import takeover
from bot.desk._composer import spoken
from bot.desk._context import DeskContext
from bot.desk._lease import place_of
from bot.desk._roles import Permission, allows, sees
from bot.desk._telegram_read import Kind, Told
from bot.desk._telegram_words import pressed
from bot.desk._words import N_, Voice
from bot.media import MOST_BYTES, Accepted, Refusal, accept
from bot.message import Attachment, Outbound, Text
from bot.takeover import Lease
from storage import attachments, audit, cases, members, messages, staff, topics
from storage.cases import CaseRow
from storage.database import Transaction
from storage.members import MemberRow
from storage.staff import StaffRow

_COMMANDS: Mapping[str, str] = {"/take": "take", "/return": "return", "/resolve": "resolve"}
_REFUSED: Mapping[str, str] = {
    "hidden": N_("Anonymous administrators cannot answer members: write under your own name."),
    "stranger": N_("You are not registered at the desk with this Telegram account."),
    "forbidden": N_("Your role does not allow that here."),
}
_SHUT: Mapping[str, str] = {
    "window_closed": N_("Not sent: the 24-hour window is shut. Send a template from the web desk: %(url)s"),
    "opted_out": N_("Not sent: the member wants no messages."),
    "unreachable": N_("Not sent: the member cannot be reached there."),
}
_UNFETCHED = N_("The file could not be fetched from Telegram. Nothing was sent.")
_NOT_KEPT = N_("Only the words were taken: the file was neither kept nor sent.")
_TOO_LATE = N_("That cannot be done any more.")
_BAD_FILE: Mapping[Refusal, str] = {
    Refusal.EMPTY: N_("Not sent: the file is empty."),
    Refusal.TOO_LARGE: N_("Not sent: the file is larger than 5 MB."),
    Refusal.TYPE: N_("Not sent: only pictures and PDF files can be sent."),
}
_DONE: Mapping[str, str] = {
    "take": N_("You have it."),
    "return": N_("The bot answers again."),
    "resolve": N_("Resolved."),
}


@dataclass(frozen=True, slots=True)
class Done:
    """What came of it. `notice`: what to say in the topic; `answer`: what to tell who tapped."""

    member_id: int | None = None
    entry_id: int | None = None
    """The message or note that it became."""
    notice: str | None = None
    answer: str | None = None
    refusal: str | None = None
    """Why the sender was not listened to."""
    is_repeat: bool = False


@dataclass(frozen=True, slots=True)
class Rules:
    """What the acts need to know. `page`: the web desk's page of a member."""

    desk: DeskContext
    lease: Lease
    voice: Voice
    page: Callable[[int], str]


class _No(Exception):
    """The sender may not do that; `why` is a key of the refusals."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class _Told(Exception):
    """It is not done, and this is what the sender is told."""


@dataclass(frozen=True, slots=True)
class _Scene:
    """Who acts on whom."""

    transaction: Transaction
    rules: Rules
    person: StaffRow
    member: MemberRow
    now: int

    def need(self, permission: Permission) -> None:
        if not allows(self.person.role, permission):
            raise _No("forbidden")

    def record(self, action: str, **detail: Any) -> None:
        """Write it into the audit, by the web desk's names."""
        detail = {**detail, "via": topics.CHANNEL}
        who, whom = self.person.id, self.member.id
        audit.record(self.transaction, staff_id=who, action=action, member_id=whom, detail=detail, now=self.now)

    def say(self, text: str, **values: object) -> str:
        return self.rules.voice.say(text, **values)


def is_known(transaction: Transaction, told: Told) -> bool:
    """This update was worked already."""
    return (topics.CHANNEL, told.update_id) in messages.known(transaction, [told.update_id])


def may_write(transaction: Transaction, told: Told, now: int, rules: Rules) -> bool:
    """Whether a file of theirs is worth fetching."""
    try:
        scene = _scene(transaction, told, now, rules)
        return scene is not None and allows(scene.person.role, Permission.REPLY)
    except _No:
        return False


def act(transaction: Transaction, told: Told, content: bytes | None, now: int, rules: Rules) -> Done:
    """Do it, with its row in the inbox; a repeated update changes nothing."""
    if is_known(transaction, told):
        return Done(is_repeat=True)
    done = _judged(transaction, told, content, now, rules)
    row_id = done.entry_id if done.entry_id is not None else transaction.ids.new()
    keep(transaction, told.update_id, told.kind.value, row_id=row_id, now=now)
    return done


def keep(  # what it is, under which id, and what went wrong
    transaction: Transaction,
    key: str,
    kind: str,
    *,
    row_id: int,
    now: int,
    body: bytes = b"",
    error: str | None = None,
) -> None:
    """An inbox row. The words of staff are kept with the conversation, not here."""
    status = "done" if error is None else "failed"
    row = {"id": row_id, "channel": topics.CHANNEL, "provider_id": key, "address_id": None, "kind": kind, "raw": body}
    messages.add_inbox(transaction, [{**row, "words": None, "status": status, "error": error, "received_at": now}])


def _judged(transaction: Transaction, told: Told, content: bytes | None, now: int, rules: Rules) -> Done:
    member_id: int | None = None
    try:
        scene = _scene(transaction, told, now, rules)
        if scene is None:
            return Done()
        member_id = scene.member.id
        with transaction.savepoint():
            return _done(scene, told, content)
    except _No as no:
        said = rules.voice.say(_REFUSED[no.why])
        is_tap = told.kind is Kind.TAP
        return Done(member_id, refusal=no.why, notice=None if is_tap else said, answer=said if is_tap else None)
    except _Told as instead:
        return _answered(told, member_id, str(instead))
    except takeover.Stale:
        return _answered(told, member_id, rules.voice.say(N_("Somebody else changed this.")))
    except takeover.Shut as shut:
        url = rules.page(member_id or 0)
        return _answered(told, member_id, rules.voice.say(_SHUT.get(shut.reason, _TOO_LATE), url=url))
    except takeover.TakeoverError:
        return _answered(told, member_id, rules.voice.say(_TOO_LATE))


def _answered(told: Told, member_id: int | None, text: str) -> Done:
    if told.kind is Kind.TAP:
        return Done(member_id, answer=text)
    return Done(member_id, notice=text)


def _scene(transaction: Transaction, told: Told, now: int, rules: Rules) -> _Scene | None:
    """Who acts on whom; None where nobody's conversation is. Raises `_No`."""
    topic = topics.at(transaction, told.chat_id, told.thread) if told.thread is not None else None
    member = members.current(transaction, topic.member_id) if topic is not None else None
    if member is None or member.erased_at is not None or (told.is_bot and not told.is_hidden):
        return None
    if told.is_hidden:
        raise _No("hidden")
    person = staff.by_telegram(transaction, told.user_id)
    if person is None:
        raise _No("stranger")
    if not sees(person, member.market) or not allows(person.role, Permission.READ):
        raise _No("forbidden")
    return _Scene(transaction, rules, person, member, now)


def _done(scene: _Scene, told: Told, content: bytes | None) -> Done:
    if told.kind is Kind.TAP:
        return _tapped(scene, told)
    if told.kind is Kind.STRANGE:
        raise _Told(scene.say(N_("Not sent: only text, pictures and files can be sent.")))
    if told.is_aside:
        done = _commanded(scene, told.text)
        return replace(done, notice=scene.say(_NOT_KEPT)) if told.file is not None else done
    return _written(scene, told, content)


def _tapped(scene: _Scene, told: Told) -> Done:
    found = pressed(told.data)
    case = cases.get(scene.transaction, found[1]) if found is not None else None
    if found is None or case is None or case.member_id != scene.member.id:
        raise _Told(scene.say(_TOO_LATE))
    if case.version != found[2]:
        raise takeover.Stale(case)
    _ACTS[found[0]](scene, case)
    return Done(scene.member.id, answer=scene.say(_DONE[found[0]]))


def _commanded(scene: _Scene, text: str) -> Done:
    """A command of ours; everything else that begins so is a note."""
    word = text.split(maxsplit=1)[0].partition("@")[0].lower()
    action = _COMMANDS.get(word)
    if action is None:
        return _noted(scene, text.removeprefix("//").strip())
    case = cases.unresolved(scene.transaction, scene.member.id)
    if case is None and action != "take":
        raise _Told(scene.say(N_("Nobody has this conversation.")))
    _ACTS[action](scene, case)
    return Done(scene.member.id)


def _noted(scene: _Scene, text: str) -> Done:
    scene.need(Permission.NOTE)
    if not text:
        return Done()
    entry_id = takeover.note(scene.transaction, scene.member.id, text, by=scene.person.id, now=scene.now)
    scene.record("noted", entry=entry_id)
    return Done(scene.member.id, entry_id)


def _written(scene: _Scene, told: Told, content: bytes | None) -> Done:
    """To the member, whatever they use; a conversation that nobody has is taken with it."""
    scene.need(Permission.REPLY)
    message = Outbound(Text(told.text), attachment=_kept(scene, told, content))
    case = _own(scene)
    place = place_of(scene.rules.desk, scene.transaction, scene.member.id, case)
    entry_id = takeover.write(
        scene.transaction,
        scene.rules.lease,
        case.id,
        message,
        by=scene.person.id,
        version=case.version,
        voice=spoken(scene.rules.desk, scene.member),
        now=scene.now,
        limits=place.limits if place is not None else None,
    )
    scene.record("replied", message=entry_id)
    return Done(scene.member.id, entry_id)


def _own(scene: _Scene) -> CaseRow:
    """The case as this person's. Raises `_Told` when it is a colleague's."""
    case = cases.unresolved(scene.transaction, scene.member.id)
    if case is None or not case.is_human or case.owner_id is None:
        return _take(scene, case)
    if case.owner_id != scene.person.id:
        raise _Told(_whose(scene, case))
    if case.status == "snoozed":
        who = scene.person.id
        again = takeover.assign(
            scene.transaction, scene.rules.lease, case.id, by=who, to=who, version=case.version, now=scene.now
        )
        scene.record("conversation_taken", case=case.id)
        return again
    return case


def _whose(scene: _Scene, case: CaseRow) -> str:
    owner = staff.by_id(scene.transaction, case.owner_id or 0)
    name = owner.name if owner is not None else "?"
    return scene.say(N_("Not done: %(name)s has this conversation. Notes begin with //"), name=name)


def _kept(scene: _Scene, told: Told, content: bytes | None) -> Attachment | None:
    if told.file is None:
        return None
    if content is None:
        raise _Told(scene.say(_BAD_FILE[Refusal.TOO_LARGE] if told.file.size > MOST_BYTES else _UNFETCHED))
    judged: Accepted | Refusal = accept(told.file.name, content)
    if isinstance(judged, Refusal):
        raise _Told(scene.say(_BAD_FILE[judged]))
    file_id = attachments.add(
        scene.transaction,
        member_id=scene.member.id,
        staff_id=scene.person.id,
        name=judged.name,
        type=judged.type,
        content=content,
        now=scene.now,
    )
    return Attachment(file_id, judged.name, judged.type, len(content))


def _take(scene: _Scene, case: CaseRow | None) -> CaseRow:
    scene.need(Permission.TAKE)
    if case is not None and _is_others(scene, case) and not allows(scene.person.role, Permission.ASSIGN):
        raise _Told(_whose(scene, case))
    version = case.version if case is not None else None
    taken = takeover.take(
        scene.transaction, scene.rules.lease, scene.member.id, scene.person.id, version=version, now=scene.now
    )
    scene.record("conversation_taken", case=taken.id)
    return taken


def _return(scene: _Scene, case: CaseRow | None) -> CaseRow:
    found = _ending(scene, case)
    if not found.is_human:
        raise _Told(scene.say(N_("The bot answers already.")))
    scene.record("conversation_returned", case=found.id)
    return takeover.give_back(
        scene.transaction, scene.rules.lease, found.id, by=scene.person.id, version=found.version, now=scene.now
    )


def _resolve(scene: _Scene, case: CaseRow | None) -> CaseRow:
    found = _ending(scene, case)
    scene.record("conversation_resolved", case=found.id)
    return takeover.resolve(
        scene.transaction, scene.rules.lease, found.id, by=scene.person.id, version=found.version, now=scene.now
    )


def _ending(scene: _Scene, case: CaseRow | None) -> CaseRow:
    """The case that this person may end."""
    assert case is not None
    scene.need(Permission.TAKE)
    if _is_others(scene, case) and not allows(scene.person.role, Permission.ASSIGN):
        raise _Told(_whose(scene, case))
    return case


def _is_others(scene: _Scene, case: CaseRow) -> bool:
    return case.is_human and case.owner_id not in (None, scene.person.id)


_ACTS: Mapping[str, Callable[[_Scene, CaseRow | None], CaseRow]] = {
    "take": _take,
    "return": _return,
    "resolve": _resolve,
}
