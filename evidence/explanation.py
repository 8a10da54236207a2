"""Why two things of a city are one, or are tied, or are not: the data behind `evidence explain`."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import polars as pl

from evidence.judging.binding import bound
from evidence.judging.shown import Concerned, judged_links
from evidence.keeping import NOTHING_KEPT, Keeping
from evidence.learned import HeldRates
from evidence.linkage import Linked, link, link_all
from evidence.naming import Named, resolve
from evidence.pipeline import investigate
from evidence.progress import Progress
from evidence.summary_model import JudgedLink
from loaders.city import City
from loaders.errors import AmbiguousInput, MissingInput
from matchers.explain import PairScorer
from matchers.explain_addresses import AddressExplained, explain_addresses
from matchers.explain_chain import Step, account_edges, case_edges, chain, city_edges
from matchers.explain_names import NamesExplained, explain_names, who_is_called
from matchers.explain_persons import PersonsExplained, explain_persons
from matchers.explain_plates import ReadingExplained, explain_reading
from matchers.explain_words import address_of

SCHEMA = "occupancy-evidence/explanation/1"


@dataclass(frozen=True, slots=True)
class Explanation:
    """`persons`: where both name somebody; `names`: where one is a name that stands alone; `readings`: of each row of
    the vehicle log that was named; `addresses`: of an address or row that stands alone or beside a dwelling; `chain`:
    null where nothing ties the two, or there is only one; empty where the two are one. `judgements`: what people
    decided on links of the two persons, on the readings and on the addresses.
    """

    a: Named
    b: Named | None
    persons: PersonsExplained | None
    names: tuple[NamesExplained, ...]
    readings: tuple[ReadingExplained, ...]
    addresses: tuple[AddressExplained, ...]
    chain: tuple[Step, ...] | None
    judgements: tuple[JudgedLink, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """For JSON; infinite numbers as text, because JSON has none."""
        told = asdict(replace(self, judgements=())) | {"judgements": [one.model_dump() for one in self.judgements]}
        return {"schema": SCHEMA, **_plain(told)}


def explain(
    city: City,
    a: str,
    b: str | None,
    *,
    case_id: str | None,
    progress: Progress,
    keep: Keeping = NOTHING_KEPT,
    held: HeldRates | None = None,
) -> Explanation:
    """Explain what `a` and `b` (see `naming`) have to do with each other; `b` may be left out for a row: a row of the
    log is then explained by itself, any other row against the person whom it names.

    case_id: take plates for vehicles of this case, and add its drivers and kin to the links; keep, held: see
    `pipeline`.
    Raises MissingInput and AmbiguousInput for names that are unknown or not unique.
    """
    linked, extra = _linked(city, case_id, progress, keep, held)
    with progress.stage("reasons"):
        one = resolve(city, linked, a, case_id)
        names = _names(city, linked, one, None if b is None else resolve(city, linked, b, case_id), case_id)
        if names is not None:
            return names
        other = resolve(city, linked, b, case_id) if b is not None else _own_person(city, linked, one)
        readings = _readings(city, linked, one, other)
        addresses = _addresses(linked, one, other, alone=b is None)
        persons = None if other is None else _persons(linked, one, other)
        judged = _judged(city, linked, persons, readings, addresses)
        if other is None:
            return Explanation(one, None, None, (), readings, addresses, None, judged)
        if persons is not None and persons.same:  # the verdict is the chain
            return Explanation(one, other, persons, (), readings, addresses, (), judged)
        edges = [city_edges(linked.links, linked.vehicles, linked.dwellings, _case_dwellings(city, linked)), *extra]
        edges += [_account(city, named) for named in (one, other) if named.node.startswith("row:utility_usage:")]
        # of a row that names several, the one who was compared
        ends = (one.node, other.node) if persons is None else tuple(f"person:{p}" for p in persons.person_ids)
        return Explanation(
            one, other, persons, (), readings, addresses, chain(pl.concat(edges), ends[0], ends[1]), judged
        )


def _judged(
    city: City,
    linked: Linked,
    persons: PersonsExplained | None,
    readings: Sequence[ReadingExplained],
    addresses: Sequence[AddressExplained],
) -> tuple[JudgedLink, ...]:
    """What people decided on links of these two persons, on these readings, and on these addresses."""
    mentions = linked.links.mentions
    ids = [] if persons is None else list(persons.person_ids)
    concerned = Concerned(
        mentions=frozenset(mentions.filter(pl.col("person_id").is_in(ids))["mention_id"]),
        ends=2,
        log_rows=frozenset(told.log_row for told in readings),
        places=frozenset(told.text for told in addresses),
    )
    return tuple(judged_links(bound(city, mentions, linked.dwellings), concerned))


def _names(city: City, linked: Linked, one: Named, other: Named | None, case_id: str | None) -> Explanation | None:
    """What a name that stands alone has to do with the other side, or whom in the city (at the case's address, where
    one is given) it may mean; None where neither side is one.
    """
    mentions = linked.links.mentions
    if one.kind == "name" and other is None:
        if case_id is not None:
            here = _case_dwellings(city, linked).filter(pl.col("case_id") == case_id)
            mentions = mentions.join(here, on="dwelling_id", how="semi")
        return Explanation(one, None, None, who_is_called(one.written, mentions), (), (), None)
    if other is None or "name" not in (one.kind, other.kind):
        return None
    alone, beside = (one, other) if one.kind == "name" else (other, one)
    if beside.kind == "name":
        named: list[tuple[str, str | None]] = [(beside.written, None)]
    else:
        theirs = mentions.filter(pl.col("mention_id").is_in(list(beside.mention_ids)))
        named = list(theirs.select("raw_name", "person_id").drop_nulls().unique().sort(pl.all()).iter_rows())
    if not named:
        raise MissingInput(f"{beside.label} names nobody, so there is nothing to compare {alone.label} with")
    return Explanation(one, other, None, explain_names(alone.written, named)[:1], (), (), None)


def _own_person(city: City, linked: Linked, one: Named) -> Named | None:
    """The person whom a row names, to be compared with it; None where the row of the log or address speaks alone."""
    if one.log_row is not None or one.kind == "address" or (one.kind == "row" and not one.mention_ids):
        return None
    if one.kind != "row" or not one.mention_ids:
        raise MissingInput(f"{one.written!r} alone has nothing to be compared with: name a second thing, B")
    mention = _one_person(linked, one, set())[0]
    person = linked.links.mentions.row(by_predicate=pl.col("mention_id") == mention, named=True)["person_id"]
    return resolve(city, linked, f"person:{person}")


def _addresses(linked: Linked, one: Named, other: Named | None, *, alone: bool) -> tuple[AddressExplained, ...]:
    """What each address may mean, where that is asked: of an address or row alone, or beside a dwelling."""
    sides = [(one, other)] if other is None or alone else [(one, other), (other, one)]
    asked = [mine for mine, beside in sides if alone or (beside is not None and beside.kind == "dwelling")]
    return tuple(found for named in asked for found in explain_addresses(linked.dwellings, named.node))


def _account(city: City, named: Named) -> pl.DataFrame:
    row = int(named.node.rpartition(":")[2])
    return account_edges(city.frame("utility_usage"), city.frame("utility_billing"), row)


def _linked(
    city: City, case_id: str | None, progress: Progress, keep: Keeping, held: HeldRates | None
) -> tuple[Linked, list[pl.DataFrame]]:
    """The city linked; with a case also the links that only its answer gives."""
    if case_id is None:
        return link(city, progress, keep, held), []
    run = investigate(city, case_ids=[case_id], progress=progress, keep=keep, held=held)
    graph = run.results([case_id])[0].graph
    drawn: dict[str, list[dict[str, Any]]] = {"kin_of": [], "seen_with": []}
    for left, right, facts in graph.edges(data=True):
        if facts["type"] in drawn:
            ends = sorted((left, right), reverse=True)  # vehicle before person
            drawn[facts["type"]].append({"one": ends[0], "other": ends[1], **facts})
    kin = pl.DataFrame(
        [(_id(e["one"]), _id(e["other"]), e["p_kin"], e.get("reason", "")) for e in drawn["kin_of"]],
        schema={"left": pl.String, "right": pl.String, "p_kin": pl.Float64, "reason": pl.String},
        orient="row",
    )
    drivers = pl.DataFrame(
        [
            (_id(e["one"]), _id(e["other"]), e["who"], e["probability"], e.get("reason", ""))
            for e in drawn["seen_with"]
        ],
        schema={"vehicle_id": pl.String, "person_id": pl.String, "who": pl.String, "probability": pl.Float64,
                "reason": pl.String},
        orient="row",
    )  # fmt: skip
    linked = run.linked if held is None else link_all(run.linking, progress, keep)  # of every case
    return linked, [case_edges(kin, drivers)]


def _id(node: str) -> str:
    return node.partition(":")[2]


def _readings(city: City, linked: Linked, one: Named, other: Named | None) -> tuple[ReadingExplained, ...]:
    log = city.frame("vehicle_log")
    sides = [(one, other), (other, one)] if other is not None else [(one, None)]
    return tuple(
        explain_reading(linked.vehicles, log, mine.log_row, beside.plate if beside else None)
        for mine, beside in sides
        if mine is not None and mine.log_row is not None
    )


def _persons(linked: Linked, one: Named, other: Named) -> PersonsExplained | None:
    """The verdict on two mentions or persons; None where one of the two names nobody."""
    if not one.mention_ids or not other.mention_ids:
        return None
    ids = dict(linked.links.mentions.select("mention_id", "person_id").iter_rows())
    lefts = _one_person(linked, one, {ids[m] for m in other.mention_ids})
    rights = _one_person(linked, other, {ids[m] for m in lefts})
    return explain_persons(PairScorer.of(linked.links), lefts, rights)


def _one_person(linked: Linked, named: Named, beside: set[str]) -> list[int]:
    """The mentions of one person: all of a person, one of a row. A row that names several is settled by the other
    side where one of them is that very person.
    """
    mentions = linked.links.mentions.filter(pl.col("mention_id").is_in(list(named.mention_ids))).sort("mention_id")
    if named.kind == "person" or mentions.height == 1:
        return mentions["mention_id"].to_list()
    shared = mentions.filter(pl.col("person_id").is_in(list(beside)))
    if shared.height == 1:
        return shared["mention_id"].to_list()
    choices = ", ".join(address_of(m) for m in mentions.iter_rows(named=True))
    raise AmbiguousInput(f"{named.label} names several: say which of {choices}")


def _case_dwellings(city: City, linked: Linked) -> pl.DataFrame:
    """case_id, row, dwelling_id of every case that stands for itself."""
    cases = city.distinct("cases")
    places = linked.dwellings.best.select("address_text", "dwelling_id")
    joined = cases.join(places, left_on="subject_address", right_on="address_text", how="left", maintain_order="left")
    return joined.select("case_id", "row", "dwelling_id").unique("case_id", keep="first", maintain_order=True)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and value - value != 0:
        return str(value)
    return value
