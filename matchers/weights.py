"""Fellegi-Sunter weights in bits: what the fitted m and u, names and places say of each comparison pattern.

Pairs at one dwelling are compared under their own u for surname and birth date, because people who live together
share surnames: the shared address and the shared surname are then not counted as two coincidences.

Sources: Fellegi & Sunter 1969 (JASA 64:1183); Winkler 1989 for frequency-based weights.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from matchers.chance import COMPARED
from matchers.coded import Codes, Floats, combined, distinct
from matchers.comparison import LEVELS, level
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


# The columns of a pattern that each part of its weight depends on: the bits are worked out once a combination.
_DEPENDS_ON: Mapping[str, tuple[str, ...]] = {
    "ground": ("sources", "crowd", "address", "document"),
    "given": ("sources", "crowd", "given", "given_bin", "dob"),
    "family": ("sources", "crowd", "family", "family_bin"),
    "middle": ("sources", "crowd", "middle"),
    "suffix": ("sources", "crowd", "suffix"),
    "dob": ("sources", "crowd", "dob", "dob_bin", "family"),
    "identifier": ("sources", "crowd", "identifier"),
}


@dataclass(frozen=True, slots=True)
class Cells:
    """The distinct combinations of some columns of a table of patterns, and which one each pattern has."""

    table: pl.DataFrame
    of_pattern: npt.NDArray[np.intp]

    @staticmethod
    def of(patterns: pl.DataFrame, columns: Sequence[str]) -> "Cells":
        """columns: of whole numbers."""
        numbers = [patterns[name].to_numpy().astype(np.int64) for name in columns]
        keys, cell = distinct(combined([part - part.min(initial=0) for part in numbers]))
        row = np.empty(len(keys), dtype=np.int64)
        row[cell] = np.arange(len(cell))  # any pattern of a cell speaks for it
        return Cells(patterns.select(columns)[row], cell.astype(np.intp))


@dataclass(frozen=True, slots=True)
class Weighing:
    """Patterns laid out to be weighed again and again: bits per cell, of which there are some thousands."""

    cells: Mapping[str, Cells]  # per part of _DEPENDS_ON
    name_pair: Floats  # bits, one a pattern
    settings: LinkSettings

    @staticmethod
    def of(patterns: Patterns, settings: LinkSettings) -> "Weighing":
        table = patterns.table
        cells = {part: Cells.of(table, columns) for part, columns in _DEPENDS_ON.items()}
        # two names that go together are less of a coincidence than their shares say (never more)
        return Weighing(cells, -table["pair_bin"].to_numpy() / BINS_PER_BIT, settings)

    def total(self, weights: Weights) -> Floats:
        """Bits of every pattern, its parts added up in the order of FEATURES."""
        prior, address, document = self._ground_bits(weights)
        total = (prior + address + document).take(self.cells["ground"].of_pattern, mode="clip")
        for feature in COMPARED:
            total += self._feature_bits(feature, weights).take(self.cells[feature].of_pattern, mode="clip")
        total += self.name_pair
        return np.asarray(total)

    def columns(self, weights: Weights) -> dict[str, Floats]:
        """Bits of every pattern by feature."""
        of_ground = self.cells["ground"].of_pattern
        found = {name: bits[of_ground] for name, bits in zip(FEATURES[:3], self._ground_bits(weights), strict=True)}
        for feature in COMPARED:
            found[feature] = self._feature_bits(feature, weights)[self.cells[feature].of_pattern]
        return {**found, "name_pair": self.name_pair}

    def _ground_bits(self, weights: Weights) -> tuple[Floats, Floats, Floats]:
        """Bits of prior, address and document per cell of the ground."""
        table = self.cells["ground"].table
        sources, ground = table["sources"].to_numpy().astype(np.int64), Grounds.of(table)
        odds = log_odds(np.array([weights.overall_match_share]))[0]
        prior = odds + np.log2(weights.source_lift)[sources, ground.kind]
        by_address = log_odds(weights.match_share) - odds
        by_address[0] = 0.0
        address = by_address[ground.share]
        # one document names whom it names once, as far as this city's documents do: place and sources say nothing then
        side_by_side = table["document"].to_numpy() == level("document", "same")
        on_paper = log_odds(weights.document_share)[sources]
        return prior, address, np.where(side_by_side, on_paper - prior - address, 0.0)

    def _feature_bits(self, feature: str, weights: Weights) -> Floats:
        """Bits of a compared feature per cell."""
        table = self.cells[feature].table
        codes, sources, crowd = (table[name].to_numpy().astype(np.int64) for name in (feature, "sources", "crowd"))
        bits = np.log2(weights.m[feature])[sources, codes] - np.log2(weights.u[feature])[sources, crowd, codes]
        if feature in VALUED:
            bits = _valued_bits(feature, table, bits, weights, self.settings)
        bits[codes == 0] = 0.0
        return np.asarray(bits)


def pattern_bits(patterns: Patterns, weights: Weights, settings: LinkSettings) -> pl.DataFrame:
    """`bits_<feature>` for every name in FEATURES, and their sum `match_weight_bits`, one row per pattern."""
    weighing = Weighing.of(patterns, settings)
    columns = weighing.columns(weights)
    frame = pl.DataFrame({f"bits_{feature}": columns[feature] for feature in FEATURES})
    return frame.with_columns(pl.Series("match_weight_bits", weighing.total(weights)))


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


def _kin(feature: str, table: pl.DataFrame, weights: Weights, settings: LinkSettings) -> Floats:
    """Chance that another person of the same place shows the same value because the two are kin, per row."""
    crowd = table["crowd"].to_numpy()
    if feature == "family":
        u = weights.u["family"][:, :, level("family", "exact")]
        return np.asarray(np.clip(u - u[:, :1], 0.0, 0.999)[table["sources"].to_numpy(), crowd])
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
    return np.asarray(shared * household(settings)[crowd])


def _valued_bits(feature: str, table: pl.DataFrame, bits: Floats, weights: Weights, settings: LinkSettings) -> Floats:
    """Bits of the levels whose weight depends on the value; the others keep `bits`.

    u is the chance that a different person shows the value: its share, or kin of one household. A look-alike needs
    the same slip of the pen from a namesake, so its m cancels and the share alone counts.
    """
    codes, sources = (table[name].to_numpy().astype(np.int64) for name in (feature, "sources"))
    kin = _kin(feature, table, weights, settings)
    chance = -np.log2(kin + (1 - kin) * np.exp2(table[f"{feature}_bin"].to_numpy() / BINS_PER_BIT))
    valued = np.isin(codes, [level(feature, name) for name in VALUED[feature]])
    log2_m_exact = np.log2(weights.m[feature])[sources, level(feature, "exact")]
    return np.where(codes == level(feature, "exact"), log2_m_exact + chance, np.where(valued, chance, bits))
