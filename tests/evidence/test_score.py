"""The score: every measure against a value worked out by hand, then a perfect and a broken screening as a whole."""

from datetime import date, timedelta
from math import log
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from evidence.score import ScoreError, score
from evidence.scoring import measures as m
from evidence.scoring.cases import distinct_names, headcount_scores, limit_scores, named_scores
from evidence.scoring.clusters import b_cubed, pairwise
from evidence.scoring.identities import dwelling_accuracy, matched_mentions, person_map
from evidence.scoring.nights import guest_scores, vehicle_night_scores, vehicle_scores
from evidence.scoring.plates import plate_scores
from evidence.synthetic import generate


def floats(*values: float) -> np.ndarray:
    return np.array(values, dtype=float)


def bools(*values: int) -> np.ndarray:
    return np.array(values, dtype=bool)


# -- measures -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scores", "truth", "expected"),
    [
        (floats(0.1, 0.9), bools(0, 1), 1.0),
        (floats(0.9, 0.1), bools(0, 1), 0.0),
        (floats(0.5, 0.5), bools(0, 1), 0.5),  # a tie counts half
        (floats(0.2, 0.4, 0.3, 0.8), bools(0, 0, 1, 1), 0.75),  # of four pairs, 0.3 against 0.4 is wrong
        (floats(0.2, 0.4), bools(1, 1), None),
        (floats(), bools(), None),
    ],
)
def test_auc(scores: np.ndarray, truth: np.ndarray, expected: float | None) -> None:
    assert m.auc(scores, truth) == expected


def test_brier_is_the_mean_squared_difference() -> None:
    assert m.brier(floats(0.8, 0.3), bools(1, 0)) == pytest.approx((0.04 + 0.09) / 2)


def test_calibration_error_weighs_the_gap_of_each_bin_by_its_size() -> None:
    p, truth = floats(0.12, 0.18, 0.95, 1.0), bools(0, 1, 1, 1)
    table = m.calibration(p, truth)
    assert table["bin"].to_list() == [1, 9]  # a probability of one falls into the last bin
    assert table["n"].to_list() == [2, 2]
    assert m.calibration_error(p, truth) == pytest.approx(0.5 * abs(0.15 - 0.5) + 0.5 * abs(0.975 - 1.0))


def test_coverage_includes_both_ends() -> None:
    assert m.coverage(floats(1, 1, 3), floats(4, 2, 5), floats(4, 3, 3)) == pytest.approx(2 / 3)


def test_log_score_has_a_floor() -> None:
    assert m.log_score(floats(0.5, 0.0), floor=0.01) == pytest.approx((log(2) + log(100)) / 2)


def test_uniform_distance_of_a_point_forecast_that_is_always_too_low_is_one() -> None:
    assert m.uniform_distance(floats(*[1.0] * 20), floats(*[0.0] * 20)) == 1.0


def test_uniform_distance_is_small_for_a_forecast_that_is_right() -> None:
    rng = np.random.default_rng(1)
    shares = np.array([0.2, 0.5, 0.3])
    drawn = rng.choice(3, size=4000, p=shares)
    below = np.concatenate([[0.0], np.cumsum(shares)[:-1]])[drawn]
    distance = m.uniform_distance(below, shares[drawn])
    assert distance is not None
    assert distance < 0.03


# -- persons --------------------------------------------------------------------------------------------------

ITEMS = pl.DataFrame({"true": [1, 1, 1, 2, 2], "said": ["a", "a", "b", "b", "c"]})


def test_b_cubed_by_hand() -> None:
    # precision: a, a: 1, 1; b: 1/2 each; c: 1.  recall: 2/3, 2/3, 1/3, 1/2, 1/2
    agreement = b_cubed(ITEMS, ["true"], ["said"])
    assert agreement.precision == pytest.approx((1 + 1 + 0.5 + 0.5 + 1) / 5)
    assert agreement.recall == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 0.5 + 0.5) / 5)
    assert agreement.f1 == pytest.approx(2 * 0.8 * (8 / 15) / (0.8 + 8 / 15))


