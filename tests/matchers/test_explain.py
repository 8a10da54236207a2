"""Explanations: they repeat the run's own numbers, say what forbids and what was lacking, and never invent identity."""

from datetime import date, time
from itertools import pairwise

import polars as pl
import pytest

from matchers.explain import PairScore, PairScorer
from matchers.explain_chain import EDGES, chain, is_identity
from matchers.explain_persons import PersonsExplained, explain_persons
from matchers.explain_plates import explain_reading
from matchers.persons import PersonLinks, link_persons
from matchers.vehicles import decode_frames
from tests.matchers.mention_towns import mention_frame, town

HOUSE = {"dwelling_id": "d-0"}
BORN, LATER = date(1985, 3, 7), date(1961, 11, 24)

ASKED: dict[str, dict[str, object]] = {
    "lease Tom": {"source": "lease_disclosures", "given": "THOMAS", "family": "ABERNATHY", "group_key": "lease:1"},
    "lease Amy": {"source": "lease_disclosures", "given": "AMY", "family": "ABERNATHY", "group_key": "lease:1"},
    "bill Tom": {"source": "utility_billing", "given": "TOM", "family": "ABERNATHY"},
    "car Tom": {"source": "dmv_registrations", "given": "THOMAS", "family": "ABERNATHY", "dob": BORN},
    "car Tom senior": {"source": "dmv_registrations", "given": "THOMAS", "family": "ABERNATHY", "dob": LATER},
    "stranger": {"source": "utility_billing", "given": "WILHELMINA", "family": "QUACKENBUSH", "dwelling_id": "d-99"},
    "company": {"source": "assessor", "given": None, "family": None, "kind": "company", "raw_name": "ELM LLC"},
}


@pytest.fixture(scope="module")
def links() -> PersonLinks:
    """The asked mentions in a town large enough for rates and name frequencies to be known."""
    known = mention_frame([{**HOUSE, **row} for row in ASKED.values()]).with_columns(pl.col("truth").fill_null(-1))
    others = town(120, seed=9).with_columns(pl.format("o-{}", "dwelling_id").alias("dwelling_id"))
    both = pl.concat([known, others.select(known.columns)]).drop("mention_id").with_row_index("mention_id")
    return link_persons(both)


@pytest.fixture(scope="module")
def scorer(links: PersonLinks) -> PairScorer:
    return PairScorer.of(links)


def ids(*names: str) -> list[int]:
    return [list(ASKED).index(name) for name in names]


def told(scorer: PairScorer, left: str, right: str) -> PersonsExplained:
    return explain_persons(scorer, ids(left), ids(right))


def test_every_pair_that_the_run_kept_is_scored_again_to_the_same_bits(links: PersonLinks, scorer: PairScorer) -> None:
    pairs = links.pairs.head(400)
    for score, kept in zip(scorer.score_many(pairs), pairs.iter_rows(named=True), strict=True):
        assert score.match_weight_bits == pytest.approx(kept["match_weight_bits"], abs=1e-4)
        assert score.p_match == pytest.approx(kept["p_match"], abs=1e-4)
        for contribution in score.contributions:
            assert contribution.bits == pytest.approx(kept[f"bits_{contribution.feature}"], abs=1e-4)


def test_contributions_add_up_and_are_what_m_and_u_say(links: PersonLinks, scorer: PairScorer) -> None:
    compared = 0
    for score in scorer.score_many(links.pairs.head(400)):
        assert sum(c.bits for c in score.contributions) == pytest.approx(score.match_weight_bits, abs=1e-6)
        for contribution in score.contributions:
            if contribution.m is not None and contribution.u is not None:
                assert 2**contribution.bits == pytest.approx(contribution.m / contribution.u)
                compared += 1
    assert compared > 400


