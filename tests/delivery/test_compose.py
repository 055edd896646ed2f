"""The bytes of a mail, read back by the standard library's parser."""

from __future__ import annotations

import email
import re
from dataclasses import replace
from datetime import UTC, datetime
from email import policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr
from typing import cast

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from campaign_app.delivery.compose import compose
from campaign_app.delivery.mail import (
    AUTO_GENERATED,
    AddressRefused,
    HeaderRefused,
    Mail,
    Person,
)

DOMAIN = "letters.example.org"
ALWAYS = ["Date", "From", "To", "Reply-To", "Subject", "Message-ID"]
ALWAYS_LAST = ["MIME-Version", "Content-Type", "Content-Transfer-Encoding"]
LETTER = Mail(
    from_name="Ann Supporter via A Charity",
    from_local="letters",
    to=Person("The Office", "office@mp.example"),
    subject="Care in your constituency [FCE]",
    text="Dear you,\n\nHello.\n",
    mail_id="abc-DEF_123@letters.example.org",
    date=datetime(2026, 11, 20, 9, 0, tzinfo=UTC),
    reply_to=Person("Ann Supporter", "ann@home.example"),
)

#: Everything that may stand in one line, of every script.
ONE_LINE = st.text(
    st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\u2028\u2029"),
    max_size=160,
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=400)
NAMES = [
    "Siân O'Brien-Llŷr",
    "Ŵyn Ŷsgol",
    "محمد عبد الرحمن",
    "Søren Ødegård",
    "O'Brien, Ann",
    'Ann "Annie" \\ Smith',
    "Ann (Manchester); DROP <ann@evil.example>",
    "=?utf-8?q?Postmaster?=",
    "渡辺 謙",
    "Ann 🎗 Smith",
    "a@b.example",
]


def sent(mail: Mail) -> bytes:
    return compose(mail, mail_domain=DOMAIN).data


def read(data: bytes) -> EmailMessage:
    return email.message_from_bytes(data, policy=policy.default)


def name_in(data: bytes, header: str) -> str:
    """A name as a reader's program shows it.

    The newer parser of Python before 3.14 shows a space too many between two encoded words in a
    name, against RFC 2047; for those, the older one is asked.
    """
    raw = str(email.message_from_bytes(data)[header]).replace("\r\n", "")
    if raw.count("=?utf-8?") > 1:
        return str(make_header(decode_header(parseaddr(raw)[0])))
    addresses = read(data)[header].addresses
    assert len(addresses) == 1
    return cast("str", addresses[0].display_name)


def single_spaced(name: str) -> str:
    return " ".join(filter(None, name.split(" ")))


@settings(deadline=None)
@given(name=ONE_LINE, other=ONE_LINE, subject=ONE_LINE, text=TEXT)
@example(name="x" * 300, other="ŵ" * 120, subject="From me", text="From\r\n.\n..\nFrom x\n \t\n")
@example(name="  a  b ", other="  ", subject=" a  b ", text="")
@example(name="a,b", other='"', subject="=?utf-8?q?x?=", text="x" * 3000 + "\n" + "." * 200)
@example(name="é " * 80, other="a é " * 40, subject="word " * 60, text="From " * 60 + "\r\r\n")
def test_every_text_is_read_back_and_no_header_is_gained(
    name: str, other: str, subject: str, text: str
) -> None:
    mail = replace(
        LETTER,
        from_name=name,
        to=Person(other, "office@mp.example"),
        reply_to=Person(name, "ann@home.example"),
        subject=subject,
        text=text,
        extra=AUTO_GENERATED,
    )

    data = sent(mail)

    found = read(data)
    assert found.keys() == [*ALWAYS, "Auto-Submitted", "X-Auto-Response-Suppress", *ALWAYS_LAST]
    assert not found.defects
    assert found["Subject"] == subject
    assert found["From"].addresses[0].addr_spec == "letters@letters.example.org"
    assert found["To"].addresses[0].addr_spec == "office@mp.example"
    assert found["Reply-To"].addresses[0].addr_spec == "ann@home.example"
    assert name_in(data, "From") == name_in(data, "Reply-To") == single_spaced(name)
    assert name_in(data, "To") == single_spaced(other)
    lines = re.sub("\r\n?", "\n", text).removesuffix("\n") + "\n"
    assert found.get_content().replace("\r\n", "\n") == lines


