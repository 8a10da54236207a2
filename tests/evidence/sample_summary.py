"""A made-up case with everything a page can show: five persons, three vehicles, floor, estimate and gaps."""

from datetime import date, timedelta
from typing import Literal

from evidence.summary_model import (
    AbsentSource,
    Contribution,
    EvidenceItem,
    GuestDays,
    InputFile,
    LeftOut,
    Naming,
    NextEvidence,
    Night,
    OccupantCount,
    Occupants,
    Operator,
    Person,
    Provenance,
    Reading,
    RuleReading,
    RuleText,
    SourceRow,
    Summary,
    Vehicle,
    WatchedNight,
    Window,
)

CASE_ID = "C-2007-0042"
OPENED = date(2007, 8, 30)
WINDOW = Window(from_=date(2007, 7, 1), to=date(2007, 9, 29))
FILES = {
    "cases": "cases.csv",
    "vehicle_log": "vehicle_log.xlsx",
    "lease_disclosures": "lease_disclosures.csv",
    "university_addresses": "university_addresses.csv",
    "utility_billing": "utility_billing.csv.gz",
    "dmv_registrations": "dmv_registrations.csv",
    "assessor": "assessor.parquet",
}


def source_row(source: str, row: int, field: str | None = None) -> SourceRow:
    return SourceRow(source=source, file=FILES[source], row=row, field=field)


def person(
    person_id: str,
    name: str | None,
    p_occupant: float,
    contributions: list[Contribution],
    named_by: list[Naming],
    *,
    on_lease: bool = False,
    observed: int = 0,
    estimated: tuple[float, float, float] | None = None,
    vehicles: tuple[str, ...] = (),
) -> Person:
    mean, low, high = estimated if estimated else (None, None, None)
    return Person(
        person_id=person_id,
        display_name=name,
        on_lease=on_lease,
        p_occupant=p_occupant,
        contributions=contributions,
        named_by=named_by,
        vehicles=list(vehicles),
        guest_days_observed=observed,
        guest_days_estimated=mean,
        guest_days_low=low,
        guest_days_high=high,
    )


def listed(source: str, row: int, bits: float, text: str) -> Contribution:
    return Contribution(text=text, bits=bits, rows=[source_row(source, row)])


def naming(source: str, row: int, field: str, text: str, p_member: float, says: str) -> Naming:
    return Naming(row=source_row(source, row, field), text=text, p_member=p_member, says=says)


def watched_nights(state_of: dict[int, str]) -> list[WatchedNight]:
    """Nights counted from the first of the window; a night that is not a key was not watched."""
    states: dict[str, Literal["overnight", "seen", "looked_not_seen"]] = {
        "o": "overnight",
        "s": "seen",
        "-": "looked_not_seen",
    }
    return [
        WatchedNight(night=WINDOW.from_ + timedelta(days=day), state=states[state])
        for day, state in sorted(state_of.items())
    ]


def vehicle(vehicle_id: str, plate: str | None, pattern: str, first_row: int, **facts: object) -> Vehicle:
    """`pattern`: one letter a night from 15 July: o overnight, s seen, - looked and not seen, . not watched."""
    states = {14 + offset: letter for offset, letter in enumerate(pattern) if letter != "."}
    watched = watched_nights(states)
    overnight = [night for night in watched if night.state == "overnight"]
    nights = [
        Night(
            night=each.night,
            how="seen at 02:10" if number % 3 else "seen at 22:40 and again at 06:55, no look between",
            rows=[source_row("vehicle_log", first_row + number)]
            + ([] if number % 3 else [source_row("vehicle_log", first_row + 200 + number)]),
        )
        for number, each in enumerate(overnight)
    ]
    defaults: dict[str, object] = {
        "vehicle_id": vehicle_id,
        "plate": plate,
        "plate_state": "CO" if plate else None,
        "description": "blue Honda sedan",
        "p_registered": 0.97,
        "registration": source_row("dmv_registrations", 311),
        "registered_owner": "ROGER D HALE",
        "registered_address": "14 OAK LN, PUEBLO CO 81001",
        "operators": [],
        "nights_observed": len(nights),
        "nights_window_max": len(nights),
        "window": Window(from_=nights[0].night, to=nights[-1].night) if nights else None,
        "nights": nights,
        "watched": watched,
        "readings": [],
    }
    return Vehicle.model_validate(defaults | facts)