def test_pairwise_by_hand() -> None:
    # said pairs: a-a and b-b; true pairs: three of person 1, one of person 2; in common: one
    agreement = pairwise(ITEMS, ["true"], ["said"])
    assert (agreement.precision, agreement.recall) == (1 / 2, 1 / 4)
    assert agreement.f1 == pytest.approx(1 / 3)


def test_nothing_said_to_be_one_person_has_no_pairwise_precision() -> None:
    lone = pl.DataFrame({"true": [1, 1], "said": ["a", "b"]})
    assert pairwise(lone, ["true"], ["said"]).precision is None


def mentions_truth(*rows: tuple[int, int, int | None, str | None]) -> pl.DataFrame:
    """Rows (row, part, true_person_id, true_dwelling) of one source and field."""
    return pl.DataFrame(
        [("dmv", row, "owner_name", part, person, dwelling, "X Y") for row, part, person, dwelling in rows],
        schema={
            "source": pl.String,
            "row": pl.UInt32,
            "field": pl.String,
            "part": pl.Int64,
            "true_person_id": pl.Int64,
            "true_dwelling": pl.String,
            "written": pl.String,
        },
        orient="row",
    )


def mentions_said(*rows: tuple[int, str, str | None]) -> pl.DataFrame:
    """Rows (row, person_id, dwelling_id)."""
    return pl.DataFrame(
        [(person, "dmv", row, "owner_name", dwelling) for row, person, dwelling in rows],
        schema={
            "person_id": pl.String,
            "source": pl.String,
            "row": pl.UInt32,
            "field": pl.String,
            "dwelling_id": pl.String,
        },
        orient="row",
    )


def test_a_mention_left_out_is_a_person_of_its_own_and_bodies_do_not_count() -> None:
    truth = mentions_truth((1, 0, 7, "A"), (2, 0, 7, "A"), (3, 0, 7, "A"), (4, 0, None, "A"))
    matched = matched_mentions(mentions_said((1, "p", "a"), (2, "p", "a"), (4, "p", "a")), truth)
    assert matched["found"].to_list() == [True, True, False]
    assert b_cubed(matched, ["true_person_id"], ["person_id"]).recall == pytest.approx((2 / 3 + 2 / 3 + 1 / 3) / 3)


def test_two_names_in_one_cell_are_matched_in_order() -> None:
    truth = mentions_truth((1, 0, 7, "A"), (1, 1, 8, "A"))
    matched = matched_mentions(mentions_said((1, "p", "a"), (1, "q", "a")), truth)
    assert matched.select("true_person_id", "person_id").rows() == [(7, "p"), (8, "q")]


def test_a_person_is_mapped_to_the_true_person_of_most_of_its_mentions() -> None:
    truth = mentions_truth((1, 0, 7, "A"), (2, 0, 8, "A"), (3, 0, 8, "A"))
    matched = matched_mentions(mentions_said((1, "p", "a"), (2, "p", "a"), (3, "p", "a")), truth)
    assert person_map(matched).rows() == [("p", 8)]


def test_dwelling_accuracy_needs_mutual_partners() -> None:
    truth = mentions_truth(
        (1, 0, 1, "A"), (2, 0, 2, "A"), (3, 0, 3, "B"), (4, 0, 4, "C"), (5, 0, 5, None), (6, 0, 6, None)
    )
    said = mentions_said((1, "p", "a"), (2, "q", "a"), (3, "r", "a"), (4, "s", None), (5, "t", None), (6, "u", "b"))
    figures = dwelling_accuracy(matched_mentions(said, truth))
    assert figures["accuracy_inside"] == 2 / 4  # B was merged into A's dwelling; C was left open
    assert figures["left_open_inside"] == 1 / 4
    assert figures["accuracy_outside"] == 1 / 2


# -- plates ---------------------------------------------------------------------------------------------------

LOG = pl.DataFrame(
    [
        ("c", 1, "ABC-123", "ABC123", [10, 11], 1, False),
        ("c", 2, "A8C123", "ABC123", [10, 11], 1, False),
        ("c", 3, "XYZ999", "XYZ999", None, 2, False),  # not registered
        ("c", 4, "XYZ99?", "XYZ999", None, 2, False),
        ("c", 5, "NONE", None, None, None, True),
        ("c", 6, None, "ABC123", [10, 11], 1, False),  # no plate was written
        ("c", 7, "??????", "ABC123", [10, 11], 1, False),  # nothing of it was legible
    ],
    schema={
        "case_id": pl.String,
        "log_row": pl.UInt32,
        "read_plate": pl.String,
        "true_plate": pl.String,
        "true_dmv_rows": pl.List(pl.UInt32),
        "true_vehicle_id": pl.Int64,
        "effort": pl.Boolean,
    },
    orient="row",
)


