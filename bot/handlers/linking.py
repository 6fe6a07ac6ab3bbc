"""Several addresses of one person: a code on the other channel, memberships joined, a phone that changed hands."""

from bot.flows.model import Outcome
from bot.handlers import Context, answers
from bot.message import Name
from loyalty import linking, recycled
from storage import members
from storage.members import MemberRow


@answers("asked", "too_many", "verified", writes=True)
def ask(context: Context) -> Outcome:
    """Send a code to whoever has the phone, if anybody does; a number shown by the provider needs none."""
    phone, contact = str(context.value("phone")), context.event.contact
    if contact is not None and contact.own and contact.phone == phone:
        return Outcome("verified")
    work = context.work()
    with context.aside():
        asked = linking.ask(work, _me(context), phone, shown=context.event.profile_name)
    context.finish(work)
    return Outcome("asked" if asked else "too_many")


@answers("linked", "wrong", "over", "refused", writes=True)
def answer(context: Context) -> Outcome:
    """Try the code; the right one joins the two memberships."""
    work = context.work()
    with context.aside():
        found = linking.answer(work, _me(context), str(context.value("code")))
    context.finish(work)
    if isinstance(found, str):
        return Outcome(found)
    return Outcome("linked" if found.refused is None else "refused")


@answers("linked", "refused", writes=True)
def join(context: Context) -> Outcome:
    """Join this membership with that of the phone, which the provider has shown to be the member's own."""
    phone, work = str(context.value("phone")), context.work()
    owner = members.by_phone(context.transaction, phone)
    if owner is None or not recycled.may_join(work, owner.id, phone, context.event.profile_name):
        return Outcome("refused")
    context.moved_to = None
    with context.aside():
        found = linking.join(work, context.member.id, owner.id)
    context.finish(work)
    return Outcome("linked" if found.refused is None else "refused")


@answers("named", "unnamed", values=("initial",))
def doubt(context: Context) -> Outcome:
    """All that whoever is there may see: the first letter of the name this phone had."""
    place = context.place
    known = recycled.known_of(context.transaction, context.member.id, place.value)
    name = next(iter(known.names), context.member.name)
    label = "named" if name and name.strip() else "unnamed"
    return Outcome(label, {"initial": Name(recycled.initial(name))})


@answers("same", writes=True)
def still_me(context: Context) -> Outcome:
    """It is the same person under another name."""
    _rename(context)
    return Outcome("same")


@answers("parted", writes=True)
def part(context: Context) -> Outcome:
    """Somebody else has this phone now: they start as a newcomer."""
    work = context.work()
    context.moved_to = None
    with context.aside():
        recycled.part(work, context.member.id, context.place.value)
    context.finish(work)
    _rename(context)
    return Outcome("parted")


def _rename(context: Context) -> None:
    if context.event.profile_name:
        context.place.profile_name, context.place.address_changed = context.event.profile_name, True


def _me(context: Context) -> MemberRow:
    found = members.get(context.transaction, context.member.id)
    if found is None:
        raise LookupError("the member of this turn has no row")
    return found