@pytest.mark.parametrize(
    ("left", "right", "same", "said"),
    [
        ("lease Tom", "bill Tom", True, "taken for one person"),
        ("lease Tom", "lease Amy", False, "both stand on one lease (rows"),
        ("car Tom", "car Tom senior", False, "1985-03-07 and 1961-11-24: so far apart as parent and child"),
        ("lease Tom", "stranger", False, "the weight of the comparison is not enough"),
        ("lease Tom", "company", False, "never compared"),
    ],
)
def test_the_verdict_gives_its_reason(scorer: PairScorer, left: str, right: str, same: bool, said: str) -> None:
    verdict = told(scorer, left, right)
    assert verdict.same == same
    assert said in verdict.verdict
    backwards = told(scorer, right, left)
    assert backwards.same == same
    assert backwards.person_ids == verdict.person_ids[::-1]


def test_a_short_form_is_told_in_words(scorer: PairScorer) -> None:
    pair = told(scorer, "lease Tom", "bill Tom").pair
    assert pair is not None
    words = {contribution.feature: contribution.words for contribution in pair.contributions}
    assert words["given"] == "THOMAS and TOM: one is a short form of the other"
    assert words["family"] == "ABERNATHY, both: the same"
    assert words["address"] == "d-0, both: the same dwelling"


def silent(score: PairScore) -> set[str]:
    return {c.feature for c in score.contributions if c.level == "missing" and c.bits == 0}


def test_what_one_side_does_not_say_has_no_weight(scorer: PairScorer) -> None:
    pair = told(scorer, "lease Tom", "bill Tom").pair
    assert pair is not None
    assert {"dob", "middle", "suffix", "identifier"} <= silent(pair)


def test_a_pair_that_was_never_compared_says_what_was_lacking(scorer: PairScorer) -> None:
    verdict = told(scorer, "lease Tom", "stranger")
    assert verdict.compared is not None
    assert not verdict.compared.kept
    assert verdict.compared.rules == ()
    assert ("the address", "same place") in verdict.compared.lacking
    assert verdict.pair is not None
    assert verdict.pair.p_match < 1e-6


def test_a_pair_that_was_compared_names_the_rules_that_proposed_it(scorer: PairScorer) -> None:
    compared = told(scorer, "lease Tom", "bill Tom").compared
    assert compared is not None
    assert compared.kept
    assert "same place" in compared.rules


def test_a_link_through_others_is_told_step_by_step(scorer: PairScorer, links: PersonLinks) -> None:
    """Every verdict of one person is carried by a comparison that is likely, or by a chain of such."""
    persons = (
        links.mentions.filter(pl.col("kind") == "person").group_by("person_id").agg("mention_id").sort("person_id")
    )
    for group in persons.filter(pl.col("mention_id").list.len() > 2)["mention_id"].head(25).to_list():
        verdict = explain_persons(scorer, [min(group)], [max(group)])
        assert verdict.same
        if verdict.through:
            assert all(step.p_match >= 0.5 for step in verdict.through)
            ends = [{step.left, step.right} for step in verdict.through]
            assert all(one & other for one, other in pairwise(ends))


# Plates -------------------------------------------------------------------------------------------------------

LOG = pl.DataFrame(
    {
        "row": [1, 2, 3, 4, 5, 6],
        "duplicate_of": [None, None, None, None, 3, None],
        "case_id": ["C-1"] * 6,
        "observed_date": [date(2007, 9, d) for d in (1, 2, 3, 4, 3, 5)],
        "observed_time": [time(2), time(2), time(2), time(2), time(2), time(3)],
        "plate": ["ABC123", "ABC123", "A8C123", None, "A8C123", "ZQX9"],
        "plate_state": ["CO", "CO", "CO", None, "CO", None],
        **{name: [None] * 6 for name in ("make", "model", "color", "position", "observer", "note")},
    },
    schema_overrides={
        "row": pl.UInt32,
        "duplicate_of": pl.UInt32,
        **dict.fromkeys(("make", "model", "color", "position", "observer", "note"), pl.String),
    },
)
DMV = pl.DataFrame(
    {"row": [1], "plate": ["ABC123"], "plate_state": ["CO"], "owner_name": ["ANA RUIZ"]},
    schema_overrides={"row": pl.UInt32},
).with_columns(
    duplicate_of=pl.lit(None, pl.UInt32),
    make=pl.lit(None, pl.String),
    model=pl.lit(None, pl.String),
    color=pl.lit(None, pl.String),
    registered_from=pl.lit(None, pl.Date),
    registered_to=pl.lit(None, pl.Date),
)


