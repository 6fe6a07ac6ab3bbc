"""What an event means for a conversation: which answer, flow or record follows from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.flows.compiled import Flow
from bot.flows.engine import Back, Begin, Cancel, Expired, Input, Reply, Withdrawn, busy, open_question
from bot.flows.model import Definition, Option
from bot.handlers import handoff
from bot.limits import BY_CHANNEL
from bot.message import Kind, unpack
from bot.pipeline import _beside, _handback, _strangers
from bot.pipeline._talk import Talk
from bot.texts import NP_
from bot.understanding.answers import referral_code
from bot.understanding.folding import fold
from bot.understanding.intents import ANSWERS, CONSENT_INTENTS, Intents, Match, family_of
from bot.understanding.language import Detector, Hints

CONFIDENT = 0.97
"""An intent this sure, or an exact phrase, may leave an open question."""
ELSE = NP_("button", "Something else")
MISUNDERSTOOD = {"intent": "misunderstood"}
"""What calls a person is that the bot did not understand."""
LONGEST = 4_096
"""Characters of a message that are read; no channel's members can write more."""
_BESIDE_A_PERSON = frozenset(
    {Kind.OPT_OUT, Kind.OPT_IN, Kind.BLOCKED, Kind.UNBLOCKED, Kind.PURCHASE, Kind.NOT_SENT, Kind.DESK}
)
"""What is worked while a person answers the member: consent, what tills and providers say, and the desk's own."""
_LEAVE_TYPED = frozenset({"cancel", "help", "human", "optout", "privacy", "complaint"})
"""What leaves a question that takes any words, such as a name."""
_LEAVES: Mapping[str, Callable[[], Input]] = {"cancel.back": Back, "cancel": Cancel}


