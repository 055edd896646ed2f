"""Act: three weeks later, ask a writer who agreed to it whether the office replied.

The mail only asks; answers and the offer of a polite reminder stand on the letter's own page.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app import clock
from campaign_app.actions import letter_messages
from campaign_app.actions.letter_mail import OfficeGone, Render, full_name, reference
from campaign_app.actions.letter_returns import letter_pages
from campaign_app.actions.rules import Rules
from campaign_app.delivery import outbox
from campaign_app.delivery.mail import AUTO_GENERATED, Mail, Person
from campaign_app.delivery.models import FollowUp, Message, MessageState, OfficeReply, Stream
from campaign_app.errors import WrongState
from campaign_app.letters.models import Letter, LetterState
from campaign_app.targets.models import Target
from campaign_app.targets.offices import Office, office

QUESTION = "letter_question"
CHASER = "letter_chaser"

ASK_AFTER = timedelta(days=18)
ASK_UNTIL = timedelta(days=21)
BATCH = 500

_ARRIVED = (MessageState.ACCEPTED, MessageState.DELIVERED)
_CHASED = frozenset({OfficeReply.NOT_YET, OfficeReply.NOT_TO_THE_POINT})


def ask(session: Session, mail_domain: str, now: datetime) -> int:
    """Ask writers whose letters arrived three weeks ago; return how many; never commits.

    Each is asked once, and nobody later than three weeks after the letter arrived.
    """
    letters = session.scalars(
        select(Letter)
        .join(Message, Message.letter_id == Letter.id)
        .outerjoin(FollowUp, FollowUp.letter_id == Letter.id)
        .where(
            Message.kind == letter_messages.LETTER,
            Message.state.in_(_ARRIVED),
            Message.accepted_at <= now - ASK_AFTER,
            Message.accepted_at > now - ASK_UNTIL,
            Letter.follow_up_agreed,
            Letter.state == LetterState.RELEASED,
            Letter.erased_at.is_(None),
            FollowUp.letter_id.is_(None),
        )
        .limit(BATCH)
    ).all()
    for letter in letters:
        session.add(FollowUp(letter_id=letter.id, asked_at=now))
        _queue(session, letter, QUESTION, Stream.SERVICE, mail_domain, now)
    return len(letters)


def answer(session: Session, letter: Letter, said: OfficeReply, now: datetime) -> None:
    """Keep what became of a letter; a later answer replaces an earlier one; never commits.

    Raises WrongState when nobody asked.
    """
    asked = _asked(session, letter)
    asked.answer, asked.answered_at = said, now
    session.flush()


def may_chase(session: Session, letter: Letter) -> bool:
    """Return whether the offer of a reminder to the office stands."""
    asked = session.get(FollowUp, letter.id)
    return asked is not None and asked.answer in _CHASED and asked.chaser_at is None


def chase(session: Session, letter: Letter, mail_domain: str, now: datetime) -> None:
    """Send the office one polite reminder in the writer's name; never commits.

    Raises WrongState unless the writer said that there was no answer, or none to the point.
    """
    asked = _asked(session, letter)
    if not may_chase(session, letter) or letter.email is None:
        raise WrongState
    asked.chaser_at = now
    _queue(session, letter, CHASER, Stream.LETTERS, mail_domain, now)


def _asked(session: Session, letter: Letter) -> FollowUp:
    asked = session.get(FollowUp, letter.id, with_for_update=True, populate_existing=True)
    if asked is None:
        raise WrongState
    return asked


def _queue(
    session: Session, letter: Letter, kind: str, stream: Stream, mail_domain: str, now: datetime
) -> None:
    outbox.queue(
        session,
        kind=kind,
        stream=stream,
        state=MessageState.DUE,
        due_at=now,
        now=now,
        mail_domain=mail_domain,
        letter_id=letter.id,
        campaign_id=letter.campaign_id,
        target_id=letter.target_id if stream is Stream.LETTERS else None,
    )


@dataclass(frozen=True, slots=True)
class FollowUpComposer:
    """Builds the question to the writer, and the reminder to the office."""

    rules: Rules
    render: Render

    def __call__(self, session: Session, message: Message, now: datetime) -> Mail | None:
        """Return the mail, or None when its letter or its writer is gone."""
        letter = session.get(Letter, message.letter_id) if message.letter_id else None
        if letter is None or letter.email is None or letter.state is not LetterState.RELEASED:
            return None
        if message.kind == CHASER:
            return self._chaser(session, message, letter, now)
        return self._question(session, message, letter, now)

    def _question(self, session: Session, message: Message, letter: Letter, now: datetime) -> Mail:
        subject, text = self._rendered(session, QUESTION, letter, now)
        return Mail(
            from_name=self.rules.organisation.name,
            from_local="campaigns",
            to=Person(full_name(letter), letter.email or ""),
            subject=subject,
            text=text,
            mail_id=message.mail_id,
            date=now,
            extra=AUTO_GENERATED,
        )

    def _chaser(self, session: Session, message: Message, letter: Letter, now: datetime) -> Mail:
        target = session.get_one(Target, letter.target_id)
        if target.email is None or target.valid_to or office(target) is not Office.SITTING:
            raise OfficeGone
        name = full_name(letter)
        subject, text = self._rendered(session, CHASER, letter, now)
        return Mail(
            from_name=f"{name} via {self.rules.organisation.name}",
            from_local="letters",
            to=Person(target.name, target.email),
            reply_to=Person(name, letter.email or ""),
            subject=subject,
            text=text,
            mail_id=message.mail_id,
            date=now,
            extra=(("X-Campaign-ID", reference(session, letter)),),
        )

    def _rendered(
        self, session: Session, kind: str, letter: Letter, now: datetime
    ) -> tuple[str, str]:
        own = letter_messages.own_message(session, letter)
        left_at = own.accepted_at or now
        facts = {
            "first_name": letter.first_name,
            "name": full_name(letter),
            "target": letter.target_name,
            "salutation": session.get_one(Target, letter.target_id).salutation,
            "organisation": self.rules.organisation,
            "subject": letter.subject,
            "postcode": letter.postcode,
            "sent_on": clock.in_words(left_at),
            "links": letter_pages(letter, self.rules, now),
        }
        subject, _, text = self.render(kind, letter.lang, facts).partition("\n")
        return subject.strip(), text.strip() + "\n"
