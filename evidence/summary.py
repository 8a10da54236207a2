"""One case put together: the `Summary` that every rendering reads, and the linkage graph beside it."""

from collections.abc import Iterator, Sequence
from importlib.metadata import version
from itertools import combinations

import networkx as nx
import numpy as np
import polars as pl

from evidence.asking import Asking
from evidence.case_numbers import CaseNumbers
from evidence.case_view import CaseView, expected, view_case
from evidence.headcount import Array, credible_interval
from evidence.inference import CLAIMS, listing_bits
from evidence.judging.binding import Bound, bound
from evidence.judging.shown import Concerned, judged_links, marked, stale_links
from evidence.learned import HeldRates
from evidence.nearby import nearby
from evidence.next_evidence import requests, worth, worth_per_hour
from evidence.results import CaseResult
from evidence.settings import InferenceSettings
from evidence.summary_evidence import claims_of, dwelling_facts, evidence_against, evidence_for
from evidence.summary_model import (
    AbsentSource,
    InputFile,
    LeftOut,
    NextEvidence,
    OccupantCount,
    Occupants,
    Provenance,
    Summary,
    Window,
)
from evidence.summary_people import guest_days, people, proved_at_least
from evidence.summary_rule import finding_sentence, rule_text
from evidence.summary_seal import sealed
from evidence.summary_vehicles import vehicles
from evidence.tables import named_at, persons_table, sources_at
from matchers.graph import build_graph

METHOD = (
    "exact posterior over named and unnamed occupants (Poisson-binomial over listings, prior by bedrooms and tenure, "
    "usage and vehicles), rates learned in this city by expectation-maximisation"
)
ABSENT = {
    "vehicle_log": "no night can be proved and no guest test can be met by observation",
    "dmv_registrations": "no plate can be tied to a name",
    "lease_disclosures": "nobody is known to be on or off the lease; unlisted occupants cannot be told from tenants",
    "utility_billing": "account holders and changes of household are not known",
    "utility_usage": "usage says nothing about the number of occupants",
    "university_addresses": "students who live here cannot be told from others",
    "assessor": "bedrooms, ownership and exemptions are not known; the prior is that of an average rental",
}
LIMITATIONS = [
    "A probability is not proof: proved nights and lease names stand apart from estimates on every page.",
    "A car that stands at a dwelling is not a person who sleeps there; its driver is a hypothesis with a probability.",
    "Opted-out students and persons in no list are counted by the model, never named.",
    "Kinship is judged from declared families and shared surnames; couples and relatives of other names may be missed.",
    "Each vehicle's driver is judged by itself, and rates are those of the whole city, not of this street.",
    "The engine recommends; a named person decides.",
]
# The same for every dwelling, whether a participant is there or not, and without a number.
CONFIDENTIAL = (
    "Records of participants of the address confidentiality programme (title 24, article 30, part 21, C.R.S.) are left "
    "out of all sources of the city, if there are any; this is said of every dwelling alike."
)


def build_results(
    asking: Asking, numbers: CaseNumbers, case_ids: list[str], settings: InferenceSettings
) -> Iterator[tuple[str, CaseResult]]:
    """Summary and graph of each of these cases, all answered in `numbers`, one after another in the order given."""
    readings = asking.readings(numbers)
    persons = persons_table(numbers)
    named = named_at(asking.linked, numbers.cases)
    asked = numbers.cases.filter(pl.col("case_id").is_in(case_ids))
    candidates = persons.filter(pl.col("case_id").is_in(case_ids))["person_id"].drop_nulls().unique().to_list()
    linked = nearby(asking.linked, asked, candidates)
    judged = bound(asking.city, asking.linked.links.mentions, asking.linked.dwellings)
    for case_id in case_ids:
        view = view_case(asking.city, linked, numbers, case_id, persons)
        summary = sealed(_summary(view, readings, named, settings, judged, asking.held))
        yield case_id, CaseResult(summary, _graph(view, judged))


