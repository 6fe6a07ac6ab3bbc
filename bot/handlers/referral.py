"""A member's own code and the links that carry it."""

from urllib.parse import quote

from bot.flows.model import Outcome, Values
from bot.handlers import Context, answers
from bot.message import Code, Link, Points
from bot.settings import Settings


@answers("links", "code", values=("code", "links", "share", "reward"))
def show(context: Context) -> Outcome:
    """The member's code with every link this deployment can offer."""
    code = context.member.referral_code or ""
    links = _links(context.world.settings, code)
    reward = context.world.rules(context.member).referral.referrer
    values: Values = {"code": Code(code), "reward": Points(reward)}
    if not links:
        return Outcome("code", {**values, "links": Link(""), "share": code})
    return Outcome("links", {**values, "links": Link("\n".join(links)), "share": links[0]})


@answers("own", "known", "new", values=("code",))
def use(context: Context) -> Outcome:
    """Somebody has a friend's code: only those who have not joined yet may use one."""
    given = context.value("code")
    values = {"code": Code(str(given))} if given else {}
    if context.member.joined_at is None:
        return Outcome("new", values)
    return Outcome("own" if given == context.member.referral_code else "known", values)


def _links(settings: Settings, code: str) -> list[str]:
    """t.me start link, wa.me prefilled text and sms: text, in this order, for what is configured."""
    found = []
    if settings.telegram_name:
        found.append(f"https://t.me/{settings.telegram_name}?start=r_{code}")
    if settings.whatsapp_sender:
        found.append(f"https://wa.me/{settings.whatsapp_sender.lstrip('+')}?text={quote(code)}")
    if settings.sms_sender and settings.sms_sender.startswith("+"):
        found.append(f"sms:{settings.sms_sender}?body={quote(code)}")
    return found
