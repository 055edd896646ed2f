"""What a signature's messages say, built when they leave: links are signed then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from campaign_app.actions import signature_links
from campaign_app.actions.letter_mail import Render
from campaign_app.actions.rules import CODE_LIFE, Rules
from campaign_app.actions.sign_petition import petition_by_id
from campaign_app.actions.sign_row import ALREADY, CONFIRM
from campaign_app.campaigns.models import Campaign, CampaignText
from campaign_app.delivery.mail import AUTO_GENERATED, Mail, Person
from campaign_app.delivery.models import Message
from campaign_app.petitions.models import Signature, SignatureState
from campaign_app.supporters.models import ConsentEvent
from campaign_app.vault import tokens

#: The kinds of message that this composer builds.
KINDS = frozenset({CONFIRM, ALREADY})

#: Mail that is pointless once a signature is no longer in these states, or was confirmed.
STILL_WANTED = {
    CONFIRM: {SignatureState.PENDING, SignatureState.HELD},
    ALREADY: {SignatureState.DUPLICATE},
}

PAGES = {
    "confirm": ("/confirm/", signature_links.CONFIRM),
    "not_me": ("/not-me/", signature_links.NOT_ME),
    "unsubscribe": ("/unsubscribe/", signature_links.UNSUBSCRIBE),
}


@dataclass(frozen=True, slots=True)
class SignatureComposer:
    """Builds the mail of a signature's message, or None when there is nothing to send any more."""

    rules: Rules
    render: Render

    def __call__(self, session: Session, message: Message, now: datetime) -> Mail | None:
        """Return the mail of this message as things stand now."""
        signature = session.get(Signature, message.signature_id) if message.signature_id else None
        if signature is None or signature.email is None or signature.confirmed_at is not None:
            return None
        if signature.state not in STILL_WANTED[message.kind]:
            return None
        facts = self._facts(session, signature, now)
        subject, _, text = self.render(message.kind, signature.lang, facts).partition("\n")
        return Mail(
            from_name=self.rules.organisation.name,
            from_local="campaigns",
            to=Person(full_name(signature), signature.email),
            subject=subject.strip(),
            text=text.strip() + "\n",
            mail_id=message.mail_id,
            date=now,
            extra=AUTO_GENERATED,
        )

    def _facts(self, session: Session, signature: Signature, now: datetime) -> dict[str, Any]:
        petition = petition_by_id(session, signature.campaign_id)
        issued_at = signature.code_issued_at or now
        return {
            "first_name": signature.first_name,
            "petition": title(session, signature),
            "petition_page": f"{self.rules.base_url}/campaigns/{petition.slug}",
            "organisation": self.rules.organisation,
            "counts_at_once": petition.counts_at_once,
            "code": tokens.code(signature.public_id, issued_at),
            "code_until": issued_at + CODE_LIFE,
            "code_is_fresh": now < issued_at + CODE_LIFE,
            "kept_until": petition.pending_until(signature.created_at),
            "chose_contact": _chose_contact(session, signature),
            "now": now,
            "links": self._links(signature, now),
        }

    def _links(self, signature: Signature, now: datetime) -> dict[str, str]:
        return {
            name: self.rules.base_url + path + signature_links.link(signature, purpose, now)
            for name, (path, purpose) in PAGES.items()
        }


def full_name(signature: Signature) -> str:
    """Return the signer's name as it was typed."""
    return f"{signature.first_name or ''} {signature.last_name or ''}".strip()


def title(session: Session, signature: Signature) -> str:
    """Return the petition's title in the signer's language, or in English."""
    texts = session.execute(
        select(CampaignText.lang, CampaignText.markdown)
        .join(Campaign, Campaign.published_version_id == CampaignText.version_id)
        .where(Campaign.id == signature.campaign_id, CampaignText.field == "title")
    ).all()
    by_language: dict[str, str] = {text.lang: text.markdown.strip() for text in texts}
    return by_language.get(signature.lang) or by_language.get("en", "")


def _chose_contact(session: Session, signature: Signature) -> bool:
    answered = exists().where(ConsentEvent.subject_id == signature.subject_id)
    return bool(session.scalar(select(answered)))