def _summary(
    view: CaseView,
    readings: Sequence[tuple[str, CaseNumbers]],
    named: pl.DataFrame,
    settings: InferenceSettings,
    judged: Sequence[Bound],
    held: HeldRates | None,
) -> Summary:
    numbers, i = view.numbers, view.index
    pmf = numbers.occupants[i]
    low, high = credible_interval(pmf[None, :], settings.interval_level)
    least, proved_by = proved_at_least(view)
    counted = named.filter(pl.col("case_id") == view.case_id)
    finding = numbers.findings[i]
    p = float(numbers.p_over[i])
    bits, base_bits = _listing_bits(view, settings)
    report = view.city.quarantine
    return Summary(
        case_id=view.case_id,
        address=str(view.dwelling.get("address") or view.case["subject_address"]),
        dwelling_id=view.dwelling_id,
        opened_on=view.case["opened_on"],
        complaint_type=view.case["complaint_type"],
        rule_pack=numbers.pack.id,
        rule=rule_text(view, readings),
        window=Window(from_=view.window_from, to=view.window_to),
        finding=finding,
        finding_sentence=finding_sentence(view),
        p_over_limit=p,
        p_over_limit_low=float(numbers.p_low[i]),
        p_over_limit_high=float(numbers.p_high[i]),
        occupants=Occupants(
            distribution=[OccupantCount(occupants=n, probability=float(q)) for n, q in enumerate(pmf) if q > 1e-6],
            mean=expected(pmf),
            low=int(low[0]),
            high=int(high[0]),
            method=METHOD,
            proved_at_least=least,
            proved_by=proved_by,
        ),
        persons_named=int(counted["persons_named"][0]) if counted.height else 0,
        persons_named_low=int(counted["low"][0]) if counted.height else 0,
        persons_named_high=int(counted["high"][0]) if counted.height else 0,
        dwelling_facts=dwelling_facts(view),
        persons=people(view, bits, base_bits),
        unknown_occupants_mean=float(numbers.unnamed_mean[i]),
        vehicles=vehicles(view),
        guest_days=guest_days(view),
        evidence_for=evidence_for(view),
        evidence_against=evidence_against(view),
        sensitivity=[
            LeftOut(source=source, p_over_limit=float(values[i]), change=float(values[i]) - p)
            for source, values in sorted(numbers.left_out.items())
            if source in view.city.present and finding != "exempt" and (source != CLAIMS or claims_of(view))
        ],
        next_evidence=_next_evidence(view, settings),
        absent_sources=_absent(view),
        quarantined_rows=[
            f"{r['source']} row {r['row']}: {r['reason']}"
            for r in report.sort("source", "row").head(50).iter_rows(named=True)
        ],
        limitations=LIMITATIONS if view.city.confidential is None else [*LIMITATIONS, CONFIDENTIAL],
        judgements=[
            *judged_links(judged, _concerned(view)),
            *stale_links(judged, persons_only=view.city.confidential is not None),
        ],
        provenance=_provenance(view, settings, held),
    )


def _listing_bits(view: CaseView, settings: InferenceSettings) -> tuple[dict[int, Array], float]:
    """Bits of each listing by situation of the case, (K, S) each, and the bits before any source is read."""
    model, rates = view.assessment.model, view.assessment.fitted.rates
    mine = np.flatnonzero((view.assessment.situations.table["case_id"] == view.case_id).to_numpy())
    bits, base = listing_bits(model, rates, settings, mine)
    return dict(zip(mine.tolist(), bits, strict=True)), float(base[mine.tolist().index(view.situation)])


def _next_evidence(view: CaseView, settings: InferenceSettings) -> list[NextEvidence]:
    """All requests, most change for an hour's work first; one that has been answered already counts half."""
    numbers, i = view.numbers, view.index
    if numbers.findings[i] == "exempt":
        return []
    have = sources_at(view.assessment, numbers.cases[i : i + 1])[0]
    items = []
    for request in requests(view.assessment.fitted.rates, settings):
        change, settles = worth(numbers.joint_over[i : i + 1], numbers.occupants[i : i + 1], request.per_occupant)
        again = 0.5 if request.source in have else 1.0
        items.append(
            NextEvidence(
                request=request.name,
                why=request.why + (" (asked before: only what has changed since)" if again < 1 else ""),
                expected_change=float(change[0]) * again,
                p_settles=float(settles[0]) * again,
                hours=request.hours,
                method="pre-posterior analysis on the joint distribution of headcount and finding",
            )
        )
    return sorted(items, key=lambda item: (-worth_per_hour(item.expected_change, item.hours), item.request))


def _absent(view: CaseView) -> list[AbsentSource]:
    """Sources that the folder lacks, and those in it that say nothing about this dwelling."""
    have = sources_at(view.assessment, view.numbers.cases[view.index : view.index + 1])[0]
    items = [
        AbsentSource(source=s, consequence=f"not given: {text}")
        for s, text in ABSENT.items()
        if s not in view.city.present
    ]
    silent = sorted(set(ABSENT) & view.city.present - have - {"utility_usage", "assessor"})
    items += [AbsentSource(source=s, consequence=f"given, and silent on this dwelling: {ABSENT[s]}") for s in silent]
    return items


