"""The composition root: settings -> storage, flows, channels, lanes, sender, triggers, all made here."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_bytes
from typing import Any

import structlog
from starlette.routing import BaseRoute

from bot.api import build_api
from bot.channels import Channel, poll
from bot.channels import discover as discover_channels
from bot.channels.simulator import Simulator
from bot.desk import OpenDesk, open_desk
from bot.flows.library import Library, LibraryError
from bot.flows.model import Definition
from bot.flows.release import publish_safely
from bot.handlers import World
from bot.handlers import discover as discover_handlers
from bot.lanes import Arrival
from bot.lanes.local import LocalLanes
from bot.limits import BY_CHANNEL
from bot.outbox import Files, Sender
from bot.permission import next_open
from bot.pipeline import Pipeline, Understanding
from bot.pipeline import now_us as wall_clock
from bot.secret import keyring_for
from bot.settings import Settings
from bot.texts import Texts
from bot.triggers import Triggers, Upkeep
from bot.understanding.intents import Intents
from bot.understanding.language import Detector
from bot.understanding.phrases import Phrases
from bot.web import ExportPage, FilesPage, Front, Meters, Site, TryPage, Webhooks, build_web, is_loopback_url
from loyalty import programme as programmes
from loyalty.markets import load_markets, zones_to_respect
from loyalty.tokens import Keyring
from loyalty.upkeep import STEPS
from storage import messages, occasions, people
from storage.database import Database, StorageError
from storage.messages import OutboxRow
from storage.migrations import upgrade

_log = structlog.get_logger()
Clock = Callable[[], int]
SHIPPED = Path(__file__).resolve().parent.parent
"""Where the data folders lie: beside the packages, in a checkout as in an installed wheel."""
_RECONCILE_BACK = 600 * 1_000_000
"""Microseconds before the mark that are looked at again: providers' clocks and ours may differ."""
_RECONCILE_AFTER = 5.0
_MARK_SECONDS = 600.0


@dataclass(slots=True)
class App:
    """A running Bentornato. Made by `open_app`."""

    settings: Settings
    database: Database
    world: World
    understanding: Understanding
    channels: Mapping[str, Channel]
    lanes: LocalLanes
    pipeline: Pipeline
    sender: Sender | None
    triggers: Triggers
    desk: OpenDesk
    meters: Meters
    clock: Clock

    def web(self) -> Site:
        """The web application over this app."""
        webhooks = Webhooks(self.channels, self.lanes, self.meters, self.clock)
        simulator = self.channels.get("simulator")
        routes: list[BaseRoute] = [*ExportPage(self.database, self.world, self.clock).routes()]
        routes += FilesPage(self.database, self.world.keyring, self.clock).routes()
        if isinstance(simulator, Simulator):
            key = self.settings.try_key.get_secret_value() if self.settings.try_key else None
            front = Front(self.world.programme.name, self.world.texts, key, is_loopback_url(self.settings.public_url))
            routes += TryPage(simulator, self.lanes, front, self.clock).routes()
        api = build_api(self.database, self.world, self.clock)
        return build_web(webhooks, self.meters, self.health, api=api, desk=self.desk.web(), routes=routes)

    async def health(self) -> Mapping[str, Any]:
        """What /health shows: the database answers, how much waits."""
        try:
            counts = await self.database.read(messages.outbox_counts)
        except StorageError as error:
            return {"ok": False, "database": type(error).__name__}
        waiting = {name: counts.get(name, 0) for name in ("pending", "sending", "dead", "failed")}
        done = asdict(self.sender.counters) if self.sender is not None else {}
        group = {"desk": dict(self.desk.telegram.health())} if self.desk.telegram is not None else {}
        return {"ok": True, "outbox": waiting, "refused": self.lanes.refused, "sender": done, **group}

    async def take(self, channel: str, body: bytes) -> None:
        """Put a body that did not come by webhook into its lane; returns when it is durable."""
        for event in self.channels[channel].parse(body):
            await self.lanes.put(Arrival(event, body, self.clock()))

    async def reconcile(self) -> int:
        """Ask providers for what they could not deliver since we last knew to be up; how many bodies they gave.

        Known ones are duplicates. Raises the first channel's error after all were asked; its mark stays where it was.
        """
        fed, failed = 0, None
        for channel in self.channels.values():
            mark = f"reconcile:{channel.name}"
            seen = await self.database.read(lambda t, mark=mark: occasions.watermark(t, mark))  # type: ignore[misc]
            started = self.clock()
            try:
                if seen is not None:
                    since = datetime.fromtimestamp((seen - _RECONCILE_BACK) / 1_000_000, UTC)
                    async for body in channel.missed(since):
                        await self.take(channel.name, body)
                        fed += 1
                await self.mark_up(channel.name, started)
            except Exception as error:
                _log.warning("missed messages could not be fetched", channel=channel.name, error=type(error).__name__)
                failed = failed or error
        if failed is not None:
            raise failed
        return fed

    async def mark_up(self, channel: str, at: int) -> None:
        """Remember that until then nothing of this channel was missed."""
        await self.database.write(lambda t: occasions.set_watermark(t, f"reconcile:{channel}", at))


