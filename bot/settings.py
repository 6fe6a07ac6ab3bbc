"""Settings from the environment (prefix BENTORNATO_) and an optional `.env` file; checked once, at the start."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class Settings(BaseSettings):
    """What a deployment decides. Secrets are `SecretStr`: they print as stars."""

    model_config = SettingsConfigDict(env_prefix="BENTORNATO_", env_file=".env", extra="ignore")

    database: str = "sqlite:///bentornato.db"
    """`sqlite:///path` or `postgresql://user:password@host/name`."""
    folder: Path | None = None
    """A deployment's own folder (programme.yaml, flows/, locales/, markets/), laid over what is shipped."""
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    public_url: str = "http://127.0.0.1:8080"
    """The address providers reach us at, without a trailing slash; Twilio signs over it."""

    telegram_token: SecretStr | None = None
    telegram_secret: SecretStr | None = None
    """The webhook's secret header, 1-256 of A-Z a-z 0-9 _ -."""
    telegram_polling: bool = False
    """Ask Telegram for updates instead of waiting for its webhook: for a machine nobody can reach from outside."""
    telegram_api: str | None = None
    """Another Bot API server (a local one, or the loopback fake)."""
    telegram_name: str | None = None
    """The bot's user name, for t.me links."""

    desk_telegram_token: SecretStr | None = None
    """The staff's own bot, a second one: never the members' bot."""
    desk_telegram_secret: SecretStr | None = None
    """The secret header of its webhook (/desk/telegram), 1-256 of A-Z a-z 0-9 _ -."""
    desk_telegram_group: int | None = None
    """The id of the staff's forum group (a negative number), where the bot is an administrator who manages topics."""

    twilio_account: str | None = None
    twilio_token: SecretStr | None = None
    twilio_second_token: SecretStr | None = None
    """The other auth token while tokens are being rotated; signatures of both are accepted."""
    twilio_api: str | None = None
    """Another server instead of Twilio's own hosts (the loopback fake)."""
    whatsapp_sender: str | None = None
    """E.164 of the WhatsApp sender, without `whatsapp:`."""
    sms_sender: str | None = None
    """E.164 of the SMS sender, or a messaging service's id (MG…)."""

    provider_timeout: float = Field(default=10.0, gt=0)
    """Seconds a provider call may take."""
    queue_limit: int = Field(default=5_000, ge=1)
    """Webhook events that may wait for the writer before new ones are refused with 503."""
    secret: SecretStr | None = Field(default=None, min_length=32)
    """What codes and tokens are made with; without it one is made and kept in a file beside the database."""
    try_key: SecretStr | None = None
    """Opens /try beyond loopback."""
    cache: Path | None = None
    """Where what is learnt from the phrases is kept; if not said, the user's cache folder."""
    locales: Annotated[tuple[str, ...], NoDecode] = ()
    """Active locales; empty: every shipped one."""

    @field_validator("public_url", "telegram_api", "twilio_api")
    @classmethod
    def _no_trailing_slash(cls, value: str | None) -> str | None:
        return value.rstrip("/") if value else value

    @field_validator("locales", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value
