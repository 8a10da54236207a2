"""`evidence explain` as a user meets it: what may be named, what is answered, and that everything printed adds up."""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.explanation import Explanation, explain
from evidence.naming import resolve
from evidence.pipeline import Run
from evidence.progress import NullProgress
from evidence.render.explanation import lines
from evidence.render.rounding import rounded_to_add_up
from loaders.city import City
from loaders.errors import AmbiguousInput, MissingInput
from tests.evidence.test_cli import run

BITS = re.compile(r"^ *(?P<name>\S.*?) {2,}(?P<bits>[ +−]?\d+\.\d\d)(?= |$)")


def added_up(text: Iterable[str]) -> list[tuple[float, float]]:
    """Of each table of bits in a text: the sum of its printed rows, its printed total."""
    tables: list[tuple[float, float]] = []
    rows: list[float] = []
    for line in text:
        if found := BITS.match(line):
            bits = float(found["bits"].replace("−", "-").replace("+", "").strip())
            if found["name"] == "total":
                tables.append((round(sum(rows), 2), bits))
                rows = []
            else:
                rows.append(bits)
    assert not rows, "every table has its total"
    return tables


@given(st.lists(st.floats(-60, 60), max_size=14))
def test_bits_are_rounded_so_that_what_is_printed_adds_up(bits: list[float]) -> None:
    shown, total = rounded_to_add_up(bits)
    assert sum(round(value * 100) for value in shown) == round(total * 100)
    assert total == pytest.approx(sum(bits), abs=0.0051)
    assert all(abs(value - bit) <= 0.01 + 1e-9 for value, bit in zip(shown, bits, strict=True))


# What may be named --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("lease_disclosures:1", "row:lease_disclosures:1"),
        ("row:lease_disclosures:1", "row:lease_disclosures:1"),
        ("lease_disclosures:1:name", "row:lease_disclosures:1"),
        (" lease_disclosures:1:name:0 ", "row:lease_disclosures:1"),
        ("P000001", "person:P000001"),
        ("p000001", "person:P000001"),
        ("person:P000001", "person:P000001"),
        ("vehicle_log:1", "row:vehicle_log:1"),
        ("utility_usage:1", "row:utility_usage:1"),
    ],
)
def test_a_name_leads_to_a_node_of_the_graph(text: str, node: str, tiny_city: City, tiny_run: Run) -> None:
    assert resolve(tiny_city, tiny_run.linked, text).node == node


def test_vehicles_dwellings_and_plates_are_named_as_in_the_tables(tiny_city: City, tiny_run: Run) -> None:
    car = tiny_run.linked.vehicles.vehicles.filter(pl.col("plate").is_unique()).row(0, named=True)
    home = tiny_run.linked.dwellings.table["dwelling_id"][0]
    node = f"vehicle:{car['vehicle_id']}"
    spaced = f"{car['plate'][:3]}-{car['plate'][3:].lower()}"
    for text in (car["vehicle_id"], car["plate"], f"plate:{spaced}", f"vehicle:{car['vehicle_id']}"):
        assert resolve(tiny_city, tiny_run.linked, text).node == node
    assert resolve(tiny_city, tiny_run.linked, home.upper()).node == f"dwelling:{home}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("lease:3", "there is no source 'lease'; did you mean lease_disclosures:3?"),
        ("lease_disclosures:99999", "lease_disclosures has no row 99999; its last row is"),
        ("lease_disclosures:0", "lease_disclosures has no row 0"),
        ("lease_disclosures:x", "is no row: write lease_disclosures:ROW"),
        ("lease_disclosures:1:name:0:0", "is no row"),
        ("lease_disclosures:1:owner", "names nobody in 'owner': it names lease_disclosures:1:name"),
        ("P00001", "the nearest are P000001"),
        ("", "nothing is called ''"),
        ("\x00\u202e", "nothing is called"),
        ("x" * 5000, "nothing is called"),
        ("?", "nothing is called '?'"),
    ],
)
def test_an_unknown_name_is_one_clear_sentence(text: str, said: str, tiny_city: City, tiny_run: Run) -> None:
    with pytest.raises(MissingInput, match=re.escape(said)) as error:
        resolve(tiny_city, tiny_run.linked, text)
    assert error.value.exit_code == 66
    assert len(str(error.value)) < 400


def test_a_mistyped_name_or_plate_leads_to_the_nearest(tiny_city: City, tiny_run: Run) -> None:
    who = tiny_run.linked.links.mentions.filter(pl.col("kind") == "person").row(0, named=True)
    with pytest.raises(MissingInput, match=f"{who['person_id']} \\(named"):
        resolve(tiny_city, tiny_run.linked, who["raw_name"].title())
    plate = tiny_run.linked.vehicles.vehicles["plate"][0]
    with pytest.raises(MissingInput, match=f"the nearest are {plate}"):
        resolve(tiny_city, tiny_run.linked, f"{plate}Q9")


