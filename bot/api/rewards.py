"""Rewards at the till: the catalogue, and one reserved for a member, handed over, or given up.

What the till reserves itself needs a proof. What a member reserved in the chat is handed over against its code, which
only the member has.
"""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from bot.api._call import Call, Change, answers, answers_once, changes, reads
from bot.api._desk import Desk, row_id
from bot.api._problems import Problem, Wrong
from bot.api._shapes import Id, In, Instant, Market, OrderId, Out, Secret, Slug, shown, shown_if
from loyalty import rewarding, standing
from loyalty.modules import Reward
from loyalty.rewarding import Offer
from loyalty.settling import Reserved, Settled
from loyalty.wording import LocaleCode, said
from storage import members
from storage.redemptions import RedemptionRow

router = APIRouter(tags=["rewards"])
_WHAT = "reward"


class OfferOut(Out):
    """A reward of the catalogue."""

    name: str
    title: str
    """In the member's language, else in the one asked for."""
    about: str | None
    kind: str
    points: int
    money: int
    """To be paid beside the points, in minor units of the market's currency."""
    label: Literal["ok", "short", "gone", "tier", "early", "not_yet", "over", "had"] | None
    """Whether the member can have it now, or why not."""
    missing: int
    """The points the member lacks."""


class Catalogue(Out):
    """The rewards of a market."""

    market: str
    currency: str
    rewards: list[OfferOut]


class RedemptionIn(In):
    """A reward to reserve for a member who is there."""

    member_id: Id
    reward: Slug
    proof: Secret | None = None
    """From a look-up by QR or six digits; needed."""


class CodeIn(In):
    """The code of a reserved reward, as the member shows it."""

    code: Secret


class HandOverIn(In):
    """How the till knows that the reward is this member's."""

    code: Secret | None = None
    """Needed unless this key reserved it."""
    order_id: OrderId | None = None
    """The order it goes with; again for the same order is the same hand-over."""


class RedemptionOut(Out):
    """A reserved reward and what became of it."""

    id: str
    member_id: str
    reward: str
    title: str
    points: int
    money: int
    """To be paid beside the points."""
    state: Literal["reserved", "confirmed", "released"]
    order_id: str | None
    expires_at: Instant
    settled_at: Instant | None


class ReservedOut(RedemptionOut):
    """A reward that was reserved; its code is for the member."""

    code: str


@router.get("/catalogue", **answers(Catalogue))
async def get_catalogue(
    call: Annotated[Call, reads("rewards:read")],
    market: Annotated[Market | None, Query(description="Else the member's, else the key's own.")] = None,
    member_id: Annotated[Id | None, Query(description="As this member sees it, in their language.")] = None,
    locale: Annotated[LocaleCode, Query(description="The language where no member is named.")] = "en",
) -> Response:
    """The rewards of a market, or as one member sees them."""

    def look(desk: Desk) -> Catalogue:
        if member_id is not None:
            member = desk.member(member_id)
            if market not in (None, member.market):
                raise Problem("invalid", errors=[Wrong(where="query.market", why="this is not the member's market")])
            offers = rewarding.catalogue(desk.work, member, _tier(desk, member_id))
            return _catalogue(desk, member.market, [_offer(one, member.locale) for one in offers])
        named = market or desk.caller.market
        if named is None:
            raise Problem("invalid", errors=[Wrong(where="query.market", why="name a market or a member")])
        rules = desk.market(named)
        found = rules.rewards if rules.has("rewards") else ()
        return _catalogue(desk, named, [_reward(one, locale) for one in found])

    return await call.read(look)


@router.post("/redemptions", **answers_once(ReservedOut, 429))
async def reserve_reward(body: RedemptionIn, call: Annotated[Change, changes("rewards:write")]) -> Response:
    """Reserve a reward for a member who is there: points and stock are taken. Needs a proof."""

    def work(desk: Desk) -> ReservedOut | Problem:
        member = desk.member(body.member_id)
        desk.require_proof(body.proof, member)
        tier = _tier(desk, body.member_id)
        done = rewarding.reserve(desk.work, member, body.reward, call.operation(_WHAT), tier=tier)
        if isinstance(done, Reserved):
            return _reserved(desk, done)
        if done.label == "other":
            raise Problem("idempotency-conflict")
        kind = "short" if done.label == "short" else "not-now"
        return Problem(kind, f"{done.missing} points are missing." if done.missing else None, reason=done.label)

    return await call.once(work, secret=True)


@router.post("/redemption-lookups", **answers(RedemptionOut, 400, 413, 415, 429))
async def find_redemption(body: CodeIn, call: Annotated[Call, reads("rewards:read")]) -> Response:
    """What a member's reward code is for. Nothing is changed; no Idempotency-Key is needed."""
    return await call.read(lambda desk: _redemption(desk, _by_code(desk, body.code)), secret=True)


