"""Cleans inbound text once, where it enters the house."""


def clean(text: str) -> str:
    """The text without NUL, every lone surrogate replaced by U+FFFD, so that any database and encoder takes it."""
    if "\0" in text:
        text = text.replace("\0", "")
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text
