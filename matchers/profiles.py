"""Mentions -> profiles: repeats of one source in the same words count once, and pairs are drawn among profiles.

A profile is one source's way of naming one person at one place (same source, names, birth date, place and
identifier). A city repeats itself a great deal (three services billed to one name), so this is where most of the
work is saved; every mention keeps its profile, and every pair of mentions its weight through it.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from loaders.normalize import names_tables
from matchers.coded import Coded, Codes, Comparable, Floats, Levels
from matchers.comparison import LEVELS, compare, level
from matchers.frequencies import Shares, date_shares, initial_shares, name_shares
from matchers.name_affinity import NameAffinity, learn
from matchers.settings import LinkSettings
from matchers.weights import BINS, BINS_PER_BIT, VALUED, Patterns

KEY = ("source", "given", "middle", "family", "suffix", "dob", "place", "building_key", "zip", "record_key")


@dataclass(frozen=True, slots=True)
class Profiles:
    """`table`: profile (position), the KEY columns, mentions (count), first_mention, words (of the whole name, sorted;
    null where fewer than two). `of_mention`: mention_id, profile.

    `documents`: profile, group_key, each once: the papers a profile is written in.
    """

    table: pl.DataFrame
    of_mention: pl.DataFrame
    documents: pl.DataFrame


def profiles_of(persons: pl.DataFrame, settings: LinkSettings) -> Profiles:
    """Profiles of a mention frame that holds persons only. An improbable dwelling is no place (its building is)."""
    near = pl.col("p_dwelling").fill_null(1.0) >= settings.place_at_p
    place = (
        pl.when(pl.col("dwelling_id").is_not_null() & near)
        .then(pl.col("dwelling_id"))
        .when(pl.col("dwelling_id").is_null() & pl.col("address_key").is_not_null())
        .then(pl.concat_str(pl.lit("elsewhere:"), pl.col("address_key")))
        .otherwise(None)
    )
    keyed = persons.with_columns(place.alias("place"))
    table = _with_words(
        keyed.group_by(KEY)
        .agg(pl.len().alias("mentions"), pl.col("mention_id").min().alias("first_mention"))
        .sort("first_mention")
        .with_row_index("profile")
    )
    of_mention = (
        keyed.join(table, on=list(KEY), how="left", nulls_equal=True)
        .select("mention_id", "profile", "group_key")
        .sort("mention_id")
    )
    documents = of_mention.select("profile", "group_key").drop_nulls().unique().sort("profile", "group_key")
    return Profiles(table, of_mention.select("mention_id", "profile"), documents)


def _with_words(table: pl.DataFrame) -> pl.DataFrame:
    """Add `words`: those of given, middle and family name of two letters or more, sorted; null where under two."""
    parts = ("given", "middle", "family")
    blank = pl.any_horizontal(pl.col(name).str.contains(" ", literal=True) for name in parts).fill_null(False)
    given, middle, family = (pl.when(pl.col(name).str.len_chars() > 1).then(pl.col(name)) for name in parts)
    least, most = pl.min_horizontal(given, family), pl.max_horizontal(given, family)
    between = pl.max_horizontal(least, pl.min_horizontal(most, middle))
    three = pl.concat_str(pl.min_horizontal(least, middle), between, pl.max_horizontal(most, middle), separator=" ")
    two = pl.concat_str(least, most, separator=" ")
    single = pl.when(given.is_not_null() & family.is_not_null()).then(
        pl.when(middle.is_not_null()).then(three).otherwise(two)
    )
    # names of more words go through lists, which are slow, and are few
    words = pl.concat_str(list(parts), separator=" ", ignore_nulls=True).str.split(" ")
    words = words.list.filter(pl.element().str.len_chars() > 1).list.sort()
    several = pl.when(words.list.len() > 1).then(words.list.join(" "))
    split = [
        table.filter(~blank).with_columns(single.alias("words")),
        table.filter(blank).with_columns(several.alias("words")),
    ]
    return pl.concat(split).sort("profile")


@dataclass(frozen=True, slots=True)
class Comparer:
    """All that is needed to turn any list of profile pairs into comparison patterns."""

    people: Comparable
    shares: dict[str, Shares]  # per feature: share of each distinct value, and a last 1 for code -1 (missing)
    others: dict[str, Shares]  # given, family: the same with one bearer taken away
    initials: Shares  # share of people whose given name begins alike
    letters: dict[str, tuple[Codes, Codes]]  # given, family: length and sorted letters (coded) of each value
    affinity: NameAffinity
    source_pair: Codes  # (source code x source code) -> pair of sources
    source_names: list[str]
    shared_documents: pl.DataFrame  # left, right: profiles that one paper names side by side

    @staticmethod
    def of(profiles: Profiles, settings: LinkSettings) -> "Comparer":
        people = Comparable.of(profiles.table)
        given, given_others = name_shares(people.given, people.family, names_tables.given_frequency(), settings)
        family, family_others = name_shares(people.family, people.given, names_tables.surname_frequency(), settings)
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
            letters={"given": _letters(people.given), "family": _letters(people.family)},
            affinity=learn(people.given, people.family),
            source_pair=np.array(pair, dtype=np.int64).reshape(len(sources), len(sources)),
            source_names=names,
            shared_documents=_side_by_side(profiles.documents),
        )

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
            pl.Series("sources", self.source_pair[source[left], source[right]], dtype=pl.UInt16),
            *(
                pl.Series(name, bins, dtype=pl.Int16)
                for name, bins in self._bins(graded, left, right, settings).items()
            ),
        )

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


def patterns_of(levels: pl.DataFrame) -> Patterns:
    """Group pairs by everything their weight depends on."""
    columns = levels.columns
    code = pl.lit(0, pl.UInt64)  # a number in mixed radix: bins lie in (-128, 128), pairs of sources below 1,000
    for name in columns:
        radix = 256 if name in BINS else 1000 if name == "sources" else len(LEVELS[name])
        digit = pl.col(name).cast(pl.Int64) + (128 if name in BINS else 0)
        code = code * radix + digit.cast(pl.UInt64)
    coded = levels.with_columns(code.alias("code"))
    table = (
        coded.group_by("code")
        .agg(pl.len().alias("pairs"), *(pl.col(name).first() for name in columns))
        .sort("code")
        .with_row_index("pattern")
    )
    of_pair = coded.select("code").join(table.select("code", "pattern"), on="code", how="left", maintain_order="left")[
        "pattern"
    ]
    return Patterns(table.drop("code", "pattern"), of_pair.to_numpy().astype(np.int64))


def possible_pairs(profiles: pl.DataFrame) -> Floats:
    """Number of pairs of profiles, compared or not, per level of address in `LEVELS`."""

    def within(*columns: str) -> float:
        sizes = profiles.select(columns).drop_nulls().group_by(columns).len()["len"].cast(pl.Float64)
        return float((sizes * (sizes - 1) / 2).sum())

    n, place, building, zip_code = float(len(profiles)), "place", "building_key", "zip"
    known = float(profiles.filter(pl.any_horizontal(pl.col(place, building, zip_code).is_not_null())).height)
    all_known = known * (known - 1) / 2
    same = within(place)
    same_building = within(building) - within(place, building)
    same_zip = within(zip_code) - within(place, zip_code) - within(building, zip_code)
    same_zip += within(place, building, zip_code)
    different = all_known - same - same_building - same_zip
    return np.array([n * (n - 1) / 2 - all_known, same, same_building, max(same_zip, 0.0), max(different, 0.0)])


def _side_by_side(documents: pl.DataFrame) -> pl.DataFrame:
    joined = documents.join(documents, on="group_key", how="inner", suffix="_right")
    return (
        joined.filter(pl.col("profile") < pl.col("profile_right"))
        .select(pl.col("profile").alias("left"), pl.col("profile_right").alias("right"))
        .unique()
        .sort("left", "right")
    )
