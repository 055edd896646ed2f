"""Addresses of targets are plain, so that nothing can be smuggled into a mail."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaign_app.targets.addresses import NotAnAddress, target_address


@pytest.mark.parametrize(
    "address",
    [
        "mp.e14001085@parliament.demo.invalid",
        "neil.coyle.mp@parliament.uk",
        "o'brien+casework@example.org",
        "office@xn--llandudno-x7a.example.wales",
        f"{'a' * 64}@example.org",
    ],
)
def test_a_plain_address_stays_as_it_is(address: str) -> None:
    assert target_address(address) == address


def test_only_the_domain_is_made_lower_case() -> None:
    assert target_address("Office.MP@Parliament.UK") == "Office.MP@parliament.uk"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "office",
        "office@localhost",
        "@example.org",
        "office@",
        "office@@example.org",
        "a@b@example.org",
        " office@example.org",
        "office@example.org ",
        "office@example.org\n",
        "office@example.org\r\nBcc: all@example.org",
        "office\x00@example.org",
        "office@exam\tple.org",
        "Office <office@example.org>",
        '"office"@example.org',
        "office(work)@example.org",
        "office@example.org, other@example.org",
        "office@example.org;other@example.org",
        ".office@example.org",
        "office.@example.org",
        "of..fice@example.org",
        "office@-example.org",
        "office@example-.org",
        "office@example..org",
        "office@.example.org",
        "office@exam_ple.org",
        "office@[127.0.0.1]",
        "siân@example.org",
        "office@exämple.org",
        "office@example.org\u202e",
        f"{'a' * 65}@example.org",
        f"office@{'a' * 64}.org",
        "a@" + ".".join(["b" * 60] * 5),
        "a" * 10_000,
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(NotAnAddress):
        target_address(text)


@settings(deadline=None)
@given(st.text(max_size=300) | st.text("a.@-\r\n ,<>\"'", max_size=40))
def test_no_text_gets_a_line_or_a_second_address_through(text: str) -> None:
    try:
        address = target_address(text)
    except NotAnAddress:
        return
    assert address.isascii()
    assert address.isprintable()
    assert address.count("@") == 1
    assert not set(address) & set(' <>",;()[]')
