"""A member's own code, the links that carry it, and the friends who came by it."""

from urllib.parse import quote

from bot.flows.model import Outcome, Values
from bot.handlers import Context, answers
from bot.message import Code, Link, Points
from bot.settings import Settings
from loyalty import referring


@answers("links", "code", values=("code", "share", "reward"))
def show(context: Context) -> Outcome:
    """The member's code, and whether this deployment has links that carry it."""
    code = context.member.referral_code or ""
    links = _links(context.world.settings, code)
    reward = context.world.rules(context.member).referral.referrer
    values: Values = {"code": Code(code), "reward": Points(reward)}
    return Outcome("links" if links else "code", {**values, "share": links[0] if links else code})


@answers("link", "done", values=("shown", "link"))
def next_link(context: Context) -> Outcome:
    """The next link: t.me, wa.me, sms:."""
    shown = int(context.value("shown") or 0)
    links = _links(context.world.settings, context.member.referral_code or "")
    if shown >= len(links):
        return Outcome("done", {"shown": shown, "link": Link("")})
    return Outcome("link", {"shown": shown + 1, "link": Link(links[shown])})


@answers("some", "none", values=("friends",))
def friends(context: Context) -> Outcome:
    """How many friends came by the member's code."""
    came = referring.friends(context.transaction, context.member.id).came
    return Outcome("some" if came else "none", {"friends": came})


@answers("some", "none", values=("waiting",))
def waiting(context: Context) -> Outcome:
    """How many of them have bought and wait for the return window to end."""
    found = referring.friends(context.transaction, context.member.id).waiting
    return Outcome("some" if found else "none", {"waiting": found})


@answers("off", "own", "known", "new", values=("code",))
def use(context: Context) -> Outcome:
    """Somebody has a friend's code: only those who have not joined yet may use one, where friends bring something."""
    given = context.value("code")
    values = {"code": Code(str(given))} if given else {}
    if context.member.joined_at is not None:
        return Outcome("own" if given == context.member.referral_code else "known", values)
    return Outcome("new" if context.world.rules(context.member).has("referral") else "off", values)


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