def test_a_plate_of_several_cases_asks_which(tiny_city: City, tiny_run: Run) -> None:
    cars = tiny_run.linked.vehicles.vehicles
    twice = pl.concat([cars.head(1), cars.head(1).with_columns(case_id=pl.lit("C-2"), vehicle_id=pl.lit("C-2/X"))])
    linked = replace(tiny_run.linked, vehicles=replace(tiny_run.linked.vehicles, vehicles=twice))
    with pytest.raises(AmbiguousInput, match=r"may be any of 2: .*C-2/X; name one of them, or give --case"):
        resolve(tiny_city, linked, cars["plate"][0])
    assert resolve(tiny_city, linked, cars["plate"][0], "C-2").node == "vehicle:C-2/X"


@pytest.mark.parametrize("change", [str.upper, str.lower, str.strip, lambda text: f" dwelling:{text} "])
def test_an_address_is_named_in_any_spelling(change: Callable[[str], str], tiny_city: City, tiny_run: Run) -> None:
    home = tiny_run.linked.dwellings.table.filter(pl.col("unit").is_null()).row(0, named=True)
    assert resolve(tiny_city, tiny_run.linked, change(home["dwelling_id"])).node == f"dwelling:{home['dwelling_id']}"
    spelled = change(home["address"]).replace("dwelling:", "address:").replace("Ave", "avenue")
    assert resolve(tiny_city, tiny_run.linked, spelled).node in (
        f"dwelling:{home['dwelling_id']}",
        f"address:{spelled.strip()}",
    )


def test_an_address_of_no_dwelling_is_not_found(tiny_city: City, tiny_run: Run) -> None:
    with pytest.raises(MissingInput, match="nothing is called '99999 Nowhere Blvd'"):
        resolve(tiny_city, tiny_run.linked, "99999 Nowhere Blvd")


# What is answered ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def asked(tiny_city: City, tiny_run: Run) -> dict[str, str]:
    """Names of this city by what they are for."""
    links = tiny_run.linked.links
    mentions = links.mentions.select("mention_id", "source", "row", "field", "part", "person_id")
    place = pl.concat_str("source", "row", "field", "part", separator=":")
    pairs = links.pairs.join(mentions.select(left="mention_id", a=place), on="left").join(
        mentions.select(right="mention_id", b=place), on="right"
    )
    found = {}
    for decision in ("same person", "kept apart"):
        row = pairs.filter(pl.col("decision") == decision).sort("left", "right").row(0, named=True)
        found[decision] = f"{row['a']} {row['b']}"
    leases = tiny_city.frame("lease_disclosures").sort("row")["row"].to_list()
    found["lease"] = f"lease_disclosures:{leases[0]} lease_disclosures:{leases[1]}"
    misread = tiny_run.linked.vehicles.readings.filter(pl.col("edits") > 0).row(0, named=True)
    found["misread"] = f"vehicle_log:{misread['log_row']} plate:{misread['plate']} --case {misread['case_id']}"
    return found


def answer(city: City, words: str) -> Explanation:
    names, _, case_id = words.partition(" --case ")
    a, _, b = names.partition(" ")
    return explain(city, a, b or None, case_id=case_id or None, progress=NullProgress())


@pytest.mark.parametrize(
    ("what", "said", "tables"),
    [
        ("same person", "taken for one person", 1),
        ("kept apart", "taken for two persons", 1),
        ("misread", "Read as", 1),
    ],
)
def test_an_answer_gives_its_reason_and_its_tables_add_up(
    what: str, said: str, tables: int, tiny_city: City, asked: dict[str, str]
) -> None:
    told = answer(tiny_city, asked[what])
    text = list(lines(told))
    assert any(said in line for line in text)
    sums = added_up(text)
    assert len(sums) >= tables
    assert all(summed == pytest.approx(total, abs=1e-9) for summed, total in sums)
    json.dumps(told.as_dict(), allow_nan=False)


def test_a_sighting_and_its_vehicle_are_tied_by_the_reading(tiny_city: City, asked: dict[str, str]) -> None:
    told = answer(tiny_city, asked["misread"])
    assert told.chain is not None
    assert [step.type for step in told.chain] == ["reading_of"]
    (reading,) = told.readings
    assert reading.voters
    assert reading.written_plate != reading.candidates[0].plate


# The command --------------------------------------------------------------------------------------------------


def test_the_command_prints_an_explanation(tiny_folder: Path, asked: dict[str, str]) -> None:
    done = run("explain", tiny_folder, *asked["lease"].split(), "--quiet")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "two names on one paper are two persons" in done.stdout
    assert all(summed == pytest.approx(total, abs=1e-9) for summed, total in added_up(done.stdout.splitlines()))


