"""One request: who asks, may they, was it asked before; then one use case in one transaction, and its news."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from typing import Annotated, Any

import structlog
from fastapi import Depends, Header, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes
from pydantic import BaseModel
from starlette.responses import Response

from bot.api._desk import Desk
from bot.api._failures import Failures
from bot.api._guard import KEY_ROW
from bot.api._keys import Caller, caller_of, recognise
from bot.api._problems import MEDIA_TYPE, Problem, refusals, too_many
from bot.handlers import World
from bot.permission import Occasion
from loyalty.work import LoyaltyError, Work
from storage import keys, occasions
from storage.database import Database, StorageError, Transaction
from storage.keys import KeyRow

_log = structlog.get_logger()
_MINUTE = 60_000_000
_DAY = 24 * 60 * _MINUTE
_REPLAYED = "Idempotency-Replayed"
_bearer = HTTPBearer(
    scheme_name="key", description="`bk_<id>_<secret>`, made by `bentornato keys add`.", auto_error=False
)


@dataclass(slots=True)
class Door:
    """What every request needs of the house."""

    database: Database
    world: World
    clock: Callable[[], int]
    failures: Failures = field(default_factory=Failures)
    swept_at: int = 0
    """When answers of the day before were dropped last."""


@dataclass(frozen=True, slots=True)
class _Done:
    """What a request came to: the answer, whether it is given again, and whether a secret was wrong."""

    body: str
    status: int = 200
    is_repeated: bool = False
    is_wrong: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """A request of a key that may make it. `secret`: a code or token is told, and a wrong one counts."""

    door: Door
    caller: Caller

    async def read(self, look: Callable[[Desk], BaseModel], *, secret: bool = False) -> Response:
        """Answer from what is there; nothing is changed."""
        now = self.door.clock()

        async def looked() -> _Done:
            found = await self.door.database.read(lambda transaction: look(self._desk(transaction, now, wait)))
            return _Done(found.model_dump_json())

        wait = 0 if secret else self._wait(now)
        return await (self._try(looked, now) if secret else self._answer(looked, now))

    async def _answer(self, doing: Callable[[], Awaitable[_Done]], now: int) -> Response:
        """A request that tells no secret, unless a printed card's number is one: a wrong one counts."""
        try:
            return _response(await doing())
        except Problem as problem:
            if problem.guessed:
                self.door.failures.count(self.caller.id, now)
                self._warn(now)
            raise

    async def _try(self, doing: Callable[[], Awaitable[_Done]], now: int) -> Response:
        """A request that tells a secret; it counts as wrong until it turns out well."""
        failures, key_id = self.door.failures, self.caller.id
        wait = self._wait(now)
        if wait:
            raise too_many(wait)
        failures.count(key_id, now)
        is_right = False
        try:
            done = await doing()
            is_right = not done.is_wrong
        except (Problem, LoyaltyError, StorageError) as error:
            is_right = not (isinstance(error, Problem) and error.guessed)
            raise
        finally:
            if is_right:
                failures.forgive(key_id, now)
            else:
                self._warn(now)
        return _response(done)

    def _wait(self, now: int) -> int:
        return self.door.failures.wait(self.caller.id, now)

    def _warn(self, now: int) -> None:
        """Somebody may be guessing with a key that is not theirs."""
        if wait := self._wait(now):
            _log.warning("too many wrong codes of one key", key=self.caller.id, wait_seconds=wait)

    def _desk(self, transaction: Transaction, now: int, wait: int) -> Desk:
        world = self.door.world
        work = Work(transaction, world.programme, world.keyring, now, actor=self.caller.actor)
        return Desk(work, self.caller, wait)


