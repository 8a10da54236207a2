"""`submit` on a prepared city: a case is linked to the city as it is, and its pages are those of the sources alone.

Whatever the case brings: another night, tenants whom the city knows or does not, an address written anew, a unit that
nobody else names. Nothing of the city is linked again.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from evidence import load
from evidence.learning import learn
from evidence.linkage import linking
from evidence.patched import Patch, PatchedRows
from evidence.pipeline import Run, investigate, prepare_city
from evidence.prepared.city import PreparedCity
from evidence.progress import NullProgress
from evidence.write import case_files
from loaders.city import City
from loaders.overlay import overlay
from loaders.rows import FrameRows

NEW = "NEW-1"
Rows = dict[str, pl.DataFrame]


@pytest.fixture(scope="module")
def prepared_city(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = shutil.copytree(tiny_folder, tmp_path_factory.mktemp("submitted") / "city")
    with PreparedCity.preparing(folder / ".evidence") as kept:
        city = load(folder, keep=kept.source)
        held = learn(city, kept)
        kept.hold(held)
        prepare_city(city, kept, held)
    return folder


def rows_of(city: City, case_id: str) -> Rows:
    """The rows of a case, as a folder of its own would hold them."""
    return {
        source: city.frame(source).filter(pl.col("case_id") == case_id).drop("row", "duplicate_of")
        for source in ("cases", "vehicle_log", "lease_disclosures")
    }


def first_with_leases(city: City) -> str:
    leases = city.distinct("lease_disclosures").drop_nulls("case_id")
    return str(leases.join(city.distinct("cases"), on="case_id", how="semi")["case_id"][0])


def again(city: City) -> Rows:
    return rows_of(city, first_with_leases(city))


def a_night_more(city: City) -> Rows:
    rows = again(city)
    log = rows["vehicle_log"]
    return {**rows, "vehicle_log": pl.concat([log, log[:1]])}


def without_its_leases(city: City) -> Rows:
    rows = again(city)
    return {**rows, "lease_disclosures": rows["lease_disclosures"][:1]}


def at(city: City, address: str, names: list[str]) -> Rows:
    rows = again(city)
    lease = rows["lease_disclosures"][:1].with_columns(
        case_id=pl.lit(NEW), address=pl.lit(address), date_of_birth=pl.lit(None, pl.Date)
    )
    leases = [lease.with_columns(name=pl.lit(name)) for name in names]
    case = rows["cases"].with_columns(case_id=pl.lit(NEW), subject_address=pl.lit(address))
    return {"cases": case, "lease_disclosures": pl.concat(leases)}


def billed(city: City) -> tuple[str, str]:
    row = city.distinct("utility_billing").drop_nulls(["billing_name", "service_address"])[0]
    return row["service_address"].item(), row["billing_name"].item()


def of_people_whom_the_city_knows(city: City) -> Rows:
    address, name = billed(city)
    return at(city, address, [name, city.distinct("dmv_registrations").drop_nulls("owner_name")["owner_name"][7]])


def of_people_whom_nobody_knows(city: City) -> Rows:
    return at(city, billed(city)[0], ["Zebulon Farnsworthy", "Ermintrude Q. Oglethorpe", "Dragonfly Estates LLC"])


def at_an_address_in_other_words(city: City) -> Rows:
    address, name = billed(city)
    return at(city, f"  {address.lower()} ", [name, "Zebulon Farnsworthy"])


def at_a_unit_that_nobody_named(city: City) -> Rows:
    situs = city.distinct("assessor").drop_nulls("situs_address")["situs_address"][3]
    return at(city, f"{situs.split(',')[0]} UNIT 77", ["Zebulon Farnsworthy"])


def at_two_addresses(city: City) -> Rows:
    """One in other words, one that has to be resolved."""
    known, new = at_an_address_in_other_words(city), at_a_unit_that_nobody_named(city)
    return {**known, "lease_disclosures": pl.concat([known["lease_disclosures"], new["lease_disclosures"]])}


def at_no_address_of_the_city(city: City) -> Rows:
    return at(city, "1 Nowhere Lane, Kalamazoo MI 49001", ["Zebulon Farnsworthy"])


CASES = [
    again, a_night_more, without_its_leases, of_people_whom_the_city_knows, of_people_whom_nobody_knows,
    at_an_address_in_other_words, at_a_unit_that_nobody_named, at_two_addresses,
    at_no_address_of_the_city,
]  # fmt: skip


def laid_over(city: City, make: Callable[[City], Rows], folder: Path) -> tuple[City, str]:
    rows = make(city)
    folder.mkdir(exist_ok=True)
    for source, frame in rows.items():
        frame.write_csv(folder / f"{source}.csv")
    return overlay(city, load(folder)), str(rows["cases"]["case_id"][0])


def pages_of(run: Run, case_id: str) -> dict[str, bytes]:
    return case_files(run.results([case_id])[0])


@pytest.mark.parametrize("make", CASES)
def test_its_pages_are_those_of_the_sources_alone_with_the_same_rates(
    prepared_city: Path, tmp_path: Path, make: Callable[[City], Rows]
) -> None:
    kept = PreparedCity.opened(prepared_city / ".evidence")
    assert kept is not None
    held = kept.rates()
    city, case_id = laid_over(load(prepared_city, keep=kept.source), make, tmp_path / "new")
    run = investigate(city, case_ids=[case_id], keep=kept, held=held)
    scratch, _ = laid_over(load(prepared_city), make, tmp_path / "new")
    assert pages_of(run, case_id) == pages_of(investigate(scratch, case_ids=[case_id], held=held), case_id)
    assert "persons" not in kept.made
    assert "dwellings" not in kept.made


@pytest.mark.parametrize("make", CASES)
def test_its_rows_are_all_named_and_no_other_row_is_lost(
    tiny_city: City, tmp_path: Path, make: Callable[[City], Rows]
) -> None:
    """Every mention that the whole linkage of the city with the case has, and the same dwelling for it."""
    from matchers.dwellings import resolve_dwellings
    from matchers.mentions import build_mentions

    city, case_id = laid_over(tiny_city, make, tmp_path / "new")
    mentions = linking(city, NullProgress()).links.whole().mentions
    whole = build_mentions(city, resolve_dwellings(city))
    said = ["source", "row", "field", "part", "raw_name", "kind", "given", "family", "dob", "dwelling_id", "case_id"]
    order = ["source", "row", "field", "part"]
    assert_frame_equal(mentions.select(said).sort(order), whole.select(said).sort(order))
    assert mentions["mention_id"].is_sorted()
    assert mentions["mention_id"].is_unique().all()
    assert mentions.filter(pl.col("case_id") == case_id)["person_id"].null_count() == 0


def test_a_case_that_says_nothing_new_leaves_every_person_as_they_were(tiny_city: City, tmp_path: Path) -> None:
    city, _ = laid_over(tiny_city, a_night_more, tmp_path / "new")
    before, after = (linking(one, NullProgress()).links.whole() for one in (tiny_city, city))
    for name in ("pairs", "possible_merges"):
        assert_frame_equal(getattr(before, name), getattr(after, name), check_exact=True)
    assert_frame_equal(before.mentions.drop("row"), after.mentions.drop("row"), check_exact=True)


def test_rows_are_found_with_some_replaced_as_in_the_whole_frame() -> None:
    frame = pl.DataFrame({"key": [1, 2, 3, 4], "by": ["a", "b", "a", "c"], "value": [1.0, 2.0, 3.0, 4.0]})
    added = pl.DataFrame({"key": [3, 5], "by": ["b", "a"], "value": [9.0, 5.0]})
    rows = PatchedRows(FrameRows(frame), Patch(pl.col("key").is_in([3, 4]), ("key",), added, ("key",)))
    assert rows.whole()["key"].to_list() == [1, 2, 3, 5]
    assert rows.where("by", pl.Series(["a"]))["key"].to_list() == [1, 5]
    assert rows.where("by", pl.Series(["b", "c"]), ("value",))["value"].to_list() == [2.0, 9.0]
