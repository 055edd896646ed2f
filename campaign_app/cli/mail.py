"""Commands about mail: take in what came back, pause, resume, cancel, the DNS, the figures."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from campaign_app import clock, tasks
from campaign_app.actions import letter_manners, letter_returns
from campaign_app.actions.letter_returns import Desk
from campaign_app.actions.rules import Rules
from campaign_app.cli.running import settings
from campaign_app.database import db, transaction
from campaign_app.delivery import pauses
from campaign_app.delivery.figures import figures
from campaign_app.delivery.models import Stream
from campaign_app.errors import NotFound
from campaign_app.gateways import inbound
from campaign_app.gateways.dns_checks import DnsFinding, MailSetUp, SystemResolver, check_dns
from campaign_app.targets.models import Target

_WHAT = (
    "WHAT is all, letters, service, bulk, campaign:<id> or target:<id>. Letters of a target or "
    "a campaign that was paused move again within five minutes of being resumed."
)


@click.group()
def mail() -> None:
    """Look after the outgoing and incoming mail."""


@mail.command("take-in")
@click.option("--recipient", help="The envelope's recipient, where the mail server gives it.")
@click.option("--maildir", type=click.Path(path_type=Path, file_okay=False), help="Read these.")
@with_appcontext
def take_in(recipient: str | None, maildir: Path | None) -> None:
    """Take one mail from standard input, or all new ones of a Maildir."""
    if maildir is None:
        take(sys.stdin.buffer.read(), recipient)
        return
    for path, raw in inbound.maildir(maildir):
        take(raw, None)
        inbound.seen(path)


def take(raw: bytes, recipient: str | None) -> None:
    """Read one raw mail and write down what it says."""
    arrived = inbound.read(raw, recipient=recipient)
    with transaction() as session:
        letter_returns.take(session, arrived.returned, desk(), clock.now(), arrived.reply)


def desk() -> Desk:
    """Return where news about messages is taken here."""
    rules = Rules.of(settings())
    return Desk(rules.mail_domain, tasks.tell_writer(rules))


@mail.command(epilog=_WHAT)
@click.argument("what")
@click.option("--reason", default="by hand", show_default=True, help="Why, for whoever looks.")
@with_appcontext
def pause(what: str, reason: str) -> None:
    """Let nothing of WHAT leave until it is resumed."""
    with transaction() as session:
        if target := _target(session, what):
            letter_manners.pause_target(session, target, clock.now())
        else:
            pauses.pause(session, _pausable(what), reason=reason, now=clock.now())
    click.echo(f"{what} is paused.")


@mail.command(epilog=_WHAT)
@click.argument("what")
@with_appcontext
def resume(what: str) -> None:
    """Let WHAT leave again."""
    with transaction() as session:
        if target := _target(session, what):
            letter_manners.resume_target(session, target)
        else:
            pauses.resume(session, _pausable(what))
    click.echo(f"{what} goes on.")


@mail.command()
@click.argument("target_id", type=int)
@click.confirmation_option(prompt="Stop all letters to this target that have not left?")
@with_appcontext
def cancel(target_id: int) -> None:
    """Stop the letters to a target, and send their writers word."""
    with transaction() as session:
        target = session.get(Target, target_id)
        if target is None:
            raise NotFound("There is no such target.")
        stopped = letter_manners.cancel_letters(session, target, Rules.of(settings()), clock.now())
    click.echo(f"{stopped} letters are stopped.")


@mail.command("figures")
@with_appcontext
def show_figures() -> None:
    """Print the figures of the outbox as Prometheus reads them."""
    click.echo(figures(db.session(), clock.now()), nl=False)


def dns_findings(**known: Any) -> list[DnsFinding]:  # noqa: ANN401 - the fields of MailSetUp.
    """Return what name servers say about our mail domain, for ``campaign check``."""
    return check_dns(MailSetUp(settings().mail_domain, **known), SystemResolver())


def _target(session: Session, what: str) -> Target | None:
    kind, _, number = what.partition(":")
    if kind != "target":
        return None
    target = session.get(Target, int(number)) if number.isdecimal() else None
    if target is None:
        raise NotFound("There is no such target.")
    return target


def _pausable(what: str) -> str:
    kind, _, number = what.partition(":")
    if what == pauses.ALL or what in set(Stream) or (kind == "campaign" and number.isdecimal()):
        return what
    raise NotFound("That cannot be paused.", _WHAT)
