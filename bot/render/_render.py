"""`render`: text and choices in the form the channel's limits allow."""

from __future__ import annotations

from dataclasses import replace

from bot.limits import Limits
from bot.message import Choice, Mark, Outbound, Span, Text
from bot.render._markup import isolated, without_controls, written
from bot.render._part import Attached, NoTemplate, Part, Style
from bot.render._sms import rewrite, segments
from bot.render._split import size, split
from bot.texts import N_, NP_, Texts

CAPTION = 1024
"""How long the text under an image may be."""

REPLY = N_("Reply with a number.")
CHOOSE = NP_("button", "Choose")


def render(
    message: Outbound,
    limits: Limits,
    *,
    locale: str,
    texts: Texts,
    window_open: bool = True,
    attached: Attached | None = None,
) -> list[Part]:
    """The message as the channel can show it; the choices, the contact button and the image come with the last part.

    `attached` is the message's attachment with its bytes: it takes the text as its caption, but goes ahead of choices
    and of a QR image. Where the channel cannot carry it, its link stands in the text.

    ValueError for a payload the channel cannot carry, NoTemplate where only a template may be sent and there is none.
    A message with nothing to show gives no part.
    """
    _check_payloads(message.choices, limits)
    if limits.template_only_outside and not window_open:
        return [_template(message, locale)]
    if attached is not None and not _carries(limits, attached):
        message, attached = replace(message, text=_linked(message.text, attached.url)), None
    style = _style(message.choices, limits)
    text = without_controls(_with_choices(message, style, locale, texts))
    if limits.gsm7:
        text = _rewritten(text, locale)
    write = _Writer(limits, locale, texts.rtl(locale))
    if attached is not None and (message.choices or message.qr is not None):
        return [Part("", locale=locale, attachment=attached), *write.parts(message, text, style, texts)]
    return write.parts(message, text, style, texts, attached)


def _carries(limits: Limits, file: Attached) -> bool:
    fits = limits.attachments and len(file.content) <= limits.attachment_bytes
    return fits and (limits.attachment_types is None or file.type in limits.attachment_types)


def _linked(text: Text, url: str) -> Text:
    """The text with the link as its last line, which no channel tears apart."""
    head = f"{text.body}\n" if text.body else ""
    return Text(head + url, (*text.spans, Span(len(head), len(head) + len(url), Mark.LINK)))


def _template(message: Outbound, locale: str) -> Part:
    if message.template is None:
        raise NoTemplate("the window is shut and the message has no template")
    return Part("", locale=locale, template_flow=message.template.flow, variables=message.template.variables)


def _check_payloads(choices: tuple[Choice, ...], limits: Limits) -> None:
    for choice in choices:
        length = len(choice.payload.encode())
        if length > limits.payload_bytes:
            raise ValueError(f"a payload of {length} bytes; the channel carries {limits.payload_bytes}")


def _style(choices: tuple[Choice, ...], limits: Limits) -> Style:
    longest = max((size(choice.label, limits.measure) for choice in choices), default=0)
    if 0 < len(choices) <= limits.buttons and longest <= limits.button_label:
        return "buttons"
    if 0 < len(choices) <= limits.list_items and longest <= limits.list_label:
        return "list"
    return "plain"


def _with_choices(message: Outbound, style: Style, locale: str, texts: Texts) -> Text:
    """The text, with numbered choices under it where the channel shows none; a question is never without words."""
    if not message.choices:
        return message.text
    if style != "plain":
        shown = message.text.body.strip() or message.qr is not None
        return message.text if shown else Text(texts.label(locale, CHOOSE.other))
    return message.text.joined(_numbered(message.choices)).joined(texts.text(locale, REPLY, {}))


def _numbered(choices: tuple[Choice, ...]) -> Text:
    body = ""
    spans: list[Span] = []
    for number, choice in enumerate(choices, start=1):
        body += f"{number}) "
        spans.append(Span(len(body), len(body) + len(choice.label), Mark.NAME))
        body += f"{choice.label}\n"
    return Text(body.rstrip("\n"), tuple(spans))


def _rewritten(text: Text, locale: str) -> Text:
    """The text as SMS, its spans where they were: a rewriting works character by character."""
    write = rewrite(text.body, locale)
    body = ""
    spans: list[Span] = []
    position = 0
    for span in text.spans:
        body += write(text.body[position : span.start])
        piece = write(text.body[span.start : span.end])
        if piece:
            spans.append(Span(len(body), len(body) + len(piece), span.mark))
        body += piece
        position = span.end
    return Text(body + write(text.body[position:]), tuple(spans))


class _Writer:
    """Splits and writes for one channel and one locale."""

    def __init__(self, limits: Limits, locale: str, rtl: bool) -> None:
        self._limits = limits
        self._locale = locale
        self._rtl = rtl

    def parts(
        self, message: Outbound, text: Text, style: Style, texts: Texts, attached: Attached | None = None
    ) -> list[Part]:
        qr = message.qr if self._limits.images else None
        pieces = self._pieces(text, style)
        if (qr or attached) and not (pieces and self._is_caption(pieces, attached)):
            pieces.append(Text(""))
        if not pieces:
            return []
        last = replace(
            self._part(pieces[-1]),
            style=style,
            choices=message.choices,
            list_label=texts.label(self._locale, CHOOSE.other) if style == "list" else "",
            ask_contact=message.ask_contact if self._limits.contact_button else None,
            qr=qr,
            attachment=attached,
        )
        return [*map(self._part, pieces[:-1]), last]

    def _pieces(self, text: Text, style: Style) -> list[Text]:
        pieces = self._split(text, self._limits.text)
        under_buttons = self._limits.button_text if style != "plain" else 0
        if pieces and under_buttons:
            pieces[-1:] = self._split(pieces[-1], under_buttons)
        return pieces

    def _split(self, text: Text, limit: int) -> list[Text]:
        return split(text, limit, measure=self._limits.measure, overhead=self._overhead)

    def _overhead(self, body: str, span: Span) -> int:
        before, after = isolated(body[span.start : span.end], span.mark, limits=self._limits, rtl=self._rtl)
        return len(before) + len(after)

    def _is_caption(self, pieces: list[Text], attached: Attached | None) -> bool:
        types = self._limits.caption_types
        if attached is not None and types is not None and attached.type not in types:
            return False
        return len(pieces) == 1 and size(self._written(pieces[0], plain=True), self._limits.measure) <= CAPTION

    def _written(self, text: Text, *, plain: bool) -> str:
        markup = "plain" if plain else self._limits.markup
        return written(text, limits=self._limits, rtl=self._rtl, markup=markup)

    def _part(self, text: Text) -> Part:
        body = self._written(text, plain=False)
        return Part(
            body,
            locale=self._locale,
            segments=segments(body)[1] if self._limits.gsm7 else 1,
            fallback=self._written(text, plain=True) if self._limits.markup == "html" else None,
        )
