"""Turns pairs of profiles into comparison patterns: how alike they are, and how common what they share is."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from loaders.normalize import names_tables
from matchers.coded import Coded, Codes, Comparable, Floats, Levels
from matchers.comparison import compare, level
from matchers.frequencies import Bearers, Shares, date_shares, initial_shares, name_shares
from matchers.name_affinity import NameAffinity, learn
from matchers.patterns import BINS, BINS_PER_BIT, CROWDS, VALUED, encode
from matchers.profiles import Profiles
from matchers.settings import LinkSettings

CHUNK = 1_000_000  # pairs compared at a time: what a pair needs while it is compared is 200 bytes, then 8


@dataclass(frozen=True, slots=True)
class Comparer:
    """All that is needed to turn any list of profile pairs into comparison patterns."""

    people: Comparable
    shares: dict[str, Shares]  # per feature: share of each distinct value, and a last 1 for code -1 (missing)
    others: dict[str, Shares]  # given, family: the same with one bearer taken away
    initials: Shares  # share of people whose given name begins alike
    crowd: Codes  # per place, and a last 0 for none: size class
    letters: dict[str, tuple[Codes, Codes]]  # given, family: length and sorted letters (coded) of each value
    affinity: NameAffinity
    source_pair: Codes  # (source code x source code) -> pair of sources
    source_names: list[str]
    shared_documents: pl.DataFrame  # left, right: profiles that one paper names side by side

    @staticmethod
    def of(profiles: Profiles, settings: LinkSettings) -> "Comparer":
        people = Comparable.of(profiles.table)
        bearers = Bearers.of(people)
        given, given_others = name_shares(
            people.given, bearers.given, bearers, names_tables.given_frequency(), settings
        )
        family, family_others = name_shares(
            people.family, bearers.family, bearers, names_tables.surname_frequency(), settings
        )
        dates = date_shares(people.dob, people.given, settings)
        sources = people.source.values.tolist()
        names = [f"{a}+{b}" for i, a in enumerate(sources) for b in sources[i:]]
        number = {name: position for position, name in enumerate(names)}
        pair = [[number["+".join(sorted((a, b)))] for b in sources] for a in sources]
        return Comparer(
            people=people,
            shares={"given": np.append(given, 1.0), "family": np.append(family, 1.0), "dob": np.append(dates, 1.0)},
            others={"given": np.append(given_others, 1.0), "family": np.append(family_others, 1.0)},
            initials=np.append(initial_shares(people.given, given), 1.0),
            crowd=_crowd_of_each(people.place),
            letters={"given": _letters(people.given), "family": _letters(people.family)},
            affinity=learn(bearers, len(people.given.values), len(people.family.values)),
            source_pair=np.array(pair, dtype=np.int64).reshape(len(sources), len(sources)),
            source_names=names,
            shared_documents=_side_by_side(profiles.documents),
        )

    def codes(self, pairs: pl.DataFrame, settings: LinkSettings) -> pl.Series:
        """The pattern (`matchers.patterns.encode`) of every pair (left, right), in chunks."""
        chunks = [encode(self.levels(chunk, settings)) for chunk in pairs.iter_slices(CHUNK)]
        return pl.concat(chunks) if chunks else pl.Series("code", [], dtype=pl.UInt64)

    def levels(self, pairs: pl.DataFrame, settings: LinkSettings) -> pl.DataFrame:
        """Levels of every feature, name bins and `sources`, in the order of `pairs` (left, right)."""
        graded = compare(pairs, self.people, settings)
        left, right = (pairs[side].to_numpy().astype(np.int64) for side in ("left", "right"))
        together = pairs.join(
            self.shared_documents.with_columns(document=pl.lit(1, pl.UInt8)),
            on=["left", "right"],
            how="left",
            maintain_order="left",
        )["document"].fill_null(0)
        source = self.people.source.codes
        return graded.with_columns(
            together.alias("document"),
            pl.Series("crowd", self._crowds(graded["address"].to_numpy(), left), dtype=pl.UInt8),
            pl.Series("sources", self.source_pair[source[left], source[right]], dtype=pl.UInt16),
            *(
                pl.Series(name, bins, dtype=pl.Int16)
                for name, bins in self._bins(graded, left, right, settings).items()
            ),
        )

    def _crowds(self, address: Levels, left: Codes) -> Codes:
        """Size class (`matchers.patterns.CROWDS`) of the place a pair shares; 0 elsewhere."""
        return np.where(address == level("address", "same"), self.crowd[self.people.place.codes[left]], 0)

    def _bins(self, levels: pl.DataFrame, left: Codes, right: Codes, settings: LinkSettings) -> dict[str, Codes]:
        """log2 of the chance that another person shows the agreeing value, and log2 lift of the two names together.

        Alike but not equal, a namesake of the commoner name makes the same slip of the pen, or the rarer spelling is
        another person's name, which weighs by how few true pairs show just that spelling. 0 where values differ.
        """
        chances: dict[str, Floats] = {}
        for feature, share in self.shares.items():
            codes, graded = getattr(self.people, feature).codes, levels[feature].to_numpy()
            a, b = codes[left], codes[right]
            chance = np.minimum(share[a], share[b])
            if feature != "dob":
                commoner, others = np.maximum(share[a], share[b]), self.others[feature]
                rarer = np.where(share[a] < share[b], others[a], others[b])
                m = settings.m_prior[feature]
                chance = np.where(np.isin(graded, _codes(feature, "part", "swapped")), commoner, chance)
                ways = np.where(_slip(self.letters[feature], a, b), settings.slips, settings.misspellings)
                typo = commoner + rarer * ways / m["typo"]
                chance = np.where(np.isin(graded, _codes(feature, "typo")), typo, chance)
            if feature == "given":
                nickname = commoner + rarer * settings.short_forms / m["nickname"]
                chance = np.where(graded == level("given", "nickname"), nickname, chance)
                chance = np.where(graded == level("given", "initial"), self.initials[a], chance)
            chances[feature] = np.where(np.isin(graded, _codes(feature, *VALUED[feature])), chance, 1.0)
        lift = np.maximum(
            *(
                self.affinity.log2_lift(self.people.given.codes[side], self.people.family.codes[side])
                for side in (left, right)
            )
        )
        alike = [_alike(name, levels[name].to_numpy()) for name in ("given", "family")]
        bins = {f"{feature}_bin": np.log2(chance) for feature, chance in chances.items()}
        bins["pair_bin"] = np.where(alike[0] & alike[1], lift, 0.0)
        return {name: np.round(bins[name] * BINS_PER_BIT).astype(np.int64) for name in BINS}


def _crowd_of_each(place: Coded) -> Codes:
    sizes = np.bincount(place.codes[place.codes >= 0], minlength=len(place.values))
    classes = np.clip(np.ceil(np.log2(np.maximum(sizes, 1))), 0, CROWDS)
    return np.append(classes, 0).astype(np.int64)


def _letters(names: Coded) -> tuple[Codes, Codes]:
    values = pl.Series([*names.values, ""], dtype=pl.String)
    letters = Coded.of(values.str.split("").list.sort().list.join("").rename("letters"))
    return values.str.len_chars().cast(pl.Int64).to_numpy(), letters.codes


def _slip(letters: tuple[Codes, Codes], a: Codes, b: Codes) -> npt.NDArray[np.bool_]:
    """Whether two look-alikes differ by a letter more or less, or by the order of the same letters."""
    length, same = letters
    return np.asarray((length[a] != length[b]) | (same[a] == same[b]))


def _codes(feature: str, *names: str) -> list[int]:
    return [level(feature, name) for name in names]


def _alike(feature: str, levels: Levels) -> npt.NDArray[np.bool_]:
    return np.asarray((levels > 0) & (levels < level(feature, "different")))


def _side_by_side(documents: pl.DataFrame) -> pl.DataFrame:
    joined = documents.join(documents, on="group_key", how="inner", suffix="_right")
    return (
        joined.filter(pl.col("profile") < pl.col("profile_right"))
        .select(pl.col("profile").alias("left"), pl.col("profile_right").alias("right"))
        .unique()
        .sort("left", "right")
    )
