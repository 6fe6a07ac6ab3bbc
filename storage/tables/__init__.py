"""The one schema: SQLModel tables. They feed the migrations and the statements; no row object of them is ever made.

Every column is one of storage/columns.py. Tables of the ledger (`books`) are written by `storage.ledger` alone.
"""

from storage.tables._metadata import Base
from storage.tables.access import ApiKey, ApiRequest, Merge, Proof, SeparatePair, Suppression
from storage.tables.books import Account, Counter, LedgerTransaction, Lot, Posting
from storage.tables.desk import (
    Attachment,
    AuditEntry,
    Case,
    CaseEntry,
    DeskTopic,
    SignInGuard,
    Staff,
    StaffLink,
    StaffSession,
)
from storage.tables.messages import (
    FlowVersion,
    Inbox,
    LaneEvent,
    Outbox,
    Receipt,
    Timer,
    TriggerFiring,
    Watermark,
)
from storage.tables.people import Address, ConsentEvent, Conversation, Member, Session
from storage.tables.programme import Coupon, Purchase, Redemption, Referral, Refund, Standing

__all__ = [
    "Account",
    "Address",
    "ApiKey",
    "ApiRequest",
    "Attachment",
    "AuditEntry",
    "Base",
    "Case",
    "CaseEntry",
    "ConsentEvent",
    "Conversation",
    "Counter",
    "Coupon",
    "DeskTopic",
    "FlowVersion",
    "Inbox",
    "LaneEvent",
    "LedgerTransaction",
    "Lot",
    "Member",
    "Merge",
    "Outbox",
    "Posting",
    "Proof",
    "Purchase",
    "Receipt",
    "Redemption",
    "Referral",
    "Refund",
    "SeparatePair",
    "Session",
    "SignInGuard",
    "Staff",
    "StaffLink",
    "StaffSession",
    "Standing",
    "Suppression",
    "Timer",
    "TriggerFiring",
    "Watermark",
]