@router.get("/redemptions/{redemption_id}", **answers(RedemptionOut))
async def get_redemption(redemption_id: Id, call: Annotated[Call, reads("rewards:read")]) -> Response:
    """A reserved reward and what became of it."""
    return await call.read(lambda desk: _redemption(desk, _own(desk, redemption_id)))


@router.post("/redemptions/{redemption_id}/confirm", **answers_once(RedemptionOut, 429))
async def confirm_redemption(
    redemption_id: Id, body: HandOverIn, call: Annotated[Change, changes("rewards:write")]
) -> Response:
    """The reward was handed over, once."""

    def work(desk: Desk) -> RedemptionOut | Problem:
        row = _released_to(desk, redemption_id, body.code)
        return _settled(desk, rewarding.confirm(desk.work, row.id, desk.work.actor, body.order_id), "confirmed")

    return await call.once(work, secret=True)


@router.post("/redemptions/{redemption_id}/release", **answers_once(RedemptionOut, 429))
async def release_redemption(
    redemption_id: Id, body: HandOverIn, call: Annotated[Change, changes("rewards:write")]
) -> Response:
    """The reward is given up: points and stock come back."""

    def work(desk: Desk) -> RedemptionOut | Problem:
        row = _released_to(desk, redemption_id, body.code)
        reason = body.order_id or row.name
        return _settled(desk, rewarding.release(desk.work, row.id, desk.work.actor, reason), "released")

    return await call.once(work, secret=True)


def _own(desk: Desk, redemption_id: str) -> RedemptionRow:
    row = rewarding.find(desk.work, row_id(redemption_id))
    if row is None or not desk.sees(row.market):
        raise Problem("not-found")
    return row


def _by_code(desk: Desk, code: str) -> RedemptionRow:
    row = rewarding.find(desk.work, code)
    if row is None or not desk.sees(row.market):
        raise Problem("not-found", guessed=True)
    return row


def _released_to(desk: Desk, redemption_id: str, code: str | None) -> RedemptionRow:
    """The redemption, for the key that reserved it or whoever has its code."""
    row = _own(desk, redemption_id)
    if row.key.startswith(f"{_WHAT}:{desk.caller.audience}:"):
        return row
    if code is None:
        raise Problem("proof-required", "Another key or the member reserved this: its code is needed.")
    if _by_code(desk, code).id != row.id:
        raise Problem("proof-invalid", "This is the code of another reward.", guessed=True)
    return row


def _settled(desk: Desk, done: Settled, wanted: str) -> RedemptionOut | Problem:
    if done.label != wanted or done.redemption is None:
        return Problem("not-now", reason=done.label)
    return _redemption(desk, done.redemption)


def _tier(desk: Desk, member_id: str) -> str | None:
    tier = standing.tier_of(desk.work, desk.member(member_id))
    return None if tier is None else tier.name


def _catalogue(desk: Desk, market: str, offers: list[OfferOut]) -> Catalogue:
    return Catalogue(market=market, currency=desk.work.rules(market).currency, rewards=offers)


def _offer(offer: Offer, locale: str) -> OfferOut:
    return _reward(offer.reward, locale).model_copy(update={"label": offer.label, "missing": offer.missing})


def _reward(reward: Reward, locale: str) -> OfferOut:
    return OfferOut(
        name=reward.name,
        title=said(reward.title, locale),
        about=None if reward.about is None else said(reward.about, locale),
        kind=reward.kind,
        points=reward.points,
        money=reward.money,
        label=None,
        missing=0,
    )


def _reserved(desk: Desk, done: Reserved) -> ReservedOut:
    row = rewarding.find(desk.work, done.redemption_id)
    assert row is not None  # reserved just now
    return ReservedOut(**_redemption(desk, row).model_dump(), code=done.code or "")


def _redemption(desk: Desk, row: RedemptionRow) -> RedemptionOut:
    owner = members.current(desk.transaction, row.member_id)
    reward = desk.work.rules(row.market).reward(row.name)
    locale = owner.locale if owner is not None else "en"
    return RedemptionOut(
        id=str(row.id),
        member_id=str(owner.id if owner is not None else row.member_id),
        reward=row.name,
        title=row.name if reward is None else said(reward.title, locale),
        points=row.amount,
        money=row.money,
        state=row.state,  # type: ignore[arg-type]  # a column of text; its words are those of the table
        order_id=row.order_id,
        expires_at=shown(row.expires_at),
        settled_at=shown_if(row.settled_at),
    )
