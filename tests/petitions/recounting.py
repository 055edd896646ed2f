"""An independent recount in SQL of the tests' own, as plain as it can be."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from campaign_app.petitions import counts

SIGNED = """
SELECT nation, pcon, alliance, country, traffic_source, counted_on FROM signature
WHERE campaign_id = :id AND counted_on IS NOT NULL
"""
BATCHES = """
SELECT kind, area_code, collected_on, signatures FROM paper_batch
WHERE campaign_id = :id AND withdrawn_at IS NULL
"""
ENGLISH = ("England",)


def recount(session: Session, campaign_id: int) -> dict[str, dict[str, int]]:
    """Every published table, counted from the rows one by one."""
    tables: dict[str, dict[str, int]] = {dimension: {} for dimension in counts.DIMENSIONS}
    for row in session.execute(text(SIGNED), {"id": campaign_id}):
        for dimension, value in _of_signature(row).items():
            _add(tables[dimension], value, 1)
    for row in session.execute(text(BATCHES), {"id": campaign_id}):
        for dimension, value in _of_batch(row).items():
            _add(tables[dimension], value, row.signatures)
    return tables


def published(session: Session, campaign_id: int) -> dict[str, dict[str, int]]:
    """Every published table, as pages and exports read it."""
    return {name: counts.table(session, campaign_id, name) for name in counts.DIMENSIONS}


def _add(table: dict[str, int], value: str, n: int) -> None:
    table[value] = table.get(value, 0) + n


def _of_signature(row: Row[Any]) -> dict[str, str]:
    abroad = row.country not in (None, "GB") or row.nation in ("Channel Islands", "Isle of Man")
    no_alliance = "unknown" if row.nation in (None, "England") else "outside"
    return {
        "kind": "online",
        "day": str(row.counted_on),
        "nation": "outside" if abroad else row.nation or "unknown",
        "pcon": "outside" if abroad else row.pcon or "unknown",
        "alliance": "outside" if abroad else row.alliance or no_alliance,
        "source": row.traffic_source or "direct",
    }


def _of_batch(row: Row[Any]) -> dict[str, str]:
    code = row.area_code or ""
    nations = {"E": "England", "W": "Wales", "S": "Scotland", "N": "Northern Ireland"}
    seat = code[:3] in ("E14", "W07", "S14", "N05")
    return {
        "kind": row.kind,
        "day": str(row.collected_on),
        "nation": nations.get(code[:1], "paper"),
        "pcon": code if seat else "paper",
        "alliance": code
        if code[:3] == "E56"
        else ("outside" if code[:1] in ("W", "S", "N") else "paper"),
        "source": row.kind,
    }
