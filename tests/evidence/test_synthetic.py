"""The synthetic city: its files are readable, its truth is consistent, its rates are those it was asked for."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.errors import OutputRefused
from evidence.synthetic import FORMATS, REGIMES, DemoPaths, WorldSettings, generate, regime
from evidence.synthetic.counts import headcount, window_nights
from loaders.city import City, load

SOURCES = {
    "cases",
    "vehicle_log",
    "dmv_registrations",
    "lease_disclosures",
    "utility_billing",
    "utility_usage",
    "university_addresses",
    "assessor",
}
FIRST = 13_000  # day number of the first column of nights in the tables below


def digest(folder: Path) -> str:
    """One hash over the names and bytes of all files below a folder."""
    total = sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            total.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return total.hexdigest()


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> DemoPaths:
    return generate(tmp_path_factory.mktemp("town"), scale="town", seed=7)


@pytest.fixture(scope="module")
def city(town: DemoPaths) -> City:
    return load(town.city)


@pytest.fixture(scope="module")
def truth(town: DemoPaths) -> dict[str, pl.DataFrame]:
    return {path.stem: pl.read_parquet(path) for path in town.truth.glob("*.parquet")}


# -- the rule, on days and families worked out by hand --------------------------------------------------------


def household(*members: tuple[int, int, int, bool, int, int]) -> pl.DataFrame:
    """Spans (person, kin, guardian, adult, from, to) of one dwelling; the window is day 0 to day 90."""
    columns = {
        "person": pl.Int64,
        "kin": pl.Int64,
        "guardian": pl.Int64,
        "adult": pl.Boolean,
        "from": pl.Int64,
        "to": pl.Int64,
    }
    frame = pl.DataFrame(list(members), schema=columns, orient="row")
    return frame.with_columns(
        pl.lit("d").alias("key"), pl.lit(0, pl.Int64).alias("opens"), pl.lit(90, pl.Int64).alias("closes")
    )


def adults(*kin: int, begin: int = -100, end: int = 1000) -> list[tuple[int, int, int, bool, int, int]]:
    """One adult per kin group given."""
    return [(i, group, -1, True, begin, end) for i, group in enumerate(kin)]


@pytest.mark.parametrize(
    ("members", "occupants", "over"),
    [
        (adults(1, 2, 3), 3, False),  # two adults and one more
        (adults(1, 2, 3, 4), 4, True),  # four strangers
        (adults(1, 1, 1, 1, 2), 5, False),  # a family and one more
        (adults(1, 1, 1, 2, 3), 5, True),  # a family and two more
        (adults(1, 1, 2, 2), 4, True),  # two couples without a link
        (adults(1, 1, 1, 1), 4, False),  # two couples linked by kin are one family
        ([*adults(1, 2, 3), (10, 1, 0, False, -100, 1000), (11, 2, 1, False, -100, 1000)], 5, False),  # and children
        ([*adults(1, 2, 3, 4), (10, 1, 0, False, -100, 1000)], 5, True),
        ([*adults(1, 2, end=30), *((i, i, -1, True, 30, 1000) for i in (5, 6))], 2, False),  # turnover: not four
        ([*adults(1, 2, end=31), *((i, i, -1, True, 30, 1000) for i in (5, 6))], 4, True),  # one day together
        (adults(1, 2, 3, 4, end=0), None, None),  # all gone when the window opens
        (adults(1, 2, 3, 4, begin=91), None, None),  # all come after it closes
    ],
)
def test_occupants_and_limit(
    members: list[tuple[int, int, int, bool, int, int]], occupants: int | None, over: bool | None
) -> None:
    found = headcount(household(*members))
    assert found.select("occupants", "over_limit").rows() == ([] if occupants is None else [(occupants, over)])


@pytest.mark.parametrize(
    ("nights", "worst", "passes"),
    [
        (range(400, 429), 29, False),
        (range(400, 430), 30, True),
        ([*range(100, 130), 420], 31, True),  # twelve months that reach back far enough
        (range(100, 130), 30, False),  # none of them in the window
        ([*range(10, 39), 430], 3, False),  # too long ago: three are left when the window opens
    ],
)
def test_guest_test(nights: Iterator[int], worst: int, passes: bool) -> None:
    slept = np.zeros((1, 600), dtype=bool)
    slept[0, list(nights)] = True
    found = window_nights(slept, FIRST, np.array([FIRST + 460]))  # the window is nights 400 to 490
    assert found.select("worst", "passes").row(0) == (worst, passes)


# -- the files ------------------------------------------------------------------------------------------------


def test_every_source_loads_and_every_header_is_placed(city: City) -> None:
    assert city.present == SOURCES
    assert {name: report.unplaced_headers for name, report in city.reports.items() if report.unplaced_headers} == {}


def test_few_rows_are_broken_and_none_is_lost(city: City) -> None:
    for report in city.reports.values():
        assert report.rows_read == report.rows_accepted + report.rows_quarantined
        assert report.rows_quarantined <= 2 + 0.01 * report.rows_read
    assert city.quarantine.height > 0


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> City:
    return load(generate(tmp_path_factory.mktemp("plain"), scale="tiny", seed=2).city)


@pytest.mark.parametrize("formats", [name for name in FORMATS if name != "csv"])
def test_every_format_holds_the_same_rows(formats: str, plain: City, tmp_path: Path) -> None:
    other = load(generate(tmp_path, scale="tiny", seed=2, formats=formats).city)
    for name in sorted(SOURCES):
        assert plain.frame(name).height == other.frame(name).height, name


def test_the_dirt_that_agencies_have_is_there(tmp_path: Path) -> None:
    found: set[str] = set()
    for seed in range(6):
        made = generate(tmp_path, scale="tiny", seed=seed)
        for path in sorted(made.city.iterdir()):
            blob = path.read_bytes()
            found.update(
                name
                for name, present in {
                    "byte order mark": blob.startswith(b"\xef\xbb\xbf"),
                    "Windows-1252": _is_not_utf8(blob),
                    "carriage returns": b"\r\n" in blob,
                    "newline in a cell": b"coming and going.\nLights" in blob,
                    "padded cell": b",  " in blob,
                    "thousands separator": b',"1,' in blob,
                    "N/A": b",N/A" in blob,
                    "two persons in one cell": b" & " in blob,
                    "company": b" LLC" in blob,
                    "trust": b" TRUST" in blob,
                }.items()
                if present
            )
    assert len(found) == 10, found


def _is_not_utf8(blob: bytes) -> bool:
    try:
        blob.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False


def test_the_truth_stays_out_of_the_city(town: DemoPaths) -> None:
    assert {path.name.split(".")[0] for path in town.city.iterdir()} == SOURCES
    assert not any(b"true_person" in path.read_bytes() for path in town.city.iterdir())


# -- the truth ------------------------------------------------------------------------------------------------


def test_occupants_agree_with_the_people_who_counted(truth: dict[str, pl.DataFrame]) -> None:
    """The greatest number at one time is never more than all who counted, and somebody always counted."""
    counted = (
        truth["occupancy"].filter("counts").group_by("case_id").agg(pl.col("true_person_id").n_unique().alias("n"))
    )
    rows = truth["cases"].join(counted, on="case_id", how="left")
    assert rows.filter(pl.col("occupants") > pl.col("n")).height == 0
    assert rows["occupants"].min() >= 1  # type: ignore[operator]


def test_three_or_fewer_adults_are_never_over(truth: dict[str, pl.DataFrame]) -> None:
    assert truth["cases"].filter(pl.col("over_limit"))["occupants"].min() >= 4  # type: ignore[operator]
    assert truth["cases"].filter(~pl.col("over_limit"))["lawful_reason"].null_count() == 0


def test_guest_nights_are_the_most_in_any_twelve_months_of_the_window(truth: dict[str, pl.DataFrame]) -> None:
    """Counted again from the list of nights, by brute force over every day of the window."""
    unlisted = truth["occupancy"].filter(~pl.col("on_lease") & (pl.col("kind") != "visitor"))
    opened = dict(truth["cases"].select("case_id", "opened_on").iter_rows())
    nights: dict[tuple[str, int], list[date]] = {}
    for case_id, person, night in truth["nights"].iter_rows():
        nights.setdefault((case_id, person), []).append(night)
    checked = 0
    for case_id, person, said in unlisted.select("case_id", "true_person_id", "guest_nights").head(40).iter_rows():
        if unlisted.filter((pl.col("case_id") == case_id) & (pl.col("true_person_id") == person)).height > 1:
            continue
        ends = [opened[case_id] + timedelta(days=d) for d in range(-60, 31)]
        mine = nights.get((case_id, person), [])
        assert said == max(sum(_year_before(end) < night <= end for night in mine) for end in ends)
        checked += 1
    assert checked > 10


def _year_before(day: date) -> date:
    return date(day.year - 1, day.month, 28 if (day.month, day.day) == (2, 29) else day.day)


def test_nobody_is_seen_at_night_who_did_not_stay(city: City, truth: dict[str, pl.DataFrame]) -> None:
    """A car written down between 01:00 and 05:00 belongs to a night that its operator, or a neighbour's car, stayed."""
    log = city.frame("vehicle_log").select(
        pl.col("row").alias("log_row"), "observed_date", pl.col("observed_time").dt.hour().alias("hour")
    )
    seen = truth["log"].filter(pl.col("true_vehicle_id").is_not_null()).join(log, on="log_row")
    small_hours = seen.filter(pl.col("hour").is_between(1, 4)).with_columns(
        (pl.col("observed_date") - pl.duration(days=1)).alias("night")
    )
    stays = truth["vehicles"].select("case_id", "true_vehicle_id", "nights").explode("nights")
    missing = small_hours.join(
        stays,
        left_on=["case_id", "true_vehicle_id", "night"],
        right_on=["case_id", "true_vehicle_id", "nights"],
        how="anti",
    )
    assert small_hours.height > 100
    assert missing.height == 0


