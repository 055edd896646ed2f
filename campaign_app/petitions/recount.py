"""The nightly check: everything is counted anew, and a total that differs is put right.

The recount has SQL of its own. It shares nothing with the hot path or the folding, so that
one fault cannot hide in both.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from campaign_app.petitions import counts
from campaign_app.petitions.models import CountRepair

log = logging.getLogger(__name__)

# One statement is one view of the database, so signatures that come meanwhile do no harm.
# What counts is read from the state as well as from the day, so that neither is believed alone.
RECOUNT = """
WITH live AS (
  SELECT CAST(counted_on AS VARCHAR(10)) AS day,
         CASE WHEN country IS NOT NULL AND country <> 'GB' THEN 'outside'
              WHEN nation IN ('Channel Islands', 'Isle of Man') THEN 'outside'
              WHEN nation IS NULL THEN 'unknown' ELSE nation END AS nation,
         pcon, alliance, traffic_source AS source
  FROM signature
  WHERE campaign_id = :campaign
    AND (state = 'confirmed' OR (state = 'pending' AND counted_on IS NOT NULL))
),
paper AS (
  SELECT CAST(collected_on AS VARCHAR(10)) AS day, kind, area_code AS code, signatures AS n,
         CASE substr(area_code, 1, 1) WHEN 'E' THEN 'England' WHEN 'W' THEN 'Wales'
              WHEN 'S' THEN 'Scotland' WHEN 'N' THEN 'Northern Ireland'
              ELSE 'paper' END AS nation
  FROM paper_batch WHERE campaign_id = :campaign AND withdrawn_at IS NULL
),
recounted AS (
  SELECT 'kind' AS dimension, 'online' AS value, count(*) AS n FROM live
  UNION ALL SELECT 'kind', kind, sum(n) FROM paper GROUP BY kind
  UNION ALL SELECT 'day', day, count(*) FROM live GROUP BY day
  UNION ALL SELECT 'day', day, sum(n) FROM paper GROUP BY day
  UNION ALL SELECT 'nation', nation, count(*) FROM live GROUP BY nation
  UNION ALL SELECT 'nation', nation, sum(n) FROM paper GROUP BY nation
  UNION ALL SELECT 'pcon', row_of, count(*) FROM (
    SELECT CASE WHEN nation = 'outside' THEN 'outside'
                ELSE coalesce(pcon, 'unknown') END AS row_of FROM live) AS seats GROUP BY row_of
  UNION ALL SELECT 'pcon', row_of, sum(n) FROM (
    SELECT CASE WHEN substr(code, 1, 3) IN ('E14', 'W07', 'S14', 'N05') THEN code
                ELSE 'paper' END AS row_of, n FROM paper) AS paper_seats GROUP BY row_of
  UNION ALL SELECT 'alliance', row_of, count(*) FROM (
    SELECT CASE WHEN nation <> 'outside' AND alliance IS NOT NULL THEN alliance
                WHEN nation IN ('England', 'unknown') THEN 'unknown'
                ELSE 'outside' END AS row_of FROM live) AS alliances GROUP BY row_of
  UNION ALL SELECT 'alliance', row_of, sum(n) FROM (
    SELECT CASE WHEN substr(code, 1, 3) = 'E56' THEN code
                WHEN nation IN ('England', 'paper') THEN 'paper'
                ELSE 'outside' END AS row_of, n FROM paper) AS paper_alliances GROUP BY row_of
  UNION ALL SELECT 'source', coalesce(source, 'direct'), count(*) FROM live
            GROUP BY coalesce(source, 'direct')
  UNION ALL SELECT 'source', kind, sum(n) FROM paper GROUP BY kind
),
published AS (
  SELECT dimension, value, n FROM count_total WHERE campaign_id = :campaign
  UNION ALL SELECT 'kind', kind, step FROM count_delta WHERE campaign_id = :campaign
  UNION ALL SELECT 'day', CAST(day AS VARCHAR(10)), step FROM count_delta
            WHERE campaign_id = :campaign
  UNION ALL SELECT 'nation', nation, step FROM count_delta WHERE campaign_id = :campaign
  UNION ALL SELECT 'pcon', pcon, step FROM count_delta WHERE campaign_id = :campaign
  UNION ALL SELECT 'alliance', alliance, step FROM count_delta WHERE campaign_id = :campaign
  UNION ALL SELECT 'source', source, step FROM count_delta WHERE campaign_id = :campaign
),
both_sides AS (
  SELECT dimension, value, n AS recounted, 0 AS stored FROM recounted
  UNION ALL SELECT dimension, value, 0, n FROM published
)
SELECT dimension, value, sum(stored) AS stored, sum(recounted) AS recounted
FROM both_sides GROUP BY dimension, value
HAVING sum(stored) <> sum(recounted)
ORDER BY dimension, value
"""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A published number that is not what a recount gives."""

    campaign_id: int
    dimension: str
    value: str
    stored: int
    recounted: int


def mismatches(session: Session, campaign_id: int) -> list[Mismatch]:
    """Return every published number of a petition that differs from a recount."""
    rows = session.execute(text(RECOUNT), {"campaign": campaign_id})
    return [
        Mismatch(campaign_id, row.dimension, row.value, int(row.stored), int(row.recounted))
        for row in rows
    ]


def verify(session: Session, campaign_id: int, now: datetime) -> list[Mismatch]:
    """Recount a petition; put right what differs, write it down, and raise the alarm in the log.

    Call it in a transaction that may write. The difference is added and nothing overwritten,
    so that signatures that come meanwhile are not lost.
    """
    found = mismatches(session, campaign_id)
    counts.add(session, _differences(found), now)
    for wrong in found:
        log.error(
            "count of campaign %s, %s %s: stored %s, recounted %s; repaired",
            wrong.campaign_id, wrong.dimension, wrong.value, wrong.stored, wrong.recounted,
        )  # fmt: skip
    session.add_all(_record(wrong, now) for wrong in found)
    return found


def _differences(found: list[Mismatch]) -> Mapping[counts.Key, int]:
    return {
        (wrong.campaign_id, wrong.dimension, wrong.value): wrong.recounted - wrong.stored
        for wrong in found
    }


def _record(wrong: Mismatch, now: datetime) -> CountRepair:
    return CountRepair(
        campaign_id=wrong.campaign_id,
        dimension=wrong.dimension,
        value=wrong.value,
        stored=wrong.stored,
        recounted=wrong.recounted,
        found_at=now,
        note="repaired",
    )
