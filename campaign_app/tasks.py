"""What runs in the background: the outbox, and the tasks of the clock, by name and interval."""

from __future__ import annotations

import logging
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from campaign_app import clock
from campaign_app.actions import letter_messages
from campaign_app.actions.forget import forget
from campaign_app.actions.letter_mail import LetterComposer, Render
from campaign_app.actions.rules import Rules
from campaign_app.campaigns.models import Campaign
from campaign_app.database import db, transaction
from campaign_app.delivery import dispatch
from campaign_app.delivery.dispatch import Line, Mailer
from campaign_app.delivery.models import Message
from campaign_app.gateways.mailbox import MailboxMailer
from campaign_app.gateways.smtp import SmtpMailer
from campaign_app.letters.models import Letter
from campaign_app.settings import Settings

log = logging.getLogger(__name__)


def mailer(settings: Settings) -> Mailer:
    """Return the mail server that the settings name, or the demonstration's mailbox."""
    if settings.smtp_url is None:
        return MailboxMailer(settings.mailbox, clock.now)
    return SmtpMailer(settings.smtp_url, local_hostname=settings.mail_domain)


def line(settings: Settings, render: Render) -> Line:
    """Return everything between the outbox and the mail server, for this one worker."""
    rules = Rules.of(settings)
    return Line(
        mailer=mailer(settings),
        composer=LetterComposer(rules, render),
        mail_domain=settings.mail_domain,
        owner=f"{os.getpid()}-{secrets.token_hex(4)}",
        clock=clock.now,
        on_failed=_tell_writer(rules),
        retry_in_doubt=_campaign_says,
    )


def _tell_writer(rules: Rules) -> Callable[[Session, Message], None]:
    def tell(session: Session, message: Message) -> None:
        if message.kind == letter_messages.LETTER and message.letter_id is not None:
            letter = session.get_one(Letter, message.letter_id)
            letter_messages.tell_of_failure(session, letter, rules, clock.now())

    return tell


def _campaign_says(message: Message) -> bool:
    """Return whether a message in doubt is sent again: service mail always is."""
    if message.kind != letter_messages.LETTER or message.campaign_id is None:
        return True
    return db.session.get_one(Campaign, message.campaign_id).retry_in_doubt


def recover(line: Line) -> None:
    """Take back what a dead worker left."""
    with transaction() as session:
        dispatch.recover(
            session,
            now=clock.now(),
            retry_in_doubt=line.retry_in_doubt,
            on_failed=line.on_failed,
        )


def forget_old(_line: Line) -> None:
    """Remove what has had its time."""
    with transaction() as session:
        removed = forget(session, clock.now())
    log.info("forgot: %s", ", ".join(f"{rule} {count}" for rule, count in removed.items()))


#: Every task of the clock: how often it runs.
TASKS: Mapping[Callable[[Line], None], timedelta] = {
    recover: timedelta(minutes=1),
    forget_old: timedelta(hours=1),
}


@dataclass(slots=True)
class Clockwork:
    """Drains the outbox and runs each task when it is due; all run once at the start."""

    line: Line
    ran_at: dict[str, datetime] = field(default_factory=dict)

    def once(self) -> int:
        """Run what is due, then drain once; return how many messages were claimed."""
        now = clock.now()
        for task, interval in TASKS.items():
            if now - self.ran_at.get(task.__name__, now - interval) >= interval:
                task(self.line)
                self.ran_at[task.__name__] = now
        return dispatch.drain(self.line)