def plates_said(*rows: tuple[int, str, int | None, float]) -> pl.DataFrame:
    """Rows (log_row, plate, dmv_row, p_match), all of one case and state."""
    return pl.DataFrame(
        [("c", row, plate, "CO", dmv, p) for row, plate, dmv, p in rows],
        schema={
            "case_id": pl.String,
            "log_row": pl.UInt32,
            "plate": pl.String,
            "plate_state": pl.String,
            "dmv_row": pl.UInt32,
            "p_match": pl.Float64,
        },
        orient="row",
    )


def test_plates_by_hand() -> None:
    said = plates_said(
        (1, "ABC123", 10, 0.5), (1, "ABC123", 11, 0.3), (1, "ABC123", None, 0.2),  # two rows of one plate add up
        (2, "A8C123", 20, 0.7), (2, "ABC123", 10, 0.3),  # the wrong registration
        (3, "XYZ999", None, 0.9), (3, "XYZ998", 30, 0.1),
        (4, "XYZ998", 30, 0.6), (4, "XYZ999", None, 0.4),  # a false claim
    )  # fmt: skip
    figures, by_edits = plate_scores(said, LOG)
    assert figures["rows"] == 4
    assert figures["share_right"] == 2 / 4
    assert figures["share_right_misread"] == 0.0
    assert (figures["unregistered_rows"], figures["false_claims"]) == (2, 1 / 2)
    assert by_edits.rows() == [(0, 2, 1.0), (1, 2, 0.0)]
    # events (p, true): .8 1, .2 0 | .7 0, .3 1 | .1 0, .9 1 | .6 0, .4 1 : every bin holds one, its gap is |p - true|
    gaps = [0.2, 0.2, 0.7, 0.7, 0.1, 0.1, 0.6, 0.6]
    assert figures["calibration_error"] == pytest.approx(sum(gaps) / 8)


def test_a_row_without_any_candidate_is_wrong() -> None:
    figures, _ = plate_scores(plates_said((1, "ABC123", 10, 1.0)), LOG)
    assert (figures["share_right"], figures["rows_without_candidate"]) == (1 / 4, 3)


# -- cases ----------------------------------------------------------------------------------------------------

CASES = pl.DataFrame(
    {
        "case_id": ["c1", "c2", "c3"],
        "dwelling": ["A", "B", "C"],
        "occupants": [4, 2, 5],
        "over_limit": [True, False, True],
        "guest_days_max": [200, 0, 40],
        "persons_named": [5, 3, 6],
    }
)
SCREEN = pl.DataFrame(
    {
        "case_id": ["c1", "c2", "c3", "unknown"],
        "occupants_mean": [3.5, 2.5, 3.0, 9.0],
        "occupants_low": [3, 2, 2, 9],
        "occupants_high": [5, 3, 4, 9],
        "p_over_limit": [0.8, 0.3, 0.2, 0.9],
        "finding": ["over_limit_shown", "not_shown", "not_shown", "over_limit_shown"],
        "persons_named": [5, 4, 6, 1],
        "persons_named_low": [5, 4, 5, 1],
        "persons_named_high": [6, 5, 7, 1],
        "guest_days_estimated_max": [190.0, 10.0, None, 5.0],
    }
)


def test_headcount_by_hand() -> None:
    occupants = pl.DataFrame(
        {
            "case_id": ["c1", "c1", "c2", "c3", "c3"],
            "occupants": [3, 4, 2, 4, 5],
            "probability": [0.5, 0.5, 1.0, 0.75, 0.25],
        }
    )
    figures = headcount_scores(SCREEN, occupants, CASES)
    assert figures["cases"] == 3
    assert figures["mean_absolute_error"] == pytest.approx((0.5 + 0.5 + 2.0) / 3)
    assert figures["bias"] == pytest.approx((-0.5 + 0.5 - 2.0) / 3)
    assert figures["coverage_90"] == pytest.approx(2 / 3)
    assert figures["mean_width"] == pytest.approx((2 + 1 + 2) / 3)
    assert figures["log_score"] == pytest.approx((log(2) + 0 + log(4)) / 3)


