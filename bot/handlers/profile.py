"""What a member tells about themselves: language, birthday, phone."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from babel import Locale

from bot.flows.model import Option, Outcome
from bot.handlers import Context, MemberState, answers
from bot.handlers._pages import TURN, next_page, shown
from bot.message import Code, Day, Name
from bot.understanding.entities import find
from bot.understanding.hints import nearest
from loyalty import birthdays, purchasing, recycled
from loyalty.merging import SIMULATOR
from storage import members, profiles

_UNKNOWN = "–"


@answers("shown", values=("languages", "page"))
def languages(context: Context) -> Outcome:
    """The languages this programme speaks, each by its own name: first those of the member's country, and English."""
    page = int(context.value("page") or 0)
    options = [Option(_own_name(Locale.parse(locale)), locale) for locale in _locales(context)]
    return Outcome("shown", {"languages": shown(context, options, page), "page": page})


@answers("language", "page", values=("page",))
def turn_languages(context: Context) -> Outcome:
    """The chosen language, or the next page of them."""
    if context.value("language") != TURN:
        return Outcome("language")
    return Outcome("page", {"page": next_page(len(_locales(context)), int(context.value("page") or 0))})


def _locales(context: Context) -> list[str]:
    world, member = context.world, context.member
    near = {member.locale, world.texts.resolve(world.profile(member).locale), world.texts.resolve("en")}
    return sorted(world.texts.locales, key=lambda locale: locale not in near)


def _own_name(locale: Locale) -> str:
    name = str(locale.languages.get(locale.language, locale.language))
    return name[:1].upper() + name[1:]


@answers("named", "none", values=("language",))
def named_language(context: Context) -> Outcome:
    """The one language of ours that the message asks for ("in English please"), not one it complains about."""
    named = set(_named(context))
    found = nearest(named.pop(), context.world.texts.locales) if len(named) == 1 else None
    if found is None or context.value("intent") == "language.not":
        return Outcome("none", {"language": ""})
    return Outcome("named", {"language": found})


def _named(context: Context) -> list[str]:
    found = find(context.event.text or "", context.member.locale, region=None, today=_today(context))
    return [entity.value for entity in found if entity.kind == "language"]


@answers("set", writes=True)
def set_language(context: Context) -> Outcome:
    """The member chose: from now on nothing but another choice changes it."""
    context.change(locale=context.world.texts.resolve(str(context.value("language"))), locale_source="chosen")
    return Outcome("set")


@answers("shown", values=("name", "phone", "birthday", "email"))
def look(context: Context) -> Outcome:
    """What the member told about themselves; a dash where nothing is known."""
    member = context.member
    email = profiles.get(context.transaction, member.id).email
    return Outcome(
        "shown",
        {
            "name": Name(member.name or _UNKNOWN),
            "phone": Code(member.phone) if member.phone else Name(_UNKNOWN),
            "birthday": Name(_UNKNOWN) if member.birth_month is None else _birthday(member),
            "email": Code(email) if email else Name(_UNKNOWN),
        },
    )


@answers("saved", values=("name",), writes=True)
def set_name(context: Context) -> Outcome:
    """What the member wants to be called."""
    name = str(context.value("name"))
    context.change(name=name)
    return Outcome("saved", {"name": Name(name)})


@answers("free", "set", "used_up", values=("birthday",))
def birthday_status(context: Context) -> Outcome:
    """Whether a birthday may be set or changed."""
    member = context.member
    limit = context.world.rules(member).birthday.edits
    if member.birth_month is None:
        return Outcome("free")
    values = {"birthday": _birthday(member)}
    return Outcome("set" if birthdays.may_correct(member.birth_edits, limit) else "used_up", values)


@answers("saved", "too_young", "year_needed", values=("birthday",), writes=True)
def set_birthday(context: Context) -> Outcome:
    """Keep a birthday; the market's age gate decides, and every change counts."""
    day = context.values["day"]
    if not isinstance(day, Day):
        raise TypeError("set_birthday needs a day")
    member = context.member
    minimum = context.world.rules(member).birthday.minimum_age
    today = _today(context)
    if day.year is None and birthdays.asks_year(minimum):
        return Outcome("year_needed", {"birthday": day})
    if day.year is not None and not birthdays.is_old_enough(day, minimum, today):
        return Outcome("too_young", {"birthday": day})
    context.change(
        birth_month=day.month,
        birth_day=day.day,
        birth_year=day.year,
        birth_edits=member.birth_edits + (member.birth_month is not None),
        birth_set_at=context.now,
    )
    return Outcome("saved", {"birthday": Day(day.month, day.day)})


@answers("linked", "already", "offer", "taken", writes=True)
def link_phone(context: Context) -> Outcome:
    """The member's own number, shown by the provider: this address joins the member who has it, or brings it along.

    Where both memberships have something to lose, joining them is offered. Who writes from elsewhere too is joined by
    our team alone: an old contact shows a number that may be somebody else's by now.
    """
    phone = str(context.value("phone"))
    member = context.member
    if member.phone == phone:
        return Outcome("already")
    if context.place.channel == SIMULATOR:
        return Outcome("taken")
    found = members.by_phone(context.transaction, phone)
    if found is None:
        context.change(phone=phone)
        _credit_guest(context)
        return Outcome("linked")
    if found.id == member.id:
        return Outcome("already")
    if not recycled.may_join(context.work(), found.id, phone, context.event.profile_name):
        return Outcome("taken")
    owner = context.other(found.id)
    if owner is None or not _is_blank(member):
        return Outcome("offer")
    context.change(name=None)
    context.moved_to = owner
    return Outcome("linked")


def _credit_guest(context: Context) -> None:
    """Orders that this phone made as a guest's are the member's now."""
    work = context.work()
    with context.aside():
        row = members.get(context.transaction, context.member.id)
        if row is not None and row.is_active:
            purchasing.credit_guest(work, row)
    context.finish(work)


@answers("none", "known", values=("email",))
def email_status(context: Context) -> Outcome:
    """Whether we know an e-mail address."""
    kept = profiles.get(context.transaction, context.member.id).email
    return Outcome("known", {"email": Code(kept)}) if kept else Outcome("none", {"email": Code("")})


@answers("saved", values=("email",), writes=True)
def set_email(context: Context) -> Outcome:
    """Keep an e-mail address as a contact; a consent of its own."""
    email = str(context.value("email"))
    profiles.set_email(context.transaction, context.member.id, email)
    context.consent("email", "grant")
    return Outcome("saved", {"email": Code(email)})


@answers("removed", writes=True)
def remove_email(context: Context) -> Outcome:
    """Forget the e-mail address."""
    profiles.set_email(context.transaction, context.member.id, None)
    context.consent("email", "withdraw")
    return Outcome("removed")


def _is_blank(member: MemberState) -> bool:
    """Nothing would be lost if this address moved to another member."""
    return member.phone is None and member.joined_at is None and member.lifetime == 0


def _birthday(member: MemberState) -> Day:
    return Day(member.birth_month or 1, member.birth_day or 1)


def _today(context: Context) -> date:
    return datetime.fromtimestamp(context.now / 1_000_000, UTC).astimezone(ZoneInfo(context.member.zone)).date()
