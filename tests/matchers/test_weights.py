"""Fellegi-Sunter weights: m and u by EM, name frequencies, and the laws every weight keeps."""

import numpy as np
import polars as pl
import pytest

from matchers.chance import COMPARED, random_agreement
from matchers.comparison import LEVELS, level
from matchers.ecm import binary_agreements, ecm_parameters
from matchers.expectation import fit
from matchers.patterns import CROWDS, Patterns, encode
from matchers.persons import link_persons
from matchers.possible_pairs import Possible
from matchers.settings import DEFAULT
from matchers.weights import FEATURES, GROUNDS
from tests.matchers.mention_towns import mention_frame, town

TRUE_M = {"given": 0.88, "family": 0.92, "middle": 0.7, "dob": 0.93}
TRUE_U = {"given": 0.02, "family": 0.45, "middle": 0.1, "dob": 0.01}
MATCH_SHARE = 0.3
HOME = 2  # size of the places: three or four mentions


def simulated_levels(pairs: int, m: dict[str, float], u: dict[str, float], share: float) -> pl.DataFrame:
    """Levels of pairs at one place: exact or different, independently given match or not."""
    rng = np.random.default_rng(11)
    match = rng.random(pairs) < share
    columns: dict[str, pl.Series] = {}
    for feature in (*COMPARED, "address", "document"):
        codes = np.zeros(pairs, dtype=np.uint8)
        if feature in m:
            agrees = np.where(match, rng.random(pairs) < m[feature], rng.random(pairs) < u[feature])
            codes = np.where(agrees, level(feature, "exact"), level(feature, "different")).astype(np.uint8)
        if feature == "address":
            codes[:] = level("address", "same")
        columns[feature] = pl.Series(codes)
    frame = pl.DataFrame(columns)
    given = frame["given"].to_numpy() == level("given", "exact")
    family = frame["family"].to_numpy() == level("family", "exact")
    return frame.with_columns(
        pl.Series("sources", np.zeros(pairs), dtype=pl.UInt16),
        pl.Series("crowd", np.full(pairs, HOME), dtype=pl.UInt8),
        # names agree on values as common as chance agreement is: 2 % and 45 % (the household's share is learned)
        pl.Series("given_bin", np.where(given, round(4 * np.log2(TRUE_U["given"])), 0), dtype=pl.Int16),
        pl.Series("family_bin", np.where(family, round(4 * np.log2(0.001)), 0), dtype=pl.Int16),
        pl.Series("dob_bin", np.where(frame["dob"].to_numpy() == 1, round(4 * np.log2(0.005)), 0), dtype=pl.Int16),
        pl.Series("pair_bin", np.zeros(pairs), dtype=pl.Int16),
    )


@pytest.fixture(scope="module")
def simulated() -> pl.DataFrame:
    return simulated_levels(20_000, TRUE_M, TRUE_U, MATCH_SHARE)


def chance_levels() -> dict[str, float]:
    return {**TRUE_U, "family": 0.001, "dob": 0.005}


def test_em_recovers_the_parameters_the_pairs_were_drawn_from(simulated: pl.DataFrame) -> None:
    strangers = simulated_levels(50_000, TRUE_M, chance_levels(), 0.0)
    chance = random_agreement(strangers, DEFAULT)
    possible = np.zeros(len(LEVELS["address"]) + CROWDS)
    possible[len(LEVELS["address"]) - 1 + HOME] = len(simulated)
    counted = Possible(by_ground=possible, by_sources=np.array([float(len(simulated))]), profiles=5000)
    weights = fit(Patterns.of(encode(simulated)), chance, counted, DEFAULT)
    for feature, m in TRUE_M.items():
        assert weights.m[feature][0, level(feature, "exact")] == pytest.approx(m, abs=0.02), feature
    # the surname is shared within households: learned, although strangers share it once in a thousand
    assert weights.u["family"][0, HOME, level("family", "exact")] == pytest.approx(TRUE_U["family"], abs=0.02)
    assert weights.match_share[len(LEVELS["address"]) - 1 + HOME] == pytest.approx(MATCH_SHARE, abs=0.02)


def with_sources(levels: pl.DataFrame, number: int) -> pl.DataFrame:
    return levels.with_columns(pl.lit(number, pl.UInt16).alias("sources"))


def test_each_pair_of_registers_has_its_own_rate_of_kin() -> None:
    """Owners live with kin, tenants with strangers: 7 housemates in 10 share a surname in one register, 2 in the other.

    Of 20,000 pairs 14,000 are of two people, so that a rate is known to 0.004; within 0.02 allows for the prior.
    """
    shared = {0: 0.7, 1: 0.2}
    pairs = pl.concat(
        [
            with_sources(simulated_levels(20_000, TRUE_M, {**TRUE_U, "family": u}, MATCH_SHARE), n)
            for n, u in shared.items()
        ]
    )
    chance = random_agreement(simulated_levels(50_000, TRUE_M, chance_levels(), 0.0), DEFAULT)
    possible = np.zeros(len(LEVELS["address"]) + CROWDS)
    possible[len(LEVELS["address"]) - 1 + HOME] = len(pairs)
    weights = fit(Patterns.of(encode(pairs)), chance, Possible(possible, np.array([2e4, 2e4]), 5000), DEFAULT)
    exact = level("family", "exact")
    for number, u in shared.items():
        assert weights.u["family"][number, HOME, exact] == pytest.approx(u, abs=0.02)
        # and what kin share is not taken for slips of the pen between two given names
        assert weights.m["given"][number, level("given", "different")] == pytest.approx(1 - TRUE_M["given"], abs=0.02)


