"""What a new mention is linked to the persons of a city by, without linking the city again.

Kept of a finished linkage: what each profile is blocked by, how common each name, date and pair of names is, how
crowded each place is, and which persons may be one. With the fitted weights (`PersonLinks.weights`) any pair of a
new and a kept profile weighs what it would have weighed, by the city as it was linked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import polars as pl

from loaders.normalize import names_tables
from loaders.rows import Rows
from matchers.block_keys import BlockKeys, crowded
from matchers.coded import Coded, Codes, Comparable, Floats
from matchers.comparer import Bins, Comparer, documents_of, letters_of
from matchers.frequencies import DAYS_OF_BIRTH, Bearers, dates_counted
from matchers.links import PersonLinks
from matchers.mentions import certain_names
from matchers.name_order import Known, NameOrder
from matchers.patterns import size_class
from matchers.persons import BODY, People
from matchers.profiles import Profiles
from matchers.settings import DEFAULT, LinkSettings
from matchers.traits import Traits


class RowsOf(Protocol):
    """A value of which only some rows may be read."""

    def rows(self, field: str) -> Rows:
        """The rows of a field that is a frame."""


@dataclass(frozen=True, slots=True)
class PersonIndex:
    """What linking a new mention takes.

    orders: of names, by source. sources: in the order in which the weights number their pairs. persons, bodies,
    mentions, numbered: the greatest number given of each, `numbered` of profiles. named, dated: how many persons shares
    of names and of birth dates are out of.

    given: name, share, others, initial; family: name, share, others; dates: date (yyyymmdd), share; lifts: given,
    family, lift (see `Comparer`). *_alone, *_at: see `name_order.Known`. crowds: place, profiles. spellings: body,
    person_id. profiles: person (number), by profile. neighbours: person, other, p: the likeliest kept pair of two
    persons, both ways. columns, roots, crowded: see `block_keys`.
    """

    orders: Mapping[str, NameOrder]
    sources: tuple[str, ...]
    persons: int
    bodies: int
    mentions: int
    numbered: int
    named: float
    dated: float
    given: pl.DataFrame
    family: pl.DataFrame
    dates: pl.DataFrame
    given_alone: pl.DataFrame
    family_alone: pl.DataFrame
    given_at: pl.DataFrame
    family_at: pl.DataFrame
    lifts: pl.DataFrame
    crowds: pl.DataFrame
    spellings: pl.DataFrame
    profiles: pl.DataFrame
    neighbours: pl.DataFrame
    columns: pl.DataFrame
    roots: pl.DataFrame
    crowded: pl.DataFrame

    @staticmethod
    def of(links: PersonLinks, orders: Mapping[str, NameOrder], settings: LinkSettings = DEFAULT) -> "PersonIndex":
        """The index of a finished linkage."""
        people = People.of(links.mentions.drop("profile", "person_id", "p_member"), settings)
        comparer, coded = people.comparer, people.comparer.people
        persons = links.mentions.filter(pl.col("kind") == "person").select("mention_id", person=number_of("person_id"))
        bodies = links.mentions.filter(pl.col("kind") != "person")
        certain = certain_names(links.mentions, orders)
        keys = BlockKeys.of(coded)
        return PersonIndex(
            orders=dict(orders),
            sources=tuple(coded.source.values.tolist()),
            persons=_greatest(persons["person"]),
            bodies=_greatest(bodies.select(number_of("person_id")).to_series()),
            mentions=_greatest(links.mentions["mention_id"]),
            numbered=len(people.profiles.table) - 1,
            named=float(Bearers.of(coded).places.sum()) + settings.national_persons,
            dated=dates_counted(coded.dob, coded.given, settings),
            given=_valued(coded.given, comparer, "given").with_columns(initial=pl.Series(comparer.initials[:-1])),
            family=_valued(coded.family, comparer, "family"),
            dates=pl.DataFrame(
                {"date": pl.Series(coded.dob.values.tolist(), dtype=pl.Int64), "share": comparer.shares["dob"][:-1]}
            ),
            given_alone=certain.shares["given"].sort("given"),
            family_alone=certain.shares["family"].sort("family"),
            given_at=certain.at["given"].sort("place", "given"),
            family_at=certain.at["family"].sort("place", "family"),
            lifts=_lifts(comparer),
            crowds=_sizes(coded.place),
            spellings=bodies.select(body=BODY, person_id="person_id").unique().drop_nulls().sort("body"),
            profiles=persons.join(people.profiles.table.select("profile", mention_id="first_mention"), on="mention_id")
            .sort("profile").select("person"),
            neighbours=_neighbours(links.pairs, persons),
            columns=keys.columns,
            roots=keys.roots,
            crowded=crowded(keys, settings),
        )  # fmt: skip


FRAMES: Final = (
    "given", "family", "dates", "given_alone", "family_alone", "given_at", "family_at", "lifts", "crowds", "spellings",
    "profiles", "neighbours", "columns", "roots", "crowded",
)  # fmt: skip


def known_names(index: RowsOf, places: pl.Series) -> Known:
    """What names that are not in doubt tell of those at these places (`mentions.certain_names`)."""
    halves = ("given", "family")
    return Known(
        shares={half: index.rows(f"{half}_alone").whole() for half in halves},
        at={half: index.rows(f"{half}_at").where("place", places) for half in halves},
    )


def _greatest(numbers: pl.Series) -> int:
    return int(numbers.to_numpy().max(initial=0))


def number_of(person: str) -> pl.Expr:
    """The number of a person or body."""
    return pl.col(person).str.slice(1).cast(pl.UInt32)


def named(letter: str, numbers: pl.Series) -> pl.Series:
    """Persons (P) or bodies (B) by number."""
    return pl.select(pl.format(letter + "{}", pl.lit(numbers).cast(pl.String).str.zfill(6))).to_series()


def _valued(column: Coded, comparer: Comparer, feature: str) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "name": pl.Series(column.values.tolist(), dtype=pl.String),
            "share": comparer.shares[feature][:-1],
            "others": comparer.others[feature][:-1],
        }
    )


def _lifts(comparer: Comparer) -> pl.DataFrame:
    people = comparer.people
    frame = pl.DataFrame(
        {"given": people.given.texts("given"), "family": people.family.texts("family"), "lift": comparer.lift}
    )
    return frame.filter(pl.col("lift") != 0).unique().sort("family", "given")


def _sizes(place: Coded) -> pl.DataFrame:
    sizes = np.bincount(place.codes[place.codes >= 0], minlength=len(place.values))
    return pl.DataFrame({"place": pl.Series(place.values.tolist(), dtype=pl.String), "profiles": sizes})


def _neighbours(pairs: pl.DataFrame, persons: pl.DataFrame) -> pl.DataFrame:
    ends = pairs.select("left", "right", p="p_match")
    for side, name in (("left", "person"), ("right", "other")):
        ends = ends.join(persons.rename({"mention_id": side, "person": name}), on=side)
    one = ends.filter(pl.col("person") != pl.col("other")).select("person", "other", "p")
    both = pl.concat([one, one.select(person="other", other="person", p="p")])
    return both.group_by("person", "other").agg(pl.col("p").max()).sort("person", "other")


def held_comparer(
    profiles: Profiles, index: RowsOf, facts: PersonIndex, whole_places: pl.Series, settings: LinkSettings
) -> Comparer:
    """Compares some kept and new profiles by the names, dates and places of the indexed city.

    whole_places: places all of whose profiles are among these. A name that the city does not have is borne once.
    """
    people = Comparable.of(profiles.table, profiles.coded)
    given = _known(index, facts, "given", people.given, settings)
    family = _known(index, facts, "family", people.family, settings)
    dates = pl.DataFrame({"date": pl.Series(people.dob.values.tolist(), dtype=pl.Int64)})
    dated = dates.join(index.rows("dates").where("date", dates["date"]), on="date", how="left", maintain_order="left")
    new_date = (1.0 + settings.national_persons / DAYS_OF_BIRTH) / facts.dated
    names = [f"{a}+{b}" for i, a in enumerate(facts.sources) for b in facts.sources[i:]]
    of_pair = {name: position for position, name in enumerate(names)}
    sources = people.source.values.tolist()
    pair = [[of_pair["+".join(sorted((a, b)))] for b in sources] for a in sources]
    papers, on_papers = documents_of(profiles)
    return Comparer(
        people=people,
        shares={
            "given": _with_missing(given["share"]),
            "family": _with_missing(family["share"]),
            "dob": _with_missing(dated["share"].fill_null(new_date)),
        },
        others={"given": _with_missing(given["others"]), "family": _with_missing(family["others"])},
        initials=_with_missing(given["initial"]),
        crowd=_crowds(index, people.place, whole_places),
        letters={"given": letters_of(people.given), "family": letters_of(people.family)},
        lift=_held_lifts(index, people),
        source_pair=np.array(pair, dtype=np.int64).reshape(len(sources), len(sources)),
        source_names=names,
        shared_documents=papers,
        on_papers=on_papers,
        traits=Traits.of(people),
    )


def _with_missing(shares: pl.Series) -> Floats:
    return np.append(shares.to_numpy(), 1.0)


def _known(index: RowsOf, facts: PersonIndex, feature: str, column: Coded, settings: LinkSettings) -> pl.DataFrame:
    """share, others (given: initial) of each value of the column: as kept, or of a name that is borne once."""
    values = pl.DataFrame({"name": pl.Series(column.values.tolist(), dtype=pl.String)})
    rows = index.rows(feature)
    found = values.join(rows.where("name", values["name"]), on="name", how="left", maintain_order="left")
    if not found["share"].null_count():
        return found
    table = names_tables.given_frequency() if feature == "given" else names_tables.surname_frequency()
    national = table.select(pl.nth(0).alias("name"), national="share")
    weighed = settings.national_persons * pl.col("national").fill_null(settings.unlisted_name_share)
    found = found.join(national, on="name", how="left", maintain_order="left").with_columns(
        pl.coalesce("share", (1.0 + weighed) / facts.named).alias("share"),
        pl.coalesce("others", weighed / facts.named).alias("others"),
    )
    if feature == "family":
        return found
    letter = pl.col("name").str.slice(0, 1)
    initials = rows.whole().select(letter.alias("letter"), like="initial").unique("letter")
    found = found.with_columns(letter=letter).join(initials, on="letter", how="left", maintain_order="left")
    return found.with_columns(initial=pl.coalesce("initial", "like", "share"))


def _crowds(index: RowsOf, place: Coded, whole: pl.Series) -> Codes:
    here = _sizes(place)
    kept = index.rows("crowds").where("place", here["place"]).rename({"profiles": "kept"})
    sizes = here.join(kept, on="place", how="left", maintain_order="left")
    known = pl.when(pl.col("place").is_in(whole.implode())).then(None).otherwise("kept")
    return np.append(size_class(sizes.select(pl.coalesce(known, "profiles")).to_series().to_numpy()), 0)


def _held_lifts(index: RowsOf, people: Comparable) -> Bins:
    both = pl.DataFrame({"given": people.given.texts("given"), "family": people.family.texts("family")})
    kept = index.rows("lifts").where("family", both["family"].unique())
    found = both.join(kept, on=["given", "family"], how="left", maintain_order="left")["lift"]
    return found.fill_null(0).to_numpy().astype(np.int16)
