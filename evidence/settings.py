"""Every constant of the inference, with its reason. Nothing here names a data set, and nothing was fitted to labels.

Rates are starting points: the ones marked *learned* are re-estimated from the city at hand (`evidence.rates`), the
value here acting as prior with the stated number of pseudo-observations.
"""

from dataclasses import dataclass, field

# Levels of each listing source, in order; index 0 is "not listed". `None` in the data means "the source cannot tell".
LEVELS: dict[str, tuple[str, ...]] = {
    "lease_disclosures": (
        "absent",
        "current",
        "current, another household came since",
        "ended, nobody came since",
        "ended before this household",
        "begins later",
    ),
    "utility_billing": (
        "absent",
        "current",
        "current, another household came since",
        "ended, nobody came since",
        "ended before this household",
        "begins later",
    ),
    "university_addresses": (
        "absent",
        "since last turn",
        "one turn old",
        "after the window",
        "older",
        "before this household",
        "permanent home",
        "after the next turn",
    ),
    "dmv_registrations": (
        "absent",
        "current, since this household came",
        "current",
        "after the window",
        "expired",
        "before this household",
        "after the next household came",
    ),
    "assessor": ("absent", "owner lives here", "owner elsewhere"),
    "vehicle_log": ("car registered here not seen", "seen, few nights", "30 nights possible", "30 nights likely"),
    "other_car": ("car registered elsewhere not seen", "seen, few nights", "30 nights possible", "30 nights likely"),
    "unlisted_driver": ("no", "seen, few nights", "30 nights possible", "30 nights likely"),
    "elsewhere": ("no", "newer listing elsewhere", "older listing elsewhere"),
}


@dataclass(frozen=True, slots=True)
class LevelPrior:
    """Dirichlet prior means of one source's levels for occupants and for other listed persons.

    Means come from coverage and mover figures of `loaders/tables/prior_figures.csv` (renters move about every second
    year: 24.5 % a year nationally, 49 % within 15 months in Colorado; 0.47-0.70 of students have a car; a university
    list is stale for about a third of students at the start of a term).
    """

    occupant: tuple[float, ...]
    other: tuple[float, ...]


LEVEL_PRIORS: dict[str, LevelPrior] = {
    "lease_disclosures": LevelPrior((0.25, 0.66, 0.03, 0.04, 0.01, 0.01), (0.80, 0.03, 0.03, 0.03, 0.07, 0.04)),
    "utility_billing": LevelPrior((0.65, 0.28, 0.04, 0.01, 0.01, 0.01), (0.55, 0.03, 0.04, 0.03, 0.25, 0.10)),
    "university_addresses": LevelPrior(
        (0.93, 0.03, 0.01, 0.005, 0.005, 0.005, 0.01, 0.005), (0.75, 0.02, 0.04, 0.01, 0.06, 0.07, 0.02, 0.03)
    ),
    "dmv_registrations": LevelPrior(
        (0.50, 0.18, 0.12, 0.08, 0.06, 0.05, 0.01), (0.46, 0.03, 0.08, 0.04, 0.14, 0.19, 0.06)
    ),
    "assessor": LevelPrior((0.80, 0.18, 0.02), (0.75, 0.02, 0.23)),
    "vehicle_log": LevelPrior((0.15, 0.10, 0.20, 0.55), (0.93, 0.04, 0.02, 0.01)),
    "other_car": LevelPrior((0.45, 0.10, 0.15, 0.30), (0.93, 0.04, 0.02, 0.01)),
    "unlisted_driver": LevelPrior((0.90, 0.02, 0.03, 0.05), (0.70, 0.15, 0.08, 0.07)),
    "elsewhere": LevelPrior((0.86, 0.04, 0.10), (0.62, 0.28, 0.10)),
}

# Where a dwelling is held by students. Nearly all of them are on the university's list, at this address or an old one.
STUDENT_PRIORS: dict[str, LevelPrior] = {
    "university_addresses": LevelPrior(
        (0.25, 0.45, 0.13, 0.03, 0.04, 0.05, 0.03, 0.02), (0.35, 0.05, 0.13, 0.02, 0.14, 0.17, 0.04, 0.10)
    ),
    "dmv_registrations": LevelPrior(
        (0.62, 0.14, 0.09, 0.06, 0.04, 0.04, 0.01), (0.52, 0.03, 0.07, 0.04, 0.12, 0.17, 0.05)
    ),
}


