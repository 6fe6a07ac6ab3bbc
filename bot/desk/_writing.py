"""What staff write and give: answers, templates, notes, what is sent again, points."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from bot import takeover
from bot.desk._actions import Act, Acting, Job, Unfit, acting
from bot.desk._call import Call
from bot.desk._card import actor_of, giving_of
from bot.desk._composer import MOST_WORDS, Unfilled, spoken, template_message
from bot.desk._context import DeskContext
from bot.desk._form import Upload
from bot.desk._routes import FORM_BYTES, DeskRoute, Permission
from bot.desk._words import N_
from bot.media import MOST_BYTES, Accepted, Refusal, accept
from bot.message import Attachment, Outbound, Text
from bot.permission import Occasion
from loyalty import gifts
from loyalty.gifts import Gift
from loyalty.work import Work
from storage import attachments, cases, goodwill, keys, members, occasions

_NOTHING = N_("Write something first.")
_TOO_LONG = N_("That is too long.")
_NO_TEMPLATE = N_("There is no such template in the member's language.")
_UNFILLED = N_("Fill in: %(name)s.")
_NOT_AGAIN = N_("There is nothing to send again.")
_NO_GIVING = N_("You cannot give this member points.")
_NO_AMOUNT = N_("Say how many points, as a whole number.")
_OVER = N_("That is more than you may give today: %(left)s are left.")
_GIVEN = N_("The points are given.")
_NO_KEY = N_("This page is too old. Load it again and repeat what you did.")
_FILES = {
    Refusal.EMPTY: N_("The file is empty."),
    Refusal.TOO_LARGE: N_("The file is larger than 5 MB."),
    Refusal.TYPE: N_("Only pictures (PNG, JPEG, GIF, WebP) and PDF can be sent."),
}
_LONGEST_KEY = 100


class _Repeated(Exception):
    """The same form came twice: the second time nothing is kept."""


@dataclass(frozen=True, slots=True)
class Writing:
    """The acts that write."""

    desk: DeskContext
    acting: Acting

    async def reply(self, call: Call) -> Response:
        """Answer the member, with a file or without."""
        words = call.form.get("words", "").strip()
        upload = next(iter(call.sent.files.get("file", ())), None)

        def job(act: Act) -> None:
            if len(words) > MOST_WORDS:
                raise Unfit(_TOO_LONG)
            if not words and upload is None:
                raise Unfit(_NOTHING)
            kept = self._kept(act, upload) if upload is not None else None
            self._send(act, Outbound(Text(words), attachment=kept), "replied", since=kept.id if kept else None)

        return await self._once(call, "reply", job)

    def _kept(self, act: Act, upload: Upload) -> Attachment:
        judged = accept(upload.name, upload.content)
        if not isinstance(judged, Accepted):
            raise Unfit(_FILES[judged])
        file_id = attachments.add(
            act.transaction,
            member_id=act.member.id,
            staff_id=act.by,
            name=judged.name,
            type=judged.type,
            content=upload.content,
            now=act.now,
        )
        return Attachment(file_id, judged.name, judged.type, len(upload.content))

    async def template(self, call: Call) -> Response:
        """Send an approved template, which the provider takes at any time."""

        def job(act: Act) -> None:
            try:
                message = template_message(
                    self.desk, act.member, call.form.get("flow", ""), call.form, spoken(self.desk, act.member)
                )
            except LookupError:
                raise Unfit(_NO_TEMPLATE) from None
            except Unfilled as unfilled:
                raise Unfit(_UNFILLED, name=unfilled.args[0]) from None
            self._send(act, message, "template_sent")

        return await self._once(call, "reply", job)

    def _send(self, act: Act, message: Outbound, action: str, since: int | None = None) -> None:
        case_id, version = act.seen
        floor = since if since is not None else act.transaction.ids.new()
        row_id = takeover.write(
            act.transaction,
            act.lease,
            case_id,
            message,
            by=act.by,
            version=version,
            now=act.now,
            voice=spoken(self.desk, act.member),
            key=f"desk:{act.member.id}:{_key(act.call)}",
            limits=act.place(self.desk).limits,
        )
        if row_id < floor:
            raise _Repeated
        act.record(action, message=row_id)

    async def _once(self, call: Call, needs: str, job: Job, *, said: str | None = None) -> Response:
        try:
            return await self.acting.do(call, needs, job, said=said)
        except _Repeated:
            return call.done(f"/members/{call.number('id')}", version=await self._version(call))

    async def _version(self, call: Call) -> int:
        case = await self.desk.database.read(lambda t: cases.latest(t, call.number("id")))
        return case.version if case is not None else 0

    async def note(self, call: Call) -> Response:
        """Write something that only the staff read."""
        words = call.form.get("words", "").strip()

        def job(act: Act) -> None:
            if not words:
                raise Unfit(_NOTHING)
            if len(words) > MOST_WORDS:
                raise Unfit(_TOO_LONG)
            key = f"note:{act.member.id}:{_key(call)}" if call.form.get("key") else ""
            if key and keys.claim(act.transaction, act.by, key, "desk", act.now) is not None:
                raise _Repeated
            note_id = takeover.note(act.transaction, act.member.id, words, by=act.by, now=act.now)
            if key:
                keys.settle(act.transaction, act.by, key, status=200, body=str(note_id))
            act.record("noted", entry=note_id)

        return await self._once(call, "note", job)

    async def resend(self, call: Call) -> Response:
        """Try once more what did not arrive."""
        outbox_id = call.number("outbox")

        def job(act: Act) -> None:
            if not takeover.resend(act.transaction, act.member.id, outbox_id, now=act.now):
                raise Unfit(_NOT_AGAIN)
            act.record("sent_again", message=outbox_id)

        return await self.acting.do(call, "reply", job)

    async def points(self, call: Call) -> Response:
        """Give points as goodwill, within what this person may give in a day."""

        def job(act: Act) -> None:
            self._give(act)

        return await self._once(call, "", job, said=_GIVEN)

    def _give(self, act: Act) -> None:
        transaction, form = act.transaction, act.call.form
        key = f"desk:{act.by}:{act.member.id}:{_key(act.call)}"
        goodwill.hold(transaction, act.by)
        member = next(iter(members.lock(transaction, act.member.id)), act.member)
        if goodwill.is_given(transaction, key):
            raise _Repeated
        work = Work(transaction, self.desk.world.programme, self.desk.world.keyring, act.now, actor_of(act.viewer))
        rules = work.rules(member.market)
        giving = giving_of(self.desk, transaction, member, rules, viewer=act.viewer, now=act.now)
        if giving is None:
            raise Unfit(_NO_GIVING)
        reason, text = form.get("reason", ""), form.get("points", "").strip()
        if reason not in dict(giving.reasons):
            raise Unfit(_NO_GIVING)
        if not (text.isascii() and text.isdigit() and int(text[:12]) > 0 and len(text) <= 9):
            raise Unfit(_NO_AMOUNT)
        if int(text) > giving.left:
            raise Unfit(_OVER, left=giving.left)
        gifts.give(work, member, Gift(key, goodwill.KIND, reason, points=int(text)))
        occasions.set_timers(transaction, [Occasion.about(one).as_timer(act.now) for one in work.news])
        cases.add_entry(
            transaction,
            case_id=act.case.id if act.case is not None else None,
            member_id=member.id,
            kind="event",
            actor=act.by,
            data={"what": "points", "by": act.by, "points": int(text), "reason": reason},
            at=act.now,
        )
        act.record("points_given", points=int(text), reason=reason)


def _key(call: Call) -> str:
    key = call.form.get("key", "")
    if not key or len(key) > _LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise Unfit(_NO_KEY)
    return key


def routes(desk: DeskContext) -> list[DeskRoute]:
    """Everything that writes."""
    writing = Writing(desk, acting(desk))
    return [
        DeskRoute("POST", "/members/{id}/reply", Permission.REPLY, writing.reply, most_bytes=MOST_BYTES + FORM_BYTES),
        DeskRoute("POST", "/members/{id}/template", Permission.REPLY, writing.template),
        DeskRoute("POST", "/members/{id}/messages/{outbox}/resend", Permission.REPLY, writing.resend),
        DeskRoute("POST", "/members/{id}/note", Permission.NOTE, writing.note),
        DeskRoute("POST", "/members/{id}/points", Permission.POINTS, writing.points),
    ]
