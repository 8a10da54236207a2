"""One case's summary: it agrees with the list, its reasons add up, and everything points at rows that exist."""

from math import log2

import pytest

from evidence.next_evidence import worth_per_hour
from evidence.pipeline import Run, investigate, summarize
from evidence.results import CaseResult, Screening
from evidence.summary_model import SourceRow, Summary
from loaders.city import City


@pytest.fixture(scope="module")
def results(tiny_run: Run) -> dict[str, CaseResult]:
    ids = tiny_run.asked["case_id"].to_list()
    return dict(zip(ids, tiny_run.results(ids), strict=True))


@pytest.fixture(scope="module")
def summaries(results: dict[str, CaseResult]) -> list[Summary]:
    return [result.summary for result in results.values()]


def test_a_summary_has_the_numbers_of_the_list(summaries: list[Summary], tiny_screening: Screening) -> None:
    rows = {row["case_id"]: row for row in tiny_screening.screen.to_dicts()}
    assert {summary.case_id for summary in summaries} == set(rows)
    for summary in summaries:
        row = rows[summary.case_id]
        assert summary.p_over_limit == pytest.approx(row["p_over_limit"], abs=1e-12)
        assert summary.finding == row["finding"]
        assert summary.occupants.mean == pytest.approx(row["occupants_mean"], abs=1e-9)
        assert (summary.occupants.low, summary.occupants.high) == (row["occupants_low"], row["occupants_high"])
        assert summary.persons_named == row["persons_named"]
        assert summary.address == row["address"]


def test_asked_alone_a_case_has_the_same_numbers(tiny_city: City, tiny_screening: Screening) -> None:
    first = tiny_screening.screen.row(0, named=True)
    alone = summarize(tiny_city, first["case_id"]).summary
    assert alone.p_over_limit == pytest.approx(first["p_over_limit"], abs=1e-9)
    assert alone.finding == first["finding"]


def test_a_closed_case_can_be_summarised(tiny_city: City, summaries: list[Summary]) -> None:
    open_ids = {summary.case_id for summary in summaries}
    closed = sorted(set(tiny_city.frame("cases")["case_id"]) - open_ids)[0]
    assert investigate(tiny_city, case_ids=[closed]).results([closed])[0].summary.case_id == closed


def test_persons_are_those_of_the_table(summaries: list[Summary], tiny_screening: Screening) -> None:
    for summary in summaries:
        table = {
            row["person_id"]: row["p_occupant"]
            for row in tiny_screening.persons.to_dicts()
            if row["case_id"] == summary.case_id
        }
        assert {p.person_id: p.p_occupant for p in summary.persons} == pytest.approx(table)


def test_the_contributions_of_a_person_add_up_to_his_probability(summaries: list[Summary]) -> None:
    """From the summary alone: the bits of all reasons are the log2 odds of living there."""
    explained = [p for summary in summaries for p in summary.persons if p.contributions]
    assert explained
    for person in explained:
        p = min(max(person.p_occupant, 1e-9), 1 - 1e-9)
        assert sum(c.bits for c in person.contributions) == pytest.approx(log2(p / (1 - p)), abs=1e-6)


def test_the_rest_that_no_listing_explains_is_not_the_whole_story(summaries: list[Summary]) -> None:
    """The balancing term is a reason among others: each candidate has a listing that weighs something as well."""
    for summary in summaries:
        for person in summary.persons:
            if person.contributions:
                listings = person.contributions[1:-1]
                assert any(abs(c.bits) > 0.01 for c in listings), person.person_id


def pointers(summary: Summary) -> list[SourceRow]:
    """Every pointer to a source row anywhere in a summary."""
    found: list[SourceRow] = []

    def walk(part: object) -> None:
        if isinstance(part, SourceRow):
            found.append(part)
        elif isinstance(part, list):
            for item in part:
                walk(item)
        elif hasattr(part, "model_fields_set"):
            for value in vars(part).values():
                walk(value)

    walk(summary)
    return found


def test_every_pointer_points_at_a_row_of_the_file_it_names(summaries: list[Summary], tiny_city: City) -> None:
    rows = {source: set(tiny_city.frame(source)["row"].to_list()) for source in tiny_city.present}
    for summary in summaries:
        found = pointers(summary)
        assert found
        for pointer in found:
            assert pointer.row in rows[pointer.source], pointer
            assert pointer.file == tiny_city.reports[pointer.source].file