def test_the_command_gives_json_for_machines(tiny_folder: Path, asked: dict[str, str]) -> None:
    done = run("explain", tiny_folder, *asked["lease"].split(), "--quiet", "--json")
    told = json.loads(done.stdout)
    assert told["schema"] == "occupancy-evidence/explanation/1"
    pair = told["persons"]["pair"]
    assert pair["against_bits"] == "inf"
    assert sum(c["bits"] for c in pair["contributions"]) == pytest.approx(pair["match_weight_bits"])


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["P000001"], 66), (["nobody", "P000001"], 66), (["P000001", "P000002", "--case", "C-0"], 66)],
)
def test_a_mistake_is_one_sentence_and_an_exit_code(arguments: list[str], code: int, tiny_folder: Path) -> None:
    done = run("explain", tiny_folder, *arguments, "--quiet")
    assert done.returncode == code
    assert done.stdout == ""
    assert done.stderr.startswith("evidence: ")
    assert len(done.stderr.strip().splitlines()) == 1


def test_help_shows_an_example() -> None:
    assert "Example: evidence explain" in run("explain", "--help").stdout


# Addresses ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("misspelt", [lambda n: n, lambda n: " ".join(reversed(n.replace(",", "").split()))])
def test_a_name_alone_is_told_with_those_it_may_mean(
    misspelt: Callable[[str], str], tiny_city: City, tiny_run: Run
) -> None:
    named = tiny_run.linked.links.mentions.filter(
        (pl.col("kind") == "person") & (pl.col("source") == "lease_disclosures") & (pl.col("given").str.len_chars() > 3)
    ).row(0, named=True)
    told = explain(tiny_city, f"name:{misspelt(named['raw_name'])}", None, case_id=None, progress=NullProgress())
    assert named["person_id"] in {one.person_id for one in told.names}
    assert [one.p_match for one in told.names] == sorted((one.p_match for one in told.names), reverse=True)
    assert len(added_up(lines(told))) == len(told.names)
    assert all(total == pytest.approx(printed) for total, printed in added_up(lines(told)))


def test_a_name_alone_is_compared_with_a_person_or_another_name(tiny_city: City) -> None:
    same = explain(tiny_city, "name:Bob Baker", "name:Baker, Robert", case_id=None, progress=NullProgress())
    assert same.names[0].p_match > 0.5
    assert "one is a short form of the other" in "\n".join(lines(same))
    row = explain(tiny_city, "name:Bob Baker", "lease_disclosures:1", case_id=None, progress=NullProgress())
    assert [one.right for one in row.names] == [tiny_city.frame("lease_disclosures")["name"][0]]


@pytest.mark.parametrize(("a", "b"), [("name:", None), ("name:123", None), ("name:Bob Baker", "vehicle_log:1")])
def test_a_name_without_letters_or_beside_nobody_is_one_clear_sentence(a: str, b: str | None, tiny_city: City) -> None:
    with pytest.raises(MissingInput, match=r"is no name|names nobody"):
        explain(tiny_city, a, b, case_id=None, progress=NullProgress())


def test_an_address_alone_is_told_with_every_dwelling_it_may_mean(tiny_city: City, tiny_run: Run) -> None:
    text = tiny_run.linked.dwellings.links.filter(pl.col("method") == "missing unit").sort("address_text")[
        "address_text"
    ]
    found = explain(tiny_city, text[0], None, case_id=None, progress=NullProgress())
    (address,) = found.addresses
    assert sum(place.p_dwelling for place in address.places) == pytest.approx(1.0)
    assert any("it gives no unit" in place.words for place in address.places)
    assert f"The address {text[0].strip()!r} may mean:" in list(lines(found))


def test_a_row_beside_a_dwelling_is_told_by_its_address_and_the_chain(tiny_city: City, tiny_run: Run) -> None:
    case = tiny_city.frame("cases").row(0, named=True)
    best = tiny_run.linked.dwellings.best
    home = best.filter(pl.col("address_text") == case["subject_address"])["dwelling_id"][0]
    found = explain(tiny_city, f"cases:{case['row']}", home, case_id=None, progress=NullProgress())
    assert [address.field for address in found.addresses] == ["subject_address"]
    assert found.chain is not None
    assert [step.type for step in found.chain] == ["address"]
    assert repr(case["subject_address"]) in found.chain[0].reason
    assert "A chain is not identity" not in "\n".join(lines(found)), "no person is in it"


def test_two_spellings_of_one_thing_are_one_thing(tiny_city: City, tiny_run: Run) -> None:
    home = tiny_run.linked.dwellings.table["dwelling_id"][0]
    found = explain(tiny_city, home, home.upper(), case_id=None, progress=NullProgress())
    assert list(lines(found))[-1] == "Both names mean one and the same thing."
