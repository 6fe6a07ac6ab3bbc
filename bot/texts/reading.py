"""Reading a catalogue's file, for those who look after other catalogues than the members'."""

from bot.texts._catalogue import Entry, read_catalogue

__all__ = ["Entry", "read_catalogue"]
