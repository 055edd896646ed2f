from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from campaign_app.letters.catalogue import Ask, Fact
from campaign_app.letters.ended_bodies import ended_bodies_named
from campaign_app.letters.proof import proof, proof_all
from tests.letters.samples import LETTERS, letter_file, letter_template

PLENTY = "We ask for good care for all who need it here. " * 16


def faults_of(**changes: Any) -> str:  # noqa: ANN401  # any field of the template
    template = letter_template()
    changes.setdefault("body", f"{PLENTY}\n\n{template.body}")
    return "\n".join(str(fault) for fault in proof(letter_template(**changes)))


def test_every_letter_that_we_ship_is_clean() -> None:
    assert proof_all(LETTERS) == []


def test_a_sound_letter_has_no_fault() -> None:
    assert faults_of() == ""


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"reference": ""}, "has no reference"),
        ({"reference": "[fce]"}, "Write it like FCE"),
        ({"subjects": ()}, "has no subjects"),
        ({"subjects": ("One", "Two")}, "Write 1 more"),
        ({"openings": ("One.", "One.", "One.")}, "There are 1 different openings"),
        ({"closing": ""}, "has no closing"),
        ({"body": "Ask it of {{ patient }}."}, "no field called 'patient'"),
        ({"closing": "{% for a in b %}{% endfor %}"}, "'for' is not allowed"),
        ({"body": "Short. It was 2018.\n\n{{asks}}"}, "fewer than 150"),
        ({"body": PLENTY * 4 + "2018\n\n{{ asks }}"}, "more than 450"),
        ({"subjects": ("{{ constituency }}" * 3, "Two", "Three")}, "Make it shorter"),
        ({"subjects": ("One\nline", "Two", "Three")}, "Put it on one"),
        ({"fields": ("salutation", "constituency", "outcode")}, "Add it to fields"),
        ({"fields": (*letter_template().fields, "name")}, "Take it out of fields"),
        ({"house_address": False}, "Write house_address = true"),
        ({"introduction": "I live here."}, "looks for the constituency first"),
        ({"target_kind": "alliance"}, "Write house_address = false"),
        ({"asks": (Ask("a", "A."), Ask("a", "B."))}, "a different key"),
        ({"asks": (Ask("a", ""),)}, "An ask has no text"),
        ({"asks": ()}, "there are no asks"),
        ({"asks_lead": ("Please do this:",)}, "asks_lead needs three"),
        ({"body": PLENTY + "2018"}, "no place for them"),
        ({"facts": ()}, "names no fact"),
        ({"facts": (Fact("Gaps.", "", "2018"),)}, "a source and a date"),
        ({"facts": (Fact("Gaps.", "A report", "lately"),)}, "Write the date like 2018"),
        ({"facts": (Fact("Gaps.", "A report", "2017-08"),)}, "does not say that 'A report' is of"),
        ({"introduction": "{{ constituency }} {{ outcode }} {{ asks }}"}, "no field called 'asks'"),
        ({"openings": ("{{ name }}" * 1_900, "B.", "C.")}, "becomes far too long"),
    ],
)
def test_a_fault_is_named_with_what_to_do(changes: dict[str, Any], words: str) -> None:
    assert words in faults_of(**changes)


def test_a_letter_that_is_hard_to_read_is_a_fault() -> None:
    hard = "Organisational considerations necessitate comprehensive institutional accountability. "

    assert "Use shorter words" in faults_of(openings=(hard * 10, "B.", "C."))


def test_one_hard_opening_among_easy_ones_is_found() -> None:
    hard = "Multidisciplinary interoperability notwithstanding, institutional accountability. " * 8

    assert faults_of(openings=("A.", "B.", hard)).count("Use shorter words") == 1


def test_another_language_is_not_measured_by_the_english_formula() -> None:
    hard = "Organisational considerations necessitate comprehensive institutional accountability. "

    assert "grade" not in faults_of(openings=(hard * 10, "B.", "C."), lang="cy")


@pytest.mark.parametrize(
    "words",
    [
        "Ask the clinical commissioning group to act.",
        "Ask local Clinical\nCommissioning Groups.",
        "The CCGs must act.",
        "Health Education England trains staff.",
        "Ask Public Health England.",
        "NHS Improvement and NHS Digital can help.",
        "The Strategic Health Authorities plan it.",
        "Your PCT decides.",
    ],
)
def test_a_body_that_is_gone_is_a_fault(words: str) -> None:
    found = faults_of(openings=(words, "B.", "C."))

    assert "which ended in" in found
    assert "instead" in found


def test_a_body_that_is_gone_may_be_named_with_its_year() -> None:
    text = "Clinical commissioning groups ended in 2022. Integrated care boards took over."

    assert not ended_bodies_named(text)


@pytest.mark.parametrize("text", ["NHS England", "a public health matter", "Shares", "a sha"])
def test_what_exists_is_no_fault(text: str) -> None:
    assert not ended_bodies_named(text)


def test_a_file_that_cannot_be_read_is_a_fault_with_its_name(tmp_path: Path) -> None:
    letter_file(tmp_path, "reference = ")

    (fault,) = proof_all(tmp_path)

    assert fault.letter == "a-campaign/mp.md"
    assert fault.sentence.startswith("The settings at the top cannot be read")


def test_several_faults_of_one_file_are_all_named(tmp_path: Path) -> None:
    letter_file(tmp_path, "reference = 'FCE'")

    sentences = " ".join(fault.sentence for fault in proof_all(tmp_path))

    for part in ("subjects", "openings", "salutation", "introduction", "closing"):
        assert f"has no {part}" in sentences


def test_a_folder_without_letters_is_a_fault(tmp_path: Path) -> None:
    (fault,) = proof_all(tmp_path)

    assert "no letters" in str(fault)


def test_every_fault_is_a_whole_sentence(tmp_path: Path) -> None:
    letter_file(tmp_path, "reference = 'FCE'", body="{% for a in b %}{{ c.d }}")

    assert all(fault.sentence.endswith(".") for fault in proof_all(tmp_path))