def test_limit_by_hand() -> None:
    names = pl.DataFrame({"case_id": ["c1", "c2"], "distinct_names": [9, 4]})
    figures, bins = limit_scores(SCREEN, CASES, names)
    assert figures["auc"] == 0.5  # 0.8 beats 0.3, 0.2 does not
    assert figures["auc_persons_named"] == 1.0
    assert figures["auc_distinct_names"] == 0.5  # a case of which nothing is named counts no name
    assert figures["brier"] == pytest.approx((0.04 + 0.09 + 0.64) / 3)
    assert (figures["sure_cases"], figures["sure_wrong"], figures["sure_caught"]) == (1, 0.0, 0.5)
    assert (figures["shown_wrong"], figures["shown_caught"]) == (0.0, 0.5)
    assert bins["n"].sum() == 3


def test_persons_named_by_hand() -> None:
    figures = named_scores(SCREEN, CASES)
    assert figures["coverage_90"] == pytest.approx(2 / 3)
    assert figures["mean_absolute_error"] == pytest.approx(1 / 3)


def test_distinct_names_ignore_order_case_and_initials() -> None:
    written = ["SMITH JOHN Q", "Smith, John", "Jon Smith", "NGUYEN LAN"]
    truth = mentions_truth(*((i, 0, i, "A") for i in range(4))).with_columns(pl.Series("written", written))
    assert distinct_names(truth, CASES).rows() == [("c1", 3)]


# -- nights ---------------------------------------------------------------------------------------------------


def test_guest_nights_by_hand() -> None:
    persons = pl.DataFrame(
        {
            "case_id": ["c1", "c1", "c1", "c2"],
            "person_id": ["p", "q", "r", "q"],
            "guest_days_observed": [12, 3, 0, 1],
            "guest_days_estimated": [150.0, 20.0, 300.0, 8.0],
            "guest_days_low": [100.0, 5.0, 250.0, 1.0],
            "guest_days_high": [210.0, 30.0, 340.0, 20.0],
        }
    )
    who = pl.DataFrame({"person_id": ["p", "q", "r"], "true_person_id": [1, 2, 3]})
    occupancy = pl.DataFrame(
        {
            "case_id": ["c1", "c1", "c1"],
            "true_person_id": [1, 2, 3],
            "kind": ["resident", "guest", "resident"],
            "on_lease": [False, False, True],
            "guest_nights": [200, 2, 330],
        }
    )
    figures, floor = guest_scores(persons, SCREEN, who, occupancy, CASES)
    # q was proved three nights and slept two; at c2 q never slept at all
    assert floor.select("case_id", "person_id", "true_nights").rows() == [("c1", "q", 2), ("c2", "q", 0)]
    assert (figures["floor_violations"], figures["floor_violation_nights"]) == (2, 2)
    assert figures["guests_estimated"] == 2  # r is on the lease
    assert figures["coverage_90"] == 0.5
    assert figures["mean_absolute_error"] == pytest.approx((50 + 18) / 2)
    assert figures["floors_shown"] == 3
    assert figures["quoting_median"] == pytest.approx((200 - 2) / 2)
    assert figures["everybody"] == 4, "r on the lease, and q at c2, who never slept there"
    assert figures["coverage_90_everybody"] == 0.5
    assert figures["mean_absolute_error_everybody"] == pytest.approx((50 + 18 + 30 + 8) / 4)
    assert figures["quoting_median_everybody"] == pytest.approx((99 + 99 + 229 + 101) / 4)
    assert figures["guests_living_elsewhere"] == 1
    assert figures["coverage_90_living_elsewhere"] == 0.0
    assert figures["mean_absolute_error_living_elsewhere"] == 18.0
    assert figures["case_max_error"] == pytest.approx((10 + 10) / 2)


