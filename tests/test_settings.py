"""Settings: read once, checked, refused in words; nothing secret is ever printed."""

from __future__ import annotations

import base64
import ipaddress
import secrets
from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest

from campaign_app.errors import SettingsRefused
from campaign_app.settings import Mode, Organisation, Settings

SECRET = "q7Zr2mVx9LpK4sWd8TnB3cYhF6gJ5eUa1oRi"
SEAL_KEY = base64.urlsafe_b64encode(bytes(range(7, 39))).decode()
PRODUCTION = {
    "CAMPAIGN_SECRET_KEY": SECRET,
    "CAMPAIGN_SEAL_KEYS": SEAL_KEY,
    "CAMPAIGN_PEPPER": SECRET[::-1],
    "CAMPAIGN_DATABASE_URL": "postgresql+psycopg://someone:hunter-two@db/campaign",
    "CAMPAIGN_BASE_URL": "https://act.example.org/",
    "CAMPAIGN_MAIL_DOMAIN": "Letters.Example.org",
    "CAMPAIGN_SMTP_URL": "smtp://someone:hunter-two@mail.example.org:587",
    "CAMPAIGN_METRICS_TOKEN": SECRET.swapcase(),
    "CAMPAIGN_REDIS_URL": "redis://:hunter-two@cache/0",
}


def production(**changes: str | None) -> Settings:
    named = {f"CAMPAIGN_{name}": value for name, value in changes.items()}
    merged = PRODUCTION | named
    return Settings.from_env({name: value for name, value in merged.items() if value is not None})


def demo(**changes: str) -> Settings:
    named = {f"CAMPAIGN_{name}": value for name, value in changes.items()}
    return Settings.from_env({"CAMPAIGN_MODE": "demo", **named})


def test_production_is_the_default_mode() -> None:
    assert production().mode is Mode.PRODUCTION


def test_production_reads_every_setting() -> None:
    read = production(
        UPLOADS="/srv/uploads",
        POSTCODES_URL="https://postcodes.example.org/",
        PARLIAMENT_URL="https://members.example.org",
        TRUSTED_PROXIES="10.0.0.0/8, 2001:db8::/32",
        LETTER_WAIT_MINUTES="5",
        ORGANISATION_NAME="Another Charity",
    )

    assert read.secret_key == SECRET.encode()
    assert read.seal_keys == (bytes(range(7, 39)),)
    assert read.base_url == "https://act.example.org"
    assert read.mail_domain == "letters.example.org"
    assert read.uploads == Path("/srv/uploads")
    assert read.mailbox == Path("/srv/mailbox")
    assert read.postcodes_url == "https://postcodes.example.org"
    assert read.trusted_proxies[0] == ipaddress.ip_network("10.0.0.0/8")
    assert read.letter_wait == timedelta(minutes=5)
    assert read.limits
    assert not read.demo
    assert not read.on_sqlite
    assert read.organisation.name == "Another Charity"
    assert read.organisation.phone == Organisation().phone


def test_the_demonstration_needs_nothing_set() -> None:
    read = demo()

    assert read.demo
    assert read.on_sqlite
    assert read.smtp_url is None
    assert read.letter_wait == timedelta(0)
    assert read.base_url == "http://127.0.0.1:8000"


def test_the_demonstration_lives_at_the_port_it_is_given() -> None:
    read = Settings.from_env({"CAMPAIGN_MODE": "demo", "PORT": "8123"})

    assert read.base_url == "http://127.0.0.1:8123"


@pytest.mark.parametrize("name", ["SECRET_KEY", "SEAL_KEYS", "BASE_URL", "MAIL_DOMAIN", "SMTP_URL"])
def test_production_without_what_it_needs_is_refused(name: str) -> None:
    with pytest.raises(SettingsRefused, match=f"CAMPAIGN_{name} is not set"):
        production(**{name: None})


@pytest.mark.parametrize("name", ["SECRET_KEY", "PEPPER", "METRICS_TOKEN"])
@pytest.mark.parametrize(
    "weak",
    [
        "dev",
        "too short for a key",
        "a" * 64,
        "abcabcabcabcabcabcabcabcabcabcabcabc",
        "my-Secret-key-for-production-2026-xyz",
        "changeme-changeme-changeme-changeme",
        "test1234dev0000test1234dev0000test12",
    ],
)
def test_a_weak_secret_is_refused_in_words(name: str, weak: str) -> None:
    with pytest.raises(SettingsRefused, match=f"CAMPAIGN_{name} (is too short|can be guessed)"):
        production(**{name: weak})