def reading(row: int, written: str, taken_for: str, p_match: float, edits: int) -> Reading:
    at = source_row("vehicle_log", row, "plate")
    return Reading(row=at, written=written, taken_for=taken_for, p_match=p_match, edits=edits)


PERSONS = [
    person(
        "p-0017",
        "Ana M Ruiz",
        0.995,
        [
            listed("lease_disclosures", 12, 5.1, "named as tenant on the lease signed 2 August 2007"),
            listed("utility_billing", 88, 2.2, "water account in her name since 4 August 2007"),
        ],
        [
            naming("lease_disclosures", 12, "name", "RUIZ, ANA M", 0.999, "tenant"),
            naming("utility_billing", 88, "billing_name", "Ana Ruiz", 0.97, "account holder"),
        ],
        on_lease=True,
    ),
    person(
        "p-0018",
        "Benjamin Okafor",
        0.98,
        [listed("lease_disclosures", 13, 5.1, "named as tenant on the lease signed 2 August 2007")],
        [naming("lease_disclosures", 13, "name", "OKAFOR, BEN", 0.999, "tenant")],
        on_lease=True,
    ),
    person(
        "p-0019",
        "Chloe Lindqvist",
        0.97,
        [listed("lease_disclosures", 14, 5.1, "named as tenant on the lease signed 2 August 2007")],
        [naming("lease_disclosures", 14, "name", "LINDQVIST CHLOE", 0.999, "tenant")],
        on_lease=True,
    ),
    person(
        "p-0020",
        "Thomas Hale",
        0.88,
        [
            listed("university_addresses", 402, 2.9, "gives this dwelling as his local address, updated 3 Sept 2007"),
            Contribution(
                text="a car registered to a man of the same surname stood here on 17 proved nights",
                bits=2.4,
                rows=[source_row("vehicle_log", 501), source_row("dmv_registrations", 311)],
            ),
            listed("lease_disclosures", 12, -1.6, "the lease disclosure of this dwelling does not name him"),
        ],
        [naming("university_addresses", 402, "name", "Hale, Tom", 0.96, "student, local address")],
        observed=17,
        estimated=(44.0, 33.0, 58.0),
        vehicles=("v-1",),
    ),
    person(
        "p-unknown-v-2",
        None,
        0.41,
        [
            Contribution(
                text="a car that nobody known here is likely to drive stood here on 3 proved nights",
                bits=0.9,
                rows=[source_row("vehicle_log", 540)],
            )
        ],
        [],
        observed=3,
        estimated=(9.0, 3.0, 21.0),
        vehicles=("v-2",),
    ),
    person(
        "p-0933",
        "\u05d0\u05d1\u05e8\u05d4\u05dd \u05db\u05d4\u05df",
        0.07,
        [listed("university_addresses", 77, -2.7, "address last updated in May 2006, two lease turns ago")],
        [
            naming(
                "university_addresses", 77, "name", "\u05d0\u05d1\u05e8\u05d4\u05dd \u05db\u05d4\u05df", 1.0, "student"
            )
        ],
    ),
]

