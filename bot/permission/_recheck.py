"""The sender's last look at an outbox row: what was allowed when it was made may not be any more."""

from typing import Literal, NamedTuple

from bot.limits import Limits
from bot.permission._window import window_open


class Recheck(NamedTuple):
    """Send it as it is, as its template, or not at all; the reason is stable and stored with the row."""

    verdict: Literal["send", "template", "no"]
    reason: str


def still_allowed(  # noqa: PLR0913  # one outbox row with its address and member, field by field
    *,
    kind: str,
    limits: Limits,
    opted_out: bool,
    reachable: bool,
    marketing: bool,
    control_version: int,
    member_control_version: int,
    last_inbound_at: int | None,
    expires_at: int | None,
    has_template: bool,
    now: int,
) -> Recheck:
    """Whether a row may go out now. `opted_out` is the provider's own block, which holds for replies too; the answer
    to a tap is no message, so only its expiry counts."""
    if expires_at is not None and now >= expires_at:
        return Recheck("no", "expired")
    if kind == "callback":
        return Recheck("send", "ok")
    if opted_out:
        return Recheck("no", "opted_out")
    if not reachable:
        return Recheck("no", "unreachable")
    if kind == "marketing" and not marketing:
        return Recheck("no", "no_consent")
    if control_version != member_control_version:
        return Recheck("no", "human_active")
    if window_open(limits, last_inbound_at, now):
        return Recheck("send", "ok")
    if limits.template_only_outside and has_template:
        return Recheck("template", "template")
    return Recheck("no", "window_closed")
