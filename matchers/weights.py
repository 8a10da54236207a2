"""Fellegi-Sunter weights in bits: what the fitted m and u, names and places say of each comparison pattern.

Pairs at one dwelling are compared under their own u for surname and birth date, because people who live together
share surnames: the shared address and the shared surname are then not counted as two coincidences.

Sources: Fellegi & Sunter 1969 (JASA 64:1183); Winkler 1989 for frequency-based weights.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from matchers.chance import COMPARED
from matchers.coded import Codes, Floats
from matchers.comparison import LEVELS, level
from matchers.ordered_sums import sum_in_order
from matchers.patterns import BINS_PER_BIT, CROWDS, VALUED, Patterns
from matchers.settings import LinkSettings

FEATURES = ("prior", "address", "document", *COMPARED, "name_pair")  # every column of bits, in the order they are shown
# Kinds of ground two mentions share, for what a pair of sources has to say: nothing known, far apart, near, one place.
GROUNDS = ("missing", "far", "near", "place")
_NEAR = ("building", "alike")


@dataclass(frozen=True, slots=True)
class Weights:
    """Fitted parameters. m per feature: array (pair of sources, level); u: (pair of sources, size of place, level).

    `match_share` is laid out per level of address, then per size of the place shared.
    """

    m: Mapping[str, Floats]
    u: Mapping[str, Floats]
    match_share: Floats
    overall_match_share: float
    source_lift: Floats  # (pair of sources, GROUNDS): how much oftener than overall two such mentions are one person
    document_share: Floats  # per pair of sources: how often two names side by side in one document are one person
    rounds: int


@dataclass(frozen=True, slots=True)
class Grounds:
    """Where the pairs of each pattern meet: `crowd` the size class of the place they share (0: none), `share` where
    their share of matches stands in `Weights.match_share`, `kind` the position in GROUNDS.
    """

    crowd: Codes
    share: Codes
    kind: Codes

    @staticmethod
    def of(table: pl.DataFrame) -> "Grounds":
        """Of a table of patterns."""
        crowd, address = (table[name].to_numpy().astype(np.int64) for name in ("crowd", "address"))
        kind = np.where(crowd > 0, GROUNDS.index("place"), KIND_OF_ADDRESS[address])
        return Grounds(crowd, np.where(crowd > 0, len(LEVELS["address"]) - 1 + crowd, address), kind)


def _kind_of_address(name: str) -> int:
    return GROUNDS.index({"missing": "missing", "same": "place"}.get(name, "near" if name in _NEAR else "far"))


KIND_OF_ADDRESS: Codes = np.array([_kind_of_address(name) for name in LEVELS["address"]], dtype=np.int64)


def pattern_bits(patterns: Patterns, weights: Weights, settings: LinkSettings) -> pl.DataFrame:
    """`bits_<feature>` for every name in FEATURES, and their sum `match_weight_bits`, one row per pattern."""
    table = patterns.table
    sources = table["sources"].to_numpy().astype(np.int64)
    ground = Grounds.of(table)
    columns: dict[str, Floats] = {}
    prior = log_odds(np.array([weights.overall_match_share]))[0]
    columns["prior"] = prior + np.log2(weights.source_lift)[sources, ground.kind]
    by_address = log_odds(weights.match_share) - prior
    by_address[0] = 0.0
    columns["address"] = by_address[ground.share]
    # one document names whom it names once, as far as this city's documents do: place and sources say nothing then
    side_by_side = table["document"].to_numpy() == level("document", "same")
    on_paper = log_odds(weights.document_share)[sources]
    columns["document"] = np.where(side_by_side, on_paper - columns["prior"] - columns["address"], 0.0)
    for feature in COMPARED:
        codes = table[feature].to_numpy().astype(np.int64)
        bits = np.log2(weights.m[feature])[sources, codes] - np.log2(weights.u[feature])[sources, ground.crowd, codes]
        if feature in VALUED:
            bits = _valued_bits(feature, table, sources, ground, bits, weights, settings)
        bits[codes == 0] = 0.0
        columns[feature] = bits
    # two names that go together are less of a coincidence than their shares say (never more)
    columns["name_pair"] = -table["pair_bin"].to_numpy() / BINS_PER_BIT
    frame = pl.DataFrame({f"bits_{feature}": columns[feature] for feature in FEATURES})
    return frame.with_columns(sum_in_order(frame.columns).alias("match_weight_bits"))


def household(settings: LinkSettings) -> Floats:
    """Per size of place from `none`: how much of what holds in a home holds there.

    Of a place's people a person's kin and own papers are a handful, however many live there: the shares of pairs
    that are kin or one person fall as the place grows beyond a home.
    """
    sizes = np.exp2(np.arange(CROWDS + 1))
    return np.where(sizes > 1, np.minimum(1.0, settings.home_mentions / sizes), 0.0)


def log_odds(p: Floats) -> Floats:
    """log2 of p against 1 - p."""
    return np.asarray(np.log2(p) - np.log2(1 - p))


def _kin(feature: str, table: pl.DataFrame, ground: Grounds, weights: Weights, settings: LinkSettings) -> Floats:
    """Chance that another person of the same place shows the same value because the two are kin, per pattern."""
    if feature == "family":
        u = weights.u["family"][:, :, level("family", "exact")]
        return np.asarray(np.clip(u - u[:, :1], 0.0, 0.999)[table["sources"].to_numpy(), ground.crowd])
    if feature == "given":
        alike = np.full(len(LEVELS["dob"]), settings.namesakes["otherwise"])
        for name in ("generation", "missing"):
            alike[level("dob", name)] = settings.namesakes[name]
        shared = alike[table["dob"].to_numpy()]
    else:
        family = table["family"].to_numpy()
        one_family = (family > 0) & (family < level("family", "different"))
        same_dob = settings.household_same_dob
        shared = np.where(one_family, same_dob["family"], same_dob["otherwise"])
    return np.asarray(shared * household(settings)[ground.crowd])


def _valued_bits(
    feature: str,
    table: pl.DataFrame,
    sources: Codes,
    ground: Grounds,
    bits: Floats,
    weights: Weights,
    settings: LinkSettings,
) -> Floats:
    """Bits of the levels whose weight depends on the value; the others keep `bits`.

    u is the chance that a different person shows the value: its share, or kin of one household. A look-alike needs
    the same slip of the pen from a namesake, so its m cancels and the share alone counts.
    """
    codes = table[feature].to_numpy().astype(np.int64)
    kin = _kin(feature, table, ground, weights, settings)
    chance = -np.log2(kin + (1 - kin) * np.exp2(table[f"{feature}_bin"].to_numpy() / BINS_PER_BIT))
    valued = np.isin(codes, [level(feature, name) for name in VALUED[feature]])
    log2_m_exact = np.log2(weights.m[feature])[sources, level(feature, "exact")]
    return np.where(codes == level(feature, "exact"), log2_m_exact + chance, np.where(valued, chance, bits))
