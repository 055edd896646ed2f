"""Settings: read once from the environment, checked, and frozen."""

from __future__ import annotations

import base64
import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from campaign_app.errors import SettingsRefused

PREFIX = "CAMPAIGN_"
POSTCODES_IO = "https://api.postcodes.io"
MEMBERS_API = "https://members-api.parliament.uk"
#: Sources of places in the order in which they are asked; see ``places.chain``.
PLACES_ORDER = ("directory", "demo", "kept", "postcodes.io", "kept-older")
PLACES_DIRECTORY = Path("instance/places.bin")
SHORTEST_SECRET = 32
WEAK_SECRETS = ("secret", "changeme", "password", "example")
# Chance puts these into one random secret in 300, so they are only left out of its length.
WEAK_PARTS = re.compile("dev|test|0000|1234", re.IGNORECASE)
LONGEST_WAIT = 7 * 24 * 60  # minutes: words of an unconfirmed letter live no longer
_DOMAIN = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]")


class Mode(StrEnum):
    """How the platform runs."""

    DEMO = "demo"
    PRODUCTION = "production"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Organisation:
    """Who runs the platform and how people reach them."""

    name: str = "Breast Cancer Now"
    email: str = "supporterengagement@breastcancernow.org"
    phone: str = "0333 20 70 300"
    website: str = "https://breastcancernow.org"
    privacy_url: str = "https://breastcancernow.org/privacy"
    helpline_name: str = "Breast Cancer Now helpline"
    helpline_phone: str = "0808 800 6000"
    charity_number: str = "1160558"
    address: str = ""

    @property
    def phone_link(self) -> str:
        """Return the phone number as a telephone link wants it."""
        return "tel:" + self.phone.replace(" ", "")

    @property
    def helpline_phone_link(self) -> str:
        """Return the helpline's number as a telephone link wants it."""
        return "tel:" + self.helpline_phone.replace(" ", "")


@dataclass(frozen=True, slots=True)
class Settings:
    """Every knob of the platform; times are timedeltas, sizes are bytes.

    ``letter_wait`` is how long a released letter can still be taken back: long enough
    to notice a slip, short enough that the day's news is still the day's.
    ``body_limit`` is the largest form that is read: a long letter is under 100 kB.
    """

    mode: Mode
    secret_key: bytes = field(repr=False)
    seal_keys: tuple[bytes, ...] = field(repr=False)
    pepper: bytes | None = field(repr=False)
    database_url: str = field(repr=False)
    base_url: str
    mail_domain: str
    smtp_url: str | None = field(repr=False)
    uploads: Path
    smtp_url_2: str | None = field(default=None, repr=False)
    postcodes_url: str = POSTCODES_IO
    parliament_url: str = MEMBERS_API
    places_order: tuple[str, ...] = PLACES_ORDER
    places_directory: Path = PLACES_DIRECTORY
    redis_url: str | None = field(default=None, repr=False)
    trusted_proxies: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = ()
    limits: bool = True
    metrics_token: str | None = field(default=None, repr=False)
    organisation: Organisation = field(default_factory=Organisation)
    letter_wait: timedelta = timedelta(minutes=30)
    body_limit: int = 1_000_000

    @property
    def demo(self) -> bool:
        """Return whether this is a demonstration, where everything is invented."""
        return self.mode is Mode.DEMO

    @property
    def on_sqlite(self) -> bool:
        """Return whether the embedded database is used."""
        return self.database_url.startswith("sqlite")

    @property
    def mailbox(self) -> Path:
        """Return the folder of the demonstration's mailbox."""
        return self.uploads.parent / "mailbox"

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Settings:
        """Return checked settings from environment variables named CAMPAIGN_….

        Raises SettingsRefused, in words, when one is missing, weak or impossible.
        """
        read = _Reader(environ)
        mode = read.mode()
        return cls(
            mode=mode,
            secret_key=read.secret(mode),
            seal_keys=read.seal_keys(mode),
            pepper=read.pepper(),
            database_url=read.database_url(),
            base_url=read.base_url(mode),
            mail_domain=read.mail_domain(mode),
            smtp_url=read.smtp_url(mode),
            uploads=Path(read.text("UPLOADS", "instance/uploads")),
            smtp_url_2=read.server_url("SMTP_URL_2", ("smtp", "smtps")),
            postcodes_url=read.http_url("POSTCODES_URL", POSTCODES_IO),
            parliament_url=read.http_url("PARLIAMENT_URL", MEMBERS_API),
            places_order=read.words("PLACES_ORDER") or PLACES_ORDER,
            places_directory=Path(read.text("PLACES_DIRECTORY", str(PLACES_DIRECTORY))),
            redis_url=read.server_url("REDIS_URL", ("redis", "rediss")),
            trusted_proxies=read.networks("TRUSTED_PROXIES"),
            limits=read.limits(mode),
            metrics_token=read.metrics_token(mode),
            organisation=read.organisation(),
            letter_wait=timedelta(
                minutes=read.number("LETTER_WAIT_MINUTES", _wait(mode), most=LONGEST_WAIT)
            ),
        )


def _wait(mode: Mode) -> int:
    return 0 if mode is Mode.DEMO else 30


def _names_a_server(url: str, schemes: tuple[str, str]) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:  # A port that is no number, or half an IPv6 address.
        return False


