"""How right the persons of a whole folder are, when the folder holds an outside record-linkage set.

`pytest benchmarks/test_outside_cities.py --benchmark-enable` measures pairwise precision, recall and F1 of the
`person_id` that the loaded folder gives each row. No label is used to fit or to choose a threshold.
"""

from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.outside_cities import OutsideRecord, febrl_records, shuffled_among, write_city
from evidence.linkage import link
from evidence.progress import NullProgress
from loaders.city import load
from tests.matchers.mention_towns import pair_scores

LEASES, CARS, STUDENTS = "lease_disclosures", "dmv_registrations", "university_addresses"
Files = Sequence[tuple[str, Sequence[OutsideRecord]]]


def persons_of(folder: Path) -> pl.DataFrame:
    """source, row, person_id of every mention of the folder."""
    links = link(load(folder), NullProgress()).links
    return links.mentions.select("source", "row", "person_id")


def measure(benchmark: BenchmarkFixture, folder: Path, files: Files) -> dict[str, float]:
    truth = write_city(folder, files)
    said = benchmark.pedantic(persons_of, args=(folder,), rounds=1, iterations=1)  # type: ignore[no-untyped-call]
    unnamed = pl.format("unnamed {} {}", "source", "row")  # a row without a name is nobody's
    linked = truth.join(said, on=["source", "row"], how="left").with_columns(pl.coalesce("person_id", unnamed))
    scores = pair_scores(linked)
    benchmark.extra_info |= {name: round(value, 4) for name, value in scores.items()}
    return scores


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sources", "least"),
    [([CARS], 0.97), ([STUDENTS], 0.97), ([LEASES], 0.96), ([LEASES, STUDENTS, CARS], 0.97)],
    ids=["cars", "students", "leases", "mixed"],
)
def test_one_file_with_repeats(
    benchmark: BenchmarkFixture, tmp_path: Path, sources: Sequence[str], least: float
) -> None:
    [records] = febrl_records(3)
    assert measure(benchmark, tmp_path, shuffled_among(sources, records))["f1"] >= least


@pytest.mark.slow
@pytest.mark.parametrize("sources", [(CARS, LEASES), (LEASES, STUDENTS), (CARS, STUDENTS)], ids="-".join)
def test_two_files_of_one_people(benchmark: BenchmarkFixture, tmp_path: Path, sources: tuple[str, str]) -> None:
    first, second = febrl_records(4)
    assert measure(benchmark, tmp_path, [(sources[0], first), (sources[1], second)])["f1"] >= 0.975
