"""``campaign places``: the commands about representatives and alliances.

Exit codes: 0 done, 1 failed or refused, 2 wrong use.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import click
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from campaign_app import clock
from campaign_app.actions.holder_changed import Settled, settle_letters
from campaign_app.actions.load_senedd import load_senedd
from campaign_app.actions.rules import Rules
from campaign_app.cli.differences import Outcome, tell
from campaign_app.cli.reading_progress import Progress
from campaign_app.cli.running import settings
from campaign_app.database import transaction
from campaign_app.errors import NotFound, SettingsRefused
from campaign_app.gateways.members_api import POLITE, MembersApi
from campaign_app.places.areas import areas_of, load_areas
from campaign_app.places.models import AreaKind, DataSource
from campaign_app.settings import Settings
from campaign_app.targets import dissolution
from campaign_app.targets.addresses import NotAnAddress, target_address
from campaign_app.targets.changes import Difference, Holder, Unnamed
from campaign_app.targets.choices import opt_in, opt_out
from campaign_app.targets.history import current_rows
from campaign_app.targets.journal import Journal, journal
from campaign_app.targets.lists import (
    AREA_KINDS,
    alliance,
    read_alliances,
    read_list,
    refuse_older,
)
from campaign_app.targets.models import Target, TargetKind
from campaign_app.targets.reading import Reading, read_parliament
from campaign_app.targets.senedd import senedd_table
from campaign_app.targets.sync import apply, difference, mp_holders, refuse_loss

USER_AGENT = "campaign_app (+{base_url})"
PROGRESS = "sync-mps.jsonl"  #: in the folder of uploads; holds public facts only
_LOOPBACK = ("http://127.0.0.1", "http://localhost", "http://[::1]")

Says = Callable[[Session, Mapping[str, str]], Sequence[Holder]]


@dataclass(frozen=True, slots=True)
class Wish:
    """What the person at the command line asked for."""

    dry_run: bool
    yes: bool
    as_json: bool


@dataclass(frozen=True, slots=True)
class Source:
    """A list of one kind: what it says, and what it means that it leaves an office out."""

    name: str  #: as the table of data sources has it
    kind: TargetKind
    unnamed: Unnamed
    says: Says


_dry_run = click.option("--dry-run", is_flag=True, help="Show what would change; change nothing.")
_yes = click.option("--yes", is_flag=True, help="Go on though more than 5 % would be lost.")
_json = click.option("--json", "as_json", is_flag=True, help="Print the difference as JSON.")
_file = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@click.command("sync-mps")
@click.option(
    "--pause",
    type=click.FloatRange(min=0, max=60),
    default=POLITE.total_seconds(),
    show_default=True,
    help="Seconds between two calls; under 0.1 only to a server on this machine.",
)
@_dry_run
@_yes
@_json
@with_appcontext
def sync_mps(pause: float, *, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Bring the MPs up to date from Parliament's Members API.

    A run that was killed is taken up where it was, for six hours.
    """
    _refuse_real_addresses(settings(), dry_run=dry_run)
    now, url = clock.now(), settings().parliament_url
    if pause < POLITE.total_seconds() and not url.startswith(_LOOPBACK):
        raise click.BadParameter("Parliament's server wants 0.1 seconds or more.")
    with journal(settings().uploads / PROGRESS, url, now) as kept:
        reading = _read(kept, pause)
        source = Source(
            "members of parliament",
            TargetKind.MP,
            Unnamed.MISSING,
            lambda _session, seats: mp_holders(reading, seats, clock.london_date(now)),
        )
        try:
            _carry_out(source, Wish(dry_run, yes, as_json), now)
        finally:
            # What was read to its end is read anew next time, so that nothing old is believed.
            kept.forget()