@dataclass(frozen=True, slots=True)
class Understanding:
    """What reads free text."""

    intents: Intents
    detector: Detector
    introductions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Locale -> how people say what they are called."""


class Router:
    """Decides for each kind of event; the flows say the rest."""

    def __init__(self, understanding: Understanding) -> None:
        self._intents = understanding.intents
        self._detector = understanding.detector
        self._by_kind: Mapping[Kind, Callable[[Talk], object]] = {
            Kind.TEXT: self._text,
            Kind.CHOICE: self._choice,
            Kind.START: self._start,
            Kind.CONTACT: self._contact,
            Kind.LOCATION: self._unreadable,
            Kind.MEDIA: self._media,
            Kind.OPT_OUT: self._opt_out,
            Kind.OPT_IN: self._opt_in,
            Kind.BLOCKED: lambda talk: talk.place.reach(0),
            Kind.UNBLOCKED: lambda talk: talk.place.reach(1),
            Kind.PURCHASE: lambda talk: talk.notify("purchase", talk.arrival.event.data),
            Kind.TRIGGER: lambda talk: talk.notify(talk.arrival.event.data["flow"], _unpacked(talk)),
            Kind.TIMEOUT: lambda talk: talk.take(Expired(talk.arrival.event.data["token"])),
            Kind.RESUME: _handback.take_up,
            Kind.DESK: _beside.tell,
            Kind.NOT_SENT: lambda talk: talk.take(Withdrawn(talk.arrival.event.data["token"])),
        }

    def route(self, talk: Talk) -> None:
        """Work one event of a known address. Kinds without an entry (edited, reaction) are recorded only."""
        act = self._by_kind.get(talk.arrival.event.kind)
        if act is None:
            return
        if talk.place.member.control == "human" and talk.arrival.event.kind not in _BESIDE_A_PERSON:
            self._only_opting_out(talk)
            return
        doubted = _strangers.doubted(talk)
        if doubted and not self._opts_out(talk):
            _strangers.ask(talk)
            return
        act(talk)
        if _strangers.hides(talk):
            talk.said.clear()
        if doubted:
            _strangers.ask_again(talk)

    def _opts_out(self, talk: Talk) -> bool:
        """A clear wish for no more messages, in the provider's way or in words."""
        event = talk.arrival.event
        if event.kind is not Kind.TEXT:
            return event.kind is Kind.OPT_OUT
        return self._intents.opt_out(event.text or "", talk.place.member.locale) == "clear"

    def _only_opting_out(self, talk: Talk) -> None:
        """A person answers: the bot acts on nothing but a clear wish for no more messages."""
        if talk.arrival.event.kind is Kind.TEXT and self._opts_out(talk):
            self._opt_out(talk)
        _beside.keep_silent(talk, lambda text: self._wants_bot(talk, text))

    def _wants_bot(self, talk: Talk, text: str) -> bool:
        """Somebody who waits for a person would rather have the bot: the word they were told, or a plain cancel."""
        locale, texts = talk.place.member.locale, talk.unit.world.texts
        if fold(text) == fold(texts.text(locale, handoff.WORD, {}).body):
            return True
        match = self._intents.exact(text.strip(), locale)
        return match is not None and family_of(match.intent) == "cancel"

    def _text(self, talk: Talk) -> None:
        text = (talk.arrival.event.text or "").strip()[:LONGEST]
        if not text:
            self._unreadable(talk)
            return
        if text.startswith("/") and self._command(talk, text):
            return
        code = referral_code(text)
        if code is not None and not self._asks_for(talk, "code"):
            self._with_code(talk, code)
            return
        match = self._intents.exact(text, talk.place.member.locale)
        if (match is None or match.intent in CONSENT_INTENTS) and self._about_consent(talk, text):
            return
        if talk.place.session is not None and self._answer(talk, text, match):
            return
        self._meant(talk, text, match)

    def _about_consent(self, talk: Talk, text: str) -> bool:
        word = self._intents.opt_out(text, talk.place.member.locale)
        if word is not None and self._opt_out_word(talk, word):
            return True
        if self._wants_back(talk) and self._comes_back(talk, text):
            self._opt_in(talk)
            return True
        return False

    def _command(self, talk: Talk, text: str) -> bool:
        """A provider's command list (`/balance`): the flow of that name, if it offers itself as a command."""
        name = text[1:].split(maxsplit=1)[0].partition("@")[0] if len(text) > 1 else ""
        flow = talk.unit.world.library.get(name)
        if flow is None or flow.definition.command is None:
            return False
        talk.begin(name)
        return True

    def _asks_for(self, talk: Talk, type: str) -> bool:
        question = open_question(talk.unit.world.library, talk.session())
        return question is not None and question.node.type == type

    def _with_code(self, talk: Talk, code: str) -> None:
        flow = "have_code" if talk.place.member.joined_at is not None else "join"
        talk.begin(flow, {"code": code})

    def _opt_out_word(self, talk: Talk, word: str) -> bool:
        if word == "clear":
            self._opt_out(talk)
        elif busy(talk.unit.world.library, talk.session()):
            question = open_question(talk.unit.world.library, talk.session())
            text = talk.arrival.event.text or ""
            if question is not None and talk.reader.choice(text, question.offers) is not None:
                return False
            talk.take(Cancel())
            talk.begin("cancelled")
        else:
            talk.begin("stop")
        return True

    def _comes_back(self, talk: Talk, text: str) -> bool:
        """START and its kin; a plain yes too where the provider holds an opt-out, as it does for the provider."""
        yes = talk.place.opted_out and self._intents.answer_yes_no(text, talk.place.member.locale)
        return bool(yes) or self._intents.opt_in(text)

    def _wants_back(self, talk: Talk) -> bool:
        withdrawn = talk.place.opted_out or (talk.place.member.joined_at and not talk.place.member.marketing)
        return bool(withdrawn) and not busy(talk.unit.world.library, talk.session())

    def _answer(self, talk: Talk, text: str, match: Match | None) -> bool:
        """Give the open question its answer; False when the text is something else entirely."""
        question = open_question(talk.unit.world.library, talk.session())
        if question is None:
            talk.unit.save_session(talk.place, None)
            return False
        if match is not None and match.intent in ANSWERS:
            match = None
        exact = match is not None and match.exact
        typed = question.node.type in ("text", "name")
        if typed and not exact:
            guess = self._intents.guess(text, talk.place.member.locale)
            match = guess if guess is not None and guess.intent == "optout" and guess.confidence >= CONFIDENT else None
        if typed and match is not None and family_of(match.intent) in _LEAVE_TYPED:
            return self._leave(talk, match)
        if talk.take(Reply(text=text)) != "unanswered":
            return True
        match = match or self._intents.guess(text, talk.place.member.locale)
        leaves = exact or question.node.soft or (match is not None and match.confidence >= CONFIDENT)
        if match is not None and match.intent not in ANSWERS and leaves:
            return self._leave(talk, match)
        if question.node.soft:
            return False
        if talk.ask_again() == "given_up":
            talk.begin("person", MISUNDERSTOOD)
        return True

    def _leave(self, talk: Talk, match: Match) -> bool:
        leaving = _LEAVES.get(match.intent)
        if leaving is None:
            self._start_intent(talk, match)
        elif talk.take(leaving()) == "cancelled" and not talk.said:
            talk.begin("cancelled")
        return True

    def _meant(self, talk: Talk, text: str, match: Match | None) -> None:
        """No question takes this text: follow its language, then start what it wants, or say what we can do."""
        other = self._settle_language(talk, text, match)
        match = match or self._intents.guess(text, talk.place.member.locale)
        if match is not None:
            talk.place.misses = 0
            self._start_intent(talk, match)
        elif other:
            talk.begin("language")
        else:
            self._not_understood(talk)

    def _not_understood(self, talk: Talk) -> None:
        talk.place.misses += 1
        if talk.place.member.joined_at is None:
            talk.begin("join")
        else:
            talk.begin(*(("fallback",) if talk.place.misses % 2 else ("person", MISUNDERSTOOD)))

    def _start_intent(self, talk: Talk, match: Match) -> None:
        """The flow of the intent; where two are close, the member says which."""
        if len(options := self._options(talk, match.choices)) > 1:
            talk.begin("meant", {"meanings": options})
            return
        intent = self._here(talk, match)
        if intent == "greeting" and talk.place.member.joined_at is None:
            intent = "optin.join"
        flow = self._flow(talk, intent)
        talk.begin(flow.name if flow is not None else "menu", {"intent": intent})

    def _here(self, talk: Talk, match: Match) -> str:
        """The intent, or the other close one if this market lacks the flow of the likelier."""
        return next((intent for intent, _ in self._served(talk, match.choices)), match.intent)

    def _served(self, talk: Talk, intents: Sequence[str]) -> list[tuple[str, Definition]]:
        """Those of the intents that have a flow in this member's market."""
        hides = talk.unit.world.rules(talk.place.member).hides
        flows = [(intent, flow.definition) for intent in intents if (flow := self._flow(talk, intent)) is not None]
        return [(intent, flow) for intent, flow in flows if not hides(flow.flow, flow.module)]

    def _flow(self, talk: Talk, intent: str) -> Flow | None:
        """The flow that serves an intent, else the one that serves its family."""
        library = talk.unit.world.library
        return library.by_intent(intent) or library.get(intent) or library.by_intent(family_of(intent))

    def _options(self, talk: Talk, intents: Sequence[str]) -> tuple[Option, ...]:
        """Two meanings as buttons, and the menu for anything else; none if one of them has no name or no flow here."""
        texts, voice = talk.unit.world.texts, talk.unit.world.voice(talk.place.member)
        named = [(flow.menu or flow.label, flow.flow) for _, flow in self._served(talk, intents)]
        if len(set(named)) < 2 or not all(label for label, _ in named):
            return ()
        return tuple(Option(texts.label(voice, label or ""), name) for label, name in (*named, (ELSE.other, "menu")))

    def _settle_language(self, talk: Talk, text: str, match: Match | None) -> bool:
        """Follow the member's language; True when it is one we do not speak."""
        place, member = talk.place, talk.place.member
        if match is not None and match.exact and match.locale == member.locale:
            place.leaning = None
            if member.locale_source == "hint":
                member.locale_source, member.changed = "settled", True
            return False
        if member.locale_source == "chosen":
            return False
        settled = member.locale_source != "hint"
        hint = talk.arrival.event.locale_hint
        hints = Hints() if settled else Hints(locale=hint, phone=member.phone, market=member.market)
        current = member.locale if settled else None
        verdict = self._detector.decide(text, current=current, hints=hints, before=place.leaning)
        place.leaning = verdict.leaning
        if verdict.locale is not None and verdict.locale != member.locale:
            member.locale, member.locale_source, member.changed = verdict.locale, "settled", True
        elif verdict.locale is not None and not settled:
            member.locale_source, member.changed = "settled", True
        return verdict.other

    def _choice(self, talk: Talk) -> None:
        event = talk.arrival.event
        payload = event.payload or ""
        if payload.startswith("v1:"):
            result = talk.take(Reply(text=event.text, payload=payload))
            if result in ("stale", "void", "lost", "unanswered") and not talk.said:
                talk.begin("menu")
            return
        self._free_choice(talk, event.text or payload)

    def _free_choice(self, talk: Talk, text: str) -> None:
        match = self._intents.exact(text, talk.place.member.locale)
        if talk.place.session is None or not self._answer(talk, text, match):
            self._meant(talk, text, match)

    def _start(self, talk: Talk) -> None:
        code = referral_code(talk.arrival.event.start or "")
        member = talk.place.member
        if code is not None:
            self._with_code(talk, code)
        elif member.joined_at is None:
            talk.begin("join")
        else:
            talk.begin("menu")

    def _contact(self, talk: Talk) -> None:
        contact = talk.arrival.event.contact
        if contact is None:
            return
        if not contact.own:
            talk.begin("foreign_contact")
            return
        if self._asks_for(talk, "phone") and talk.take(Reply(contact=contact.phone)) != "unanswered":
            return
        talk.begin("contact", {"phone": contact.phone})

    def _media(self, talk: Talk) -> None:
        text = (talk.arrival.event.text or "").strip()
        if text and (match := self._intents.exact(text, talk.place.member.locale)) is not None:
            self._meant(talk, text, match)
        else:
            self._unreadable(talk)

    def _unreadable(self, talk: Talk) -> None:
        """A photo, voice note, sticker or place: say kindly that we read text, and repeat what was asked."""
        talk.begin("media")

    def _opt_out(self, talk: Talk) -> None:
        place = talk.place
        silent = talk.arrival.event.replied_silently or _blocks_itself(talk)
        if silent:
            place.opted_out, place.address_changed = 1, True
        talk.unit.save_session(place, None)
        talk.take(Begin("opt_out"))
        _beside.record_opt_out(talk)
        if silent:
            talk.said.clear()

    def _opt_in(self, talk: Talk) -> None:
        place = talk.place
        lifted = bool(BY_CHANNEL[place.channel].carrier_words) and place.opted_out
        silent = talk.arrival.event.replied_silently or lifted
        if place.opted_out:
            place.opted_out, place.address_changed = 0, True
        if place.member.joined_at is None:
            talk.begin("join")
            return
        talk.begin("start")
        if silent:
            talk.said.clear()


def _blocks_itself(talk: Talk) -> bool:
    """The provider has confirmed this word itself and blocks the number from now on."""
    return (talk.arrival.event.text or "").strip().upper() in BY_CHANNEL[talk.place.channel].carrier_words


def _unpacked(talk: Talk) -> dict[str, Any]:
    data = talk.arrival.event.data
    values = {name: unpack(value) for name, value in data.get("values", {}).items()}
    return {**values, "occasion": data.get("occasion", "")}


__all__ = ["Router", "Understanding"]