@settings(deadline=None)
@given(name=ONE_LINE, subject=ONE_LINE, text=TEXT)
@example(name="", subject="", text="From here\n.\n" + "ŵ\n." * 300)
def test_no_server_on_the_way_has_a_reason_to_change_the_bytes(
    name: str, subject: str, text: str
) -> None:
    data = sent(replace(LETTER, from_name=name, subject=subject, text=text))

    assert data.isascii()
    assert data.endswith(b"\r\n")
    for line in data.split(b"\r\n"):
        assert len(line) <= 78
        assert not re.search(rb"[\r\n\x00]|^From |^\.|[ \t]$", line) or line == b"Subject: "


@pytest.mark.parametrize("name", NAMES)
def test_names_keep_their_letters(name: str) -> None:
    data = sent(replace(LETTER, from_name=f"{name} via A Charity", reply_to=Person(name, "a@b.cd")))

    assert name_in(data, "From") == f"{name} via A Charity"
    assert name_in(data, "Reply-To") == name
    assert read(data)["From"].addresses[0].domain == DOMAIN


@given(
    before=st.text(max_size=20),
    control=st.sampled_from([*map(chr, range(32)), "\x7f", "\x85", "\u2028", "\u2029", "\ud800"]),
    after=st.text(max_size=20),
)
def test_nothing_that_could_end_a_line_enters_a_header(
    before: str, control: str, after: str
) -> None:
    value = before + control + after
    forged: list[Mail] = [
        replace(LETTER, from_name=value),
        replace(LETTER, subject=value),
        replace(LETTER, to=Person(value, "office@mp.example")),
        replace(LETTER, reply_to=Person(value, "ann@home.example")),
        replace(LETTER, to=Person("", f"office{value}@mp.example")),
        replace(LETTER, to=Person("", f"office@{value}.example")),
        replace(LETTER, mail_id=f"abc{value}@example.org"),
        replace(LETTER, from_local=f"letters{value}"),
        replace(LETTER, extra=(("X-Campaign-ID", value),)),
        replace(LETTER, extra=((f"X-Campaign-ID{value}", "fce"),)),
    ]
    for mail in forged:
        with pytest.raises((HeaderRefused, AddressRefused)):
            sent(mail)


@pytest.mark.parametrize(
    "extra",
    [
        (("Bcc", "x@y.example"),),
        (("Precedence", "bulk"),),
        (("X-Campaign-ID", "a"), ("X-Campaign-ID", "b")),
        (("X-Campaign-ID", "ŵ"),),
        (("X-Campaign-ID", "x" * 990),),
    ],
)
def test_only_headers_of_the_closed_list_are_added_once_and_in_ascii(
    extra: tuple[tuple[str, str], ...],
) -> None:
    with pytest.raises(HeaderRefused):
        sent(replace(LETTER, extra=extra))


@pytest.mark.parametrize("local", ["", "Ann", "ann@evil.example", "post master", "-x", "x" * 41])
def test_the_local_part_of_from_is_a_word_of_ours(local: str) -> None:
    with pytest.raises(HeaderRefused):
        sent(replace(LETTER, from_local=local))


def test_a_lone_surrogate_in_the_text_is_refused() -> None:
    with pytest.raises(HeaderRefused):
        sent(replace(LETTER, text="\ud83c"))