@click.command("dissolution")
@click.argument("switch", type=click.Choice(["on", "off"]))
@with_appcontext
def dissolve(switch: str) -> None:
    """Say that Parliament is dissolved (on), or that MPs are back (off).

    While it is dissolved nobody can write to an MP, and letters that have not left are held.
    """
    now = clock.now()
    turn = dissolution.dissolve if switch == "on" else dissolution.restore
    with transaction() as session:
        changed = turn(session, clock.london_date(now))
        settled = settle_letters(session, _rules(), now)
    if not changed:
        click.echo(f"Nothing to do: dissolution is {switch} already, or there are no MPs here.")
        return
    state = "dissolved" if switch == "on" else "what they were before"
    click.echo(f"{changed} MPs are {state}.{_letters(settled)}")


@click.command("alliance")
@click.argument("code")
@click.option("--email", default="", help="The address; leave it out when there is none.")
@click.option("--postal", default="", help="An office's postal address, never a home's.")
@click.option("--phone", default="")
@click.option("--website", default="")
@click.option("--source", required=True, help="Where this was found, best as a web address.")
@click.option("--checked", required=True, type=click.DateTime(["%Y-%m-%d"]), help="2026-11-20")
@_dry_run
@_json
@with_appcontext
def set_alliance(
    code: str, checked: datetime, *, dry_run: bool, as_json: bool, **cells: str
) -> None:
    """Enter how a Cancer Alliance can be reached, by its E56 CODE."""
    now = clock.now()
    if checked.date() > clock.london_date(now):
        raise click.BadParameter("The day has not come yet.", param_hint="--checked")
    _check_address(cells["email"])

    def says(_session: Session, names: Mapping[str, str]) -> list[Holder]:
        if code.upper() not in names:
            raise NotFound(f"{code} is no Cancer Alliance that we know.", "Give an E56 code.")
        return [alliance(code.upper(), names[code.upper()], cells, checked.date())]

    source = Source("alliance contacts", TargetKind.ALLIANCE, Unnamed.KEPT, says)
    _carry_out(source, Wish(dry_run, yes=True, as_json=as_json), now)


