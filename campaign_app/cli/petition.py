"""``campaign petition``: counts, trends, invalidations, paper, and erasing one signature."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import click
from flask.cli import with_appcontext
from sqlalchemy import func, select

from campaign_app import clock
from campaign_app.actions.erase_signature import erase
from campaign_app.actions.sign_fields import postcode_key
from campaign_app.actions.sign_petition import petition_by_id, petition_by_slug
from campaign_app.campaigns.models import Campaign, Kind
from campaign_app.database import db, transaction
from campaign_app.errors import InvalidInput
from campaign_app.petitions import counts, goals, invalidations, paper, recount, trends
from campaign_app.petitions.invalidations import Query
from campaign_app.petitions.models import Invalidation, PaperBatch, Signature
from campaign_app.places.postcode import parse
from campaign_app.supporters.addresses import read_address

AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")


@click.group()
def petition() -> None:
    """Count, check and look after petitions."""


def _say(answer: Any, lines: Iterable[str], *, as_json: bool) -> None:  # noqa: ANN401 - JSON.
    if as_json:
        click.echo(json.dumps(answer, default=str))
        return
    for line in lines:
        click.echo(line)


@petition.command("count")
@click.argument("slug")
@click.option("--by", type=click.Choice(counts.DIMENSIONS), help="Print one table instead.")
@AS_JSON
@with_appcontext
def count(slug: str, by: str | None, as_json: bool) -> None:  # noqa: FBT001 - click's way.
    """Fold what is waiting, and print the public number."""
    fold_all(clock.now())
    found = petition_by_slug(db.session(), slug)
    if by is not None:
        rows = counts.table(db.session(), found.id, by)
        _say(rows, (f"{name}\t{n}" for name, n in sorted(rows.items())), as_json=as_json)
        return
    total = counts.total(db.session(), found.id)
    goal = goals.progress(total.total, found.goal).goal if found.goal else None
    answer = {
        "campaign": slug,
        "total": total.total,
        "confirmed": total.confirmed,
        "paper": total.paper,
        "goal": goal,
        "as_of": (total.as_of or clock.now()).isoformat(),
    }
    _say(answer, (f"{name}: {value}" for name, value in answer.items()), as_json=as_json)


def fold_all(now: datetime) -> int:
    """Fold every delta that is waiting; return how many there were."""
    folded, batch = 0, counts.BATCH
    while batch >= counts.BATCH:
        with transaction() as session:
            batch = counts.fold(session, now)
        folded += batch
    return folded


@petition.command("verify")
@click.argument("slug", required=False)
@AS_JSON
@with_appcontext
def verify(slug: str | None, as_json: bool) -> None:  # noqa: FBT001 - click's way.
    """Recount everything; repair and record what differs, and exit 1 when something did."""
    now = clock.now()
    fold_all(now)
    found = []
    for campaign_id in _petitions(slug):
        with transaction() as session:
            found += recount.verify(session, campaign_id, now)
    lines = [
        f"campaign {one.campaign_id}, {one.dimension} {one.value}: stored {one.stored}, "
        f"recounted {one.recounted}; repaired"
        for one in found
    ]
    _say(
        [asdict(one) for one in found],
        [*lines, f"{len(found)} numbers differed."],
        as_json=as_json,
    )
    sys.exit(1 if found else 0)


def _petitions(slug: str | None) -> list[int]:
    if slug is not None:
        return [petition_by_slug(db.session(), slug).id]
    return list(db.session.scalars(select(Campaign.id).where(Campaign.kind == Kind.PETITION)))


@petition.command("trends")
@click.argument("slug")
@click.option("--hours", default=24, show_default=True, help="How far to look back.")
@click.option("--least", default=20, show_default=True, help="Leave out smaller groups.")
@AS_JSON
@with_appcontext
def show_trends(slug: str, hours: int, least: int, as_json: bool) -> None:  # noqa: FBT001 - click's way.
    """List the networks and mail domains that many signatures came from."""
    campaign_id = petition_by_slug(db.session(), slug).id
    since = clock.now() - timedelta(hours=hours)
    found = {
        "networks": trends.networks(db.session(), campaign_id, since=since, least=least),
        "domains": trends.domains(db.session(), campaign_id, since=since, least=least),
    }
    lines = (
        f"{kind[:-1]} {one.name}: {one.signatures} signatures, {one.counted} counted, "
        f"{one.held} held, {one.proven} confirmed"
        for kind, ones in found.items()
        for one in ones
    )
    answer = {kind: [asdict(one) for one in ones] for kind, ones in found.items()}
    _say(answer, lines, as_json=as_json)


@petition.command("invalidate")
@click.argument("slug")
@click.option("--summary", default="", help="Why: the name of this invalidation.")
@click.option("--name", help="First and last name; * stands for any letters.")
@click.option("--domain", help="Mail domain; * stands for any letters.")
@click.option("--email", help="One whole address, in any spelling; only its hash is kept.")
@click.option("--network", help="A network's key, as the trends show it.")
@click.option("--postcode", help="One whole postcode; only its hash is kept.")
@click.option("--outcode", help="The first half of a postcode.")
@click.option("--area", help="Code of a constituency or an alliance, or a nation.")
@click.option("--since", help="Signed from then on, like 2026-11-20T09:00+00:00.")
@click.option("--until", help="Signed before then.")
@click.option("--yes", is_flag=True, help="Do it; without this only the count is shown.")
@AS_JSON
@with_appcontext
def invalidate(slug: str, summary: str, yes: bool, as_json: bool, **conditions: str | None) -> None:  # noqa: FBT001 - click's way.
    """Take the signatures that match out of the count; campaign petition restore undoes it."""
    campaign_id = petition_by_slug(db.session(), slug).id
    try:
        query = _query(**conditions)
        preview = invalidations.preview(db.session(), campaign_id, query)
        done = _invalidate(campaign_id, query, summary) if yes else None
    except InvalidInput as refused:
        raise click.UsageError(refused.message) from None
    answer = {**asdict(preview), "invalidation": done}
    shown = f"{preview.matched} signatures match, {preview.counted} of them count."
    what = f"Invalidated as number {done}." if done else "Nothing was changed. Add --yes to do it."
    _say(answer, (shown, what), as_json=as_json)


def _query(
    *, email: str | None, network: str | None, postcode: str | None, **plain: str | None
) -> Query:
    return Query(
        email_key=read_address(email).key.hex() if email else None,
        network_key=network,
        postcode_key=postcode_key(str(parse(postcode))).hex() if postcode else None,
        **plain,
    )


def _invalidate(campaign_id: int, query: Query, summary: str) -> int:
    with transaction() as session:
        made = invalidations.create(
            session, campaign_id, query, summary=summary, by=None, now=clock.now()
        )
    _in_batches(lambda session: invalidations.run_batch(session, made.id, clock.now()))
    return made.id


def _in_batches(run: Any) -> None:  # noqa: ANN401 - a step that takes the session.
    """Run a step in transactions of its own until it has nothing more to do."""
    more = True
    while more:
        with transaction() as session:
            more = run(session)
    fold_all(clock.now())


@petition.command("restore")
@click.argument("invalidation", type=int)
@AS_JSON
@with_appcontext
def restore(invalidation: int, as_json: bool) -> None:  # noqa: FBT001 - click's way.
    """Undo an invalidation: its signatures count again."""
    row = db.session.get(Invalidation, invalidation)
    if row is None:
        raise click.UsageError("There is no invalidation of this number.")
    at_once = petition_by_id(db.session(), row.campaign_id).counts_at_once
    with transaction() as session:
        invalidations.undo(session, invalidation, by=None, now=clock.now())
    _in_batches(
        lambda session: invalidations.undo_batch(session, invalidation, counts_at_once=at_once)
    )
    _say({"restored": invalidation}, (f"Number {invalidation} is undone.",), as_json=as_json)


@petition.group("paper")
def paper_signatures() -> None:
    """Enter, withdraw and list signatures from paper or a former platform."""


@paper_signatures.command("add")
@click.argument("slug")
@click.argument("signatures", type=int)
@click.option("--by", required=True, help="The group or event that collected them.")
@click.option("--where", required=True, help="The place.")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The day.")
@click.option("--area", help="Code of the constituency or alliance, where it is one.")
@click.option("--opening", is_flag=True, help="A total brought from a former platform.")
@AS_JSON
@with_appcontext
def add_paper(
    slug: str,
    signatures: int,
    on: datetime,
    opening: bool,  # noqa: FBT001 - click's way.
    as_json: bool,  # noqa: FBT001 - click's way.
    **written: str,
) -> None:
    """Enter a batch, which counts at once."""
    batch = paper.Batch(
        kind=paper.BatchKind.OPENING if opening else paper.BatchKind.PAPER,
        signatures=signatures,
        collected_by=written["by"],
        collected_where=written["where"],
        collected_on=on.date(),
        area_code=written["area"],
    )
    campaign_id = petition_by_slug(db.session(), slug).id
    try:
        with transaction() as session:
            entered = paper.enter(session, campaign_id, batch, by=None, now=clock.now())
    except InvalidInput as refused:
        raise click.UsageError(refused.message) from None
    fold_all(clock.now())
    _say({"batch": entered.id}, (f"Entered as batch {entered.id}.",), as_json=as_json)


@paper_signatures.command("withdraw")
@click.argument("batch", type=int)
@AS_JSON
@with_appcontext
def withdraw_paper(batch: int, as_json: bool) -> None:  # noqa: FBT001 - click's way.
    """Take a batch back out of the total; it stays on the record."""
    with transaction() as session:
        row = session.get(PaperBatch, batch)
        if row is None:
            raise click.UsageError("There is no batch of this number.")
        paper.withdraw(session, row, by=None, now=clock.now())
    fold_all(clock.now())
    _say({"withdrawn": batch}, (f"Batch {batch} is withdrawn.",), as_json=as_json)


@paper_signatures.command("list")
@click.argument("slug")
@AS_JSON
@with_appcontext
def list_paper(slug: str, as_json: bool) -> None:  # noqa: FBT001 - click's way.
    """List every batch, withdrawn ones too."""
    found = paper.batches(db.session(), petition_by_slug(db.session(), slug).id)
    answer = [
        {
            "batch": one.id,
            "kind": one.kind,
            "signatures": one.signatures,
            "by": one.collected_by,
            "where": one.collected_where,
            "on": one.collected_on.isoformat(),
            "area": one.area_code,
            "withdrawn": one.withdrawn_at is not None,
        }
        for one in found
    ]
    _say(
        answer, ("\t".join(str(value) for value in one.values()) for one in answer), as_json=as_json
    )


@petition.command("erase")
@click.argument("slug")
@click.option("--id", "public_id", help="The signature's own id.")
@click.option("--email", help="The address it was made with.")
@click.option("--name", help="First and last name, where two people share the address.")
@AS_JSON
@with_appcontext
def erase_one(
    slug: str,
    public_id: str | None,
    email: str | None,
    name: str | None,
    as_json: bool,  # noqa: FBT001 - click's way.
) -> None:
    """Take the person out of one signature for good; the count stays."""
    campaign_id = petition_by_slug(db.session(), slug).id
    if not (public_id or email):
        raise click.UsageError("Name the signature by --id or by --email.")
    found = _signatures(campaign_id, public_id, email, name)
    if len(found) != 1:
        raise click.UsageError(_which(found))
    with transaction() as session:
        row = session.get_one(Signature, found[0].id)
        erase(session, row, clock.now(), asked_by="staff")
    _say({"erased": found[0].public_id}, ("One signature is erased.",), as_json=as_json)


def _signatures(
    campaign_id: int, public_id: str | None, email: str | None, name: str | None
) -> list[Signature]:
    found = select(Signature).where(
        Signature.campaign_id == campaign_id, Signature.erased_at.is_(None)
    )
    if public_id:
        found = found.where(Signature.public_id == public_id)
    if email:
        found = found.where(Signature.email_key == read_address(email).key)
    if name:
        whole = func.lower(Signature.first_name + " " + Signature.last_name)
        found = found.where(whole == name.lower())
    return list(db.session.scalars(found.order_by(Signature.id)))


def _which(found: list[Signature]) -> str:
    if not found:
        return "There is no such signature."
    ids = ", ".join(signature.public_id for signature in found)
    return f"There are {len(found)} such signatures. Name one by --id: {ids}"
