"""Show what a source would change, or has changed: for people, or as JSON for scripts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import click

from campaign_app.actions.holder_changed import Settled
from campaign_app.targets.changes import Difference, Line, What
from campaign_app.targets.models import TargetKind


@dataclass(frozen=True, slots=True)
class Outcome:
    """A difference, the names of its areas, and what came of letters: None when nothing did."""

    kind: TargetKind
    found: Difference
    areas: Mapping[str, str]
    settled: Settled | None


def tell(outcome: Outcome, *, as_json: bool) -> None:
    """Print the difference line by line and its sums, or all of it as JSON."""
    if as_json:
        click.echo(json.dumps(_content(outcome), ensure_ascii=False))
        return
    for line in outcome.found.lines:
        click.echo(_words(line, outcome.areas))
    click.echo(_sums(outcome))
    if outcome.settled is None:
        click.echo("Nothing was changed.")


def _content(outcome: Outcome) -> dict[str, object]:
    lines = outcome.found.lines
    return {
        "kind": outcome.kind.value,
        "applied": outcome.settled is not None,
        "offices": len(outcome.found.steps),
        "states": _states(outcome.found),
        "lost": outcome.found.lost,
        "counts": {_key(what): outcome.found.count(what) for what in What},
        **{
            _key(what): [_entry(one, outcome.areas) for one in lines if one.what is what]
            for what in What
        },
        "letters": asdict(outcome.settled or Settled()),
    }


def _key(what: What) -> str:
    return what.value.replace(" ", "_")


def _entry(line: Line, areas: Mapping[str, str]) -> dict[str, object]:
    return {
        "area": line.area_code,
        "area_name": areas.get(line.area_code or ""),
        "place": line.place_in_line,
        "name": line.name,
        "fields": list(line.fields),
    }


def _words(line: Line, areas: Mapping[str, str]) -> str:
    area = f"{line.area_code or ''} {areas.get(line.area_code or '', '')}".strip()
    place = f" ({line.place_in_line})" if line.place_in_line > 1 else ""
    fields = f": {', '.join(line.fields)}" if line.fields else ""
    return f"{line.what:9} {area}{place}: {line.name}{fields}"


def _sums(outcome: Outcome) -> str:
    found, settled = outcome.found, outcome.settled or Settled()
    states = [f"{count} {state.replace('_', ' ')}" for state, count in _states(found).items()]
    changes = [f"{found.count(what)} {what}" for what in What if found.count(what)]
    letters = [f"letters {name.replace('_', ' ')}: {n}" for name, n in asdict(settled).items() if n]
    parts = (states, changes or ["nothing new"], letters)
    return f"{len(found.steps)} offices. " + " ".join(f"{', '.join(one)}." for one in parts if one)


def _states(found: Difference) -> dict[str, int]:
    counted = Counter(step.state.value for step in found.steps if step.state)
    return dict(sorted(counted.items()))
