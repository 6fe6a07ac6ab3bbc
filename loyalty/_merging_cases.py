"""What a merge means for conversations with staff: one unresolved case a member, and who answers goes with it."""

from loyalty.work import Work
from storage import cases, members
from storage.cases import CaseRow


def join(work: Work, kept_id: int, merged_id: int) -> None:
    """Before the cases go over: of two unresolved ones the one a person works on stays, the kept member's first."""
    mine, theirs = (cases.unresolved(work.transaction, one) for one in (kept_id, merged_id))
    if any(one is not None and one.is_human for one in (mine, theirs)):
        cases.set_control(work.transaction, merged_id, "bot")  # what the bot had for them is not said any more
    kept = members.get(work.transaction, kept_id)
    if theirs is None or kept is None:
        return
    if theirs.market != kept.market:
        cases.save(work.transaction, theirs._replace(market=kept.market), theirs.version)
        theirs = theirs._replace(market=kept.market)
    if mine is None or not mine.is_human:
        if mine is not None and theirs.is_human:
            _close(work, mine)
        if theirs.is_human:
            cases.set_control(work.transaction, kept_id, "human")
            return
    if mine is not None:
        _close(work, theirs)


def done(work: Work, case_ids: list[int]) -> list[int]:
    """Which of the cases that came over go back when the two are parted: one still open stays with the kept member."""
    found = (cases.get(work.transaction, one) for one in case_ids)
    return [case.id for case in found if case is not None and case.status == "resolved"]


def _close(work: Work, case: CaseRow) -> None:
    done = case._replace(status="resolved", owner_id=None, resolved_at=work.now, version=case.version + 1)
    cases.save(work.transaction, done, case.version)
