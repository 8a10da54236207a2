"""Fellegi-Sunter weights: m and u probabilities by expectation-maximisation, in bits.

The sums run over distinct *patterns* (what agreed, how common the names are, which sources), not over pairs, so a
city costs what its variety costs. u is counted on random pairs; m and the share of matches are learned per kind of
address agreement. Pairs at one dwelling are compared under their own u for surname and birth date, because people
who live together share surnames: the shared address and the shared surname are then not counted as two coincidences.

Sources: Fellegi & Sunter 1969 (JASA 64:1183); Winkler 1988 for EM; Winkler 1989 for frequency-based weights.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from matchers.comparison import LEVELS, level
from matchers.ordered_sums import sum_in_order
from matchers.patterns import BINS_PER_BIT, CROWDS, VALUED, Patterns
from matchers.settings import LinkSettings

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]

COMPARED = ("given", "family", "middle", "suffix", "dob", "identifier")
FEATURES = ("prior", "address", "document", *COMPARED, "name_pair")  # every column of bits, in the order they are shown
LEARNED = ("given", "family", "middle", "dob")  # u of the others is the prior: too few random pairs give both sides
M_LEARNED = (*LEARNED, "identifier")  # a register may number its rows, not its people: then numbers differ for nothing
LEVEL_PAIRS = 0.5  # Jeffreys' half a pair per level: what was never seen is rare, not impossible


@dataclass(frozen=True, slots=True)
class Weights:
    """Fitted parameters. m per feature: array (pair of sources, level); u likewise but (size of place, level)."""

    m: Mapping[str, Floats]
    u: Mapping[str, Floats]
    match_share: Floats  # per level of address, then per size of the place shared
    overall_match_share: float
    source_lift: Floats  # per pair of sources: how much oftener than overall two mentions of one place are one person
    document_share: Floats  # per pair of sources: how often two names side by side in one document are one person
    rounds: int


def random_agreement(levels: pl.DataFrame, settings: LinkSettings) -> dict[str, Floats]:
    """u per feature and level from pairs drawn at random (`levels` as from `compare`), with a prior.

    In a small town some random pairs are one person: pairs that agree exactly on two of given name, surname and
    birth date, or on an identifier, are left out.
    """
    exact = pl.sum_horizontal(
        *((pl.col(name) == level(name, "exact")).cast(pl.Int8) for name in ("given", "family", "dob")),
        (pl.col("identifier") == level("identifier", "same")).cast(pl.Int8) * 2,
    )
    levels = levels.filter(exact < 2)
    u = {feature: _prior(feature, settings.u_prior) for feature in COMPARED}
    for feature in LEARNED:
        counts = np.bincount(levels[feature].to_numpy(), minlength=len(LEVELS[feature])).astype(np.float64)
        counts[0] = 0.0
        u[feature] = _normalised(_smoothed(counts + settings.u_prior_pairs * u[feature]))
    return u


def fit(
    patterns: Patterns,
    chance: Mapping[str, Floats],
    possible_pairs: Floats,
    mentions: int,
    source_pairs: int,
    settings: LinkSettings,
) -> Weights:
    """Expectation-maximisation over patterns.

    possible_pairs: number of pairs, proposed or not, per level of address. A pair that no blocking rule proposes
    counts as no match. m is learned where every pair is compared (one place, one identifier), because elsewhere
    only pairs with agreeing names are proposed, which would flatter m.
    """
    table = patterns.table
    count = table["pairs"].to_numpy().astype(np.float64)
    crowd, ground = _crowd_and_ground(table)
    sources = table["sources"].to_numpy().astype(np.int64)
    distinct = table["document"].to_numpy() == level("document", "same")
    together = crowd > 0
    # those who live together with plainly different given names tell how often housemates share a surname
    strangers = together & (table["given"].to_numpy() == level("given", "different"))
    # every pair of a place is compared, but at the largest ones
    unbiased = (together & (crowd < CROWDS)) | (table["identifier"].to_numpy() == level("identifier", "same"))
    apart = unbiased & together & ~distinct

    weights = _start(chance, possible_pairs, mentions, source_pairs, settings)
    share_prior = weights.match_share.copy()
    on_paper = np.bincount(sources, weights=count * distinct, minlength=source_pairs).astype(np.float64)
    rounds = 0
    for rounds in range(1, settings.em_rounds + 1):
        bits = pattern_bits(patterns, weights, settings)
        p = 1.0 / (1.0 + np.exp2(-np.clip(bits["match_weight_bits"].to_numpy(), -60, 60)))
        expected = count * p
        m = {
            feature: _m_step(
                feature,
                table[feature].to_numpy().astype(np.int64),
                sources,
                expected * unbiased,
                source_pairs,
                settings,
            )
            for feature in COMPARED
        }
        family = table["family"].to_numpy().astype(np.int64)
        shared = _household_u("family", family, crowd, count * (1 - p) * strangers, chance, settings)
        u = {**weights.u, "family": shared}
        found = np.bincount(ground, weights=expected, minlength=len(possible_pairs)).astype(np.float64)
        match_share, overall = _match_shares(found, possible_pairs, share_prior, settings)
        lift = _source_lift(sources, apart, count, expected, match_share[ground], source_pairs, settings)
        repeated = np.bincount(sources, weights=expected * distinct, minlength=source_pairs).astype(np.float64)
        document_share = _document_share(repeated, on_paper, settings)
        moved = max(float(np.abs(m[f] - weights.m[f]).max()) for f in COMPARED)
        moved = max(moved, float(np.abs(np.log2(match_share / weights.match_share)).max()) / 10)
        weights = Weights(m, u, match_share, overall, lift, document_share, rounds)
        if moved < settings.em_tolerance:
            break
    return weights


def pattern_bits(patterns: Patterns, weights: Weights, settings: LinkSettings) -> pl.DataFrame:
    """`bits_<feature>` for every name in FEATURES, and their sum `match_weight_bits`, one row per pattern."""
    table = patterns.table
    sources = table["sources"].to_numpy().astype(np.int64)
    crowd, ground = _crowd_and_ground(table)
    columns: dict[str, Floats] = {}
    prior = _log_odds(np.array([weights.overall_match_share]))[0]
    # learned where two mentions share a place, so it speaks of such pairs only
    columns["prior"] = prior + np.log2(weights.source_lift)[sources] * (crowd > 0)
    by_address = _log_odds(weights.match_share) - prior
    by_address[0] = 0.0
    columns["address"] = by_address[ground]
    # one document names whom it names once, as far as this city's documents do: place and sources say nothing then
    side_by_side = table["document"].to_numpy() == level("document", "same")
    on_paper = _log_odds(weights.document_share)[sources]
    columns["document"] = np.where(side_by_side, on_paper - columns["prior"] - columns["address"], 0.0)
    for feature in COMPARED:
        codes = table[feature].to_numpy().astype(np.int64)
        log2_u = np.log2(weights.u[feature])[crowd, codes]
        bits = np.log2(weights.m[feature])[sources, codes] - log2_u
        if feature in VALUED:
            bins = table[f"{feature}_bin"].to_numpy()
            kin = _kin(feature, crowd, table["dob"].to_numpy(), weights, settings)
            bits = _valued_bits(feature, codes, crowd, bins, kin, bits, weights, settings)
        bits[codes == 0] = 0.0
        columns[feature] = bits
    # two names that go together are less of a coincidence than their shares say (never more)
    columns["name_pair"] = -table["pair_bin"].to_numpy() / BINS_PER_BIT
    frame = pl.DataFrame({f"bits_{feature}": columns[feature] for feature in FEATURES})
    return frame.with_columns(sum_in_order(frame.columns).alias("match_weight_bits"))


def _smoothed(counts: Floats) -> Floats:
    added = np.full(len(counts), LEVEL_PAIRS)
    added[0] = 0.0
    return np.asarray(counts + added)


def _normalised(counts: Floats) -> Floats:
    return np.asarray(counts / counts.sum())


def _prior(feature: str, table: Mapping[str, Mapping[str, float]]) -> Floats:
    values = np.array([0.0] + [table[feature][name] for name in LEVELS[feature][1:]])
    return _normalised(values)


def _crowd_and_ground(table: pl.DataFrame) -> tuple[Codes, Codes]:
    """Size class of the place a pair shares (0: none), and where its share of matches stands in `match_share`."""
    crowd, address = (table[name].to_numpy().astype(np.int64) for name in ("crowd", "address"))
    return crowd, np.where(crowd > 0, len(LEVELS["address"]) - 1 + crowd, address)


def _household(settings: LinkSettings) -> Floats:
    """Per size of place from `none`: how much of what holds in a home holds there.

    Of a place's people a person's kin and own papers are a handful, however many live there: the shares of pairs
    that are kin or one person fall as the place grows beyond a home.
    """
    sizes = np.exp2(np.arange(CROWDS + 1))
    return np.where(sizes > 1, np.minimum(1.0, settings.home_mentions / sizes), 0.0)


def _start(
    chance: Mapping[str, Floats], possible: Floats, mentions: int, source_pairs: int, settings: LinkSettings
) -> Weights:
    nothing = np.zeros(1, dtype=np.int64)
    m = {f: _m_step(f, nothing, nothing, np.zeros(1), source_pairs, settings) for f in COMPARED}
    u = {f: np.tile(chance[f], (CROWDS + 1, 1)) for f in COMPARED}
    u = {f: np.where(np.arange(len(LEVELS[f])) == 0, 1.0, values) for f, values in u.items()}
    for feature in ("family", "dob"):
        u[feature] = _household_u(feature, nothing, nothing, np.zeros(1), chance, settings)
    elsewhere = min(0.2, settings.matches_elsewhere / max(mentions - 1, 1) * 2)
    near = {"building": settings.same_building_match, "alike": settings.same_building_match}
    at_places = settings.same_place_match * _household(settings)[1:]
    share = np.append([near.get(name, elsewhere) for name in LEVELS["address"]], np.maximum(at_places, elsewhere))
    overall = float((share * possible).sum() / max(possible.sum(), 1.0))
    nobody = np.zeros(source_pairs)
    on_paper = _document_share(nobody, nobody, settings)
    return Weights(m, u, share, max(overall, 1e-12), np.ones(source_pairs), on_paper, 0)


def _m_step(
    feature: str, codes: Codes, sources: Codes, expected: Floats, source_pairs: int, settings: LinkSettings
) -> Floats:
    """m per pair of sources, drawn to the pooled m, which is drawn to the prior. Level 0 is set to 1 (no weight)."""
    size = len(LEVELS[feature])
    counts = np.bincount(sources * size + codes, weights=expected, minlength=source_pairs * size)
    counts = counts.reshape(source_pairs, size)
    counts[:, 0] = 0.0
    if feature not in M_LEARNED:
        counts[:] = 0.0
    pooled = counts.sum(axis=0) + settings.m_prior_pairs * _prior(feature, settings.m_prior)
    pooled /= pooled.sum()
    m = counts + settings.m_source_pairs * pooled
    m /= m.sum(axis=1, keepdims=True)
    m[:, 0] = 1.0
    return np.asarray(m)


def _household_u(
    feature: str, codes: Codes, crowd: Codes, expected: Floats, chance: Mapping[str, Floats], settings: LinkSettings
) -> Floats:
    """u for strangers (row 0) and for two different people of one place, per size of place."""
    size = len(LEVELS[feature])
    shared = settings.household_family_share if feature == "family" else settings.household_same_dob
    counts = np.bincount(crowd * size + codes, weights=expected, minlength=(CROWDS + 1) * size)
    counts = counts.reshape(CROWDS + 1, size)
    counts[:, 0] = 0.0
    rows = [chance[feature]]
    for kin, seen in zip(_household(settings)[1:], counts[1:], strict=True):
        prior = chance[feature] * (1 - shared * kin)
        prior[1] += shared * kin
        rows.append(_normalised(_smoothed(seen + settings.household_prior_pairs * prior)))
    u = np.stack(rows)
    u[:, 0] = 1.0
    return u


def _kin(feature: str, crowd: Codes, dob: Codes, weights: Weights, settings: LinkSettings) -> Floats:
    """Chance that another person of the same place shows the same value because the two are kin, per pattern."""
    if feature != "given":
        above_chance = weights.u[feature][:, 1] - weights.u[feature][0, 1]
        return np.asarray(np.clip(above_chance, 0.0, 0.999)[crowd])
    namesakes = np.full(len(LEVELS["dob"]), settings.namesakes["otherwise"])
    for name in ("generation", "missing"):
        namesakes[level("dob", name)] = settings.namesakes[name]
    return np.asarray(namesakes[dob] * _household(settings)[crowd])


def _valued_bits(
    feature: str,
    codes: Codes,
    crowd: Codes,
    bins: npt.NDArray[np.int16],
    kin: Floats,
    bits: Floats,
    weights: Weights,
    settings: LinkSettings,
) -> Floats:
    """Bits of the levels whose weight depends on the value; the others keep `bits`.

    u is the chance that a different person shows the value: its share, or kin of one household. A look-alike needs
    the same slip of the pen from a namesake, so its m cancels and the share alone counts.
    """
    chance = -np.log2(kin + (1 - kin) * np.exp2(bins / BINS_PER_BIT))
    exact = codes == level(feature, "exact")
    swapped = codes == level("given", "swapped") if feature == "given" else np.zeros(len(codes), dtype=np.bool_)
    valued = np.isin(codes, [level(feature, name) for name in VALUED[feature]])
    log2_u_exact = np.log2(weights.u[feature])[crowd, level(feature, "exact")]
    agreed = bits + log2_u_exact + chance
    result = np.where(exact, agreed, np.where(valued, chance, bits))
    return np.asarray(np.where(swapped, result + settings.swap_penalty_bits, result))


def _match_shares(found: Floats, possible: Floats, prior: Floats, settings: LinkSettings) -> tuple[Floats, float]:
    """Share of matches per level of address; the prior weighs as much as `match_prior_pairs` matches would."""
    weight = np.minimum(settings.match_prior_pairs / prior, np.maximum(possible, settings.match_prior_pairs))
    share = (found + weight * prior) / (possible + weight)
    overall = (share * possible).sum() / max(possible.sum(), 1.0)
    share[0] = overall  # an unknown address says nothing: the city's share
    return np.clip(share, 1e-12, 0.999), float(np.clip(overall, 1e-12, 0.999))


def _document_share(found: Floats, possible: Floats, settings: LinkSettings) -> Floats:
    """How often two names of one document are one person, per pair of sources, drawn to the prior."""
    prior = settings.m_prior_pairs * settings.same_document_match
    return np.asarray((found + prior) / (possible + settings.m_prior_pairs))


def _source_lift(
    sources: Codes,
    counted: npt.NDArray[np.bool_],
    count: Floats,
    expected: Floats,
    share: Floats,
    source_pairs: int,
    settings: LinkSettings,
) -> Floats:
    """Matches of each pair of sources against what the shares by place foresee, where every pair is compared.

    Papers of one source rarely name a person twice in two ways, papers of two sources do.
    """
    found = np.bincount(sources, weights=expected * counted, minlength=source_pairs)
    foreseen = np.bincount(sources, weights=count * share * counted, minlength=source_pairs)
    return np.asarray((found + settings.match_prior_pairs) / (foreseen + settings.match_prior_pairs))


def _log_odds(p: Floats) -> Floats:
    return np.asarray(np.log2(p) - np.log2(1 - p))
