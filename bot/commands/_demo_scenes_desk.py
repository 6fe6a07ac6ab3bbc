"""The scene of the demo in which a person takes over: asked for, answered, and how it was."""

from collections.abc import Callable
from typing import TypeVar

from bot import takeover
from bot.commands._demo_stage import Person, Stage
from bot.desk import Person as Colleague
from bot.desk import add_staff
from bot.message import Outbound, Text
from storage import cases, people
from storage.cases import CaseRow
from storage.database import Transaction

_EMAIL = "nora@bentornato.example"
_ANSWER = "Buongiorno, sono Nora. La taglia giusta parte oggi dal negozio."
Result = TypeVar("Result")


async def help_out(stage: Stage, member: Person) -> None:
    """While a person answers the bot is silent; afterwards it asks how the help was."""
    stage.heading("A person takes over: Nora at the staff's desk")
    nora = await stage.app.database.write(lambda t: _hire(t, stage))
    queued = await stage.say(member, "vorrei parlare con una persona")
    stage.check("who asks for a person hears what happens next", "menu" in queued)
    before = len(member.phone.heard())
    case = await _act(stage, member, lambda t, lease, found, now: _take(t, lease, found, nora, now))
    await stage.until(lambda: len(member.phone.heard()) > before)
    stage.check("and who it is", "Nora" in stage.show(member, before))
    before = len(member.phone.heard())
    await _act(stage, member, lambda t, lease, found, now: _answer(t, lease, found, nora, now))
    await stage.until(lambda: len(member.phone.heard()) > before)
    stage.show(member, before)
    stage.check("Nora's answer is on the phone", member.phone.heard()[-1].text == _ANSWER)
    before = len(member.phone.heard())
    await member.phone.write("quanti punti ho?")
    await stage.quiet()
    stage.check("the bot is silent meanwhile", len(member.phone.heard()) == before)
    await _act(stage, member, lambda t, lease, found, now: _resolve(t, lease, found, nora, now))
    await stage.until(lambda: len(member.phone.heard()) > before)
    asked = stage.show(member, before)
    stage.check("resolved: the member is asked how it was", bool(member.phone.heard()[-1].buttons) and asked != "")
    await stage.tap(member, 4)
    scored = await stage.app.database.read(lambda t: cases.get(t, case.id))
    stage.check("and was helped very well", scored is not None and scored.score == 5)


Act = Callable[[Transaction, takeover.Lease, CaseRow, int], Result]


def _hire(transaction: Transaction, stage: Stage) -> int:
    return add_staff(transaction, _EMAIL, Colleague("Nora", "agent"), by=None, now=stage.app.clock()).id


async def _act(stage: Stage, member: Person, act: Act[Result]) -> Result:
    """What Nora does with the member's case, as her page would."""

    def work(transaction: Transaction) -> Result:
        (found,) = people.at(transaction, member.phone.channel, member.phone.address)
        case = cases.unresolved(transaction, found.member_id)
        assert case is not None  # the member has asked for a person
        return act(transaction, takeover.Lease.of(stage.app.world.programme), case, stage.app.clock())

    return await stage.app.database.write(work)


def _take(transaction: Transaction, lease: takeover.Lease, case: CaseRow, staff: int, now: int) -> CaseRow:
    return takeover.take(transaction, lease, case.member_id, staff, version=case.version, now=now)


def _answer(transaction: Transaction, lease: takeover.Lease, case: CaseRow, staff: int, now: int) -> int:
    message = Outbound(Text(_ANSWER))
    return takeover.write(transaction, lease, case.id, message, by=staff, version=case.version, voice="it", now=now)


def _resolve(transaction: Transaction, lease: takeover.Lease, case: CaseRow, staff: int, now: int) -> CaseRow:
    return takeover.resolve(transaction, lease, case.id, by=staff, version=case.version, now=now)
