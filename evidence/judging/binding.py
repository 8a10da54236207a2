"""Standing judgements as constraints on linkage: namings, readings and addresses that must be taken so, or must not."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import networkx as nx
import polars as pl

from evidence.judging.ends import LOG, REGISTER, About, about, row_says
from evidence.judging.records import SOURCE, spoken
from evidence.judging.standing import Standing, standings
from loaders.city import City
from loaders.errors import AmbiguousInput
from matchers.explain_words import address_of
from matchers.judged import JUDGED_SCHEMA
from matchers.judged_addresses import JUDGED_ADDRESSES
from matchers.judged_plates import JUDGED_PLATES
from matchers.places import Dwellings
from matchers.vehicle_registry import coded_vehicles

NamingPair = tuple[str, str, str, str, bool]
"""left, what it said, right, what it said, whether they are one person."""


@dataclass(frozen=True, slots=True)
class Decisions:
    """All that binds in a city, by what it is about; what decides the stages that obey.

    vehicles: log_row, dmv_row, same; dwellings: text of an address, dwelling_id, same.
    """

    persons: tuple[NamingPair, ...]
    vehicles: tuple[tuple[int, int, bool], ...]
    dwellings: tuple[tuple[str, str, bool], ...]

    def plates(self) -> pl.DataFrame:
        """`vehicles` as `vehicles.decode_log` takes them."""
        return pl.DataFrame(self.vehicles, schema=JUDGED_PLATES, orient="row")

    def addresses(self) -> pl.DataFrame:
        """`dwellings` as `judged_addresses.obeyed` takes them."""
        return pl.DataFrame(self.dwellings, schema=JUDGED_ADDRESSES, orient="row")


@dataclass(frozen=True, slots=True)
class Bound:
    """A standing of the city's judgements with what it is about: two mentions, a row of the log and one of the
    registrations, or the text of an address and a dwelling. All are null, and `why_not` says it in words, where it can
    bind nothing, because the city no longer says what was judged.
    """

    standing: Standing
    mentions: tuple[int, int] | None = None
    rows: tuple[int, int] | None = None
    place: tuple[str, str] | None = None
    why_not: str = ""

    @property
    def about(self) -> About:
        return about(self.standing.pair)


def decisions(city: City) -> Decisions:
    """What binds. Raises UnreadableFile where the chain of judgements is broken, and AmbiguousInput where judgements on
    readings or addresses contradict each other; those on namings are looked at by `judged_pairs`, once names are read.
    """
    binding = [one for one in _standing(city) if one.same is not None]
    of: dict[About, list[Standing]] = {"person": [], "vehicle": [], "dwelling": []}
    for one in binding:
        of[about(one.pair)].append(one)
    readings = [(*one.rows, bool(one.standing.same)) for one in _readings(city, of["vehicle"]) if one.rows is not None]
    words = [(*_place(one), bool(one.same)) for one in of["dwelling"]]
    _refuse_two_vehicles(city, readings)
    _refuse_two_dwellings(words)
    names = [
        (last.left, last.left_says, last.right, last.right_says, bool(one.same))
        for one in of["person"]
        for last in one.judgements[-1:]
    ]
    return Decisions(tuple(names), tuple(sorted(readings)), tuple(sorted(words)))


def bound(city: City, mentions: pl.DataFrame, dwellings: Dwellings) -> list[Bound]:
    """Every pair that was judged. Raises UnreadableFile where the chain of judgements is broken."""
    found = _standing(city)
    persons = [one for one in found if about(one.pair) == "person"]
    known = _mentions_named(mentions, sorted({name for standing in persons for name in standing.pair}))
    told = {
        **{one.pair: _naming(one, known) for one in persons},
        **{one.standing.pair: one for one in _readings(city, [s for s in found if about(s.pair) == "vehicle"])},
        **{one.pair: _address(one, dwellings) for one in found if about(one.pair) == "dwelling"},
    }
    return [told[one.pair] for one in found]


def judged_pairs(names: Iterable[NamingPair], mentions: pl.DataFrame) -> pl.DataFrame:
    """left < right (mention_id), same: what binds (JUDGED_SCHEMA).

    Raises AmbiguousInput where judgements contradict each other: A is B, B is C, A is not C.
    """
    names = list(names)
    known = _mentions_named(mentions, sorted({end for left, _, right, _, _ in names for end in (left, right)}))
    rows = []
    for left, left_says, right, right_says, same in names:
        ends = _ends(((left, left_says), (right, right_says)), known)
        if not isinstance(ends, str):
            rows.append((*sorted(ends), same))
    pairs = pl.DataFrame(rows, schema=JUDGED_SCHEMA, orient="row").sort("left", "right")
    _refuse_contradictions(pairs, mentions)
    return pairs


def _standing(city: City) -> list[Standing]:
    return [] if city.frame(SOURCE).is_empty() else standings(spoken(city))


def _mentions_named(mentions: pl.DataFrame, names: Sequence[str]) -> dict[str, Mapping[str, object]]:
    """Of each `source:row:field[:part]` that names a person: its mention."""
    rows = pl.DataFrame(
        [(name.split(":")[0], int(name.split(":")[1])) for name in names],
        schema={"source": mentions.schema["source"], "row": mentions.schema["row"]},
        orient="row",
    ).unique()
    near = mentions.filter(pl.col("kind") == "person").join(rows, on=["source", "row"], how="semi")
    return {address_of(mention): mention for mention in near.iter_rows(named=True)}


def _naming(standing: Standing, known: Mapping[str, Mapping[str, object]]) -> Bound:
    last = standing.judgements[-1]
    ends = _ends(((last.left, last.left_says), (last.right, last.right_says)), known)
    return Bound(standing, why_not=ends) if isinstance(ends, str) else Bound(standing, mentions=ends)


def _ends(said: Iterable[tuple[str, str]], known: Mapping[str, Mapping[str, object]]) -> tuple[int, int] | str:
    """The two mentions, or why there are none."""
    ends = []
    for name, says in said:
        mention = known.get(name)
        if mention is None:
            return f"{name} names no person now"
        if mention["raw_name"] != says:
            return f"{name} says something else than when it was judged"
        ends.append(int(str(mention["mention_id"])))
    return ends[0], ends[1]


def _readings(city: City, found: Sequence[Standing]) -> list[Bound]:
    """Of each standing on a reading: its row of the log and its registration, where both say what they said."""
    if not found:
        return []
    asked = {source: [_row_of(one.pair, source) for one in found] for source in (LOG, REGISTER)}
    says: dict[str, str] = {}
    for source, numbers in asked.items():
        rows = city.rows(source).where("row", pl.Series(numbers, dtype=pl.UInt32))
        distinct = rows.filter(pl.col("duplicate_of").is_null())
        says |= {f"{source}:{row['row']}:plate": row_says(source, row) for row in distinct.iter_rows(named=True)}
    told = []
    for one, log_row, dmv_row in zip(found, asked[LOG], asked[REGISTER], strict=True):
        last = one.judgements[-1]
        why = ""
        for name, said in ((last.left, last.left_says), (last.right, last.right_says)):
            if name not in says:
                why = why or f"{name} is no row of its own now"
            elif says[name] != said:
                why = why or f"{name} says something else than when it was judged"
        told.append(Bound(one, why_not=why) if why else Bound(one, rows=(log_row, dmv_row)))
    return told


def _row_of(pair: tuple[str, str], source: str) -> int:
    return next(int(end.split(":")[1]) for end in pair if end.startswith(f"{source}:"))


def _place(standing: Standing) -> tuple[str, str]:
    """Text and dwelling: of the two ends `address:` comes first."""
    text, dwelling = standing.pair
    return text.partition(":")[2], dwelling.partition(":")[2]


def _address(standing: Standing, dwellings: Dwellings) -> Bound:
    text, dwelling_id = _place(standing)
    if not (dwellings.best["address_text"] == text).any():
        return Bound(standing, why_not="no row gives this address in these words now")
    if not (dwellings.table["dwelling_id"] == dwelling_id).any():
        return Bound(standing, why_not=f"there is no dwelling {dwelling_id} now")
    return Bound(standing, place=(text, dwelling_id))


def _refuse_two_vehicles(city: City, readings: Iterable[tuple[int, int, bool]]) -> None:
    readings = sorted(readings)
    register = city.rows(REGISTER).where("row", pl.Series([row for _, row, _ in readings], dtype=pl.UInt32))
    coded = coded_vehicles(register).select("row", "plate", "plate_state")
    plate = {row: (plate, state) for row, plate, state in coded.iter_rows()}
    confirmed: dict[int, int] = {}
    for log_row, dmv_row, same in readings:
        if same and plate[confirmed.setdefault(log_row, dmv_row)] != plate[dmv_row]:
            raise _contradiction(f"{LOG}:{log_row}", "two vehicles", f"{REGISTER}:{confirmed[log_row]}", f"{dmv_row}")
    for log_row, dmv_row, same in readings:
        if not same and log_row in confirmed and plate[confirmed[log_row]] == plate[dmv_row]:
            what = "a vehicle and not that vehicle, by two registrations of one plate"
            raise _contradiction(f"{LOG}:{log_row}", what, f"{REGISTER}:{confirmed[log_row]}", f"{dmv_row}")


def _refuse_two_dwellings(words: Iterable[tuple[str, str, bool]]) -> None:
    confirmed: dict[str, str] = {}
    for text, dwelling_id, same in sorted(words):
        if same and confirmed.setdefault(text, dwelling_id) != dwelling_id:
            raise _contradiction(f"address:{text}", "two dwellings", confirmed[text], dwelling_id)


def _contradiction(what: str, judged: str, one: str, other: str) -> AmbiguousInput:
    return AmbiguousInput(
        f"{SOURCE} contradict each other: {what} was judged to be {judged} ({one} and {other}); record another "
        "decision on one of these links",
        source=SOURCE,
    )


def _refuse_contradictions(pairs: pl.DataFrame, mentions: pl.DataFrame) -> None:
    one: nx.Graph[int] = nx.Graph()
    one.add_edges_from(pairs.filter("same").select("left", "right").iter_rows())
    for left, right in pairs.filter(~pl.col("same")).select("left", "right").iter_rows():
        if left in one and right in one and nx.has_path(one, left, right):
            names = _names(mentions, nx.shortest_path(one, left, right))
            raise AmbiguousInput(
                f"{SOURCE} contradict each other: {names[0]} and {names[-1]} were judged two persons, and one "
                f"person by way of {' = '.join(names)}; record another decision on one of these pairs",
                source=SOURCE,
            )


def _names(mentions: pl.DataFrame, ids: Iterable[int]) -> list[str]:
    rows = mentions.filter(pl.col("mention_id").is_in(list(ids)))
    named = {row["mention_id"]: address_of(row) for row in rows.iter_rows(named=True)}
    return [named[mention] for mention in ids]