VEHICLES = [
    vehicle(
        "v-1",
        "482KXB",
        "oo-o.oo..o-so..oo.-o..oo..o-so.oo..o......-o",
        501,
        operators=[
            Operator(
                who="kin of owner",
                person_id="p-0020",
                display_name="Thomas Hale",
                probability=0.81,
                reason="same surname as the owner, and a student listed at this dwelling",
            ),
            Operator(who="visitor", person_id=None, display_name=None, probability=0.12, reason="no other link needed"),
            Operator(
                who="owner",
                person_id=None,
                display_name="Roger D Hale",
                probability=0.07,
                reason="lives 160 km away by the registration",
            ),
        ],
        readings=[
            reading(501, "482 KXB", "482KXB", 0.99, 0),
            reading(507, "482 KX8", "482KXB", 0.97, 1),
            reading(515, "48Z-KXB", "482KXB", 0.95, 1),
        ],
    ),
    vehicle(
        "v-2",
        None,
        "..o....-..o..-......s.....o....-",
        540,
        description="white pickup",
        p_registered=0.08,
        registration=None,
        registered_owner=None,
        registered_address=None,
        operators=[
            Operator(
                who="visitor",
                person_id=None,
                display_name=None,
                probability=0.59,
                reason="few nights, never two running",
            ),
            Operator(
                who="unknown person",
                person_id="p-unknown-v-2",
                display_name=None,
                probability=0.41,
                reason="no owner found",
            ),
        ],
        readings=[reading(540, "?71-T??", "?71T??", 0.4, 0)],
    ),
]

GUEST_DAYS = [
    GuestDays(
        subject_id="p-0020",
        display_name="Thomas Hale",
        on_lease=False,
        observed=17,
        observed_window=Window(from_=date(2007, 7, 15), to=date(2007, 8, 27)),
        estimated=44.0,
        low=33.0,
        high=58.0,
        method="beta-binomial over watched nights by weekday and term, within the observed span only",
        limit_readings=[
            "30 or more nights in 12 months: not met by proved nights (17), met by the estimate",
            "more than 30 nights in 12 months: not met by proved nights (17), met by the estimate",
        ],
        nights_still_needed=13,
        rows=[source_row("vehicle_log", row) for row in range(501, 518)],
    ),
    GuestDays(
        subject_id="v-2",
        display_name=None,
        on_lease=False,
        observed=3,
        observed_window=Window(from_=date(2007, 7, 17), to=date(2007, 8, 10)),
        estimated=9.0,
        low=3.0,
        high=21.0,
        method="beta-binomial over watched nights by weekday and term, within the observed span only",
        limit_readings=["30 or more nights in 12 months: not met", "more than 30 nights in 12 months: not met"],
        nights_still_needed=27,
        rows=[source_row("vehicle_log", row) for row in (540, 541, 542)],
    ),
]