def test_random_secrets_are_welcome() -> None:
    for _ in range(300):
        production(SECRET_KEY=secrets.token_urlsafe(48), PEPPER=secrets.token_hex(32))


def test_the_words_of_a_refusal_do_not_hold_the_secret() -> None:
    with pytest.raises(SettingsRefused) as refused:
        production(SECRET_KEY="hunter-two")

    assert "hunter" not in refused.value.message + refused.value.what_next


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("MODE", "live", "must be demo, production or test"),
        ("SEAL_KEYS", "not base64!", "SEAL_KEYS"),
        ("SEAL_KEYS", "A", "not base64"),
        ("SEAL_KEYS", base64.b64encode(bytes(range(16))).decode(), "32 random bytes"),
        ("SEAL_KEYS", base64.b64encode(bytes(32)).decode(), "32 random bytes"),
        ("SEAL_KEYS", " , ", "holds no key"),
        ("DATABASE_URL", "mysql://db/campaign", "must begin sqlite"),
        ("BASE_URL", "act.example.org", "must be a web address"),
        ("BASE_URL", "https://", "must be a web address"),
        ("BASE_URL", "https://act.example.org/?a=b", "must be a web address"),
        ("BASE_URL", "https://act.example.org:eighty", "must be a web address"),
        ("MAIL_DOMAIN", "letters", "must be a domain"),
        ("MAIL_DOMAIN", "letters@example.org", "must be a domain"),
        ("MAIL_DOMAIN", "exam ple.org", "must be a domain"),
        ("MAIL_DOMAIN", "-x.example.org", "must be a domain"),
        ("SMTP_URL", "http://mail.example.org", "smtp://"),
        ("SMTP_URL", "smtp://", "smtp://"),
        ("SMTP_URL", "smtp://mail.example.org:many", "smtp://"),
        ("REDIS_URL", "cache:6379", "redis://"),
        ("POSTCODES_URL", "ftp://postcodes.example.org", "must be a web address"),
        ("PARLIAMENT_URL", "members", "must be a web address"),
        ("TRUSTED_PROXIES", "the office", "must be networks"),
        ("LIMITS", "maybe", "must be on or off"),
        ("LIMITS", "off", "cannot be off in production"),
        ("LETTER_WAIT_MINUTES", "half an hour", "whole number"),
        ("LETTER_WAIT_MINUTES", "-1", "whole number"),
        ("LETTER_WAIT_MINUTES", "9" * 5000, "whole number from 0 to 10080"),
    ],
)
def test_what_cannot_be_right_is_refused_in_words(name: str, value: str, words: str) -> None:
    with pytest.raises(SettingsRefused, match=words) as refused:
        production(**{name: value})

    assert refused.value.what_next == f"Set CAMPAIGN_{name} and start again."


def test_several_seal_keys_stay_in_their_order() -> None:
    older = base64.b64encode(bytes(range(40, 72))).decode()

    read = production(SEAL_KEYS=f"{SEAL_KEY},{older.rstrip('=')}")

    assert read.seal_keys == (bytes(range(7, 39)), bytes(range(40, 72)))


def test_limits_can_be_off_where_nothing_is_real() -> None:
    assert not demo(LIMITS="off").limits


def test_a_printed_setting_shows_no_secret() -> None:
    printed = repr(production())

    for secret in (SECRET, SECRET[::-1], SECRET.swapcase(), SEAL_KEY, "hunter-two", "\\x07"):
        assert secret not in printed


def test_settings_cannot_be_changed() -> None:
    read = demo()

    for field in fields(read):
        with pytest.raises(AttributeError):
            setattr(read, field.name, None)


def test_phone_numbers_can_be_rung_from_a_page() -> None:
    organisation = Organisation(phone="0333 20 70 300", helpline_phone="0808 800 6000")

    assert organisation.phone_link == "tel:03332070300"
    assert organisation.helpline_phone_link == "tel:08088006000"
