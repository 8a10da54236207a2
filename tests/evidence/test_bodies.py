"""Companies, trusts, landlords and offices are named at dwellings and live at none, through the whole program."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from evidence.pipeline import Run, investigate
from loaders.city import load

HOME, NEXT = "1201 W Plum St", "1205 W Plum St"
FILES = {
    "cases": ["case_id,subject_address,opened_on", f"C-1,{HOME},2006-10-01"],
    "assessor": [
        "parcel_id,situs_address,owner_name,owner_mailing_address,property_type,bedrooms",
        f'P1,{HOME},PLUM HOLDINGS LLC,"9 Elm Ave, Denver, CO 80202",Single Family,3',
        f'P2,{NEXT},"RUIZ MARIA TRUSTEE","{NEXT}",Single Family,3',
    ],
    "utility_billing": [
        "account_id,service_address,billing_name,service_from",
        f"A1,{HOME},ACME PROPERTY MANAGEMENT INC,2005-01-01",
        f"A2,{HOME},THE HALE FAMILY TRUST,2006-08-01",
        f"A3,{HOME},C/O UNIVERSITY HOUSING OFFICE,2006-08-01",
        f"A4,{NEXT},MARIA RUIZ,2004-01-01",
    ],
    "lease_disclosures": [
        "case_id,address,name,role,lease_from,lease_to",
        f"C-1,{HOME},Tom Hale,tenant,2006-08-01,2007-07-31",
        f"C-1,{HOME},Roger Stone,manager,2006-08-01,2007-07-31",
        f"C-1,{HOME},Plum Holdings LLC,owner,2006-08-01,2007-07-31",
    ],
    "dmv_registrations": [
        "plate,plate_state,owner_name,owner_address,registered_from",
        f"ABC123,CO,ENTERPRISE LEASING CO,{HOME},2006-08-01",
        f"TOM456,CO,HALE TOM,{HOME},2006-08-01",
    ],
    "vehicle_log": [
        "case_id,observed_at,plate,plate_state",
        *(f"C-1,2006-09-{day:02d} 02:30,{plate},CO" for day in range(1, 20) for plate in ("ABC123", "TOM456")),
    ],
}
BODIES = ("LLC", "INC", "TRUST", "HOUSING OFFICE", "LEASING", "PLUM HOLDINGS")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("bodies")
    for source, rows in FILES.items():
        Path(folder, f"{source}.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return investigate(load(folder))


def bodies(run: Run) -> Iterator[tuple[str, str]]:
    """person_id and name of every mention whose name is that of a body."""
    for mention in run.linked.links.mentions.iter_rows(named=True):
        if any(word in mention["raw_name"].upper() for word in BODIES):
            yield mention["person_id"], mention["raw_name"]


def test_no_body_is_a_person_at_the_dwelling(run: Run) -> None:
    persons = set(run.screening().persons["person_id"])
    named = dict(bodies(run))
    assert len(set(named.values())) >= 6
    assert persons.isdisjoint(named)


def test_the_tenant_is_counted_and_the_manager_is_not(run: Run) -> None:
    persons = run.screening().persons.filter(pl.col("p_occupant") > 0.5)
    assert persons["display_name"].drop_nulls().str.to_uppercase().to_list() == ["TOM HALE"]
    case = run.screening().screen.row(0, named=True)
    assert case["persons_named"] < 3


def test_a_body_drives_no_car_by_name(run: Run) -> None:
    vehicles = run.screening().vehicles
    assert set(vehicles["operator_person_id"].drop_nulls()).isdisjoint(dict(bodies(run)))


def test_the_graph_says_that_a_body_is_named_there_and_not_that_it_lives_there(run: Run) -> None:
    graph = run.results(["C-1"])[0].graph
    kinds: dict[str, set[str]] = {"lives_at": set(), "named_at": set()}
    for a, b, facts in graph.edges(data=True):
        if facts["type"] in kinds:
            person = a if a.startswith("person:") else b
            kinds[facts["type"]].add(person.removeprefix("person:"))
    assert kinds["lives_at"].isdisjoint(dict(bodies(run)))
    assert kinds["named_at"] <= set(dict(bodies(run)))
    assert len(kinds["named_at"]) >= 3
