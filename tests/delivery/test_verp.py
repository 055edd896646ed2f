"""The envelope's sender leads back to its message, and to no other."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaign_app.delivery.verp import message_of, return_path
from campaign_app.vault.tokens import random_id

DOMAIN = "letters.example.org"


@pytest.mark.parametrize("form", [str, str.upper, str.title, "<{}>".format, " {} ".format])
def test_an_address_leads_back_whatever_becomes_of_its_case(
    app: Flask, form: Callable[[str], str]
) -> None:
    public_id = random_id()

    assert message_of(form(return_path(public_id, DOMAIN))) == public_id


def test_an_address_fits_every_server(app: Flask) -> None:
    local = return_path(random_id(), DOMAIN).partition("@")[0]

    assert len(local) <= 64
    assert local == local.lower()


def test_every_changed_letter_is_noticed(app: Flask) -> None:
    local = return_path(random_id(), DOMAIN).partition("@")[0]

    for place in range(2, len(local)):
        other = "a" if local[place] != "a" else "b"
        assert message_of(f"{local[:place]}{other}{local[place + 1 :]}@{DOMAIN}") is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(address=st.text())
def test_nothing_else_is_ours(app: Flask, address: str) -> None:
    assert message_of(address) is None