@dataclass(frozen=True, slots=True)
class Change(Call):
    """A request that changes something, once per idempotency key."""

    key: str
    digest: str

    async def once(self, do: Callable[[Desk], BaseModel | Problem], *, secret: bool = False) -> Response:
        """Do it and keep the answer, in one transaction; to a repeat give that answer again.

        A `Problem` that is returned is an answer and is kept; one that is raised leaves nothing behind.
        """
        now = self.door.clock()
        await self._sweep(now)
        work = partial(self._work, do=do, now=now, wait=0 if secret else self._wait(now))
        return await (self._try if secret else self._answer)(lambda: self.door.database.write(work), now)

    def operation(self, what: str) -> str:
        """A key of ours for what this request does."""
        return f"{what}:{self.caller.audience}:{self.key}"

    def _work(
        self, transaction: Transaction, *, do: Callable[[Desk], BaseModel | Problem], now: int, wait: int
    ) -> _Done:
        before = keys.claim(transaction, self.caller.id, self.key, self.digest, now)
        if before is not None and before.digest != self.digest:
            raise Problem("idempotency-conflict")
        if before is not None:
            return _Done(before.body, before.status, is_repeated=True)
        desk = self._desk(transaction, now, wait)
        result = do(desk)
        occasions.set_timers(transaction, [Occasion.about(one).as_timer(now) for one in desk.work.news])
        if isinstance(result, Problem):
            done = _Done(result.body(), result.status, is_wrong=result.guessed)
        else:
            done = _Done(result.model_dump_json())
        keys.settle(transaction, self.caller.id, self.key, status=done.status, body=done.body)
        return done

    async def _sweep(self, now: int) -> None:
        if now - self.door.swept_at >= 60 * _MINUTE:
            self.door.swept_at = now
            await self.door.database.write(lambda transaction: keys.forget(transaction, now - _DAY))


async def _admit(
    request: Request,
    scopes: SecurityScopes,
    shown: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Call:
    door: Door = request.app.state.door
    row = request.scope.get(KEY_ROW)
    if row is None:
        text = shown.credentials if shown is not None else ""
        row = await door.database.read(lambda transaction: recognise(transaction, door.world.keyring, text))
    caller = await _caller(door, row)
    if not caller.scopes.issuperset(scopes.scopes):
        raise Problem("scope-missing", f"The key lacks {', '.join(sorted(set(scopes.scopes) - caller.scopes))}.")
    return Call(door, caller)


async def _caller(door: Door, row: KeyRow | None) -> Caller:
    now = door.clock()
    if row is None:
        raise Problem("unauthorized", headers={"WWW-Authenticate": "Bearer"})
    if row.used_at is None or row.used_at <= now - _MINUTE:
        await door.database.write(lambda transaction: keys.use(transaction, row.id, now, now - _MINUTE))
    return caller_of(row)


async def _admit_change(
    request: Request,
    call: Annotated[Call, Depends(_admit)],
    idempotency_key: Annotated[
        str, Header(pattern=r"^[!-~]{1,200}$", description="Yours; a repeat under it changes nothing.")
    ],
) -> Change:
    said = f"{request.method} {request.url.path}?{request.url.query}\n".encode()
    digest = sha256(said + await request.body()).hexdigest()
    return Change(call.door, call.caller, idempotency_key, digest)


def reads(scope: str) -> Any:
    """The dependency of a route that changes nothing; the key needs this scope."""
    return Security(_admit, scopes=[scope])


def changes(scope: str) -> Any:
    """The dependency of a route that changes something: the key needs this scope, the request its own key."""
    return Security(_admit_change, scopes=[scope])


def answers(model: type[BaseModel], *more: int) -> dict[str, Any]:
    """What a reading route declares: its answer, and its problems; with a body (413) those of bodies too."""
    of_bodies = {408, 429} if 413 in more else set()
    return {"response_model": model, "responses": refusals(*sorted({401, 403, 404, 422, 503, *of_bodies, *more}))}


def answers_once(model: type[BaseModel], *more: int) -> dict[str, Any]:
    """What a changing route declares."""
    declared = answers(model, 400, 409, 413, 415, *more)
    header = {"description": "The first answer, given again.", "schema": {"type": "string", "const": "true"}}
    declared["responses"] |= {200: {"headers": {_REPLAYED: header}}}
    return declared


def _response(done: _Done) -> Response:
    media_type = "application/json" if done.status < 400 else MEDIA_TYPE
    return Response(done.body, done.status, {_REPLAYED: "true"} if done.is_repeated else None, media_type)