def test_a_letter_reads_as_it_was_meant() -> None:
    envelope = compose(LETTER, mail_domain=DOMAIN)

    assert envelope.mail_from == "letters@letters.example.org"
    assert envelope.rcpt_to == "office@mp.example"
    assert envelope.needs_smtputf8 is False
    assert envelope.data.decode() == (
        "Date: Fri, 20 Nov 2026 09:00:00 +0000\r\n"
        'From: "Ann Supporter via A Charity" <letters@letters.example.org>\r\n'
        'To: "The Office" <office@mp.example>\r\n'
        'Reply-To: "Ann Supporter" <ann@home.example>\r\n'
        "Subject: Care in your constituency [FCE]\r\n"
        "Message-ID: <abc-DEF_123@letters.example.org>\r\n"
        "MIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n"
        "Content-Transfer-Encoding: 7bit\r\n"
        "\r\n"
        "Dear you,\r\n\r\nHello.\r\n"
    )


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Plain words.\n", "7bit"),
        ("Diolch, Siân.\n", "quoted-printable"),
        ("One long line. " * 20, "quoted-printable"),
        ("From here.\n", "quoted-printable"),
        ("مرحبا بالعالم\n" * 20, "base64"),
    ],
)
def test_the_text_travels_in_the_encoding_that_fits(text: str, encoding: str) -> None:
    assert read(sent(replace(LETTER, text=text)))["Content-Transfer-Encoding"] == encoding


def test_without_reply_to_answers_come_to_us() -> None:
    assert read(sent(replace(LETTER, reply_to=None)))["Reply-To"] is None


def test_a_nameless_address_stands_alone() -> None:
    data = sent(replace(LETTER, to=Person("", "office@mp.example")))

    assert b"\r\nTo: office@mp.example\r\n" in data


def test_an_unsubscribe_header_stays_as_it_is() -> None:
    value = f"<https://act.example.org/unsubscribe/{'t' * 80}>, <mailto:stop@example.org>"

    found = read(sent(replace(LETTER, extra=(("List-Unsubscribe", value),))))

    assert found["List-Unsubscribe"] == value


def test_a_domain_beyond_ascii_travels_as_punycode() -> None:
    envelope = compose(
        replace(LETTER, to=Person("", "post@cymru.ŵyl.example")), mail_domain="llythyr.ŵyl.example"
    )

    assert envelope.rcpt_to == "post@cymru.xn--yl-9ua.example"
    assert envelope.mail_from == "letters@llythyr.xn--yl-9ua.example"
    assert envelope.needs_smtputf8 is False


@pytest.mark.parametrize(
    "mail",
    [
        replace(LETTER, to=Person("Siân", "siân@mp.example")),
        replace(LETTER, reply_to=Person("Siân", "siân@mp.example")),
    ],
)
def test_an_address_beyond_ascii_needs_a_server_that_knows_it(mail: Mail) -> None:
    envelope = compose(mail, mail_domain=DOMAIN)

    found = email.message_from_string(envelope.data.decode(), policy=policy.SMTPUTF8)
    person = found["To"] if mail.reply_to is LETTER.reply_to else found["Reply-To"]
    assert envelope.needs_smtputf8 is True
    assert person.addresses[0].addr_spec == "siân@mp.example"
    assert person.addresses[0].display_name == "Siân"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ann",
        "@mp.example",
        "ann@",
        "ann@@mp.example",
        "ann smith@mp.example",
        "<ann@mp.example>",
        '"ann"@mp.example',
        "ann@mp.example, bob@mp.example",
        "ann@[127.0.0.1]",
        "ann@mp..example",
        "ann@mp_x.example",
        "ann@ŵ..example",
        ".ann@mp.example",
        "ann.@mp.example",
        "a" * 65 + "@mp.example",
        "ann@" + "a23456789." * 26 + "example",
    ],
)
def test_an_address_that_cannot_be_sent_to_is_refused(address: str) -> None:
    with pytest.raises(AddressRefused):
        sent(replace(LETTER, to=Person("", address)))


@pytest.mark.parametrize(
    "address", ["a+b@mp.example", "o'brien@mp.example", "office@seat.invalid", "x@localhost"]
)
def test_unusual_addresses_are_welcome(address: str) -> None:
    assert compose(replace(LETTER, to=Person("", address)), mail_domain=DOMAIN).rcpt_to == address


def test_a_signature_is_put_on_last() -> None:
    signed = compose(LETTER, mail_domain=DOMAIN, sign=lambda data: b"DKIM-Signature: x\r\n" + data)

    assert signed.data == b"DKIM-Signature: x\r\n" + sent(LETTER)