def _provenance(view: CaseView, settings: InferenceSettings, held: HeldRates | None) -> Provenance:
    return Provenance(
        program="occupancy-evidence",
        version=version("occupancy-evidence"),
        inputs=[
            InputFile(
                source=source,
                file=report.file,
                sha256=report.sha256,
                rows_read=report.rows_read,
                rows_accepted=report.rows_accepted,
                rows_quarantined=report.rows_quarantined,
            )
            for source, report in sorted(view.city.reports.items())
        ],
        settings={
            "rule_pack": view.numbers.pack.id,
            "rule_pack_sha256": view.numbers.pack.sha256,
            "default_city": view.city.settings.default_city,
            "default_state": view.city.settings.default_state,
            "name_order": "; ".join(
                f"{s}: {o}" for s, o in sorted(view.city.settings.name_order.items()) if o != "auto"
            )
            or None,
            "window_before_days": view.city.settings.window_before_days,
            "window_after_days": view.city.settings.window_after_days,
            "interval_level": settings.interval_level,
            "dwellings_learned_from": view.assessment.fitted.rates.dwellings,
            **({"learned_rates_sha256": held.sha256} if held else {}),
            **{
                f"columns of {source}": "; ".join(f"{header} = {column}" for header, column in sorted(given.items()))
                for source, given in sorted(view.city.settings.columns.items())
            },
            **({"address_confidentiality": "list applied"} if view.city.confidential else {}),
        },
    )


def _concerned(view: CaseView) -> Concerned:
    """The namings, the rows of the log and the addresses that are drawn."""
    places = {*_addresses(view)["address_text"], str(view.case["subject_address"])}
    return Concerned(
        mentions=frozenset(view.mentions["mention_id"]),
        log_rows=frozenset(view.sightings["log_row"]),
        places=frozenset(places | ({view.dwelling_id} if view.dwelling_id else set())),
    )


def _graph(view: CaseView, judged: Sequence[Bound]) -> "nx.MultiGraph[str]":
    graph = build_graph(
        view.case_id,
        [view.dwelling_id] if view.dwelling_id else [],
        dwellings=view.linked.dwellings.table,
        mentions=view.linked.links.mentions,
        pairs=view.linked.links.pairs,
        vehicles=view.linked.vehicles.vehicles,
        sightings=view.linked.vehicles.sightings,
        readings=view.linked.vehicles.readings,
        addresses=_addresses(view),
        kin=_kin_edges(view),
        operators=view.operators.select("vehicle_id", "person_id", "who", "probability", "reason"),
    )
    marked(graph, judged, view.linked.links.mentions)
    return graph


def _addresses(view: CaseView) -> pl.DataFrame:
    """The cells whose address may mean the dwelling of the case: source, row, field, and columns of `links`."""
    dwellings = view.linked.dwellings
    here = dwellings.links.filter(pl.col("dwelling_id") == (view.dwelling_id or ""))
    return dwellings.cells.join(here, on="address_text")


def _kin_edges(view: CaseView) -> pl.DataFrame:
    """Pairs of candidates in one possible family, with the probability that they are kin."""
    candidates = view.assessment.model.candidates
    graph = candidates.graphs.get(view.situation)
    if graph is not None:
        persons = dict(view.slots.select("slot", "person_id").iter_rows())
        edges = [
            (*sorted((persons[one], persons[other])), p, "kin link")
            for members, p in graph.links
            for one, other in combinations(members, 2)
            if one in persons and other in persons
        ]
        columns = {"left": pl.String, "right": pl.String, "p_kin": pl.Float64, "reason": pl.String}
        return pl.DataFrame(edges, schema=columns, orient="row").sort("left", "right", "p_kin")
    groups = view.slots.filter(pl.col("member_of").is_in([1, 2])).select("person_id", "member_of", "group")
    pairs = groups.join(groups, on="member_of", suffix="_other").filter(pl.col("person_id") < pl.col("person_id_other"))
    kin = {1: float(candidates.kin_1[view.situation]), 2: float(candidates.kin_2[view.situation])}
    return pairs.select(
        left="person_id",
        right="person_id_other",
        p_kin=pl.col("member_of").replace_strict(kin, return_dtype=pl.Float64),
        reason="group",
    ).sort("left", "right")
