"""Which columns look personal, and which of them are not, with the reason."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlalchemy import Column, MetaData

from campaign_app.vault.register import Personal
from campaign_app.vault.sealing import Sealed

LOOKS_PERSONAL = re.compile(
    r"(^|_)(name|salutation|email|domain|phone|address|postal|postcode|outcode|lat|lon|words|body"
    r"|message(?!_id)|text|said|story|reason|experience|note|subject(?!_id)|ip|network|key|secret|label|by"
    r"|details|query|recipe|options)($|_)"
)

AREA = "names and places areas, which are public"
OFFICE = "says how a public office is reached; its holder acts in public"
OURS = "is written by staff or by us, and is about no person"
CODE = "holds one of our codes"
COUNTER = "only says how often or whether something happened"
STAFF_ID = "holds the number of a staff account; the account itself is registered"

NOT_PERSONAL = {
    "area": {"name": AREA, "name_cy": AREA, "lat": AREA, "lon": AREA},
    "audit_entry": {"details": "holds codes and counts only"},
    "campaign": {"must_arrive_by": COUNTER, "paused_words": OURS},
    "campaign_version": {"created_by": STAFF_ID},
    "consent_event": {"asked_by": CODE},
    "count_repair": {"note": OURS},
    "credential": {"label": "is the kind of a device, such as a phone's make"},
    "data_source": {"name": OURS, "note": OURS},
    "document": {"alt_text": OURS},
    "email_domain_rule": {"domain": "names mail providers"},
    "erasure_journal": {"asked_by": CODE},
    "export_job": {"asked_by": STAFF_ID, "options": CODE},
    "handin_snapshot": {"taken_by": STAFF_ID},
    "hospital": {"name": AREA, "postcode": AREA, "lat": AREA, "lon": AREA},
    "inbound_receipt": {"event_key": "is a provider's number of an event"},
    "invalidation": {
        "query": "holds addresses as keyed hashes only",
        "created_by": STAFF_ID,
        "undone_by": STAFF_ID,
    },
    "key_fingerprint": {"name": CODE},
    "letter": {
        "email_version": COUNTER,
        "held_reason": CODE,
        "story_consented": COUNTER,
        "subject": "is one of the campaign's own; it names an area, never a person",
        "target_name": OFFICE,
    },
    "message": {"recipe": "holds ids and codes only"},
    "message_event": {"reason": CODE},
    "paper_batch": {
        "collected_by": "names a group or an event",
        "entered_by": STAFF_ID,
        "withdrawn_by": STAFF_ID,
    },
    "postcode_answer": {"lat": "of a postcode that nobody is tied to", "lon": "likewise"},
    "queue_pause": {"reason": OURS},
    "role_grant": {"granted_by": STAFF_ID},
    "signature": {
        "email_version": COUNTER,
        "held_reason": CODE,
        "reason_state": CODE,
        "show_name": COUNTER,
    },
    "staff_session": {"key": "is the hash of a random cookie"},
    "stored_token": {"key": "is the hash of a random token"},
    "suppression": {"reason": CODE},
    "target": {
        "name": OFFICE,
        "salutation": OFFICE,
        "email": OFFICE,
        "postal": OFFICE,
        "phone": OFFICE,
    },
    "target_pledge": {"said": OFFICE, "reported_by": CODE},
    "wording": {"name": OURS},
    "wording_text": {"text": OURS},
}


def unregistered(metadata: MetaData) -> Iterator[str]:
    """Every column that is or looks personal and is in no register, as table.column."""
    for column in _columns(metadata):
        excused = column.name in NOT_PERSONAL.get(column.table.name, {})
        sealed = isinstance(column.type, Sealed)
        looks = bool(LOOKS_PERSONAL.search(column.name)) and not excused
        if (sealed or looks) and not isinstance(column.info.get("personal"), Personal):
            yield str(column)


def needlessly_excused(metadata: MetaData) -> Iterator[str]:
    """Every excuse for a column that is not there, does not look personal, or is registered."""
    there = {str(column): column for column in _columns(metadata)}
    for table, columns in NOT_PERSONAL.items():
        for name in columns:
            column = there.get(f"{table}.{name}")
            if column is None or "personal" in column.info or not LOOKS_PERSONAL.search(name):
                yield f"{table}.{name}"


def misplaced_seals(metadata: MetaData) -> Iterator[str]:
    """Every sealed column whose place is another one's."""
    for column in _columns(metadata):
        if isinstance(column.type, Sealed) and column.type.place != str(column):
            yield str(column)


def _columns(metadata: MetaData) -> Iterator[Column[object]]:
    for table in metadata.sorted_tables:
        yield from table.columns