def test_vehicles_by_hand() -> None:
    said = pl.DataFrame(
        {
            "case_id": ["c", "c", "c"],
            "vehicle_id": ["v1", "v2", "v3"],
            "plate": ["ABC123", "XYZ999", "GHOST1"],
            "plate_state": ["CO", "CO", "CO"],
            "operator_person_id": ["p", None, None],
            "p_operator": [0.9, None, None],
            "nights_observed": [2, 1, 1],
        }
    )
    truth = pl.DataFrame(
        {
            "case_id": ["c", "c"],
            "plate": ["ABC123", "XYZ999"],
            "plate_state": ["CO", "CO"],
            "operator_person_id": [1, 2],
            "relation": ["resident", "visitor"],
            "nights": [[date(2007, 9, 1), date(2007, 9, 2)], []],
        },
        schema_overrides={"nights": pl.List(pl.Date)},
    )
    who = pl.DataFrame({"person_id": ["p"], "true_person_id": [1]})
    figures = vehicle_scores(said, who, truth, LOG)
    assert (figures["vehicles"], figures["vehicles_identified"]) == (3, 2)
    assert figures["floor_violations"] == 1  # the visitor never stayed a night
    assert (figures["operators_named"], figures["operator_right"]) == (1, 1.0)
    assert figures["count_error"] == 1.0  # two vehicles were seen, three are said


def test_vehicle_nights_by_hand() -> None:
    """Forty nights around New Year; the window of a case opened on 1 March 2007 ends a year later than most of them."""
    said = pl.DataFrame(
        {
            "case_id": ["c1", "c1"],
            "vehicle_id": ["v", "w"],
            "plate": ["ABC123", "XYZ999"],
            "plate_state": ["CO", "CO"],
            "nights_window_max": [3, 1],
            "nights_estimated": [30.0, 5.0],
            "nights_low": [20.0, 1.0],
            "nights_high": [45.0, 9.0],
        }
    )
    stood = [date(2006, 12, 12) + timedelta(days=n) for n in range(40)] + [date(2005, 1, 1)]
    truth = pl.DataFrame(
        {"case_id": ["c1", "c1"], "plate": ["ABC123", "XYZ999"], "plate_state": ["CO", "CO"], "nights": [stood, []]},
        schema_overrides={"nights": pl.List(pl.Date)},
    )
    figures = vehicle_night_scores(said, truth, CASES.with_columns(opened_on=pl.lit(date(2007, 3, 1))))
    assert (figures["vehicles"], figures["floors_shown"], figures["floor_violations"]) == (2, 2, 1)
    assert figures["coverage_90"] == 0.5
    assert figures["mean_absolute_error"] == pytest.approx((10 + 5) / 2)
    assert figures["quoting_median"] == 20.0
    assert vehicle_night_scores(said.drop("nights_low"), truth, CASES) == {}, "the columns are no duty of a screening"


# -- the whole ------------------------------------------------------------------------------------------------


def test_a_folder_that_holds_no_screening_is_named(tmp_path: Path) -> None:
    with pytest.raises(ScoreError, match=r"screen\.parquet is not there"):
        score(tmp_path, tmp_path)


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    SCREEN.drop("p_over_limit").write_parquet(tmp_path / "screen.parquet")
    with pytest.raises(ScoreError, match=r"lacks the column.* p_over_limit"):
        score(tmp_path, tmp_path)


