"""Members at the till: who they are, what they hold, and the lines of their statement."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import StringConstraints
from starlette.responses import Response

from bot.api._call import Call, Change, answers, answers_once, changes, reads
from bot.api._desk import Desk
from bot.api._paging import cursor_of, read_cursor
from bot.api._problems import Problem
from bot.api._shapes import Id, Instant, Out, Unit, shown, shown_if
from bot.api._whom import ByCard, ByCode, ByPhone, ByQr, Shown
from loyalty import identifying, standing
from loyalty.identifying import Identified, Unidentified
from loyalty.wording import said
from storage import ledger, standings
from storage.ledger import Wallet
from storage.members import MemberRow
from storage.people import POINTS_UNIT

router = APIRouter(tags=["members"])


class TierOut(Out):
    """A level of the programme."""

    name: str
    title: str
    """In the member's language."""


class WalletOut(Out):
    """What a member holds of one unit: points, stamps of a card, or credit in minor units."""

    unit: str
    """`points`, `stamps:<card>` or `cash:<ISO 4217>`."""
    active: int
    """Can be used now; negative while something is owed."""
    pending: int
    matures_at: Instant | None
    """When the next pending part becomes active."""
    expiring: int
    """How much of the active lapses next."""
    expires_at: Instant | None
    lifetime: int
    """All that was ever earned, less what refunds took back."""


class MemberOut(Out):
    """A member as the till sees them."""

    id: str
    market: str
    locale: str
    name: str | None
    joined_at: Instant
    tier: TierOut | None
    points: int
    """That can be used now."""
    purchases: int


class LookedUp(Out):
    """Who it is. With the `proof` of a QR or six digits the till may redeem for ten minutes."""

    member: MemberOut
    grade: Literal["proven", "claimed"]
    proof: str | None
    proof_expires_at: Instant | None


class Wallets(Out):
    """Everything a member holds."""

    member_id: str
    wallets: list[WalletOut]


class LineOut(Out):
    """One movement of a wallet."""

    id: str
    kind: str
    """purchase, refund, redeem, return, expire, birthday, …"""
    reference: str
    actor: str
    at: Instant
    amount: int


class Statement(Out):
    """A page of movements, newest first."""

    lines: list[LineOut]
    next: str | None
    """The cursor of the next page; none on the last."""


@router.post("/lookups", **answers_once(LookedUp, 429))
async def look_up(body: Shown, call: Annotated[Change, changes("members:read")]) -> Response:
    """Find a member by QR, six digits, printed card or phone. QR and digits are used up and give a proof."""

    def work(desk: Desk) -> LookedUp | Problem:
        found = _identified(desk, body)
        if isinstance(found, str):
            return Problem("not-found", reason=found, guessed=not isinstance(body, ByPhone))
        ends = desk.work.now + identifying.PROOF_LIFE if found.proof is not None else None
        summary = member_out(desk, found.member)
        return LookedUp(member=summary, grade=found.grade, proof=found.proof, proof_expires_at=shown_if(ends))

    return await call.once(work, secret=True)


@router.get("/members/{member_id}", **answers(MemberOut))
async def get_member(member_id: Id, call: Annotated[Call, reads("members:read")]) -> Response:
    """A member by id. Who was merged into somebody else is answered with that member."""
    return await call.read(lambda desk: member_out(desk, desk.member(member_id)))


@router.get("/members/{member_id}/wallets", **answers(Wallets))
async def get_wallets(member_id: Id, call: Annotated[Call, reads("members:read")]) -> Response:
    """Everything a member holds, by unit."""

    def look(desk: Desk) -> Wallets:
        member = desk.member(member_id)
        held = ledger.wallets(desk.transaction, member.id, desk.work.now)
        return Wallets(member_id=str(member.id), wallets=[_wallet(one) for one in held])

    return await call.read(look)


@router.get("/members/{member_id}/statement", **answers(Statement))
async def get_statement(
    member_id: Id,
    call: Annotated[Call, reads("statements:read")],
    unit: Annotated[Unit, Query(description="The wallet.")] = POINTS_UNIT,
    cursor: Annotated[
        str | None, StringConstraints(pattern=r"^[A-Za-z0-9_-]{11}$"), Query(description="`next` of the page before.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """The movements of one wallet, newest first, page by page."""

    def look(desk: Desk) -> Statement:
        member, before = desk.member(member_id), read_cursor(cursor)
        lines = ledger.statement(desk.transaction, member.id, unit, before=before, most=limit + 1)
        page = lines[:limit]
        more = cursor_of(page[-1].transaction_id) if len(lines) > limit else None
        return Statement(lines=[_line(one) for one in page], next=more)

    return await call.read(look)


def member_out(desk: Desk, member: MemberRow) -> MemberOut:
    """The member as the till sees them."""
    tier = standing.tier_of(desk.work, member)
    return MemberOut(
        id=str(member.id),
        market=member.market,
        locale=member.locale,
        name=member.name,
        joined_at=shown(member.joined_at or member.created_at),
        tier=None if tier is None else TierOut(name=tier.name, title=said(tier.title, member.locale)),
        points=ledger.position_of(desk.transaction, member.id, desk.work.now).active,
        purchases=standings.get(desk.transaction, member.id).purchases,
    )


class _Elsewhere(Exception):
    """The member is of a market that the key does not see: nothing they showed is used up."""


def _identified(desk: Desk, body: ByQr | ByCode | ByCard | ByPhone) -> Identified | Unidentified:
    """Who it is; whom the key may not see is as unknown as anybody."""
    try:
        with desk.transaction.savepoint():
            found = identifying.identify(desk.work, audience=desk.caller.audience, **_shown(body))
            if not isinstance(found, str) and not desk.sees(found.member.market):
                raise _Elsewhere
            return found
    except _Elsewhere:
        return "unknown"


def _shown(body: ByQr | ByCode | ByCard | ByPhone) -> Any:
    return body.model_dump()


def _wallet(wallet: Wallet) -> WalletOut:
    held = wallet.position
    return WalletOut(
        unit=wallet.unit,
        active=held.active,
        pending=held.pending,
        matures_at=shown_if(held.matures_at),
        expiring=held.expiring,
        expires_at=shown_if(held.expires_at),
        lifetime=wallet.lifetime,
    )


def _line(line: ledger.Line) -> LineOut:
    return LineOut(
        id=str(line.transaction_id),
        kind=line.kind,
        reference=line.reference,
        actor=line.actor,
        at=shown(line.effective_at),
        amount=line.amount,
    )
