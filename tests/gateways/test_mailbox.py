"""The demo's mailbox: whole files, newest first, and no way out of its folder."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count
from multiprocessing import get_context
from pathlib import Path

import pytest

from campaign_app.delivery.compose import compose
from campaign_app.delivery.mail import Envelope, Mail, Person
from campaign_app.errors import NotFound
from campaign_app.gateways.mailbox import MailboxMailer, caught, parsed, raw

NINE = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def envelope(subject: str = "Hello", to: Person | None = None) -> Envelope:
    mail = Mail(
        from_name="Siân Llŷr via A Charity",
        from_local="letters",
        to=to or Person("The Office", "office@mp.invalid"),
        subject=subject,
        text="Please read this. Diolch, ŵyr.\n",
        mail_id="abc@example.org",
        date=NINE,
    )
    return compose(mail, mail_domain="example.org")


def box(folder: Path, start: datetime = NINE) -> MailboxMailer:
    moments = count()
    return MailboxMailer(folder, lambda: start + timedelta(seconds=next(moments)))


def test_mails_are_listed_newest_first_as_readers_see_them(tmp_path: Path) -> None:
    mailbox = box(tmp_path / "box")
    mailbox.open()
    assert mailbox.send(envelope("First")) == "250"
    mailbox.send(envelope("Ail lythyr ŵ"))
    mailbox.close()

    found = caught(tmp_path / "box")

    assert [mail.subject for mail in found] == ["Ail lythyr ŵ", "First"]
    assert found[0].to == "The Office <office@mp.invalid>"
    assert found[0].from_ == "Siân Llŷr via A Charity <letters@example.org>"
    assert [mail.sent_at for mail in found] == [NINE + timedelta(seconds=1), NINE]


def test_a_mail_is_kept_byte_for_byte(tmp_path: Path) -> None:
    sent = envelope()
    box(tmp_path).send(sent)

    data = raw(tmp_path, caught(tmp_path)[0].id)

    assert data == sent.data
    assert parsed(data).get_content().splitlines() == ["Please read this. Diolch, ŵyr."]


def test_an_address_beyond_ascii_is_readable(tmp_path: Path) -> None:
    box(tmp_path).send(envelope(to=Person("Siân", "siân@mp.invalid")))

    assert caught(tmp_path)[0].to == "Siân <siân@mp.invalid>"


def test_started_is_called_before_the_mail_is_kept(tmp_path: Path) -> None:
    seen: list[int] = []

    box(tmp_path).send(envelope(), started=lambda: seen.append(len(caught(tmp_path))))

    assert seen == [0]


def test_a_mailbox_that_never_caught_anything_is_empty(tmp_path: Path) -> None:
    assert caught(tmp_path / "nowhere") == []


def test_only_the_newest_are_listed(tmp_path: Path) -> None:
    mailbox = box(tmp_path)
    for number in range(5):
        mailbox.send(envelope(str(number)))

    assert [mail.subject for mail in caught(tmp_path, limit=2)] == ["4", "3"]


def test_half_written_and_strange_files_are_not_listed(tmp_path: Path) -> None:
    box(tmp_path).send(envelope())
    (tmp_path / ".01795165200000000-aaaaaaaaaaaa").write_bytes(b"half")
    (tmp_path / "notes.eml").write_bytes(b"notes")

    assert len(caught(tmp_path)) == 1


@pytest.mark.parametrize(
    "mail_id",
    [
        "",
        "../secret",
        "..",
        "/etc/passwd",
        "01795165200000000-aaaaaaaaaaaa",
        "01795165200000000-aaaaaaaaaaaa\n",
        "01795165200000000-aaaaaaaaaaaa/../x",
        "01795165200000000-AAAAAAAAAAAA",
        "٠١٧٩٥١٦٥٢٠٠٠٠٠٠٠٠-aaaaaaaaaaaa",
        "x\x00y",
    ],
)
def test_what_is_no_id_of_ours_is_not_found(tmp_path: Path, mail_id: str) -> None:
    (tmp_path / "secret.eml").write_bytes(b"secret")

    with pytest.raises(NotFound):
        raw(tmp_path / "box", mail_id)


def write_ten(folder: Path) -> None:
    mailbox = MailboxMailer(folder, lambda: NINE)
    for _ in range(10):
        mailbox.send(envelope())


def test_several_processes_may_write_at_once(tmp_path: Path) -> None:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        for written in [pool.submit(write_ten, tmp_path) for _ in range(2)]:
            written.result()

    assert len(caught(tmp_path)) == 20
