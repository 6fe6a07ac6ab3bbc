"""Scenes of the demo in which the programme writes first: the hold of a referral is over, three birthdays come."""

from datetime import UTC, datetime

from bot.commands._demo_stage import Person, Stage
from bot.commands._demo_till import Till


async def reward(stage: Stage, till: Till, italian: Person, friend: Person) -> None:
    """Thirty days after the friend's purchase both sides have their points, told by templates."""
    mine, theirs = len(italian.phone.heard()), len(friend.phone.heard())
    await stage.move_to(datetime(2026, 3, 5, 15, 0, tzinfo=UTC))
    stage.heading("The friend can no longer return anything: the referral is rewarded")
    await stage.until(lambda: len(italian.phone.heard()) > mine and len(friend.phone.heard()) > theirs)
    await stage.quiet()
    stage.show(italian, mine)
    stage.show(friend, theirs)
    stage.check("the Italian has 500 points for it", await till.holds(italian) == (575, 0))
    stage.check("the friend has 250, and their own", await till.holds(friend) == (292, 0))
    told = italian.phone.heard()[mine:]
    stage.check(
        "told in Italian, by an approved template", any("500 punti" in one.text and one.template for one in told)
    )
    stage.check("and the friend in English", any("250 points" in one.text for one in friend.phone.heard()[theirs:]))


async def birthdays(stage: Stage, italian: Person, brazilian: Person, emirati: Person) -> None:
    """Each is greeted on their own day at a decent hour, once."""
    mine, before = len(italian.phone.heard()), len(emirati.phone.heard())
    await stage.move_to(datetime(2026, 3, 10, 8, 30, tzinfo=UTC))
    stage.heading("10 March: three birthdays. In Dubai it is 12:30, in Rome 9:30, in São Paulo 5:30")
    await stage.until(lambda: len(italian.phone.heard()) > mine and len(emirati.phone.heard()) > before)
    await stage.quiet()
    stage.show(italian, mine)
    stage.show(emirati, before)
    greeting = italian.phone.heard()[-1]
    stage.check("silent for weeks on WhatsApp: greeted by an approved template", greeting.template is not None)
    stage.check("in Italian", "compleanno" in greeting.text)
    heard = "\n".join(one.text for one in emirati.phone.heard()[before:])
    stage.check("the Emirati too, where no points are given", "birthday" in heard and "points" not in heard)
    await _greet_later(stage, brazilian)
    again = len(italian.phone.heard())
    await stage.move_to(datetime(2026, 3, 10, 15, 0, tzinfo=UTC))
    stage.check("once a year", len(italian.phone.heard()) == again)
    answer = await stage.say(italian, "quanti punti ho?")
    stage.check("the balance: what was earned, spent, returned and given", "625 punti" in answer)


async def _greet_later(stage: Stage, brazilian: Person) -> None:
    """Quiet hours hold the greeting back until the morning."""
    early = len(brazilian.phone.heard())
    stage.check("quiet hours in Brazil: nothing is sent yet", early == brazilian.received)
    await stage.move_to(datetime(2026, 3, 10, 12, 5, tzinfo=UTC))
    await stage.until(lambda: len(brazilian.phone.heard()) > early)
    await stage.quiet()
    stage.show(brazilian, early)
    heard = "\n".join(one.text for one in brazilian.phone.heard()[early:])
    stage.check("greeted when the day has begun there, in Portuguese", "Parabéns" in heard)
