"""Act: confirm that a letter is one's own, by the link's button or by the code."""

from __future__ import annotations

import hmac
from datetime import datetime

from sqlalchemy.orm import Session

from campaign_app.actions import letter_messages
from campaign_app.actions.holder_changed import settle_letters
from campaign_app.actions.release_letter import release
from campaign_app.actions.rules import CODE_LIFE, CODE_TRIES, MENDS, Rules
from campaign_app.errors import TooMany, WrongState
from campaign_app.letters.models import Letter, LetterState
from campaign_app.supporters import consents, people
from campaign_app.supporters.addresses import EmailAddress, read_address
from campaign_app.supporters.lifting import lift_unsubscribed
from campaign_app.vault import hashing, tokens


class WordsForgotten(WrongState):
    """The letter waited so long that its words were deleted, as was promised."""

    message = "This letter waited more than a week, so we deleted the words you wrote."
    what_next = "Please write it once more. We are sorry that it takes a second time."


WRONG_CODE = "That is not the code in our newest email. Check it, or ask for a new one."


class TooManyCodes(TooMany):
    """The code was tried too often; the link still works."""

    message = "This code was tried too often. Ask for a new one, or use the link in the email."


class TooManyMails(TooMany):
    """The address has had as many mails as one person needs; the next one waits."""

    message = "We have sent several emails to this address. The next one leaves within a day."


def confirm(session: Session, letter: Letter, rules: Rules, now: datetime) -> None:
    """Prove the sender's address and let the letter go; a second time changes nothing.

    A letter of the same person that was released in this campaign makes this one a
    duplicate. Raises WrongState when it was stopped or forgotten.
    """
    if letter.state in {LetterState.RELEASED, LetterState.DUPLICATE}:
        _prove(session, letter, now)
        return
    _refuse_unless_waiting(letter, "This letter was stopped, so it cannot be sent any more.")
    _prove(session, letter, now)
    release(session, letter, rules, now)
    # The office may have changed hands while the letter waited to be confirmed.
    settle_letters(session, rules, now, letter=letter)


def _refuse_unless_waiting(letter: Letter, words: str) -> None:
    if letter.state is not LetterState.UNCONFIRMED:
        raise WrongState(words)
    if letter.body is None:
        raise WordsForgotten


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
    """Send a new code and link.

    Raises WrongState when there is nothing left to confirm, TooManyMails when one waits
    already for its turn.
    """
    _refuse_unless_waiting(letter, "There is nothing left to confirm.")
    # Each new code allows five new tries, so there is none without a mail that carries it.
    if letter_messages.confirmation_waits(session, letter):
        raise TooManyMails
    if not letter_messages.ask_to_confirm(session, letter, rules, now):
        raise TooManyMails


def mend_address(
    session: Session, letter: Letter, address: EmailAddress, rules: Rules, now: datetime
) -> None:
    """Put right a mistyped address: links sent to the old one die, a new mail goes out.

    Raises WrongState when there is nothing left to confirm, TooManyMails when the address
    was changed too often or cannot get another mail today.
    """
    _refuse_unless_waiting(letter, "The address of this letter cannot be changed any more.")
    if letter.email_version > MENDS:
        raise TooManyMails("The address of this letter was changed too often.")
    letter_messages.drop_confirmations(session, letter, reason="address mended", now=now)
    _put_address(letter, address)
    if not letter_messages.ask_to_confirm(session, letter, rules, now):
        raise TooManyMails


def _put_address(letter: Letter, address: EmailAddress) -> None:
    letter.email = address.written
    letter.email_key = address.key
    letter.email_domain = address.domain
    letter.person_key = hashing.person_key(
        address.canonical, letter.first_name or "", letter.last_name or ""
    )
    letter.email_version += 1


def _prove(session: Session, letter: Letter, now: datetime) -> None:
    if letter.confirmed_at is not None or letter.email is None:
        return
    address = read_address(letter.email)
    supporter = people.welcome(
        session,
        address=address,
        first_name=letter.first_name or "",
        last_name=letter.last_name or "",
        lang=letter.lang,
        now=now,
    )
    letter.confirmed_at = now
    letter.supporter_id = supporter.id
    consents.prove(session, letter.subject_id, supporter, now)
    lift_unsubscribed(session, supporter, address.canonical, letter.lang, now)