def folders(settings: Settings, name: str) -> list[Path]:
    """The shipped data folder of this name, then the deployment's own one over it."""
    own = [settings.folder / name] if settings.folder is not None else []
    return [SHIPPED / name, *(path for path in own if path.is_dir())]


def flow_folders(settings: Settings) -> list[Path]:
    """Shipped flow definitions, then the deployment's own."""
    own = [settings.folder / "flows"] if settings.folder is not None else []
    return [SHIPPED / "bot" / "flows" / "definitions", *(path for path in own if path.is_dir())]


def load_texts(settings: Settings) -> Texts:
    """The catalogues of the active locales."""
    return Texts.load(folders(settings, "locales"), settings.locales)


def programme_path(settings: Settings) -> Path:
    """The deployment's own programme, else the one of the demo."""
    own = settings.folder / "programme.yaml" if settings.folder is not None else None
    return own if own is not None and own.exists() else SHIPPED / "programmes" / "demo" / "programme.yaml"


def market_folders(settings: Settings) -> list[Path]:
    """Shipped market profiles, then the deployment's own."""
    own = [settings.folder / "markets"] if settings.folder is not None else []
    return [SHIPPED / "locales" / "markets", *(path for path in own if path.is_dir())]


@contextmanager
def _collecting_later() -> Iterator[None]:
    """Thousands of lasting things are made at once; the garbage collector would look through them time and again."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


@_collecting_later()
def load_world(settings: Settings, library: Library | None = None, keyring: Keyring | None = None) -> World:
    """Rules, texts and flows, read from disk and checked; broken files fail here.

    Without a keyring the world is for looking at: codes made with it are nobody's.
    """
    flows = library or Library.load(flow_folders(settings))
    programme = programmes.load(programme_path(settings), frozenset(flows.active))
    profiles = load_markets(market_folders(settings))
    countries = {code: rules.country or code for code, rules in programme.markets.items()}
    return World(
        settings=settings,
        programme=programme,
        markets={**profiles, **{code: profiles[country] for code, country in countries.items() if country in profiles}},
        texts=load_texts(settings),
        library=flows,
        keyring=keyring or Keyring(token_bytes(32)),
    )


@_collecting_later()
def load_understanding(settings: Settings, texts: Texts) -> Understanding:
    """Phrases, intents and the language detector for the active locales."""
    phrases = Phrases.load(folders(settings, "locales"), texts.locales)
    return Understanding(
        Intents(phrases, settings.cache),
        Detector(texts.locales, phrases, settings.cache),
        {one.locale: one.introductions for one in phrases},
    )


def build_channels(settings: Settings, world: World) -> dict[str, Channel]:
    """Every channel that is configured, by name."""
    found: dict[str, Channel] = {}
    for name, module in discover_channels().items():
        channel = module.build(settings, templates=world.programme.templates)
        if channel is not None:
            found[name] = channel
    return found


@asynccontextmanager
async def open_app(settings: Settings, *, clock: Clock = wall_clock, send: bool = True) -> AsyncIterator[App]:
    """Everything running, inside the current loop; on leaving, lanes drain, sending ends, the database closes.

    `send=False`: no outbox sender and no triggers' loop (a command beside a running server).
    """
    await asyncio.to_thread(upgrade, settings.database)
    async with AsyncExitStack() as stack:
        database = Database(settings.database)
        stack.push_async_callback(database.close)
        world = load_world(settings, keyring=keyring_for(settings))
        await _pin(database, world.library)
        if send:
            await publish_safely(database, world.library, clock())
        app = _assemble(settings, database, world, clock, send=send)
        for channel in app.channels.values():
            stack.push_async_callback(channel.close)
        _run(app, stack)
        yield app


def _assemble(settings: Settings, database: Database, world: World, clock: Clock, *, send: bool) -> App:
    understanding = load_understanding(settings, world.texts)
    channels = build_channels(settings, world)
    errors = {name: one.receipt_error for name, one in channels.items() if hasattr(one, "receipt_error")}
    handlers = discover_handlers()
    _check_handlers(world.library, handlers)
    pipeline = Pipeline(world, understanding, handlers, receipt_errors=errors, clock=clock)
    lanes = LocalLanes(database, limit=settings.queue_limit)
    purposes = {name: flow.definition.purpose for name, flow in world.library.active.items()}
    upkeep = Upkeep(world.programme, world.keyring, STEPS)
    triggers = Triggers(
        database, world.programme, world.markets, purposes, limits=BY_CHANNEL, clock=clock, upkeep=upkeep
    )
    sender = _sender(database, channels, world, clock) if send else None
    desk, meters = open_desk(database, world, channels, clock), Meters()
    return App(
        settings, database, world, understanding, channels, lanes, pipeline, sender, triggers, desk, meters, clock
    )


def _check_handlers(library: Library, handlers: Collection[str]) -> None:
    """A flow that calls what is not there fails the start, not the first member who gets so far."""
    for flow in library.active.values():
        for node in flow.nodes.values():
            if node.kind == "do" and node.handler not in handlers:
                raise LibraryError(f"flow {flow.name}, step {node.name}: there is no handler {node.handler}")


def _sender(database: Database, channels: Mapping[str, Channel], world: World, clock: Clock) -> Sender:
    def opens_at(row: OutboxRow, now: int) -> int | None:
        profile = world.markets.get(row.market) or world.markets[world.programme.default_market]
        return next_open(profile, zones_to_respect(row.zone, row.phone, profile), now)

    templates = world.programme.templates
    files = Files(database, world.keyring, world.settings.public_url, clock)
    return Sender(
        database, channels, world.texts, templates=templates, opens_at=opens_at, clock=clock, file_of=files.of
    )


def _run(app: App, stack: AsyncExitStack) -> None:
    """Start the tasks; the stack stops them in the reverse order, letting each finish what it holds."""
    if app.sender is not None:
        sending = asyncio.create_task(app.sender.run())
        stack.push_async_callback(_ended, sending, app.sender.stop)
        stop = asyncio.Event()
        stack.push_async_callback(_ended, asyncio.create_task(app.triggers.run(stop)), stop.set)
        stack.push_async_callback(_cancelled, asyncio.create_task(_reconciling(app)))
        if app.desk.telegram is not None:
            telling = asyncio.Event()
            stack.push_async_callback(_ended, asyncio.create_task(app.desk.telegram.run(telling)), telling.set)
    stack.callback(app.desk.hub.close)
    app.lanes.run(app.pipeline.process)
    if app.sender is not None and app.settings.telegram_polling:
        stack.push_async_callback(_cancelled, asyncio.create_task(poll(app.settings, app.take)))
    stack.push_async_callback(app.lanes.close)


async def _ended(task: asyncio.Task[None], stop: Callable[[], None]) -> None:
    stop()
    await task


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _reconciling(app: App) -> None:
    """At the start, after every spell of refusals and after a failure: fetch what providers could not deliver."""
    wanted = asyncio.Event()
    wanted.set()
    app.lanes.recovered.append(wanted.set)
    while True:
        if not await _within(wanted, _MARK_SECONDS):
            await _mark_all(app)
            continue
        wanted.clear()
        try:
            _log.info("reconciled", bodies=await app.reconcile())
        except Exception as error:
            _log.warning("reconcile failed", error=type(error).__name__)
            wanted.set()
        await asyncio.sleep(_RECONCILE_AFTER)


async def _within(event: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True


async def _mark_all(app: App) -> None:
    """Nothing was refused for a while: what is older needs no second look."""
    now = app.clock()
    try:
        if not app.lanes.refusing:
            for name in app.channels:
                await app.mark_up(name, now)
    except StorageError as error:
        _log.warning("the mark was not moved", error=type(error).__name__)


async def _pin(database: Database, library: Library) -> None:
    """Load the stored definitions that live sessions are pinned to."""
    live = set(await database.read(people.live_versions))
    for flow, version, definition, _ in await database.read(occasions.flow_versions):
        if (flow, version) in live and library.get(flow, version) is None:
            library.add_version(Definition.model_validate_json(definition))