def perfect_screening(truth: Path, out: Path) -> None:
    """Write the tables of a pipeline that knows everything."""
    cases = pl.read_parquet(truth / "cases.parquet")
    named, count = pl.col("persons_named"), pl.col("occupants")
    cases.select(
        "case_id",
        named,
        named.alias("persons_named_low"),
        named.alias("persons_named_high"),
        count.alias("occupants_mean"),
        count.alias("occupants_low"),
        count.alias("occupants_high"),
        pl.col("over_limit").cast(pl.Float64).alias("p_over_limit"),
        pl.when("over_limit").then(pl.lit("over_limit_shown")).otherwise(pl.lit("not_shown")).alias("finding"),
        pl.col("guest_days_max").alias("guest_days_estimated_max"),
    ).write_parquet(out / "screen.parquet")
    cases.select("case_id", "occupants", pl.lit(1.0).alias("probability")).write_parquet(out / "occupants.parquet")
    nights = pl.col("guest_nights")
    pl.read_parquet(truth / "occupancy.parquet").select(
        "case_id",
        pl.col("true_person_id").alias("person_id"),
        *(nights.alias(f"guest_days_{name}") for name in ("observed", "estimated", "low", "high")),
    ).write_parquet(out / "persons.parquet")
    pl.read_parquet(truth / "mentions.parquet").select(
        pl.col("true_person_id").alias("person_id"),
        "source",
        "row",
        "field",
        "part",
        pl.col("true_dwelling").alias("dwelling_id"),
    ).write_parquet(out / "mentions.parquet")
    log = pl.read_parquet(truth / "log.parquet").filter(~pl.col("effort"))
    log.select(
        "case_id",
        "log_row",
        pl.col("true_plate").alias("plate"),
        pl.col("true_state").alias("plate_state"),
        pl.col("true_dmv_rows").list.first().alias("dmv_row"),
        pl.lit(1.0).alias("p_match"),
    ).write_parquet(out / "plates.parquet")
    pl.read_parquet(truth / "vehicles.parquet").join(
        log.select("case_id", "true_vehicle_id").unique(), on=["case_id", "true_vehicle_id"]
    ).select(
        "case_id",
        pl.col("true_vehicle_id").alias("vehicle_id"),
        "plate",
        "plate_state",
        "operator_person_id",
        pl.lit(1.0).alias("p_operator"),
        pl.col("nights").list.len().alias("nights_observed"),
    ).write_parquet(out / "vehicles.parquet")


def test_a_perfect_screening_scores_perfectly(tmp_path: Path) -> None:
    made = generate(tmp_path, scale="tiny", seed=3)
    out = tmp_path / "out"
    out.mkdir()
    perfect_screening(made.truth, out)
    figures = score(out, made.truth).as_dict()
    limit, head, persons = figures["over the limit"], figures["headcount"], figures["persons"]
    assert (limit["auc"], limit["brier"], limit["sure_wrong"], limit["sure_caught"]) == (1.0, 0.0, 0.0, 1.0)
    assert (head["mean_absolute_error"], head["coverage_90"], head["log_score"]) == (0.0, 1.0, 0.0)
    assert {persons[f"{name}_f1"] for name in ("bcubed", "pairwise", "bcubed_one_dwelling")} == {1.0}
    assert persons["mentions_left_out"] == 0
    assert (figures["plates"]["share_right"], figures["plates"]["calibration_error"]) == (1.0, 0.0)
    assert figures["plates"]["false_claims"] in (0.0, None)
    assert figures["guest-nights"]["floor_violations"] == 0
    assert figures["guest-nights"]["mean_absolute_error"] == 0.0
    assert figures["vehicles"]["floor_violations"] == 0
    count_error = figures["vehicles"]["count_error"]
    assert count_error is not None
    assert count_error <= 0.2  # cars of which no plate was ever written are no loss
    assert figures["dwellings"]["accuracy_inside"] == 1.0
    assert figures["dwellings"]["accuracy_outside"] == 1.0


def test_a_worse_screening_scores_worse(tmp_path: Path) -> None:
    made = generate(tmp_path, scale="tiny", seed=3)
    out = tmp_path / "out"
    out.mkdir()
    perfect_screening(made.truth, out)
    merged = pl.read_parquet(out / "mentions.parquet").with_columns(pl.col("person_id") // 2)
    merged.write_parquet(out / "mentions.parquet")
    screen = pl.read_parquet(out / "screen.parquet").with_columns((1 - pl.col("p_over_limit")).alias("p_over_limit"))
    screen.write_parquet(out / "screen.parquet")
    figures = score(out, made.truth).as_dict()
    assert figures["over the limit"]["auc"] == 0.0
    precision = figures["persons"]["bcubed_precision"]
    assert precision is not None
    assert precision < 0.9


def test_the_table_shows_every_figure(tmp_path: Path) -> None:
    made = generate(tmp_path, scale="tiny", seed=3)
    out = tmp_path / "out"
    out.mkdir()
    perfect_screening(made.truth, out)
    scores = score(out, made.truth)
    shown = scores.table()
    for group, figures in scores.figures.items():
        assert group in shown
        assert all(name in shown for name in figures)