class _Reader:
    """Reads one variable at a time and refuses what cannot be right."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ

    def text(self, name: str, default: str = "") -> str:
        return self.environ.get(PREFIX + name, "").strip() or default

    def words(self, name: str) -> tuple[str, ...]:
        return tuple(self.text(name).replace(",", " ").split())

    def refuse(self, name: str, why: str) -> SettingsRefused:
        return SettingsRefused(f"{PREFIX}{name} {why}", f"Set {PREFIX}{name} and start again.")

    def needed(self, name: str, mode: Mode, otherwise: str) -> str:
        value = self.text(name)
        if not value and mode is Mode.PRODUCTION:
            raise self.refuse(name, "is not set; production needs it.")
        return value or otherwise

    def mode(self) -> Mode:
        value = self.text("MODE", Mode.PRODUCTION)
        try:
            return Mode(value)
        except ValueError:
            raise self.refuse("MODE", "must be demo, production or test.") from None

    def secret(self, mode: Mode) -> bytes:
        value = self.needed("SECRET_KEY", mode, f"a {mode} key that protects nothing real" * 2)
        if mode is Mode.PRODUCTION:
            self._refuse_weak("SECRET_KEY", value)
        return value.encode()

    def _refuse_weak(self, name: str, value: str) -> None:
        if len(WEAK_PARTS.sub("", value)) < SHORTEST_SECRET:
            raise self.refuse(name, f"is too short; give {SHORTEST_SECRET} random bytes or more.")
        guessable = any(word in value.lower() for word in WEAK_SECRETS)
        if guessable or len(set(value)) < SHORTEST_SECRET // 3:
            raise self.refuse(name, "can be guessed; make it from random bytes.")

    def seal_keys(self, mode: Mode) -> tuple[bytes, ...]:
        parts = self.needed("SEAL_KEYS", mode, "").replace(",", " ").split()
        if mode is Mode.PRODUCTION and not parts:
            raise self.refuse("SEAL_KEYS", "holds no key; production needs one.")
        return tuple(self._seal_key(part) for part in parts)

    def _seal_key(self, part: str) -> bytes:
        try:
            key = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
        except ValueError:
            raise self.refuse("SEAL_KEYS", "holds a key that is not base64.") from None
        if len(key) != SHORTEST_SECRET or len(set(key)) < SHORTEST_SECRET // 3:
            raise self.refuse("SEAL_KEYS", "needs keys of 32 random bytes in base64.")
        return key

    def pepper(self) -> bytes | None:
        value = self.text("PEPPER")
        if value:
            self._refuse_weak("PEPPER", value)
        return value.encode() or None

    def database_url(self) -> str:
        value = self.text("DATABASE_URL", "sqlite:///instance/campaign.db")
        if not value.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise self.refuse("DATABASE_URL", "must begin sqlite:/// or postgresql+psycopg://.")
        return value

    def base_url(self, mode: Mode) -> str:
        local = f"http://127.0.0.1:{self.environ.get('PORT', '8000')}"
        value = self.needed("BASE_URL", mode, local).rstrip("/")
        if not _names_a_server(value, ("http", "https")) or set("?# ") & set(value):
            raise self.refuse("BASE_URL", "must be a web address, like https://act.example.org.")
        return value

    def http_url(self, name: str, default: str) -> str:
        value = self.text(name, default).rstrip("/")
        if not _names_a_server(value, ("http", "https")):
            raise self.refuse(name, "must be a web address.")
        return value

    def smtp_url(self, mode: Mode) -> str | None:
        self.needed("SMTP_URL", mode, "")
        return self.server_url("SMTP_URL", ("smtp", "smtps"))

    def server_url(self, name: str, schemes: tuple[str, str]) -> str | None:
        value = self.text(name)
        if value and not _names_a_server(value, schemes):
            ways = " or ".join(f"{scheme}://" for scheme in schemes)
            raise self.refuse(name, f"must begin {ways} and name a server.")
        return value or None

    def mail_domain(self, mode: Mode) -> str:
        value = self.needed("MAIL_DOMAIN", mode, "campaigns.demo.invalid").lower()
        if not _DOMAIN.fullmatch(value):
            raise self.refuse("MAIL_DOMAIN", "must be a domain, like campaigns.example.org.")
        return value

    def metrics_token(self, mode: Mode) -> str | None:
        value = self.text("METRICS_TOKEN")
        if value and mode is Mode.PRODUCTION:
            self._refuse_weak("METRICS_TOKEN", value)
        return value or None

    def networks(self, name: str) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
        parts = self.text(name).replace(",", " ").split()
        try:
            return tuple(ipaddress.ip_network(part, strict=False) for part in parts)
        except ValueError:
            raise self.refuse(name, "must be networks, like 10.0.0.0/8.") from None

    def limits(self, mode: Mode) -> bool:
        value = self.text("LIMITS", "on")
        if value not in {"on", "off"}:
            raise self.refuse("LIMITS", "must be on or off.")
        if value == "off" and mode is Mode.PRODUCTION:
            raise self.refuse("LIMITS", "cannot be off in production.")
        return value == "on"

    def number(self, name: str, default: int, *, most: int) -> int:
        value = self.text(name, str(default))
        if not value.isdecimal() or len(value) > len(str(most)) or int(value) > most:
            raise self.refuse(name, f"must be a whole number from 0 to {most}.")
        return int(value)

    def organisation(self) -> Organisation:
        named = {name: self.text(f"ORGANISATION_{name.upper()}") for name in Organisation.__slots__}
        return Organisation(**{name: value for name, value in named.items() if value})