def test_every_mention_points_at_a_cell_that_is_not_blank(city: City, truth: dict[str, pl.DataFrame]) -> None:
    for (source, field), rows in truth["mentions"].group_by("source", "field"):
        cells = city.frame(str(source)).select("row", str(field)).join(rows.select("row"), on="row")
        assert cells[str(field)].null_count() == 0, (source, field)
        assert cells.height == rows.height, (source, field)


def test_registrations_in_the_log_are_those_of_the_true_plate(city: City, truth: dict[str, pl.DataFrame]) -> None:
    register = city.frame("dmv_registrations").select(pl.col("row").alias("true_dmv_rows"), "plate", "plate_state")
    rows = truth["log"].explode("true_dmv_rows").drop_nulls("true_dmv_rows").join(register, on="true_dmv_rows")
    assert rows.height > 500
    assert rows.filter(pl.col("plate") != pl.col("true_plate")).height == 0
    assert rows.filter(pl.col("plate_state") != pl.col("true_state")).height == 0


# -- the rates ------------------------------------------------------------------------------------------------


def test_the_town_has_the_shape_it_was_asked_for(truth: dict[str, pl.DataFrame]) -> None:
    every = truth["all_dwellings"]
    assert every.height == 3000
    assert every["dwelling"].n_unique() == 3000
    assert every["rented"].mean() == pytest.approx(WorldSettings().rented_share, abs=0.08)
    assert every["occupants"].mean() == pytest.approx(2.4, abs=0.3)  # 170,000 residents in 70,000 dwellings
    cases = truth["cases"]
    assert cases.height == 100
    assert cases["over_limit"].mean() == pytest.approx(0.5, abs=0.15)
    one_over = cases.filter("over_limit").select((pl.col("occupants") == 4).mean()).item()
    assert 0.4 < one_over < 0.8  # most violations are just one over
    log = truth["log"].filter(pl.col("read_plate").is_not_null() & pl.col("true_plate").is_not_null())
    bare = pl.col("read_plate").str.to_uppercase().str.replace_all("[^A-Z0-9?*_]", "")
    assert 0.70 < log.select((bare == pl.col("true_plate")).mean()).item() < 0.92


