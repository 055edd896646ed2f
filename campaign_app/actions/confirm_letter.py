"""Act: confirm that a letter is one's own, by the link's button or by the code."""

from __future__ import annotations

import hmac
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.actions import letter_messages
from campaign_app.actions.rules import CODE_LIFE, CODE_TRIES, Rules
from campaign_app.errors import TooMany, WrongState
from campaign_app.letters.models import Letter, LetterState
from campaign_app.supporters import consents, people
from campaign_app.supporters.addresses import EmailAddress, read_address
from campaign_app.vault import tokens


class WordsForgotten(WrongState):
    """The letter waited so long that its words were deleted, as was promised."""

    message = "This letter waited more than a week, so we deleted the words you wrote."
    what_next = "Please write it once more. We are sorry that it takes a second time."


WRONG_CODE = "That is not the code in our newest email. Check it, or ask for a new one."


class TooManyCodes(TooMany):
    """The code was tried too often; the link still works."""

    message = "This code was tried too often. Ask for a new one, or use the link in the email."


def confirm(session: Session, letter: Letter, rules: Rules, now: datetime) -> None:
    """Prove the sender's address and let the letter go; a second time changes nothing.

    A letter of the same person that already left in this campaign makes this one a
    duplicate: an office counts one. Raises WrongState when it was stopped or forgotten.
    """
    if letter.state in {LetterState.RELEASED, LetterState.DUPLICATE}:
        _prove(session, letter, now)
        return
    if letter.state is not LetterState.UNCONFIRMED:
        raise WrongState("This letter was stopped, so it cannot be sent any more.")
    if letter.body is None:
        raise WordsForgotten
    _prove(session, letter, now)
    if _sent_before(session, letter):
        letter.state, letter.ended_at = LetterState.DUPLICATE, now
        letter_messages.stop_all(session, letter, reason="duplicate", now=now)
        return
    letter_messages.release(session, letter, rules, now)


def confirm_by_code(
    session: Session, letter: Letter, typed: str, rules: Rules, now: datetime
) -> bool:
    """Confirm by the six digits that were mailed; answer whether they were right.

    A wrong code is counted, so the caller must commit either way. Raises TooManyCodes
    after five tries.
    """
    if letter.code_tries >= CODE_TRIES:
        raise TooManyCodes
    issued_at = letter.code_issued_at
    digits = "".join(character for character in typed if character.isdigit())
    if issued_at is None or now - issued_at > CODE_LIFE or not _equal(letter, issued_at, digits):
        letter.code_tries += 1
        return False
    confirm(session, letter, rules, now)
    return True


def _equal(letter: Letter, issued_at: datetime, digits: str) -> bool:
    return hmac.compare_digest(tokens.code(letter.public_id, issued_at).encode(), digits.encode())


def send_again(session: Session, letter: Letter, rules: Rules, now: datetime) -> None:
    """Send a new code and link; raises WrongState when there is nothing left to confirm."""
    if letter.state is not LetterState.UNCONFIRMED:
        raise WrongState("There is nothing left to confirm.")
    letter_messages.ask_to_confirm(session, letter, rules, now)


def mend_address(
    session: Session, letter: Letter, address: EmailAddress, rules: Rules, now: datetime
) -> None:
    """Put right a mistyped address: links sent to the old one die, a new mail goes out."""
    if letter.state is not LetterState.UNCONFIRMED:
        raise WrongState("The address of this letter cannot be changed any more.")
    letter.email = address.written
    letter.email_key = address.key
    letter.email_domain = address.domain
    letter.email_version += 1
    letter_messages.ask_to_confirm(session, letter, rules, now)


def _prove(session: Session, letter: Letter, now: datetime) -> None:
    if letter.confirmed_at is not None or letter.email is None:
        return
    supporter = people.welcome(
        session,
        address=read_address(letter.email),
        first_name=letter.first_name or "",
        last_name=letter.last_name or "",
        lang=letter.lang,
        now=now,
    )
    letter.confirmed_at = now
    letter.supporter_id = supporter.id
    consents.prove(session, letter.subject_id, supporter, now)


def _sent_before(session: Session, letter: Letter) -> bool:
    other = select(Letter.id).where(
        Letter.campaign_id == letter.campaign_id,
        Letter.person_key == letter.person_key,
        Letter.state == LetterState.RELEASED,
        Letter.id != letter.id,
    )
    return session.scalar(other.limit(1)) is not None
