"""What runs in the background: the outbox, and the tasks of the clock, by name and interval."""

from __future__ import annotations

import importlib.util
import logging
import os
import secrets
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from campaign_app import clock
from campaign_app.actions import letter_followup, letter_messages, letter_reconcile, letter_returns
from campaign_app.actions.forget import forget
from campaign_app.actions.letter_followup import FollowUpComposer
from campaign_app.actions.letter_mail import LetterComposer, Render
from campaign_app.actions.letter_manners import Manners
from campaign_app.actions.letter_returns import Desk, ReplyComposer
from campaign_app.actions.rules import Rules
from campaign_app.actions.signature_mail import KINDS as SIGNATURE_KINDS
from campaign_app.actions.signature_mail import SignatureComposer
from campaign_app.campaigns.models import Campaign
from campaign_app.database import db, transaction
from campaign_app.delivery import claiming, dispatch, verp
from campaign_app.delivery.breaker import SharedHealth
from campaign_app.delivery.dispatch import Composer, Line
from campaign_app.delivery.mail import Mail
from campaign_app.delivery.mailers import Mailer
from campaign_app.delivery.models import Message, Stream
from campaign_app.delivery.outcomes import OnFailed
from campaign_app.gateways.mailbox import MailboxMailer
from campaign_app.gateways.relays import Relays
from campaign_app.gateways.smtp import Relay, SmtpMailer
from campaign_app.letters.models import Letter
from campaign_app.settings import Settings

log = logging.getLogger(__name__)


def mailer(settings: Settings, second_url: str | None = None) -> Mailer:
    """Return the mail servers that the settings name, or the demonstration's mailbox.

    ``second_url`` is the relay that is used while the first one cannot be.
    """
    if settings.smtp_url is None:
        return MailboxMailer(settings.mailbox, clock.now)
    urls = [url for url in (settings.smtp_url, second_url) if url]
    relays = {
        Relay.from_url(url).name: SmtpMailer(url, local_hostname=settings.mail_domain)
        for url in urls
    }
    return Relays(relays, SharedHealth(), clock.now)


def line(settings: Settings, render: Render, second_url: str | None = None) -> Line:
    """Return everything between the outbox and the mail server, for this one worker."""
    rules = Rules.of(settings)
    chosen = mailer(settings, second_url)
    return Line(
        mailer=chosen,
        composer=_composer(rules, render),
        mail_domain=settings.mail_domain,
        owner=f"{os.getpid()}-{secrets.token_hex(4)}",
        clock=clock.now,
        on_failed=tell_writer(rules),
        retry_in_doubt=_campaign_says,
        manners_of=Manners.of(rules).of_target,
        may_claim=chosen.usable if isinstance(chosen, Relays) else _at_any_time,
        return_path=lambda message: verp.return_path(message.public_id, settings.mail_domain),
    )


def _at_any_time() -> bool:
    return True


def _composer(rules: Rules, render: Render) -> Composer:
    """Return what builds each kind of message; what nobody else claims is a letter's."""
    letters: Composer = LetterComposer(rules, render)
    signatures: Composer = SignatureComposer(rules, render)
    follow_ups: Composer = FollowUpComposer(rules, render)
    others: dict[str, Composer] = {
        **dict.fromkeys(SIGNATURE_KINDS, signatures),
        letter_returns.REPLY: ReplyComposer(rules, render),
        letter_followup.QUESTION: follow_ups,
        letter_followup.CHASER: follow_ups,
    }

    def compose(session: Session, message: Message, now: datetime) -> Mail | None:
        return others.get(message.kind, letters)(session, message, now)

    return compose


def tell_writer(rules: Rules) -> OnFailed:
    """Return what sends a letter's writer their words back when it failed."""

    def tell(session: Session, message: Message) -> None:
        if message.kind == letter_messages.LETTER and message.letter_id is not None:
            letter = session.get_one(Letter, message.letter_id)
            failed_at = message.ended_at or clock.now()
            letter_messages.tell_of_failure(session, letter, rules, failed_at)

    return tell


def _campaign_says(message: Message) -> bool:
    """Return whether a message in doubt is sent again: service mail always is."""
    if message.stream is not Stream.LETTERS or message.campaign_id is None:
        return True
    return db.session.get_one(Campaign, message.campaign_id).retry_in_doubt


