"""Letters and people for the tests of letters: all of them examples."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from campaign_app.letters.catalogue import Ask, Fact, LetterTemplate
from campaign_app.letters.fields import LetterFields

LETTERS = Path(__file__).parents[2] / "letters"
SEED = b"\x01" * 16

HOSTILE = (
    "{{7*7}}",
    "{{ representative }}",
    "{% for a in b %}{{ a }}{% endfor %}",
    "{% if constituency %}x{% endif %}",
    "{{config}}",
    "{{ asks }}",
    "<b>bold</b><script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "${jndi:ldap://x} %s {0} {name}",
    "Ŵyn ap Siôn ŷ Ø'Brien-Smythe",
    "سارة الأحمد",
    "👩🏽‍⚕️ 🏴󠁧󠁢󠁷󠁬󠁳󠁿",
)

_TEMPLATE = LetterTemplate(
    campaign="a-campaign",
    target_kind="mp",
    lang="en",
    reference="FCE",
    subjects=("Care in {{ constituency }}", "From {{ outcode }}", "A request"),
    openings=("First way to begin.", "Second way to begin.", "Third way to begin."),
    salutation="Dear {{ salutation }},",
    introduction="I am your constituent in {{ constituency }} ({{ outcode }}).",
    closing="Yours sincerely,",
    house_address=True,
    asks=(Ask("data", "Look at the data."), Ask("signs", "Know the signs."), Ask("staff", "Plan.")),
    asks_lead=("Please do this:", "The first matters most:", "The first two matter most:"),
    facts=(Fact("There are gaps.", "A report", "2018"),),
    fields=("salutation", "constituency", "outcode", "alliance"),
    body=(
        "Please write to {{ alliance }} Cancer Alliance,\nas the report of 2018 asks.\n\n"
        "{{ asks }}\n\nThank you."
    ),
)

_PERSON = LetterFields(
    name="Ann Example",
    address_lines=("1 Example Street", "Manchester"),
    postcode="M20 4BX",
    outcode="M20",
    representative="Alex Example MP",
    salutation="Alex Example",
    constituency="Manchester Withington",
    alliance="Greater Manchester",
    organisation="Example Charity",
)


def letter_template(**changes: Any) -> LetterTemplate:  # noqa: ANN401  # any field of the template
    return replace(_TEMPLATE, **changes)


def person(**changes: Any) -> LetterFields:  # noqa: ANN401  # any field of the person
    return replace(_PERSON, **changes)


def letter_file(folder: Path, front: str, body: str = "Please help.", name: str = "mp.md") -> Path:
    path = folder / "a-campaign" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"+++\n{front}\n+++\n{body}\n", encoding="utf-8")
    return path


USABLE_FRONT = """
reference = "FCE"
subjects = ["One", "Two", "Three"]
openings = ["One.", "Two.", "Three."]
salutation = "Dear {{ salutation }},"
introduction = "I am your constituent in {{ constituency }} ({{ outcode }})."
closing = "Yours sincerely,"
house_address = true
"""