def test_log_rows_are_those_of_the_case(summaries: list[Summary], tiny_city: City) -> None:
    case_of = dict(tiny_city.frame("vehicle_log").select("row", "case_id").iter_rows())
    for summary in summaries:
        for pointer in pointers(summary):
            if pointer.source == "vehicle_log":
                assert case_of[pointer.row] == summary.case_id


def test_every_person_vehicle_and_night_points_at_rows(summaries: list[Summary]) -> None:
    for summary in summaries:
        for person in summary.persons:
            assert person.named_by or person.vehicles, person.person_id
        for vehicle in summary.vehicles:
            assert vehicle.readings or vehicle.watched
            assert all(night.rows for night in vehicle.nights)
            assert len(vehicle.nights) == vehicle.nights_observed
        for days in summary.guest_days:
            assert bool(days.rows) == bool(days.observed)


def test_proof_and_estimate_stay_apart(summaries: list[Summary]) -> None:
    for summary in summaries:
        for days in summary.guest_days:
            assert days.method
            assert days.estimated is not None
            assert (days.low or 0.0) <= days.estimated <= (days.high or 0.0)
            if days.observed:
                assert days.observed_window is not None
            assert days.nights_still_needed == max(30 - days.observed, 0)
        assert summary.occupants.proved_at_least <= len(summary.persons)


def test_hypotheses_of_a_vehicle_sum_to_one(summaries: list[Summary]) -> None:
    vehicles = [v for summary in summaries for v in summary.vehicles]
    assert vehicles
    for vehicle in vehicles:
        assert sum(o.probability for o in vehicle.operators) == pytest.approx(1.0)


def test_the_distribution_sums_to_one(summaries: list[Summary]) -> None:
    for summary in summaries:
        assert sum(o.probability for o in summary.occupants.distribution) == pytest.approx(1.0, abs=1e-4)


def test_evidence_against_is_never_empty(summaries: list[Summary]) -> None:
    for summary in summaries:
        assert summary.evidence_against
        assert all(item.text for item in (*summary.evidence_for, *summary.evidence_against))


def test_leaving_a_source_out_is_told_for_each_source_there_is(summaries: list[Summary], tiny_city: City) -> None:
    for summary in summaries:
        if summary.finding == "exempt":
            continue
        claims = any("claims" in item.text for item in (*summary.evidence_for, *summary.evidence_against))
        assert {item.source for item in summary.sensitivity} == tiny_city.present - (set() if claims else {"cases"})
        for item in summary.sensitivity:
            assert 0.0 <= item.p_over_limit <= 1.0
            assert item.change == pytest.approx(item.p_over_limit - summary.p_over_limit)


def test_what_to_ask_next_is_told_most_change_for_an_hour_first(summaries: list[Summary]) -> None:
    for summary in summaries:
        changes = [worth_per_hour(item.expected_change, item.hours) for item in summary.next_evidence]
        assert changes == sorted(changes, reverse=True)
        assert all(0.0 <= item.p_settles <= 1.0 and item.hours > 0 for item in summary.next_evidence)


def test_both_readings_of_the_guest_test_are_told_and_the_packs_own_is_the_case(summaries: list[Summary]) -> None:
    for summary in summaries:
        own, stricter, days = summary.rule.readings
        assert own.p_over_limit == pytest.approx(summary.p_over_limit)
        assert own.finding == summary.finding
        # More nights asked of a guest can only take occupants away.
        assert stricter.p_over_limit <= own.p_over_limit + 0.01
        assert days.p_over_limit == own.p_over_limit, "30 nights in a row are 31 days"
        assert summary.rule.readings_matter == (own.finding != stricter.finding)
        assert summary.rule.guest_estimate.endswith("proved nights alone: more than 30 days in one calendar year")


def test_a_summary_survives_its_own_json(summaries: list[Summary]) -> None:
    for summary in summaries:
        assert Summary.model_validate_json(summary.model_dump_json()) == summary


def test_the_graph_is_that_of_the_case(results: dict[str, CaseResult]) -> None:
    for result in results.values():
        people = {f"person:{p.person_id}" for p in result.summary.persons if p.display_name is not None}
        assert people <= set(result.graph.nodes)
