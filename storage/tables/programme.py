"""What the programme knows of its members' doings: orders, refunds, standing, coupons, redemptions, referrals."""

from typing import Any, ClassVar

from sqlalchemy import Index

from storage.columns import count, flag, identity, instant, json, points, text
from storage.tables._metadata import Base, only


class Purchase(Base, table=True):
    """An order a till or shop reported; unique by order id. Amounts are minor units of its currency."""

    id: int = identity(primary_key=True, sa_column_kwargs={"autoincrement": False})
    order_id: str = text(unique=True)
    member_id: int | None = identity(default=None, foreign_key="member.id")
    """None: a guest's, credited when the phone's owner joins."""
    phone: str | None = text(default=None)
    """Of a guest's order, E.164."""
    market: str = text()
    state: str = text(default="paid")
    """open (not paid yet) | paid | cancelled."""
    currency: str = text()
    total: int = points()
    shipping: int = points(default=0)
    tax: int = points(default=0)
    redeemed: int = points(default=0)
    lines: str = json(default="[]")
    test: int = flag(default=0)
    payment: str | None = text(default=None)
    """A keyed hash of the means of payment, where the till knows one."""
    round: int = count(default=0)
    """How often it was completed again after a cancellation."""
    earned: int = points(default=0)
    """Points given for it, this round."""
    credited: int = points(default=0)
    """Credit given for it, minor units, this round."""
    refunded: int = points(default=0)
    """Minor units, this round."""
    reversed: int = points(default=0)
    """Points taken back, this round."""
    uncredited: int = points(default=0)
    """Credit taken back, minor units, this round."""
    at: int = instant()
    created_at: int = instant()

    __table_args__: ClassVar[Any] = (
        Index("ix_purchase_member", "member_id", "at"),
        Index("ix_purchase_guest", "phone", **only("member_id is null")),
    )


class Refund(Base, table=True):
    """Money given back for an order, unique by refund id; it may come before its order and waits for it then."""

    id: int = identity(primary_key=True, sa_column_kwargs={"autoincrement": False})
    refund_id: str = text(unique=True)
    order_id: str = text(index=True)
    amount: int = points()
    currency: str = text()
    state: str = text(default="applied")
    """waiting | applied."""
    reversed: int = points(default=0)
    """Points taken back by it."""
    returned: int = points(default=0)
    """Points spent on the order that it gave back."""
    at: int = instant()
    created_at: int = instant()


class Standing(Base, table=True):
    """What the programme counts of a member: orders and the tier they have reached."""

    member_id: int = identity(primary_key=True, foreign_key="member.id", sa_column_kwargs={"autoincrement": False})
    purchases: int = count(default=0)
    """Paid orders."""
    tier: str | None = text(default=None)
    tier_since: int | None = instant(default=None)
    review_at: int | None = instant(default=None)
    """When the tier is looked at again (window's end and grace)."""
    noticed_at: int | None = instant(default=None)
    """When the member was told that the tier will be lowered."""

    __table_args__: ClassVar[Any] = (Index("ix_standing_review", "review_at", **only("review_at is not null")),)


class Coupon(Base, table=True):
    """One coupon. Its code is derived from its id with the deployment's key and kept only as a keyed hash."""

    id: int = identity(primary_key=True, sa_column_kwargs={"autoincrement": False})
    key: str = text(unique=True)
    """What it was given for; a repeat finds it."""
    code_hash: str = text(unique=True)
    member_id: int = identity(foreign_key="member.id")
    market: str = text()
    kind: str = text()
    """The name of its kind in the programme."""
    state: str = text(default="issued")
    """issued | reserved | redeemed | expired | void."""
    order_id: str | None = text(default=None, index=True)
    actor: str = text()
    issued_at: int = instant()
    expires_at: int = instant()
    reserved_until: int | None = instant(default=None)
    settled_at: int | None = instant(default=None)

    __table_args__: ClassVar[Any] = (
        Index("ix_coupon_member", "member_id", "id"),
        Index("ix_coupon_lapse", "expires_at", "id", **only("state in ('issued', 'reserved')")),
        Index("ix_coupon_hold", "reserved_until", "id", **only("state = 'reserved'")),
    )


class Redemption(Base, table=True):
    """Something had for points or credit: reserved (points are taken), then confirmed, or released (they come back)."""

    id: int = identity(primary_key=True, sa_column_kwargs={"autoincrement": False})
    key: str = text(unique=True)
    code_hash: str | None = text(default=None, unique=True)
    member_id: int = identity(foreign_key="member.id")
    market: str = text()
    kind: str = text()
    """reward | payment."""
    name: str = text()
    """The reward's name; of a payment its unit."""
    unit: str = text()
    amount: int = points()
    """Points (or minor units of credit) taken."""
    money: int = points(default=0)
    """Of a reward what is paid beside the points, of a payment what the points were worth; minor units."""
    state: str = text(default="reserved")
    """reserved | confirmed | released."""
    transaction_id: int | None = identity(default=None)
    """The ledger's spend; None where nothing was taken."""
    returned: int = points(default=0)
    """Given back by refunds."""
    order_id: str | None = text(default=None, index=True)
    actor: str = text()
    reserved_at: int = instant()
    expires_at: int = instant()
    settled_at: int | None = instant(default=None)

    __table_args__: ClassVar[Any] = (
        Index("ix_redemption_member", "member_id", "id"),
        Index("ix_redemption_lapse", "expires_at", "id", **only("state = 'reserved'")),
    )


class Referral(Base, table=True):
    """A friend who came by a member's code, until both are rewarded or it comes to nothing."""

    id: int = identity(primary_key=True, sa_column_kwargs={"autoincrement": False})
    referrer_id: int = identity(foreign_key="member.id")
    friend_id: int = identity(foreign_key="member.id", unique=True)
    state: str = text(default="pending")
    """pending | review | qualified | rewarded | rejected | expired."""
    flags: str = text(default="")
    """Why somebody should look at it, or why it was rejected; names separated by spaces."""
    order_id: str | None = text(default=None, index=True)
    """The order that qualified it."""
    created_at: int = instant()
    due_at: int | None = instant(default=None)
    """Of a pending one when it expires, of a qualified one when its hold ends."""
    rewarded_at: int | None = instant(default=None)
    decided_by: str | None = text(default=None)
    """Who let it pass or refused it on the review list."""

    __table_args__: ClassVar[Any] = (
        Index("ix_referral_referrer", "referrer_id", "created_at"),
        Index("ix_referral_due", "due_at", "id", **only("state in ('pending', 'qualified')")),
        Index("ix_referral_review", "id", **only("state = 'review'")),
    )
