"""The program on one screen: link the city, gather the evidence, answer the cases, hand back tables and summaries."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from evidence.asking import Asking
from evidence.assess import Assessment, assess
from evidence.case_numbers import CaseNumbers
from evidence.errors import unknown_case
from evidence.keeping import NOTHING_KEPT, Keeping
from evidence.learned import HeldRates, RatesNotLearned
from evidence.linkage import Linked, Linking, link_all, linking
from evidence.named_packs import by_pack, doubts, packs_of, undoubted
from evidence.progress import NullProgress, Progress
from evidence.ranking import ranked
from evidence.results import CaseResult, Screening
from evidence.rules.pack import pack_asked_for
from evidence.run_record import dwellings_by_zip, run_record
from evidence.settings import InferenceSettings
from evidence.situations import case_windows, dwelling_windows
from evidence.tables import (
    mentions_table,
    most_pressing_first,
    occupants_table,
    persons_table,
    screen_table,
    vehicles_table,
)
from evidence.vicinity import vicinity
from loaders.city import City


@dataclass(frozen=True, slots=True)
class Run:
    """A city linked, its rates learned and the asked cases answered: tables and summaries are read off it.

    city, linked: as far as the answers need them: under held rates a run of some cases has their `vicinity` alone.
    linking: of the whole city, of which nothing more is read until it is asked for (`uncut`).
    """

    city: City
    linked: Linked
    linking: Linking
    assessment: Assessment
    asked: pl.DataFrame
    answered: tuple[CaseNumbers, ...]
    settings: InferenceSettings
    progress: Progress
    asking: Asking

    def uncut(self) -> Linked:
        """The dwellings and persons of the whole city, with the vehicles of this run."""
        return self.linking.with_vehicles(self.linked.vehicles)

    def screening(self) -> Screening:
        """The tables of contract outputs.md for every asked case."""
        with self.progress.stage("tables"):
            persons = [persons_table(numbers) for numbers in self.answered]
            rows = [
                screen_table(numbers, table, self.linked, self.settings)
                for numbers, table in zip(self.answered, persons, strict=True)
            ]
            return Screening(
                screen=most_pressing_first(pl.concat(rows)),
                occupants=pl.concat([occupants_table(n) for n in self.answered]).sort("case_id", "occupants"),
                persons=pl.concat(persons).sort(
                    "case_id", ranked("p_occupant"), "person_id", descending=[False, True, False]
                ),
                mentions=mentions_table(self.city, self.linked),
                plates=self.linked.vehicles.readings.join(self.asked.select("case_id"), on="case_id", how="semi"),
                vehicles=pl.concat([vehicles_table(n) for n in self.answered]).sort("case_id", "vehicle_id"),
                quarantine=self.city.quarantine,
                warnings=pl.concat([self.city.warnings, *(doubts(self.city, n.cases) for n in self.answered)]),
                run={
                    **run_record(self.city, self.assessment, self.answered, self.settings, self.asking.held),
                    "dwellings_by_zip": dwellings_by_zip(self.linked.dwellings.table),
                },
            )

    def every_result(self) -> Iterator[tuple[str, CaseResult]]:
        """case_id, and summary and graph, of every case that was answered, one at a time."""
        yield from self._built([numbers.cases["case_id"].to_list() for numbers in self.answered])

    def results(self, case_ids: Sequence[str]) -> list[CaseResult]:
        """Summary and graph of each of these asked cases, in the order given."""
        wanted = set(case_ids)
        mine = [[c for c in numbers.cases["case_id"].to_list() if c in wanted] for numbers in self.answered]
        found = dict(self._built(mine))
        return [found[case_id] for case_id in case_ids]

    def _built(self, asked: list[list[str]]) -> Iterator[tuple[str, CaseResult]]:
        """asked: of each of `answered`, the cases wanted."""
        from evidence.summary import build_results

        with self.progress.stage("summaries", total=sum(map(len, asked))):
            for numbers, ids in zip(self.answered, asked, strict=True):
                for found in build_results(self.asking, numbers, ids, self.settings) if ids else ():
                    yield found
                    self.progress.advance()


def investigate(
    city: City,
    *,
    case_ids: Sequence[str] | None = None,
    all_addresses: bool = False,
    pack: str | None = None,
    progress: Progress | None = None,
    settings: InferenceSettings | None = None,
    keep: Keeping = NOTHING_KEPT,
    held: HeldRates | None = None,
    answers: bool = True,
) -> Run:
    """Link a city, learn its rates from all open cases and its dwellings, and answer the asked cases.

    case_ids: the cases to answer, open or not; by default every open one, with `all_addresses` every dwelling as well
    (`case_id` is then `dwelling:<id>`). pack: a rule pack for all cases; by default a case's own, then the city's, then
    the default pack. keep: where stages may be kept from an earlier run. held: rates learned earlier, with which each
    case is answered from its own rows alone, and nothing is learned. answers: without, rates are learned and no case is
    answered. Raises UnknownPack for `pack` or the city's (a case's own that cannot be used is a warning), UnknownCase
    for a case that the city does not have, and RatesNotLearned for a pack that `held` was not learned for.
    """
    progress, settings = progress or NullProgress(), settings or InferenceSettings()
    require_cases(city, case_ids or ())
    if held is not None:
        require_learned(held, city, case_ids, pack)
    found = linking(city, progress, keep, held)
    best = found.dwellings.rows("best")
    if case_ids is not None and held is not None:
        cases = asked = pl.concat([case_windows(city, best, only=c) for c in sorted(set(case_ids))])
        with progress.stage("plates to vehicles"):
            vehicles = found.of_cases(case_ids, keep)
        city, linked = vicinity(found, vehicles, asked)
    else:
        linked = link_all(found, progress, keep)
        cases = asked = case_windows(city, best)
    if case_ids is not None and held is None:
        still_open = set(cases["case_id"].to_list())
        others = [case_windows(city, best, only=c) for c in sorted(set(case_ids) - still_open)]
        asked = pl.concat([cases, *others])
    if all_addresses:
        every = dwelling_windows(city, linked.dwellings)
        asked = pl.concat([asked, every.filter(pl.col("opened_on").is_not_null())])
    # What decides the assessment besides the city: whoever is asked about beyond the open cases.
    beyond = sorted(set(case_ids or ()) - set(cases["case_id"].to_list()))
    assessed = beyond, all_addresses, held and held.sha256

    def made(city: City) -> Assessment:
        return assess(city, linked, asked, settings, progress, held.rates if held else None)

    if held is not None and case_ids is not None:
        assessment = made(city)  # of a few cases: quicker made than read
    else:
        assessment = keep.stage("assessment", Assessment, made, of=city, settings=(settings, assessed))
    # Open cases are answered together, whichever of them are asked about: to the last bit as a screening answers them.
    # With held rates each case stands by itself.
    only = tuple(case_ids) if case_ids is not None and (beyond or held) else None
    asking = Asking(city, linked, assessment, settings, keep, assessed, only, held)
    with progress.stage("answers"):
        wanted = asked if only is None else asked.filter(pl.col("case_id").is_in(list(only)))
        answered = _answers(asking, wanted, pack) if answers else []
    return Run(city, linked, found, assessment, wanted, tuple(answered), settings, progress, asking)


def prepare_city(
    city: City,
    keep: Keeping,
    held: HeldRates,
    *,
    progress: Progress | None = None,
    settings: InferenceSettings | None = None,
) -> Run:
    """Make, for `keep`, all that `screen` and the summary of any open case take from the city as a whole."""
    run = investigate(city, progress=progress, settings=settings, keep=keep, held=held)
    run.linking.plate_keys(keep)
    run.linking.person_index(keep)
    run.linking.area(keep)
    with run.progress.stage("readings"):
        for numbers in run.answered:
            run.asking.readings(numbers)
    return run


def screen(
    city: City,
    *,
    all_addresses: bool = False,
    pack: str | None = None,
    progress: Progress | None = None,
    settings: InferenceSettings | None = None,
) -> Screening:
    """The tables of every open case of a city; see `investigate`."""
    return investigate(city, all_addresses=all_addresses, pack=pack, progress=progress, settings=settings).screening()


def summarize(
    city: City,
    case_id: str,
    *,
    pack: str | None = None,
    progress: Progress | None = None,
    settings: InferenceSettings | None = None,
) -> CaseResult:
    """One case, open or closed, with its reasons. An open case has the numbers that `screen` gives it."""
    run = investigate(city, case_ids=[case_id], pack=pack, progress=progress, settings=settings)
    return run.results([case_id])[0]


def require_cases(city: City, case_ids: Sequence[str]) -> None:
    """Raise UnknownCase for the first of these that the city does not have."""
    known = set(city.frame("cases")["case_id"].to_list())
    for case_id in case_ids:
        if case_id not in known:
            raise unknown_case(case_id, known)


def require_learned(held: HeldRates, city: City, case_ids: Sequence[str] | None, pack: str | None) -> None:
    """Raise RatesNotLearned for the first rule pack of these cases (all, for None) that the rates do not know."""
    cases = city.frame("cases")
    if case_ids is not None:
        cases = cases.filter(pl.col("case_id").is_in(list(case_ids)))
    for one in [pack_asked_for(pack)] if pack else packs_of(city, cases["rule_pack"].unique()):
        if not held.knows(one):
            raise RatesNotLearned(one.id)


def _answers(asking: Asking, asked: pl.DataFrame, pack: str | None) -> list[CaseNumbers]:
    """Cases under their packs, each with the guest test that decides under it; nights in other windows are not
    estimated. Dwellings without a case are answered without the sensitivity runs.
    """
    city = asking.city
    parts = [
        (is_case, rule_pack, cases)
        for is_case in (True, False)
        for rule_pack, cases in by_pack(asked.filter(pl.col("is_case") == is_case), pack, city)
    ]
    # A city without open cases is answered too: with tables that have their columns and no row.
    if not parts:
        parts = [(True, pack_asked_for(pack) if pack else packs_of(city, ())[0], undoubted(asked))]
    return [
        asking.numbers(cases, rule_pack, rule_pack.guest_test.nights, sensitivity=is_case)
        for is_case, rule_pack, cases in parts
    ]
