"""The short list of column types. Both drivers return them natively: no conversion on the way in or out."""

from functools import partial
from typing import Any

from sqlalchemy import BigInteger, Integer, LargeBinary, Text
from sqlmodel import Field

ID = BigInteger().with_variant(Integer(), "sqlite")
"""64-bit, time-ordered, made by us. INTEGER on SQLite, so that a primary key is the row's own number there."""
POINTS = BigInteger().with_variant(Integer(), "sqlite")
"""Points, stamps and money in minor units."""
INSTANT = BigInteger().with_variant(Integer(), "sqlite")
"""Microseconds since the epoch, UTC."""
DAY = Text()
"""A calendar day as ISO text."""
FLAG = Integer()
"""0 or 1."""
COUNT = Integer()
TEXT = Text()
JSON = Text()
"""JSON kept as text: read by us, never by the database."""
RAW = LargeBinary()
"""Bytes as they came."""

ALL = (ID, POINTS, INSTANT, DAY, FLAG, COUNT, TEXT, JSON, RAW)

identity: Any = partial(Field, sa_type=ID)
points: Any = partial(Field, sa_type=POINTS)
instant: Any = partial(Field, sa_type=INSTANT)
day: Any = partial(Field, sa_type=DAY)
flag: Any = partial(Field, sa_type=FLAG)
count: Any = partial(Field, sa_type=COUNT)
text: Any = partial(Field, sa_type=TEXT)
json: Any = partial(Field, sa_type=JSON)
raw: Any = partial(Field, sa_type=RAW)
