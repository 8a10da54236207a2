"""Turns pairs of profiles into comparison patterns: how alike they are, and how common what they share is."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import polars as pl

from loaders.normalize import names_tables
from loaders.side_by_side import each
from matchers.coded import Coded, Codes, Comparable, Floats, Levels, Mask, Narrow, contains, distinct
from matchers.comparison import Ends, among, compare, level
from matchers.frequencies import Bearers, Shares, date_shares, initial_shares, name_shares
from matchers.name_affinity import learn
from matchers.patterns import BINS_PER_BIT, VALUED, Patterns, encode, size_class
from matchers.profiles import Profiles
from matchers.settings import LinkSettings
from matchers.traits import Traits

Bins = npt.NDArray[np.int16]
Letters = npt.NDArray[np.uint64]

_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_MIXING = (  # shift, factor
    (np.uint64(30), np.uint64(0xBF58476D1CE4E5B9)),
    (np.uint64(27), np.uint64(0x94D049BB133111EB)),
)

# Pairs compared at a time in a thread: what a pair needs while it is compared is 200 bytes, then 4.
CHUNK = 500_000
_NO_PAIRS = pl.DataFrame(schema={"left": pl.UInt32, "right": pl.UInt32})


@dataclass(frozen=True, slots=True)
class Comparer:
    """All that is needed to turn any list of profile pairs into comparison patterns."""

    people: Comparable
    shares: dict[str, Shares]  # per feature: share of each distinct value, and a last 1 for code -1 (missing)
    others: dict[str, Shares]  # given, family: the same with one bearer taken away
    initials: Shares  # share of people whose given name begins alike
    crowd: Codes  # per place, and a last 0 for none: size class
    letters: dict[str, tuple[Codes, Letters]]  # given, family: of each value its length and `letters_of`
    lift: Bins  # per profile: log2 lift of its two names together (`name_affinity`), in quarters of a bit
    source_pair: Codes  # (source code x source code) -> pair of sources
    source_names: list[str]
    shared_documents: Codes  # profiles that one paper names side by side (left * 2^32 + right), sorted
    on_papers: Mask  # profiles of which some are
    traits: Traits

    @staticmethod
    def of(profiles: Profiles, settings: LinkSettings) -> "Comparer":
        people = Comparable.of(profiles.table, profiles.coded)
        bearers = Bearers.of(people)
        given, given_others = name_shares(
            people.given, bearers.given, bearers, names_tables.given_frequency(), settings
        )
        family, family_others = name_shares(
            people.family, bearers.family, bearers, names_tables.surname_frequency(), settings
        )
        lift = learn(bearers, len(people.given.values), len(people.family.values))
        papers, on_papers = documents_of(profiles)
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
            letters={"given": letters_of(people.given), "family": letters_of(people.family)},
            lift=np.append(np.round(lift * BINS_PER_BIT).astype(np.int16), np.int16(0))[bearers.of_profile],
            source_pair=np.array(pair, dtype=np.int64).reshape(len(sources), len(sources)),
            source_names=names,
            shared_documents=papers,
            on_papers=on_papers,
            traits=Traits.of(people),
        )

    def patterns(self, pairs: pl.DataFrame, settings: LinkSettings) -> Patterns:
        """The patterns of pairs (left, right)."""
        return self.compared([partial(pairs.slice, at, CHUNK) for at in range(0, len(pairs), CHUNK)], settings)[1]

    def compared(
        self, parts: Iterable[Callable[[], pl.DataFrame]], settings: LinkSettings
    ) -> tuple[pl.DataFrame, Patterns]:
        """All pairs (left, right) of some parts, in their order, and their patterns; parts are made and compared side
        by side, a chunk of each at a time.
        """

        def compared(part: Callable[[], pl.DataFrame]) -> tuple[pl.DataFrame, list[tuple[Codes, Narrow]]]:
            pairs = part()
            return pairs, [
                distinct(encode(self.levels(chunk, settings)).to_numpy().view(np.int64))
                for chunk in pairs.iter_slices(CHUNK)
            ]

        found = each(compared, parts)
        pairs = pl.concat([pairs for pairs, _ in found], rechunk=True) if found else _NO_PAIRS
        return pairs, Patterns.merged([chunk for _, chunks in found for chunk in chunks])

    def levels(self, pairs: pl.DataFrame, settings: LinkSettings) -> pl.DataFrame:
        """Levels of every feature, name bins and `sources`, in the order of `pairs` (left, right)."""
        ends = Ends.of(pairs, self.traits)
        levels = compare(ends, settings)
        one, other = ends.codes("source")
        return pl.DataFrame(
            {
                **levels,
                "document": self._on_one_paper(ends),
                "crowd": self._crowds(levels["address"], ends),
                "sources": self.source_pair[one, other].astype(np.uint16),
                **self._bins(levels, ends, settings),
            }
        )

    def _on_one_paper(self, ends: Ends) -> Levels:
        found = np.zeros(len(ends.left), dtype=np.uint8)
        a, b = ends.both(self.on_papers)
        rows = np.flatnonzero(a & b)
        found[rows] = contains(self.shared_documents, ends.left[rows] << 32 | ends.right[rows])
        return found

    def _crowds(self, address: Levels, ends: Ends) -> Levels:
        """Size class (`matchers.patterns.size_class`) of the place a pair shares; 0 elsewhere."""
        rows = np.flatnonzero(address == level("address", "same"))
        crowds = np.zeros(len(address), dtype=np.uint8)
        crowds[rows] = self.crowd[self.people.place.codes[ends.left[rows]]]
        return crowds

    def _bins(self, levels: Mapping[str, Levels], ends: Ends, settings: LinkSettings) -> dict[str, Bins]:
        """log2 of the chance that another person shows the agreeing value, and log2 lift of the two names together.

        0 where values differ.
        """
        bins: dict[str, Bins] = {}
        for feature, share in self.shares.items():
            graded = levels[feature]
            found = np.zeros(len(graded), dtype=np.int16)
            a, b = ends.codes(feature)
            exact = graded == level(feature, "exact")
            one_value = np.flatnonzero(exact & (a == b))  # most of what agrees: a table of one entry per value will do
            found[one_value] = _bin(share)[a[one_value]]
            others = [name for name in VALUED[feature] if name != "exact"]
            rows = np.flatnonzero(among(graded, feature, *others) | (exact & (a != b)))
            found[rows] = _bin(self._chance(feature, graded[rows], a[rows], b[rows], settings))
            bins[f"{feature}_bin"] = found
        rows = np.flatnonzero(levels["given"] == level("given", "swapped"))
        bins["given_bin"][rows] = _bin(self._swapped(ends.at(rows), settings))
        rows = np.flatnonzero(_alike("given", levels["given"]) & _alike("family", levels["family"]))
        lift = np.zeros(len(ends.left), dtype=np.int16)
        lift[rows] = np.maximum(*ends.at(rows).both(self.lift))
        return {**bins, "pair_bin": lift}

    def _chance(self, feature: str, graded: Levels, a: Narrow, b: Narrow, settings: LinkSettings) -> Floats:
        """Chance that another person shows the value on which a pair agrees.

        Alike but not equal, a namesake of the commoner name makes the same slip of the pen, or the rarer spelling is
        another person's name, which weighs by how few true pairs show just that spelling.
        """
        share = self.shares[feature]
        chance = np.minimum(share[a], share[b])
        if feature == "dob":
            return np.asarray(chance)
        commoner, others = np.maximum(share[a], share[b]), self.others[feature]
        rarer = np.where(share[a] < share[b], others[a], others[b])
        m = settings.m_prior[feature]
        chance = np.where(among(graded, feature, "part", "swapped"), commoner, chance)
        ways = np.where(_slip(self.letters[feature], a, b), settings.slips, settings.misspellings)
        chance = np.where(among(graded, feature, "typo"), commoner + rarer * ways / m["typo"], chance)
        if feature == "given":
            nickname = commoner + rarer * settings.short_forms / m["nickname"]
            chance = np.where(among(graded, feature, "nickname"), nickname, chance)
            chance = np.where(among(graded, feature, "initial"), self.initials[a], chance)
        return np.asarray(chance)

    def _swapped(self, ends: Ends, settings: LinkSettings) -> Floats:
        """Chance of a swapped name, as the given name's factor beside that of the family name.

        A namesake whose names were exchanged alike; or another person who is really called so, which weighs by how few
        true pairs are swapped: `JAMES THOMAS` and `THOMAS JAMES` may be two people, `ANNE BAKER` and `BAKER ANNE` not.
        """
        given = [self.shares["given"][codes] for codes in ends.codes("given")]
        family = [self.shares["family"][codes] for codes in ends.codes("family")]
        whole = [g * f for g, f in zip(given, family, strict=True)]
        chance = np.maximum(*whole) + np.minimum(*whole) / settings.m_prior["given"]["swapped"]
        return np.asarray(np.minimum(chance / np.maximum(*family), 1.0))


def _bin(chance: Floats) -> Bins:
    """log2 in quarters of a bit."""
    return np.round(np.log2(chance) * BINS_PER_BIT).astype(np.int16)


def _crowd_of_each(place: Coded) -> Codes:
    sizes = np.bincount(place.codes[place.codes >= 0], minlength=len(place.values))
    return np.append(size_class(sizes), 0)


def letters_of(names: Coded) -> tuple[Codes, Letters]:
    """How many letters each name has, and a number that is the same for names of the same letters; last: no name.

    The number is the sum of one for each letter, drawn as SplitMix64 does (Steele, Lea & Flood 2014): names of other
    letters have it in common once in 2^64.
    """
    values = pl.Series([*names.values, ""], dtype=pl.String)
    sizes = values.str.len_chars().cast(pl.Int64).to_numpy()
    drawn = np.frombuffer("".join(values).encode("utf-32-le"), dtype=np.uint32).astype(np.uint64) * _GAMMA
    for shift, factor in _MIXING:
        drawn = (drawn ^ (drawn >> shift)) * factor
    ends = np.cumsum(sizes)
    sums = np.concatenate([np.zeros(1, dtype=np.uint64), np.cumsum(drawn ^ (drawn >> np.uint64(31)), dtype=np.uint64)])
    return sizes, sums[ends] - sums[ends - sizes]


def _slip(letters: tuple[Codes, Letters], a: Narrow, b: Narrow) -> Mask:
    """Whether two look-alikes differ by a letter more or less, or by the order of the same letters."""
    length, same = letters
    return np.asarray((length[a] != length[b]) | (same[a] == same[b]))


def _alike(feature: str, levels: Levels) -> Mask:
    return np.asarray((levels > 0) & (levels < level(feature, "different")))


def documents_of(profiles: Profiles) -> tuple[Codes, Mask]:
    """`Comparer.shared_documents` and `on_papers`."""
    papers = _side_by_side(profiles.documents)
    return papers, _on_papers(papers, len(profiles.table))


def _side_by_side(documents: pl.DataFrame) -> Codes:
    """Pairs of profiles (left * 2^32 + right, left < right) that one paper names, sorted, each once."""
    joined = documents.join(documents, on="group_key", how="inner", suffix="_right")
    pairs = joined.filter(pl.col("profile") < pl.col("profile_right")).select(
        pl.col("profile").cast(pl.Int64) * 2**32 + pl.col("profile_right").cast(pl.Int64)
    )
    return pairs.to_series().unique().sort().to_numpy()


def _on_papers(pairs: Codes, size: int) -> Mask:
    """Which profiles share a paper with another."""
    found = np.zeros(size, dtype=np.bool_)
    found[pairs >> 32] = True
    found[pairs & 0xFFFFFFFF] = True
    return found
