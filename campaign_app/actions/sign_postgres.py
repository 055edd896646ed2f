"""Signing on PostgreSQL: everything in one statement, which commits by itself.

Every case writes the same rows (a signature, its consents, a message with its first event,
a delta), so that time tells nothing about who signed before. No row that signers share is
written or locked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from campaign_app.actions.rules import MAILS_TO_ONE_ADDRESS
from campaign_app.actions.sign_engine import quick_engine
from campaign_app.actions.sign_row import MAILS_AT_MOST
from campaign_app.petitions.holds import PER_HOUR, PER_MINUTE
from campaign_app.petitions.rows import ONLINE
from campaign_app.vault.sealing import seal

TRIES = 3

SIGN = """
WITH prior AS MATERIALIZED (
  SELECT count(*) AS taken,
         count(*) FILTER (WHERE state = 'confirmed') AS proven,
         coalesce(bool_or(person_key = %(person_key)s), false) AS same_person,
         coalesce(bool_or(person_key = %(person_key)s AND state = 'confirmed'), false)
           AS same_proven,
         coalesce(bool_or(postcode_key IS DISTINCT FROM %(postcode_key)s), false) AS elsewhere,
         coalesce(bool_or(postcode_key IS DISTINCT FROM %(postcode_key)s
                          AND state = 'confirmed'), false) AS proven_elsewhere,
         coalesce(min(1 - slot), 0) AS free_slot
  FROM signature
  WHERE campaign_id = %(campaign_id)s AND email_key = %(email_key)s AND counted_on IS NOT NULL
),
mailed AS MATERIALIZED (
  SELECT mail_due_at, mails FROM signature
  WHERE campaign_id = %(campaign_id)s AND email_key = %(email_key)s
    AND mail_due_at > %(day_ago)s
  ORDER BY mail_due_at DESC LIMIT %(mails_at_most)s
),
mail_turn AS MATERIALIZED (
  SELECT coalesce(sum(mails), 0) AS n,
         greatest(
           %(created_at)s::timestamptz,
           coalesce((SELECT mail_due_at FROM mailed
                     ORDER BY mail_due_at DESC OFFSET %(mails_a_day)s - 1 LIMIT 1),
                    min(mail_due_at)) + interval '24 hours'
         ) AS later
  FROM mailed
),
decided AS MATERIALIZED (
  SELECT same_proven OR proven >= 2 OR proven_elsewhere AS already,
         same_person OR taken >= 2 OR elsewhere AS crowded,
         CASE WHEN taken = 1 THEN free_slot ELSE 0 END AS slot,
         coalesce(%(hold)s::text, CASE
           WHEN %(limits)s AND (
             SELECT count(*) FROM (
               SELECT 1 FROM signature WHERE network_key = %(network_key)s
               AND created_at > %(minute_ago)s LIMIT %(per_minute)s) AS newest
           ) >= %(per_minute)s THEN 'network_minute'
           WHEN %(limits)s AND (
             SELECT count(*) FROM (
               SELECT 1 FROM signature WHERE network_key = %(network_key)s
               AND created_at > %(hour_ago)s LIMIT %(per_hour)s) AS newest
           ) >= %(per_hour)s THEN 'network_hour'
         END) AS held,
         CASE WHEN n < %(mails_a_day)s OR n >= %(mails_at_most)s
              THEN %(created_at)s::timestamptz ELSE later END AS due_at,
         n >= %(mails_at_most)s AS unsent
  FROM prior, mail_turn
),
verdict AS MATERIALIZED (
  SELECT already, slot, held, due_at, unsent,
         %(at_once)s AND NOT already AND NOT crowded AND held IS NULL AS counts
  FROM decided
),
signed AS (
  INSERT INTO signature (
    public_id, subject_id, campaign_id, version_id, notice_id, lang, first_name, last_name,
    email, email_domain, email_key, person_key, postcode, postcode_key, created_at,
    code_issued_at, nation, pcon, alliance, council, outcode, place_source, country,
    traffic_source, network_key, state, slot, counted_on, held_reason, mail_due_at, mails,
    code_tries, email_version, show_name)
  SELECT
    %(public_id)s, %(subject_id)s, %(campaign_id)s, %(version_id)s::int, %(notice_id)s::int,
    %(lang)s, %(first_name)s, %(last_name)s, %(email)s::bytea, %(email_domain)s,
    %(email_key)s::bytea, %(person_key)s::bytea, %(postcode)s::bytea, %(postcode_key)s::bytea,
    %(created_at)s, %(code_issued_at)s, %(nation)s, %(pcon)s, %(alliance)s, %(council)s,
    %(outcode)s, %(place_source)s, %(country)s, %(traffic_source)s, %(network_key)s::bytea,
    CASE WHEN already THEN 'duplicate' WHEN held IS NOT NULL THEN 'held' ELSE 'pending' END,
    slot, CASE WHEN counts THEN %(day)s::date END, held,
    CASE WHEN NOT unsent THEN due_at END, CASE WHEN unsent THEN 0 ELSE 1 END,
    0, 0, false
  FROM verdict
  ON CONFLICT DO NOTHING
  RETURNING id, subject_id
),
asked AS (
  INSERT INTO consent_event (
    subject_id, kind, channel, purpose, basis, proven, happened_at, recorded_at, wording_id,
    lang, page, campaign_id, asked_by)
  SELECT subject_id, kind, channel, purpose, basis, false, %(created_at)s, %(created_at)s,
         wording_id, %(lang)s, %(page)s, %(campaign_id)s, 'person'
  FROM signed, unnest(%(kinds)s::text[], %(channels)s::text[], %(purposes)s::text[],
                      %(bases)s::text[], %(wordings)s::int[])
    AS answered (kind, channel, purpose, basis, wording_id)
),
queued AS (
  INSERT INTO message (
    public_id, kind, stream, state, recipe, signature_id, campaign_id, mail_id, created_at,
    due_at, attempts)
  SELECT %(message_id)s,
         CASE WHEN already THEN 'already_signed' ELSE 'confirm_signature' END, 'service',
         CASE WHEN unsent THEN 'held' WHEN due_at > %(created_at)s THEN 'waiting' ELSE 'due' END,
         '{}', id, %(campaign_id)s, %(mail_id)s, %(created_at)s, due_at, 0
  FROM signed, verdict
  RETURNING id, state
),
noted AS (
  INSERT INTO message_event (message_id, state, reason, happened_at)
  SELECT id, state, 'queued', %(created_at)s FROM queued
),
counted AS (
  INSERT INTO count_delta (campaign_id, day, kind, nation, pcon, alliance, source, step)
  SELECT %(campaign_id)s, %(day)s, %(count_kind)s, %(nation_row)s, %(pcon_row)s,
         %(alliance_row)s, %(source_row)s, CASE WHEN counts THEN 1 ELSE 0 END
  FROM signed, verdict
)
SELECT id FROM signed
"""

#: What does not change while we run stands in the statement itself.
CONSTANTS = {
    "per_minute": str(PER_MINUTE),
    "per_hour": str(PER_HOUR),
    "mails_a_day": str(MAILS_TO_ONE_ADDRESS),
    "mails_at_most": str(MAILS_AT_MOST),
    "count_kind": f"'{ONLINE}'",
}


def _compiled(readable: str) -> tuple[str, dict[str, str]]:
    """Return the statement as it is sent, and its short names with what they stand for.

    psycopg only remembers how to send statements of up to 4,096 letters and 50 values; beyond
    that it reads the whole text again each time, which takes longer than all else we do.
    """
    text = " ".join(readable.split())
    for name, value in CONSTANTS.items():
        text = text.replace(f"%({name})s", value)
    names = dict.fromkeys(re.findall(r"%\((\w+)\)s", text))
    short = {f"p{number}": name for number, name in enumerate(names)}
    for code, name in short.items():
        text = text.replace(f"%({name})s", f"%({code})s")
    return text, short


STATEMENT, VALUES = _compiled(SIGN)

#: A lost race leaves no row, so the statement is sent again; only this says that it was written.
WRITTEN = "SELECT 1 FROM signature WHERE public_id = %(public_id)s"


class NotWritten(RuntimeError):
    """A signature could not be written, so it must not be acknowledged."""


def write(
    engine: Engine, row: dict[str, Any], terms: dict[str, Any], consents: Sequence[dict[str, Any]]
) -> None:
    """Write a signature durably; raises NotWritten or the driver's error when it is not."""
    given = parameters(row, terms, consents)
    values = {code: given[name] for code, name in VALUES.items()}
    for last in (False, False, True):
        try:
            if _once(engine, values, row["public_id"]):
                return
        except DBAPIError as error:
            # The random public id makes it safe to send again what may have been written.
            if last or not error.connection_invalidated:
                raise
    raise NotWritten


def parameters(
    row: dict[str, Any], terms: dict[str, Any], consents: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """Return the statement's parameters; personal columns are sealed here."""
    sealed = {
        name: row[name] and seal(row[name], f"signature.{name}") for name in ("email", "postcode")
    }
    answered = {
        f"{name}s": [one[name] for one in consents] for name in ("kind", "channel", "purpose")
    }
    answered["bases"] = [one["basis"] for one in consents]
    answered["wordings"] = [one["wording_id"] for one in consents]
    return {**row, **terms, **sealed, **answered}


def _once(engine: Engine, values: dict[str, Any], public_id: str) -> bool:
    with quick_engine(engine).connect() as connection:
        if connection.exec_driver_sql(STATEMENT, values).first() is not None:
            return True
        written = connection.exec_driver_sql(WRITTEN, {"public_id": public_id})
        return written.first() is not None