def recover(line: Line) -> None:
    """Take back what a dead worker left."""
    with transaction() as session:
        claiming.recover(
            session,
            now=clock.now(),
            retry_in_doubt=line.retry_in_doubt,
            on_failed=line.on_failed,
        )


def forget_old(_line: Line) -> None:
    """Remove what has had its time, a batch in each transaction, until nothing is left."""
    left = True
    while left:
        with transaction() as session:
            removed = forget(session, clock.now())
        log.info("forgot: %s", ", ".join(f"{rule} {count}" for rule, count in removed.items()))
        left = any(removed.values())


def desk(line: Line) -> Desk:
    """Return where news about messages is taken."""
    return Desk(line.mail_domain, line.on_failed)


def take_late_news(line: Line) -> None:
    """Take what came back about messages before they were marked as accepted."""
    with transaction() as session:
        left = letter_returns.take_waiting(session, desk(line), clock.now())
    if left:
        log.info("%s pieces of news wait for their message", left)


def forget_replies(_line: Line) -> None:
    """Remove offices' answers that were forwarded."""
    with transaction() as session:
        letter_returns.forget_replies(session, clock.now())


def ask_writers(line: Line) -> None:
    """Ask writers who agreed to it whether the office answered."""
    with transaction() as session:
        letter_followup.ask(session, line.mail_domain, clock.now())


def reconcile(_line: Line) -> None:
    """Count every act against its messages, and say where they do not agree."""
    found = letter_reconcile.orphans(db.session(), clock.now())
    db.session.rollback()
    for one in found:
        log.error("orphan: %s", one)


#: Every task of the clock: how often it runs.
TASKS: Mapping[Callable[[Line], None], timedelta] = {
    recover: timedelta(minutes=1),
    take_late_news: timedelta(minutes=1),
    forget_replies: timedelta(minutes=10),
    ask_writers: timedelta(hours=1),
    reconcile: timedelta(hours=1),
    forget_old: timedelta(hours=1),
}


@dataclass(slots=True)
class Clockwork:
    """Drains the outbox and runs each task when it is due; all run once at the start."""

    line: Line
    tasks: Mapping[Callable[[Line], None], timedelta] = field(default_factory=lambda: TASKS)
    ran_at: dict[str, datetime] = field(default_factory=dict)

    def once(self) -> int:
        """Run what is due, then drain once; return how many messages were claimed."""
        now = clock.now()
        for task, interval in self.tasks.items():
            if now - self.ran_at.get(task.__name__, now - interval) >= interval:
                # Noted first: a task that fails must not keep the mail from leaving each time.
                self.ran_at[task.__name__] = now
                task(self.line)
        return dispatch.drain(self.line)


def engine_for(settings: Settings) -> str:
    """Return which engine runs the work: ``procrastinate`` on PostgreSQL, where it is installed.

    Everywhere else it is ``embedded``: the worker that needs nothing but the database.
    """
    there = importlib.util.find_spec("procrastinate") is not None
    return "embedded" if settings.on_sqlite or not there else "procrastinate"


def run_distributed(
    settings: Settings, render: Render, context: Callable[[], AbstractContextManager[Any]]
) -> None:
    """Work with Procrastinate until told to stop; ``context`` gives each job the app's context."""
    from campaign_app.gateways import distributed  # noqa: PLC0415 - an extra, maybe not there.

    def drain() -> int:
        return dispatch.drain(_line_of_thread(settings, render))

    def bound(task: Callable[[Line], None]) -> Callable[[], None]:
        return lambda: task(_line_of_thread(settings, render))

    work = distributed.Work(
        context=context,
        drain=drain,
        tasks={task.__name__: (bound(task), interval) for task, interval in TASKS.items()},
    )
    distributed.run(settings.database_url, work)


_of_thread = threading.local()


def _line_of_thread(settings: Settings, render: Render) -> Line:
    """Return this thread's line: a mailer is for one thread, and so is the owner of a lease."""
    if not hasattr(_of_thread, "line"):
        _of_thread.line = line(settings, render)
    found: Line = _of_thread.line
    return found
