"""The campaigns that the platform ships with, read from the files beside this module.

Each folder is one campaign: ``campaign.toml`` for what has no language, and one folder for each
language with one file for each text. Nothing here knows the database.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from campaign_app.errors import CampaignError

FOLDER = Path(__file__).parent
_TEXT_FILES = frozenset({".md", ".txt"})
_NEEDED = ("slug", "kind", "reference", "confirm_policy", "nations")


class ShippedFault(CampaignError):
    """A shipped campaign's files cannot be used."""

    message = "A campaign that comes with the platform cannot be read."
    what_next = "Compare its files with those of the release."


@dataclass(frozen=True, slots=True)
class Report:
    """What a campaign rests on, with its age; an empty link means that none is known."""

    title: str
    author: str
    year: int
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippedCampaign:
    """One campaign's settings and words.

    ``texts`` holds Markdown (for ``title`` and ``summary`` plain text) as field, then language:
    ``texts["six_asks"]["en"]``. ``settings`` is the whole of campaign.toml, as it was read.
    """

    slug: str
    kind: str
    target_kind: str | None
    reference: str
    confirm_policy: str
    nations: tuple[str, ...]
    goal: int | None
    report: Report | None
    texts: Mapping[str, Mapping[str, str]]
    settings: Mapping[str, Any]

    @property
    def title(self) -> str:
        """Return the English title."""
        return self.texts["title"]["en"]

    @property
    def summary(self) -> str:
        """Return the English summary, one sentence."""
        return self.texts["summary"]["en"]


def shipped_campaigns(folder: Path = FOLDER) -> tuple[ShippedCampaign, ...]:
    """Return every campaign under the folder, in order of slug.

    Raises ShippedFault, naming the file, when one cannot be read.
    """
    return tuple(_campaign(path.parent) for path in sorted(folder.glob("*/campaign.toml")))


def _campaign(folder: Path) -> ShippedCampaign:
    settings = _settings(folder)
    report = settings.get("report")
    return ShippedCampaign(
        slug=settings["slug"],
        kind=settings["kind"],
        target_kind=settings.get("target_kind"),
        reference=settings["reference"],
        confirm_policy=settings["confirm_policy"],
        nations=tuple(settings["nations"]),
        goal=settings.get("goal"),
        report=Report(**report) if report else None,
        texts=_texts(folder),
        settings=settings,
    )


def _settings(folder: Path) -> dict[str, Any]:
    path = folder / "campaign.toml"
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ShippedFault(f"{folder.name}/campaign.toml cannot be read: {error}.") from error
    missing = [key for key in _NEEDED if key not in settings]
    if missing or settings["slug"] != folder.name:
        wrong = f"has no {missing[0]}" if missing else "names another campaign than its folder"
        raise ShippedFault(f"{folder.name}/campaign.toml {wrong}.")
    return settings


def _texts(folder: Path) -> dict[str, dict[str, str]]:
    texts: dict[str, dict[str, str]] = {}
    for path in _text_files(folder):
        field = path.stem.replace("-", "_")
        texts.setdefault(field, {})[path.parent.name] = path.read_text(encoding="utf-8").strip()
    for needed in ("title", "summary"):
        if "en" not in texts.get(needed, {}):
            raise ShippedFault(f"{folder.name} has no English {needed}. Add en/{needed}.txt.")
    return texts


def _text_files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.glob("*/*")) if path.suffix in _TEXT_FILES)
