"""What a letter's messages say, built when they leave: links are signed then, nothing is stored.

Words of service mail come from ``templates/email/<kind>.txt``; a renderer is handed in,
because templates are known only to the doors. The first line of a rendered text is its subject.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from campaign_app import clock
from campaign_app.actions import letter_links, letter_messages
from campaign_app.actions.holder_changed import new_holder
from campaign_app.actions.rules import CODE_LIFE, Rules
from campaign_app.campaigns.models import Campaign
from campaign_app.delivery.mail import AUTO_GENERATED, Mail, Person
from campaign_app.delivery.models import Message
from campaign_app.errors import FinalFailure
from campaign_app.letters.footer import footer, with_footer
from campaign_app.letters.models import Letter, LetterState
from campaign_app.targets.models import Target
from campaign_app.targets.offices import Office, office
from campaign_app.vault import tokens

Render = Callable[[str, str, dict[str, Any]], str]  #: template name, language, facts

#: Service mail that is pointless once a letter is no longer in these states.
STILL_WANTED = {
    letter_messages.CONFIRM: {LetterState.UNCONFIRMED},
    letter_messages.REMINDER: {LetterState.UNCONFIRMED},
    letter_messages.COPY: {LetterState.RELEASED},
    letter_messages.FAILED: {LetterState.RELEASED},
    letter_messages.HOLDER_CHANGED: {LetterState.RELEASED},
}


class OfficeGone(FinalFailure):
    """Since Send the target has left its office, or takes no more letters."""

    message = "The office that this letter is for cannot be written to any more."


@dataclass(frozen=True, slots=True)
class LetterComposer:
    """Builds the mail of a letter's message, or None when there is nothing to send any more."""

    rules: Rules
    render: Render

    def __call__(self, session: Session, message: Message, now: datetime) -> Mail | None:
        """Return the mail of this message as things stand now.

        Raises OfficeGone for a letter that nobody can receive any more: it fails, and its
        writer is told.
        """
        letter = session.get(Letter, message.letter_id) if message.letter_id else None
        if letter is None or letter.email is None or letter.body is None:
            return None
        if message.kind == letter_messages.LETTER:
            return self._letter(session, message, letter, now)
        if letter.state not in STILL_WANTED[message.kind]:
            return None
        return self._service(session, message, letter, now)

    def _letter(
        self, session: Session, message: Message, letter: Letter, now: datetime
    ) -> Mail | None:
        if letter.state is not LetterState.RELEASED:
            return None
        target = session.get_one(Target, letter.target_id)
        if target.email is None or target.valid_to or office(target) is not Office.SITTING:
            raise OfficeGone
        name, organisation = full_name(letter), self.rules.organisation.name
        return Mail(
            from_name=f"{name} via {organisation}",
            from_local="letters",
            to=Person(target.name, target.email),
            reply_to=Person(name, letter.email or ""),
            subject=letter.subject,
            text=with_footer(letter.body or "", self.footer_of(session, letter)),
            mail_id=message.mail_id,
            date=now,
            extra=(("X-Campaign-ID", reference(session, letter)),),
        )

    def footer_of(self, session: Session, letter: Letter) -> str:
        """Return the constant lines under the letter, true at this moment."""
        confirmed = letter.confirmed_at
        return footer(
            name=full_name(letter),
            organisation=self.rules.organisation.name,
            reference=reference(session, letter),
            contact=self.rules.organisation.email,
            confirmed_on=clock.london_date(confirmed) if confirmed else None,
            lang=letter.lang,
        )

    def _service(self, session: Session, message: Message, letter: Letter, now: datetime) -> Mail:
        facts = self._facts(session, letter, now)
        subject, _, text = self.render(message.kind, letter.lang, facts).partition("\n")
        return Mail(
            from_name=self.rules.organisation.name,
            from_local="campaigns",
            to=Person(full_name(letter), letter.email or ""),
            subject=subject.strip(),
            text=text.strip() + "\n",
            mail_id=message.mail_id,
            date=now,
            extra=AUTO_GENERATED,
        )

    def _facts(self, session: Session, letter: Letter, now: datetime) -> dict[str, Any]:
        issued_at = letter.code_issued_at
        target = session.get_one(Target, letter.target_id)
        return {
            "first_name": letter.first_name,
            "target": letter.target_name,
            "target_postal": target.postal,
            "target_phone": target.phone,
            "organisation": self.rules.organisation,
            "subject": letter.subject,
            "letter": with_footer(letter.body or "", self.footer_of(session, letter)).strip(),
            "code": tokens.code(letter.public_id, issued_at) if issued_at else None,
            "code_until": issued_at + CODE_LIFE if issued_at else None,
            "code_is_fresh": bool(issued_at and now < issued_at + CODE_LIFE),
            "leaves_at": letter_messages.own_message(session, letter).due_at,
            "new_holder": holder.name if (holder := new_holder(session, letter)) else None,
            "now": now,
            "unproven": letter.confirmed_at is None,
            "links": self._links(letter, now),
        }

    def _links(self, letter: Letter, now: datetime) -> dict[str, str]:
        pages = {
            "confirm": ("/confirm/", letter_links.CONFIRM),
            "own_page": ("/your-letter/", letter_links.OWN_PAGE),
            "not_me": ("/not-me/", letter_links.NOT_ME),
            "unsubscribe": ("/unsubscribe/", letter_links.UNSUBSCRIBE),
        }
        return {
            name: self.rules.base_url + path + letter_links.link(letter, purpose, now)
            for name, (path, purpose) in pages.items()
        }


def full_name(letter: Letter) -> str:
    """Return the writer's name as it was typed."""
    return f"{letter.first_name or ''} {letter.last_name or ''}".strip()


def reference(session: Session, letter: Letter) -> str:
    """Return the campaign's reference, such as FCE."""
    return session.get_one(Campaign, letter.campaign_id).reference