@pytest.mark.parametrize(
    ("row", "asked", "said"),
    [
        (3, None, "Read as ABC123, 1 character off what was written; registration row 1."),
        (5, None, "Read as ABC123, 1 character off"),
        (1, "ABC123", "Read as ABC123, as written"),
        (1, "XYZ789", "XYZ789 is no candidate worth reporting"),
        (4, None, "The observer looked and saw no vehicle"),
        (6, None, "no plate of the registry"),
    ],
)
def test_a_reading_says_what_was_taken_for_what(row: int, asked: str | None, said: str) -> None:
    assert said in explain_reading(decode_frames(LOG, DMV), LOG, row, asked).verdict


def test_the_bits_of_a_reading_add_up_and_its_voters_are_the_other_sightings() -> None:
    reading = explain_reading(decode_frames(LOG, DMV), LOG, 3)
    assert [voter.log_row for voter in reading.voters] == [1, 2]
    assert reading.written_plate == "A8C123"
    for candidate in reading.candidates:
        assert sum(candidate.bits.values()) == pytest.approx(candidate.bits_total)
    whole = sum(candidate.p_hypothesis for candidate in reading.candidates) + reading.p_not_reported
    assert whole == pytest.approx(1.0)


# Chains -------------------------------------------------------------------------------------------------------


def edges(*rows: tuple[str, str, str, float]) -> pl.DataFrame:
    return pl.DataFrame([(*row, None) for row in rows], schema=EDGES, orient="row")


LINKS = edges(
    ("row:lease_disclosures:1", "person:P1", "names", 0.9),
    ("row:dmv_registrations:1", "person:P1", "names", 0.8),
    ("row:dmv_registrations:1", "person:P2", "names", 0.9),
    ("vehicle:v", "row:dmv_registrations:1", "registered_to", 1.0),
    ("vehicle:v", "dwelling:d", "seen_at", 1.0),
    ("person:P1", "dwelling:d", "lives_at", 1.0),
    ("person:P3", "dwelling:d", "lives_at", 1.0),
    ("vehicle:v", "person:P3", "seen_with", 0.9),
    ("person:P4", "person:P5", "possibly_same", 0.3),
)


@pytest.mark.parametrize(
    ("start", "end", "kinds", "identity"),
    [
        ("row:lease_disclosures:1", "row:dmv_registrations:1", ["names", "names"], True),
        ("row:lease_disclosures:1", "vehicle:v", ["names", "names", "registered_to"], False),
        ("person:P1", "person:P2", ["names", "names"], False),
        ("vehicle:v", "dwelling:d", ["seen_at"], False),
        ("person:P3", "vehicle:v", ["seen_with"], False),
        ("person:P4", "person:P5", ["possibly_same"], False),
        ("person:P1", "person:P1", [], False),
    ],
)
def test_a_chain_takes_papers_before_sightings_and_knows_what_is_identity(
    start: str, end: str, kinds: list[str], identity: bool
) -> None:
    steps = chain(LINKS, start, end)
    assert steps is not None
    assert [step.type for step in steps] == kinds
    assert [step.a for step in steps[:1]] == [start][: len(kinds)]
    assert [step.b for step in steps[-1:]] == [end][: len(kinds)]
    assert is_identity(steps) == identity
    assert all(step.reason for step in steps)


@pytest.mark.parametrize("end", ["person:P4", "person:P99", "dwelling:nowhere"])
def test_what_nothing_ties_has_no_chain(end: str) -> None:
    assert chain(LINKS, "person:P1", end) is None


def test_the_order_of_the_links_changes_no_chain() -> None:
    ends = ("row:lease_disclosures:1", "person:P3")
    assert chain(LINKS, *ends) == chain(LINKS.reverse(), *ends)