@pytest.mark.parametrize(
    ("name", "table", "more"),
    [
        ("misread", "log", lambda t: t.select((pl.col("read_plate") != pl.col("true_plate")).mean()).item()),
        ("unwatched", "log", lambda t: -t.height),
    ],
)
def test_a_regime_changes_what_it_names(name: str, table: str, more: object, tmp_path: Path) -> None:
    assert callable(more)
    usual = generate(tmp_path / "base", scale="tiny", seed=4).truth
    other = generate(tmp_path / "other", scale="tiny", seed=4, settings=regime(name)).truth
    assert more(pl.read_parquet(other / f"{table}.parquet")) > more(pl.read_parquet(usual / f"{table}.parquet"))


@pytest.mark.parametrize("name", REGIMES)
def test_every_regime_is_a_town(name: str, tmp_path: Path) -> None:
    made = generate(tmp_path, scale="tiny", seed=1, settings=regime(name))
    assert pl.read_parquet(made.truth / "cases.parquet").height == 12


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_perturbed_towns_differ_and_all_can_be_built(seed: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    rates = WorldSettings().perturbed(seed)
    assert rates != WorldSettings()
    assert rates == WorldSettings().perturbed(seed)
    made = generate(tmp_path_factory.mktemp("perturbed"), scale="tiny", seed=seed, settings=rates)
    assert load(made.city).frame("cases").height == 12


def test_a_share_outside_zero_and_one_is_refused() -> None:
    with pytest.raises(ValueError, match=r"seen = 1\.2 is not a share"):
        WorldSettings(seen=1.2)


@pytest.mark.parametrize("extract_on", [date(2007, 9, 30), date(2023, 3, 1)])
def test_the_date_frame_can_be_moved(extract_on: date, tmp_path: Path) -> None:
    made = generate(tmp_path, scale="tiny", seed=1, settings=WorldSettings(extract_on=extract_on))
    opened = pl.read_parquet(made.truth / "cases.parquet")["opened_on"]
    assert extract_on - timedelta(days=380) <= opened.min() <= opened.max() < extract_on  # type: ignore[operator]


# -- laws of the writer ---------------------------------------------------------------------------------------


def test_same_arguments_same_bytes(tmp_path: Path) -> None:
    one = generate(tmp_path / "one", scale="tiny", seed=11, formats="mixed")
    two = generate(tmp_path / "two", scale="tiny", seed=11, formats="mixed")
    assert digest(tmp_path / "one") == digest(tmp_path / "two")
    other = generate(tmp_path / "three", scale="tiny", seed=12, formats="mixed")
    assert digest(one.city) == digest(two.city) != digest(other.city)


def test_changing_one_source_leaves_the_world_alone(tmp_path: Path) -> None:
    """A misread plate must not move anybody: each stage has a random stream of its own."""
    base = generate(tmp_path / "a", scale="tiny", seed=5).truth
    other = generate(
        tmp_path / "b", scale="tiny", seed=5, settings=replace(WorldSettings(), plate_char_error=0.2)
    ).truth
    for name in ("cases", "occupancy", "nights", "all_dwellings"):
        assert pl.read_parquet(base / f"{name}.parquet").equals(pl.read_parquet(other / f"{name}.parquet")), name


def test_an_earlier_demo_is_replaced_and_other_folders_are_not(tmp_path: Path) -> None:
    generate(tmp_path, scale="tiny", seed=1)
    generate(tmp_path, scale="tiny", seed=2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["city", "truth"]
    mine = tmp_path / "mine"
    (mine / "city").mkdir(parents=True)
    (mine / "city" / "cases.csv").write_text("my only copy")
    with pytest.raises(OutputRefused, match="not made by this program"):
        generate(mine, scale="tiny", seed=1)
    assert (mine / "city" / "cases.csv").read_text() == "my only copy"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"scale": "village"}, "unknown scale"), ({"formats": "pdf"}, "unknown format"), ({"seed": -1}, "negative")],
)
def test_wrong_arguments_are_named(arguments: dict[str, object], message: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=message):
        generate(tmp_path, **arguments)  # type: ignore[arg-type]