@click.command("import-alliances")
@_file
@_dry_run
@_yes
@_json
@with_appcontext
def import_alliances(file: Path, *, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Enter how Cancer Alliances can be reached, from a CSV FILE; others stay as they are."""
    now = clock.now()

    def says(session: Session, names: Mapping[str, str]) -> list[Holder]:
        holders, encoding = read_alliances(file, names, clock.london_date(now))
        return _told(session, TargetKind.ALLIANCE, holders, encoding)

    source = Source("alliance contacts", TargetKind.ALLIANCE, Unnamed.KEPT, says)
    _carry_out(source, Wish(dry_run, yes, as_json), now)


@click.command("import-targets")
@_file
@click.option("--kind", required=True, type=click.Choice([kind.value for kind in TargetKind]))
@click.option("--partial", is_flag=True, help="The file names some offices; others stay.")
@_dry_run
@_yes
@_json
@with_appcontext
def import_targets(
    file: Path, kind: str, *, partial: bool, dry_run: bool, yes: bool, as_json: bool
) -> None:
    """Bring all representatives of one kind up to date from a CSV FILE."""
    now, wanted = clock.now(), TargetKind(kind)

    def says(session: Session, areas: Mapping[str, str]) -> list[Holder]:
        holders, encoding = read_list(file, wanted, areas, clock.london_date(now))
        return _told(session, wanted, holders, encoding)

    unnamed = Unnamed.KEPT if partial else Unnamed.ENDED
    source = Source(f"targets: {kind}", wanted, unnamed, says)
    _carry_out(source, Wish(dry_run, yes, as_json), now)


@click.command("load-senedd")
@with_appcontext
def load_senedd_seats() -> None:
    """Put the 16 Senedd seats of 2026 and the Westminster seats in them into our areas."""
    now = clock.now()
    with transaction() as session:
        _areas(session, AreaKind.CONSTITUENCY, now)
        seats = load_senedd(session, senedd_table(), now)
    click.echo(f"{seats} Senedd seats are there.")


@click.command("opt-out")
@click.argument("code")
@click.option("--kind", default="mp", type=click.Choice([kind.value for kind in TargetKind]))
@click.option("--place", default=1, type=click.IntRange(1, 99), help="Where an area has several.")
@click.option("--undo", is_flag=True, help="Let letters go to the office again.")
@with_appcontext
def opt_out_of_letters(code: str, kind: str, place: int, *, undo: bool) -> None:
    """Stop letters to the office of an area because it asked us to."""
    now = clock.now()
    with transaction() as session:
        row = _row(session, TargetKind(kind), code.upper(), place)
        (opt_in if undo else opt_out)(session, row, clock.london_date(now))
        settled = settle_letters(session, _rules(), now)
    click.echo(f"{row.name}: {'can be written to' if undo else 'opted out'}.{_letters(settled)}")


COMMANDS = (
    sync_mps,
    dissolve,
    set_alliance,
    import_alliances,
    import_targets,
    load_senedd_seats,
    opt_out_of_letters,
)


def _read(kept: Journal, pause: float) -> Reading:
    found = settings()
    agent = USER_AGENT.format(base_url=found.base_url)
    api = MembersApi(found.parliament_url, agent, pause=timedelta(seconds=pause))
    with Progress() as progress:
        return read_parliament(api, kept, progress)


def _refuse_real_addresses(found: Settings, *, dry_run: bool) -> None:
    if found.demo and not dry_run and not found.parliament_url.startswith(_LOOPBACK):
        raise SettingsRefused(
            "A demonstration holds no real addresses, so it is not synced with Parliament.",
            "Add --dry-run, or set CAMPAIGN_MODE to production.",
        )


def _carry_out(source: Source, wish: Wish, now: datetime) -> None:
    """Compare, show, and unless it is a dry run write, in one transaction without any network."""
    with transaction() as session:
        areas = _areas_for(session, source.kind, now)
        said = source.says(session, areas)
        found = difference(session, source.kind, said, source.unnamed)
        settled = None
        if wish.dry_run or (found.too_much and not wish.yes):
            session.rollback()
        else:
            settled = _write(session, source, found, now)
    tell(Outcome(source.kind, found, areas, settled), as_json=wish.as_json)
    if not (wish.dry_run or wish.yes):
        refuse_loss(found)


def _write(session: Session, source: Source, found: Difference, now: datetime) -> Settled:
    apply(session, found, clock.london_date(now), yes=True)
    rows = current_rows(session, source.kind)
    as_of = min((row.checked_on for row in rows), default=clock.london_date(now))
    session.merge(DataSource(name=source.name, as_of=as_of, loaded_at=now, rows=len(rows)))
    return settle_letters(session, _rules(), now)


def _told(session: Session, kind: TargetKind, holders: list[Holder], encoding: str) -> list[Holder]:
    refuse_older(holders, current_rows(session, kind))
    if encoding not in {"utf-8-sig", "utf-16"}:
        click.echo("The file is not UTF-8; it was read as Latin-1. Look at the accents.", err=True)
    return holders


def _areas_for(session: Session, kind: TargetKind, now: datetime) -> dict[str, str]:
    if kind in AREA_KINDS:
        return _areas(session, AreaKind(AREA_KINDS[kind]), now)
    return {area.code: area.name for area in areas_of(session, *AreaKind)}


def _areas(session: Session, kind: AreaKind, now: datetime) -> dict[str, str]:
    """Return names by code; a database that never saw our own tables of areas gets them."""
    if not areas_of(session, AreaKind.CONSTITUENCY):
        load_areas(session, now)
    return {area.code: area.name for area in areas_of(session, kind)}


def _row(session: Session, kind: TargetKind, code: str, place: int) -> Target:
    rows = {(row.area_code, row.place_in_line): row for row in current_rows(session, kind)}
    if (code, place) not in rows:
        raise NotFound(f"We hold nobody for {code}.", "Give the ONS code of the area.")
    return rows[code, place]


def _check_address(text: str) -> None:
    try:
        if text:
            target_address(text)
    except NotAnAddress as error:
        raise click.BadParameter(error.message, param_hint="--email") from None


def _rules() -> Rules:
    return Rules.of(settings())


def _letters(settled: Settled) -> str:
    told = (
        (settled.held, "held"),
        (settled.asked, "whose writers are asked"),
        (settled.let_go, "let go again"),
    )
    return "".join(f" Letters {words}: {count}." for count, words in told if count)