SUMMARY = Summary(
    case_id=CASE_ID,
    address="1201 W Plum St Apt 2, Fort Collins CO 80521",
    dwelling_id="1201-w-plum-st-apt-2",
    opened_on=OPENED,
    complaint_type="signed",
    rule_pack="fort-collins-2007",
    rule=RuleText(
        pack="fort-collins-2007",
        title="Fort Collins occupancy limit, as in force in 2007",
        citation="Land Use Code 3.8.16(A)",
        text_status="quoted from a council record; guest clause from secondary sources",
        limit_text="One family and not more than one additional person; or two adults and their dependents, if any, "
        "and not more than one additional person. For unrelated adults: at most 3.",
        persons_if_unrelated=3,
        guest_text="A guest who stays 30 or more nights in any 12 months counts as an occupant.",
        guest_nights=30,
        standard_of_proof="preponderance of the evidence (more likely than not)",
        readings=[
            RuleReading(
                reading="guest counts from night 30 (30 or more)", p_over_limit=0.87, finding="over_limit_shown"
            ),
            RuleReading(
                reading="guest counts from night 31 (more than 30)", p_over_limit=0.85, finding="over_limit_shown"
            ),
        ],
        readings_matter=False,
    ),
    window=WINDOW,
    finding="over_limit_shown",
    finding_sentence="More likely than not, more persons occupied this dwelling at one time than the rule allows: "
    "three unrelated tenants on the lease and at least one more.",
    p_over_limit=0.87,
    p_over_limit_low=0.78,
    p_over_limit_high=0.93,
    occupants=Occupants(
        distribution=[
            OccupantCount(occupants=n, probability=p)
            for n, p in enumerate([0.0, 0.001, 0.012, 0.117, 0.55, 0.26, 0.05, 0.01])
        ],
        mean=4.27,
        low=3,
        high=5,
        method="exact distribution of the sum of uncertain residents, given all sources",
        proved_at_least=3,
        proved_by="three different names on one lease",
    ),
    persons_named=5,
    persons_named_low=5,
    persons_named_high=6,
    dwelling_facts=["3 bedrooms (assessor row 640)", "zoned R-L, single family", "unit 2 of 4 in the building"],
    persons=PERSONS,
    unknown_occupants_mean=0.22,
    vehicles=VEHICLES,
    guest_days=GUEST_DAYS,
    evidence_for=[
        EvidenceItem(
            text="Three tenants without a declared family tie are named on one lease.",
            strength="proof",
            rows=[source_row("lease_disclosures", row) for row in (12, 13, 14)],
        ),
        EvidenceItem(
            text="A fourth person gives the dwelling as his local address to the university.",
            strength="strong",
            rows=[source_row("university_addresses", 402)],
        ),
        EvidenceItem(
            text="A car of a family of that surname stood here on 17 of 33 watched nights.",
            strength="moderate",
            rows=[source_row("vehicle_log", row) for row in range(501, 518)],
        ),
    ],
    evidence_against=[
        EvidenceItem(
            text="The lease disclosure names three tenants and nobody else.",
            strength="moderate",
            rows=[source_row("lease_disclosures", row) for row in (12, 13, 14)],
        ),
        EvidenceItem(
            text="Two of the plates in the log are misreadings of one car: there are two cars here, not four.",
            strength="weak",
            rows=[source_row("vehicle_log", 507), source_row("vehicle_log", 515)],
        ),
        EvidenceItem(
            text="On 7 watched nights the fourth person's car was not there.",
            strength="weak",
            rows=[source_row("vehicle_log", 520)],
        ),
    ],
    sensitivity=[
        LeftOut(source="university_addresses", p_over_limit=0.52, change=-0.35),
        LeftOut(source="vehicle_log", p_over_limit=0.71, change=-0.16),
        LeftOut(source="lease_disclosures", p_over_limit=0.80, change=-0.07),
        LeftOut(source="utility_billing", p_over_limit=0.868, change=-0.002),
    ],
    next_evidence=[
        NextEvidence(
            request="Ask the manager for the signed disclosure statement",
            why="it would name or leave out the fourth person over a signature",
            expected_change=0.11,
            p_settles=0.93,
            hours=0.5,
            method="expected change over the possible answers, weighted by how likely each is",
        ),
        NextEvidence(
            request="Watch 10 more nights, and note the nights when no car is there",
            why="13 more proved nights would meet the guest test without any estimate",
            expected_change=0.06,
            p_settles=0.9,
            hours=5.0,
            method="expected change over the possible answers, weighted by how likely each is",
        ),
    ],
    absent_sources=[
        AbsentSource(
            source="utility_usage",
            consequence="not given: water use cannot say how many persons live here; asking would be worth little",
        )
    ],
    quarantined_rows=["vehicle_log row 610: observed_at '2007-02-30' is not a date"],
    limitations=[
        "Only nights on which somebody looked are known; the others are missing, not empty.",
        "A car at the dwelling is not a person at the dwelling.",
        "An address on a university record can be out of date.",
    ],
    provenance=Provenance(
        program="occupancy-evidence",
        version="0.1.0",
        inputs=[
            InputFile(
                source=source,
                file=file,
                sha256=(f"{number:x}" * 64)[:64],
                rows_read=1000 + number,
                rows_accepted=1000,
                rows_quarantined=number,
            )
            for number, (source, file) in enumerate(FILES.items())
        ],
        settings={"rule_pack": "fort-collins-2007", "window_before_days": 60, "window_after_days": 30},
    ),
)