@dataclass(frozen=True, slots=True)
class InferenceSettings:
    """Settings of residency, headcount, vehicles, usage and findings."""

    max_occupants: int = 14  # PUMS households of the college region end at 13; more is outside the rule's interest
    level_prior_strength: float = 60.0  # pseudo-persons behind each Dirichlet: a town of 100 cases can move it
    level_prior_share: float = 0.10  # and of the data: keeps the classes apart where the model is roughly right
    # By kind of household: owners, renters, students. Children are in no list: persons under 18 in owner and renter
    # households (PUMS); students have none.
    unlistable: tuple[float, float, float] = (0.27, 0.15, 0.06)
    # Listed persons who do not live there: renters turn over about every second year, students more, and lists go back
    # for years.
    stale_per_dwelling: tuple[float, float, float] = (0.25, 1.4, 2.2)
    # Lists miss the occupants of some dwellings more often than of others (new households, sublets, those who keep out
    # of papers): shift of the log-odds of not being listed, and how common it is. Standard deviation 0.7, three points.
    coverage_shifts: tuple[tuple[float, ...], tuple[float, ...]] = ((-1.2, 0.0, 1.2), (1 / 6, 2 / 3, 1 / 6))
    student_share: float = 0.30  # of rented dwellings, in a college town; learned
    stale_shape: float = 1.5  # gamma shape of their density between dwellings: turnover differs from house to house
    stale_prior_strength: float = 50.0  # pseudo-dwellings
    crowded_share_of_cases: float = 0.5  # 40 of 80 closed cases of 2007 had a violation notice (Council, 14 Aug 2007)
    right_share_of_cases: float = 0.45  # 40 of 80 closed in 2007, 0.35-0.50 of about 180 a year in 2021 (prior_figures)
    # Pseudo-cases of both: cities report shares from 0.2-0.4 to 0.5-0.6, a spread of a Beta of this strength.
    crowded_prior_strength: float = 10.0
    crowded_from: int = 4  # 64 % of violating units hold exactly four persons (Corona study, 2005)
    occupants_prior_pseudo: float = 6.0  # shrinks a thin PUMS bedroom row towards its tenure's mean row
    em_iterations: int = 25
    em_max_dwellings: int = 12_000  # enough to know a rate to under one per cent; keeps the fit under a second or two
    listing_years: int = 6  # a listing that ended longer ago than this names nobody who matters in the window

    # Vehicles
    car_per_occupant: float = 0.70  # NHTS/PUMS: 0.76-0.98 a person among renters; students 0.47-0.70
    # Of those cars, not registered to a name known at the dwelling, by kind of household: students' stand in their
    # parents' names (Beta(4, 4), as `prior_figures.csv` advises), others' are borrowed or a company's.
    untied_prior: tuple[tuple[float, float], ...] = ((1.5, 8.5), (2.0, 8.0), (4.0, 4.0))
    untied_share: tuple[float, float, float] = (0.15, 0.20, 0.50)
    stray_regulars: float = 0.25  # regular cars on the log of nobody who lives there (neighbours), a dwelling

    # Usage (lognormal; National Academies 6287 p. 56: geometric sd 1.8 between houses; economies of scale)
    usage_slope: float = 0.7
    usage_log_sd: float = 0.6
    usage_prior_strength: float = 30.0
    winter_months: tuple[int, ...] = (11, 12, 1, 2, 3)  # no lawn watering (Denver Water: average winter consumption)

    # Kinship
    kin_shares_surname: float = 0.7  # adults of one family in one dwelling
    kin_prior_pair: float = 0.5  # two adults found in one dwelling, before their names are known (PUMS NPF against NP)
    # Households of two and more: owners, renters, students. A family's household: PUMS, two persons in family at least;
    # 90 % of cases are rentals of unrelated students, says the seed. And of a family's household of three and more, all
    # are of the family (PUMS; students' siblings live with friends).
    family_household: tuple[float, float, float] = (0.95, 0.69, 0.08)
    family_prior_strength: float = 30.0  # households
    family_case_strength: float = 10.0  # and of those complained of, which differ from most
    all_kin_of_family: tuple[float, float, float] = (0.92, 0.79, 0.15)
    # What is left of that for each car in nobody's name here. Assumed, no source gives it: such a car speaks, mildly,
    # for an adult who is none of the family; a borrowed or a company's car does not.
    kin_kept_per_car: float = 0.7

    # Findings (standards of proof: `findings.STANDARDS`)
    interval_level: float = 0.90
    levels: dict[str, tuple[str, ...]] = field(default_factory=lambda: LEVELS)