def test_two_registers_that_share_nobody_link_nobody_across_the_city() -> None:
    """Names agree by chance in both pairs of sources, and 2,000 people moved from one source of the first to the other.

    Pairs that no rule proposes (names differ) are counted as possible, not compared.
    """
    chance = random_agreement(simulated_levels(50_000, TRUE_M, chance_levels(), 0.0), DEFAULT)
    share = 2_000 / 1e9
    namesakes = simulated_levels(4_000, TRUE_M, {**TRUE_U, "given": 1.0, "family": 1.0}, 0.0)
    moved = simulated_levels(2_000, {**TRUE_M, "given": 1.0, "family": 1.0}, TRUE_U, 1.0)
    away = {"address": pl.lit(level("address", "different"), pl.UInt8), "crowd": pl.lit(0, pl.UInt8)}
    rare = {"given_bin": pl.lit(-40, pl.Int16), "family_bin": pl.lit(-48, pl.Int16)}
    pairs = pl.concat(
        [with_sources(namesakes, 0), with_sources(namesakes, 1), with_sources(moved, 0).with_columns(**rare)]
    )
    pairs = pairs.with_columns(**away).with_columns(pl.lit(0, pl.UInt8).alias(name) for name in ("dob", "middle"))
    possible = np.zeros(len(LEVELS["address"]) + CROWDS)
    possible[level("address", "different")] = 2e9
    weights = fit(Patterns.of(encode(pairs)), chance, Possible(possible, np.array([1e9, 1e9]), 60_000), DEFAULT)
    far = GROUNDS.index("far")
    found = weights.match_share[level("address", "different")] * weights.source_lift[:, far]
    assert found[0] == pytest.approx(share, rel=0.25)
    assert found[1] < 0.1 * share


def test_an_independent_implementation_sees_the_same_rates(simulated: pl.DataFrame) -> None:
    binary = binary_agreements(simulated, {feature: level(feature, "exact") for feature in TRUE_M})
    found = ecm_parameters(binary)
    assert found["m"].to_list() == pytest.approx([TRUE_M[feature] for feature in found["feature"]], abs=0.02)
    assert found["u"].to_list() == pytest.approx([TRUE_U[feature] for feature in found["feature"]], abs=0.02)


def test_ecm_refuses_what_it_cannot_use() -> None:
    with pytest.raises(ValueError, match="at least one pair"):
        ecm_parameters(pl.DataFrame({"given": pl.Series([], dtype=pl.Boolean)}))
    with pytest.raises(ValueError, match="value in every cell"):
        ecm_parameters(pl.DataFrame({"given": [True, None]}))


def test_bits_add_up_and_give_the_probability() -> None:
    pairs = link_persons(town(150, seed=2)).pairs
    total = pairs.select(pl.sum_horizontal(f"bits_{feature}" for feature in FEATURES)).to_series()
    assert (total - pairs["match_weight_bits"]).abs().max() == pytest.approx(0, abs=1e-4)
    odds = np.exp2(pairs["match_weight_bits"].to_numpy())
    assert pairs["p_match"].to_numpy() == pytest.approx(odds / (1 + odds))


def weight(one: dict[str, object], other: dict[str, object]) -> dict[str, float]:
    """Bits of one pair, in a city of which nothing else is known."""
    rows: list[dict[str, object]] = [{"source": "dmv_registrations", **one}, {"source": "utility_billing", **other}]
    settings = DEFAULT
    pairs = link_persons(mention_frame(rows), settings).pairs
    return pairs.row(0, named=True) if len(pairs) else dict.fromkeys(pairs.columns, -99.0)


HERE = {"dwelling_id": "a"}
THERE = {"dwelling_id": "b"}


def test_missing_adds_no_weight() -> None:
    found = weight({"given": "ANN", "family": "ZABRISKIE", **HERE}, {"given": "ANN", "family": "ZABRISKIE", **HERE})
    assert [found[f"bits_{name}"] for name in ("middle", "suffix", "dob", "identifier", "document")] == [0.0] * 5


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (("ANN", "ZABRISKIE"), ("ANN", "NGUYEN")),  # a rare surname tells more than a common one
        (("XIOMARA", "LEE"), ("JOHN", "LEE")),
    ],
)
def test_rare_names_weigh_more(better: tuple[str, str], worse: tuple[str, str]) -> None:
    strong, weak = (
        weight({"given": g, "family": f, **HERE}, {"given": g, "family": f, **THERE}) for g, f in (better, worse)
    )
    assert strong["match_weight_bits"] > weak["match_weight_bits"] + 1


def test_a_surname_tells_little_at_one_dwelling_and_much_across_the_city() -> None:
    one, other = {"given": "ANN", "family": "ZABRISKIE"}, {"given": "ANN", "family": "ZABRISKIE"}
    together, across = weight({**one, **HERE}, {**other, **HERE}), weight({**one, **HERE}, {**other, **THERE})
    assert together["bits_family"] < 2
    assert across["bits_family"] > 6


@pytest.mark.parametrize(
    ("given", "expected"),
    [("MARSHA", "weak"), ("MARHTA", "strong")],
)
def test_a_misspelling_is_told_from_another_name(given: str, expected: str) -> None:
    """MARSHA is a name of her own; MARHTA is nobody's."""
    found = weight({"given": given, "family": "HAMILTON", **HERE}, {"given": "MARTHA", "family": "HAMILTON", **HERE})
    assert (found["bits_given"] > 3) == (expected == "strong")
