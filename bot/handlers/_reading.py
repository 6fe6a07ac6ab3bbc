"""What several handlers read: the member's own row, and instants as days of the member's calendar."""

from zoneinfo import ZoneInfo

from bot.handlers._context import Context
from bot.message import Day
from loyalty.days import local_time
from storage import members
from storage.members import MemberRow


def member_row(context: Context) -> MemberRow:
    """The member as use cases want them; the language is that of this turn."""
    row = members.get(context.transaction, context.member.id)
    if row is None:
        raise LookupError(f"there is no member {context.member.id}")
    return row._replace(locale=context.member.locale, joined_at=context.member.joined_at)


def day_of(context: Context, instant: int) -> Day:
    """The member's day at this instant (microseconds UTC)."""
    return Day.of(local_time(instant, ZoneInfo(context.member.zone)).date())


def last_day(context: Context, end: int) -> Day:
    """The last day of something that ends at this instant (microseconds UTC, exclusive)."""
    return day_of(context, end - 1)
