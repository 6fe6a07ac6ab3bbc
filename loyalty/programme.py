"""The programme as its manager writes it: `programme.yaml`, read, checked and given out.

Its shape is in `loyalty/rules.py`, the blocks in `loyalty/modules.py`, what must agree in `loyalty/consistency.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from loyalty.consistency import problems
from loyalty.modules import BirthdayRules, EarnRules, LeapDay, Milestone, MilestoneRules, ReferralRules
from loyalty.rules import MODULES, Brand, MarketCode, MarketRules, Programme, Terms
from loyalty.wording import LocaleCode
from storage import documents
from storage.documents import Document, DocumentError

__all__ = [
    "MODULES",
    "BirthdayRules",
    "Brand",
    "EarnRules",
    "LeapDay",
    "LocaleCode",
    "MarketCode",
    "MarketRules",
    "Milestone",
    "MilestoneRules",
    "Programme",
    "ReferralRules",
    "Terms",
    "load",
    "read",
    "template_for",
]


def load(path: Path, flows: frozenset[str] | None = None) -> Programme:
    """The programme of a file, or a `DocumentError` naming every problem with its line.

    With the names of the flows it also refuses what `off` names in vain.
    """
    programme, document = read(path)
    wrong = [one.at(document) for one in problems(programme, flows=flows) if one.level == "error"]
    if wrong:
        raise DocumentError("\n".join(wrong))
    return programme


def read(path: Path) -> tuple[Programme, Document]:
    """The programme as it is written, not yet checked for agreement, and the lines it stands on."""
    document = documents.read(path)
    return document.into(Programme), document


def template_for(templates: Mapping[str, Mapping[str, str]], flow: str, locale: str) -> str | None:
    """The ContentSid of a flow in this locale or what stands in for it in the same language: pt_BR -> pt, never en."""
    ready = templates.get(flow, {})
    while locale not in ready:
        cut = max(locale.rfind("_"), locale.rfind("@"))
        if cut < 0:
            return None
        locale = locale[:cut]
    return ready[locale]
