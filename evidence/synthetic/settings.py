"""Every rate of the synthetic world in one place. Nothing outside this package reads it.

The engine that is tested on these towns must find its rates from the town at hand; sharing this object with it
would make the test worthless. A source named "table" is packaged in `loaders/tables` (see SOURCES.md there).
"assumed" marks a rate for which no figure was found; `perturbed` varies those and the others from town to town.
"""

from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Self

import numpy as np


@dataclass(frozen=True, slots=True)
class WorldSettings:
    """Rates of one synthetic town. Shares and probabilities are in [0, 1]; spans are days unless named otherwise."""

    # -- time ------------------------------------------------------------------------------------------------
    extract_on: date = date(2007, 9, 30)  # the day every agency made its export
    cases_span_days: int = 365  # cases are opened in so many days before the export
    # -- dwellings -------------------------------------------------------------------------------------------
    rented_share: float = 0.45  # Fort Collins, 2000 census: 43 % renters
    apartment_share: float = 0.27  # assumed, of dwellings
    duplex_share: float = 0.08  # assumed
    basement_unit_share: float = 0.03  # assumed: houses that have a second dwelling below
    vacant_share: float = 0.04  # assumed
    condominium_share: float = 0.35  # assumed: buildings of which each unit is a parcel
    exempt_share: float = 0.005  # assumed: rentals with a certificate for extra occupancy, or licensed as group homes
    # -- households ------------------------------------------------------------------------------------------
    student_over_share: float = 0.17  # table prior_figures: 1,070 units over in a town with some 5,500 student rentals
    over_by_one_share: float = 0.64  # table prior_figures: share of violating units with exactly four persons
    lodger_share: float = 0.05  # assumed: renting families with one or more unrelated lodgers beyond the survey
    student_siblings_share: float = 0.07  # assumed
    student_couple_share: float = 0.08  # assumed
    single_parent_share: float = 0.02  # assumed: student households with a member's child
    spouse_other_surname: float = 0.18  # surveys of married women who keep their names: 15 to 25 %
    kin_other_surname: float = 0.12  # assumed: children, siblings and parents under another surname
    junior_share: float = 0.04  # assumed: fathers with a son of the same name
    twin_share: float = 0.03  # US vital statistics: 3 % of births
    foreign_naming_share: float = 0.10  # assumed: Spanish double, Vietnamese and Arabic names
    joined_late_share: float = 0.10  # assumed: co-tenants who came after the tenancy began
    left_early_share: float = 0.10  # assumed
    stay_on_share: float = (
        0.45  # assumed: student tenancies renewed at the lease turn; half the renters move in 15 months
    )
    # -- who is on the lease, and guests -----------------------------------------------------------------------
    unlisted_share: float = 0.10  # assumed: co-tenants who are not on the lease
    unlisted_beyond_limit: float = 0.70  # assumed: of those who take the number beyond three
    guest_share_student: float = 0.35  # assumed: student households with a partner who sleeps over
    guest_share_other: float = 0.06  # assumed
    guest_nights_mean: float = 3.2  # assumed: nights a week, from one to six
    # -- vehicles --------------------------------------------------------------------------------------------
    student_car: float = 0.62  # table prior_figures: 0.47 to 0.70
    adult_car: float = 0.85  # table vehicles_by_household_size: vehicles per driver, renters 0.76 to 0.98
    second_car: float = 0.10  # same table: owners hold more than one a driver
    parent_registered: float = 0.50  # not found: table prior_figures asks for Beta(4, 4)
    parent_out_of_state: float = 0.40  # assumed
    parent_other_surname: float = 0.14  # assumed: stepfathers, remarried mothers
    company_car: float = 0.025  # assumed
    co_owner: float = 0.35  # assumed: couples' cars in both names
    vanity_plate: float = 0.025  # assumed
    # -- what the sources miss ---------------------------------------------------------------------------------
    dmv_in_state: float = 0.97  # assumed coverage of vehicles with a state plate
    dmv_out_of_state: float = 0.65  # assumed: answers from other states' registries
    dmv_stale: float = 0.20  # table prior_figures: 0.25 to 0.30 of renters moved within a year
    disclosure: float = 0.55  # Council work session 2007: many owners do not answer
    disclosure_missing_row: float = 0.04  # assumed
    family_claim_false: float = 0.04  # assumed: unrelated tenants put down as one family
    utility: float = 0.95  # assumed: dwellings with an account of their own
    utility_old_name: float = 0.07  # assumed: accounts that still run under a former tenant
    university_local: float = 0.90  # assumed: students whose local address is in the list
    university_stale: float = 0.22  # table prior_figures: a third of mail is forwarded in September
    university_opt_out: float = 0.04  # assumed
    # -- spelling ----------------------------------------------------------------------------------------------
    name_typo: float = 0.02  # assumed, per name written
    nickname: float = 0.10  # assumed, where people write their own names
    middle_dropped: float = 0.45  # assumed
    name_swapped: float = 0.006  # assumed: given and family name in each other's place
    birth_missing: float = 0.25  # assumed: no birth date in the row, beyond what a source leaves out
    birth_wrong: float = 0.015  # assumed: day and month exchanged, one digit or the year wrong
    maiden: float = 0.05  # assumed: wives whose record has the earlier surname
    address_typo: float = 0.012  # assumed
    unit_missing: float = 0.05  # assumed, of addresses with a unit
    zip_missing: float = 0.12  # assumed
    zip_wrong: float = 0.015  # assumed
    number_transposed: float = 0.004  # assumed
    duplicate_row: float = 0.004  # assumed
    near_duplicate: float = 0.004  # assumed: the same registration keyed twice, spelled differently
    broken_row: float = 0.0006  # assumed: impossible dates, blank required cells
    # -- the watch ---------------------------------------------------------------------------------------------
    watch_none: float = 0.08  # assumed: cases without any log
    looks_mean: float = 26.0  # assumed: looks a case, geometric-like (from a few to over a hundred)
    looks_night: float = 0.22  # assumed: share of looks between 01:00 and 05:00
    watch_pairs: float = 0.30  # assumed: evening looks followed by one next morning
    seen: float = 0.85  # assumed: a parked car is written down; domain figures for detection 0.3 to 0.95
    logs_empty: float = 0.75  # assumed: watchers who write down that nothing stood there
    plate_char_error: float = 0.025  # domain: 1 to 5 % a character gives 70 to 94 % whole plates right
    plate_transposed: float = 0.015  # memory studies: infrequent
    plate_dropped: float = 0.02  # table plate_confusions: deletions lead
    plate_unreadable: float = 0.05  # assumed: one or two characters marked unreadable
    plate_absent: float = 0.05  # assumed: only "silver Civic"
    state_missing: float = 0.30  # assumed
    state_wrong: float = 0.04  # assumed
    visitors_mean: float = 2.0  # assumed: evening visitors' cars a case
    neighbour_parks: float = 0.25  # assumed: cases with a neighbour's car in front
    violation_share: float = 0.50  # Council work session 2007: 40 of 80 closed cases

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, float) and not field.name.endswith("_mean") and not 0.0 <= value <= 1.0:
                raise ValueError(f"{field.name} = {value} is not a share between 0 and 1")

    def perturbed(self, seed: int) -> Self:
        """Another town: the odds of each share, and each mean, times exp(N(0, s)); s is 0.4 or as in _SPREAD.

        The parents' share of registrations comes from Beta(4, 4), as the priors table advises. Dates stay.
        """
        rng = np.random.default_rng(np.random.SeedSequence([seed, 0x70776E]))
        changes: dict[str, float] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if not isinstance(value, float):
                continue
            factor = float(np.exp(rng.normal(0.0, _SPREAD.get(field.name, 0.4))))
            if field.name.endswith("_mean"):
                changes[field.name] = value * factor
            else:
                odds = value / (1.0 - value) * factor  # on the odds scale a share stays a share
                changes[field.name] = odds / (1.0 + odds)
        changes["parent_registered"] = float(rng.beta(4.0, 4.0))
        return replace(self, **changes)  # type: ignore[arg-type]


