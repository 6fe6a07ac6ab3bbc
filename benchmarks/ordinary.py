"""An ordinary design of the same job, written as its libraries' guides teach it; the pipeline is measured against it.

A FastAPI form route, the twilio library's validator, an async SQLModel session per request on aiosqlite (WAL,
synchronous=FULL), objects read and written through the ORM, one commit per request, gettext for the reply. It does
less than the pipeline: no flow engine, no ledger, no language or intent is looked for.
"""

import gettext
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path
from typing import Annotated, Any, ClassVar

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from fastapi import Depends, FastAPI, Form, Header, HTTPException, Request, Response
from sqlalchemy import MetaData, event
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import Field, SQLModel, select
from sqlmodel.ext.asyncio.session import AsyncSession
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]  # twilio publishes no types

from benchmarks._members import LOCALES, Crowd

URL = "https://bot.example/ordinary"
TOKEN = "ordinary-secret"
_CATALOGUES = Path(__file__).resolve().parent.parent / "locales"


class Base(SQLModel):
    """Keeps these tables apart from the project's own."""

    metadata: ClassVar[MetaData] = MetaData()


class Account(Base, table=True):
    id: int | None = Field(default=None, primary_key=True)
    balance: int


class Contact(Base, table=True):
    id: int | None = Field(default=None, primary_key=True)
    address: str = Field(unique=True, index=True)
    locale: str
    account_id: int = Field(foreign_key="account.id")


class Conversation(Base, table=True):
    contact_id: int = Field(primary_key=True, foreign_key="contact.id")
    state: str = "start"
    version: int = 0
    updated_at: float = 0.0


class Inbox(Base, table=True):
    id: int | None = Field(default=None, primary_key=True)
    provider_id: str = Field(unique=True, index=True)
    contact_id: int = Field(foreign_key="contact.id")
    body: str
    received_at: float = Field(default_factory=time.time)


class Outbox(Base, table=True):
    id: int | None = Field(default=None, primary_key=True)
    inbox_id: int = Field(foreign_key="inbox.id")
    contact_id: int = Field(foreign_key="contact.id")
    body: str
    status: str = "pending"
    created_at: float = Field(default_factory=time.time)


engine = create_async_engine(
    f"sqlite+aiosqlite:///{os.environ.get('ORDINARY_DATABASE', 'ordinary.db')}", connect_args={"timeout": 30}
)
validator = RequestValidator(TOKEN)


@event.listens_for(engine.sync_engine, "connect")
def _durable(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()


def _translation(locale: str) -> gettext.NullTranslations:
    with (_CATALOGUES / locale / "LC_MESSAGES" / "messages.po").open("rb") as file:
        compiled = BytesIO()
        write_mo(compiled, read_po(file, locale=locale))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


_plural: dict[str, Callable[[str, str, int], str]] = {locale: _translation(locale).ngettext for locale in LOCALES}


async def _fill(crowd: Crowd) -> None:
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with AsyncSession(engine) as session:
        for member in crowd:
            session.add(Account(id=member.number, balance=member.active))
            address = f"whatsapp:{member.phone}"
            session.add(Contact(id=member.number, address=address, locale=member.locale, account_id=member.number))
            session.add(Conversation(contact_id=member.number))
        await session.commit()


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    await _fill(Crowd(int(os.environ["ORDINARY_MEMBERS"])))
    yield
    await engine.dispose()


async def _session() -> AsyncIterator[AsyncSession]:
    async with AsyncSession(engine, expire_on_commit=False) as session:
        yield session


app = FastAPI(lifespan=lifespan)


@app.post("/ordinary")
async def receive(
    request: Request,
    session: Annotated[AsyncSession, Depends(_session)],
    sender: Annotated[str, Form(alias="From")],
    provider_id: Annotated[str, Form(alias="MessageSid")],
    body: Annotated[str, Form(alias="Body")],
    x_twilio_signature: Annotated[str, Header()],
) -> Response:
    """One message in, one reply row out, committed before the answer."""
    if not validator.validate(URL, dict(await request.form()), x_twilio_signature):
        raise HTTPException(403)
    contact = (await session.exec(select(Contact).where(Contact.address == sender))).one()
    account = await session.get_one(Account, contact.account_id)
    conversation = await session.get_one(Conversation, contact.id)
    inbox = Inbox(provider_id=provider_id, contact_id=conversation.contact_id, body=body)
    session.add(inbox)
    try:
        await session.flush()
    except IntegrityError:
        return Response("<Response/>", media_type="text/xml")
    assert inbox.id is not None
    conversation.state, conversation.version, conversation.updated_at = "balance", conversation.version + 1, time.time()
    text = _plural[contact.locale]("You have {points} point.", "You have {points} points.", account.balance)
    reply = text.format(points=account.balance)
    session.add(Outbox(inbox_id=inbox.id, contact_id=conversation.contact_id, body=reply))
    await session.commit()
    return Response("<Response/>", media_type="text/xml")