# Standard deviation on the log-odds scale where the documented range is narrower or wider than 0.4.
_SPREAD: dict[str, float] = {
    "rented_share": 0.2,
    "apartment_share": 0.3,
    "over_by_one_share": 0.2,
    "violation_share": 0.3,
    "student_car": 0.3,
    "adult_car": 0.2,
    "dmv_stale": 0.6,
    "university_stale": 0.7,
    "university_local": 0.7,
    "disclosure": 0.7,
    "looks_mean": 0.5,
    "seen": 0.6,
    "name_typo": 0.6,
    "plate_char_error": 0.6,
}


@dataclass(frozen=True, slots=True)
class Scale:
    """How large a town is. `student_share` is of rented dwellings: a small town is the quarter beside the campus."""

    name: str
    dwellings: int
    cases: int
    student_share: float


SCALES: dict[str, Scale] = {
    "tiny": Scale("tiny", 300, 12, 0.50),
    "town": Scale("town", 3_000, 100, 0.30),
    "city": Scale("city", 70_000, 470, 0.33),
    "metro": Scale("metro", 700_000, 4_700, 0.33),
}


def _double(settings: WorldSettings, *names: str, factor: float = 2.0) -> WorldSettings:
    return replace(settings, **{name: min(0.95, getattr(settings, name) * factor) for name in names})


def regime(name: str) -> WorldSettings:
    """A named town: `base`, `misread`, `stale`, `unwatched` or `parents`. KeyError for another name."""
    base = WorldSettings()
    made = {
        "base": base,
        "misread": _double(
            base,
            *("plate_char_error", "plate_transposed", "plate_dropped", "plate_unreadable", "plate_absent"),
            *("state_wrong", "name_typo", "nickname", "name_swapped", "address_typo", "unit_missing"),
        ),
        "stale": _double(base, "dmv_stale", "university_stale", "utility_old_name", "maiden"),
        "unwatched": replace(base, looks_mean=base.looks_mean / 3, watch_none=0.25),
        "parents": replace(base, parent_registered=0.85, parent_out_of_state=0.55),
    }
    return made[name]


REGIMES = ("base", "misread", "stale", "unwatched", "parents")
