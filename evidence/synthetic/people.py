"""Persons: their roles in a household, kin, names, birth dates; and their stays in dwellings."""

import numpy as np
import polars as pl

from evidence.synthetic import pools
from evidence.synthetic.chance import Bools, Generator, Ints, Texts, choose, draw, hit, texts
from evidence.synthetic.households import day
from evidence.synthetic.settings import WorldSettings

_GROWN = 19.6  # years at the export: of age in the earliest case window (freshmen live in halls, not in town)
# Vietnamese, Spanish, Arabic: split of the families that are named otherwise than most (assumed).
_STYLES, _STYLE_SHARES = np.array([1, 2, 3]), np.array([0.25, 0.55, 0.20])


def build_people(rng: Generator, households: pl.DataFrame, settings: WorldSettings) -> pl.DataFrame:
    """One row per resident person and stay.

    `person` (position), `household`, `dwelling`, `role`, `kin` (persons of one kin group share it), `guardian`
    (person whose dependent this minor is, -1 none), names, `maiden`, `sex`, `dob` (day), `student`, `on_lease`,
    `start`, `end`.
    """
    rows = households.select(pl.all().repeat_by("np").explode()).with_columns(
        pl.int_range(pl.len()).over("household").alias("j")
    )
    size = rows.height
    role = _roles(rng, rows)
    head = np.arange(size) - rows["j"].to_numpy()
    kin, guardian = _kin(rng, rows, role, head, settings)
    dob, sex, student = _ages(rng, rows, role, head, settings)
    names = build_names(rng, dob, sex, kin, role, settings)
    people = rows.with_columns(
        pl.Series("role", role, dtype=pl.String),
        pl.Series("kin", kin),
        pl.Series("guardian", guardian),
        pl.Series("dob", dob),
        pl.Series("sex", sex, dtype=pl.String),
        pl.Series("student", student),
    ).hstack(names)
    people = _juniors_and_twins(rng, people, head, settings)
    return _stays(rng, people, settings).with_row_index("person").with_columns(pl.col("person").cast(pl.Int64))


def _roles(rng: Generator, rows: pl.DataFrame) -> Texts:
    size = rows.height
    j, npf, hht, r18 = (rows[c].to_numpy() for c in ("j", "npf", "hht", "r18"))
    kind = rows["kind"].to_numpy()
    u = rng.random(size)
    grown = np.where(
        u < 0.62, "adult_child", np.where(u < 0.80, "sibling", np.where(u < 0.94, "parent", "sibling_spouse"))
    )
    other = np.where(u < 0.84, "child", np.where(u < 0.93, "adult_child", "parent"))
    relative = np.where(r18 == 1, np.where(j <= 2, "child", other), grown)
    outsider = np.where((j == np.maximum(npf, 1)) & np.isin(hht, [2, 3, 5, 7]) & (u < 0.4), "partner", "lodger")
    role = np.where(j == 0, "head", np.where((j == 1) & (hht == 1), "spouse", np.where(j < npf, relative, outsider)))
    return np.where((kind == "student") & (j > 0), "cotenant", role).astype(object)


def _kin(rng: Generator, rows: pl.DataFrame, role: Texts, head: Ints, settings: WorldSettings) -> tuple[Ints, Ints]:
    size = rows.height
    me = np.arange(size)
    related = np.isin(role, ["head", "spouse", "child", "adult_child", "sibling", "parent", "sibling_spouse"])
    kin = np.where(related, head, me)
    j, np_ = rows["j"].to_numpy(), rows["np"].to_numpy()
    shared = settings.student_siblings_share + settings.student_couple_share
    second = (role == "cotenant") & (j == 1)
    u = rng.random(size)
    role[second & (u < settings.student_siblings_share)] = "co_sibling"
    role[second & (u >= settings.student_siblings_share) & (u < shared)] = "co_spouse"
    kin = np.where(np.isin(role, ["co_sibling", "co_spouse"]), head, kin)
    infant = (role == "cotenant") & (j == np_ - 1) & (j >= 2) & hit(rng, size, settings.single_parent_share)
    role[infant] = "co_child"
    kin = np.where(infant, head, kin)
    last_lodger = (role == "lodger") & (j == np_ - 1) & (np.roll(role, 1) == "lodger") & hit(rng, size, 0.12)
    role[last_lodger] = "lodger_child"
    kin = np.where(last_lodger, me - 1, kin)
    guardian = np.where(np.isin(role, ["child", "co_child"]), head, np.where(last_lodger, me - 1, -1))
    return kin.astype(np.int64), guardian.astype(np.int64)


def _ages(
    rng: Generator, rows: pl.DataFrame, role: Texts, head: Ints, settings: WorldSettings
) -> tuple[Ints, Texts, Bools]:
    size = rows.height
    extract = day(settings.extract_on)
    kind, hht = rows["kind"].to_numpy(), rows["hht"].to_numpy()
    campus = kind == "student"
    head_age = np.where(
        campus[head],
        rng.uniform(_GROWN, 24.5, size)[head],
        np.where((rows["r18"].to_numpy() == 1)[head], rng.uniform(26, 50, size)[head], rng.uniform(22, 82, size)[head]),
    )
    own = rng.uniform(0, 1, size)
    age = np.select(
        [
            np.isin(role, ["head"]),
            np.isin(role, ["spouse", "sibling", "sibling_spouse", "partner", "co_spouse"]),
            np.isin(role, ["child", "lodger_child"]),
            role == "co_child",
            role == "adult_child",
            role == "parent",
            role == "co_sibling",
        ],
        [
            head_age,
            np.maximum(_GROWN, head_age + 8 * own - 4.5),
            np.minimum(17.7, np.maximum(0.2, (head_age - 20) * own)),
            0.5 + 5 * own,
            np.maximum(_GROWN, np.minimum(head_age - 19, 18 + 14 * own)),
            head_age + 20 + 14 * own,
            np.clip(head_age + 6 * own - 3, _GROWN, 27.0),
        ],
        np.where(campus, _GROWN + 5 * own, _GROWN + 30 * own**1.6),
    )
    dob = (extract - np.round(age * 365.25)).astype(np.int64)
    sex = choose(rng, size, {"F": 0.5, "M": 0.5})
    opposite = np.where(sex[head] == "F", "M", "F")
    couple = np.isin(role, ["spouse", "partner", "co_spouse"]) & ~hit(rng, size, 0.03)
    sex = np.where((role == "head") & (hht == 2), "M", np.where((role == "head") & (hht == 3), "F", sex))
    sex = np.where(couple, opposite, sex).astype(object)
    adult = age >= 18
    enrolled = (campus & hit(rng, size, 0.95)) | (~campus & adult & (age < 25) & hit(rng, size, 0.40))
    enrolled |= adult & (age >= 25) & (age < 34) & hit(rng, size, 0.07)
    return dob, sex, enrolled & adult


def build_names(rng: Generator, dob: Ints, sex: Texts, kin: Ints, role: Texts, settings: WorldSettings) -> pl.DataFrame:
    """`given`, `middle`, `family`, `suffix`, `maiden`, `style` (0 usual, 1 Vietnamese, 2 Spanish, 3 Arabic)."""
    size = len(dob)
    words, counts = pools.surnames()
    style = np.where(hit(rng, size, settings.foreign_naming_share), draw(rng, _STYLES, size, _STYLE_SHARES), 0)[kin]
    own = draw(rng, words, size, counts)
    for code, foreign in ((1, pools.VIETNAMESE_FAMILY), (2, pools.SPANISH_FAMILY), (3, pools.ARABIC_FAMILY)):
        own = np.where(style == code, draw(rng, foreign, size), own)
    double = (style == 2) & hit(rng, size, 0.7)[kin]
    second = draw(rng, pools.SPANISH_FAMILY, size)
    joined = texts([f"{a} {b}" if d else a for a, b, d in zip(own, second, double, strict=True)])
    hyphen = (style == 0) & hit(rng, size, 0.01)
    joined = texts([f"{a}-{b}" if h else a for a, b, h in zip(joined, own[::-1], hyphen, strict=True)])
    wives = np.isin(role, ["spouse", "sibling_spouse", "co_spouse"])
    apart = (wives & hit(rng, size, settings.spouse_other_surname)) | (
        ~wives & (kin != np.arange(size)) & hit(rng, size, settings.kin_other_surname)
    )
    apart |= wives & (style != 0)  # Vietnamese, Spanish and Arabic wives keep their names
    family = np.where(apart, joined, joined[kin])
    maiden = np.where(wives & ~apart & (sex == "F"), joined, "")
    given, middle = _given(rng, dob, sex, style), _given(rng, dob, sex, style)
    middle = np.where(hit(rng, size, 0.80), middle, "")
    return pl.DataFrame(
        {
            "given": given,
            "middle": middle,
            "family": family,
            "suffix": np.full(size, ""),
            "maiden": maiden,
            "style": style,
        },
        schema={
            "given": pl.String,
            "middle": pl.String,
            "family": pl.String,
            "suffix": pl.String,
            "maiden": pl.String,
            "style": pl.Int64,
        },
    )


def _given(rng: Generator, dob: Ints, sex: Texts, style: Ints) -> Texts:
    size = len(dob)
    year = 1970 + dob // 365.25
    cohort = np.where(year < 1982, "1950_1980", np.where(year < 1995, "1984_1990", "2001_2007"))
    out = np.empty(size, dtype=object)
    for name in ("1950_1980", "1984_1990", "2001_2007"):
        for code in ("F", "M"):
            here = np.flatnonzero((cohort == name) & (sex == code))
            values, births = pools.given_names(name, code)
            out[here] = draw(rng, values, len(here), births)
    for number, values in ((1, pools.VIETNAMESE_GIVEN), (2, pools.SPANISH_GIVEN), (3, pools.ARABIC_GIVEN)):
        out = np.where(style == number, draw(rng, values, size), out)
    return out


def _juniors_and_twins(rng: Generator, people: pl.DataFrame, head: Ints, settings: WorldSettings) -> pl.DataFrame:
    size = people.height
    given, middle, suffix = (people[c].to_numpy().copy() for c in ("given", "middle", "suffix"))
    sex, role, dob = people["sex"].to_numpy(), people["role"].to_numpy(), people["dob"].to_numpy().copy()
    son = np.isin(role, ["child", "adult_child"]) & (sex == "M") & (sex[head] == "M")
    son &= (people["family"].to_numpy() == people["family"].to_numpy()[head]) & hit(
        rng, size, settings.junior_share * 2
    )
    first = np.zeros(size, dtype=bool)
    index = np.flatnonzero(son)
    first[index[np.unique(head[index], return_index=True)[1]]] = True
    given[first], middle[first], suffix[first] = given[head[first]], middle[head[first]], "JR"
    suffix[head[first]] = np.where(hit(rng, int(first.sum()), 0.5), "SR", "")
    before = np.roll(np.arange(size), 1)
    twin = np.isin(role, ["child", "co_sibling"]) & np.isin(role[before], ["child", "head"]) & (head == head[before])
    twin &= (role == role[before]) | (role == "co_sibling")
    twin &= hit(rng, size, np.where(role == "co_sibling", 0.25, settings.twin_share))
    dob[twin] = dob[before[twin]]
    return people.with_columns(
        pl.Series("given", given, dtype=pl.String),
        pl.Series("middle", middle, dtype=pl.String),
        pl.Series("suffix", suffix, dtype=pl.String),
        pl.Series("dob", dob),
    )


def _stays(rng: Generator, people: pl.DataFrame, settings: WorldSettings) -> pl.DataFrame:
    """Who is on the lease (owners and their family count as listed), who came late and who left early."""
    size = people.height
    role, j = people["role"].to_numpy(), people["j"].to_numpy()
    start, end = people["start"].to_numpy().copy(), people["end"].to_numpy().copy()
    horizon = np.minimum(end, day(settings.extract_on) + 45)
    loose = people["rented"].to_numpy() & np.isin(role, ["cotenant", "lodger", "partner", "sibling"]) & (j > 0)
    hidden = settings.unlisted_share * np.where(role == "cotenant", 1.0, 3.0)
    hidden = np.where(j >= 3, settings.unlisted_beyond_limit, np.minimum(hidden, 0.9))
    outsider = ~people["rented"].to_numpy() & np.isin(role, ["lodger", "partner", "lodger_child"])
    on_lease = ~((loose & hit(rng, size, hidden)) | outsider)
    span = np.maximum(horizon - start, 40)
    late = loose & hit(rng, size, settings.joined_late_share * np.where(on_lease, 1.0, 3.0))
    start = np.where(late, start + (span * rng.uniform(0.05, 0.8, size)).astype(np.int64), start)
    roomer = ~people["rented"].to_numpy() & np.isin(role, ["lodger", "partner"])
    came = horizon - rng.integers(40, 1400, size)
    start = np.where(roomer, np.maximum(start, np.minimum(came, horizon - 40)), start)
    guardian = people["guardian"].to_numpy()
    start = np.where(role == "lodger_child", start[np.maximum(guardian, 0)], start)
    early = loose & hit(rng, size, settings.left_early_share)
    left = start + np.maximum(20, ((horizon - start) * rng.uniform(0.2, 0.95, size))).astype(np.int64)
    end = np.where(early, np.minimum(left, end), end)
    end = np.where(role == "lodger_child", end[np.maximum(guardian, 0)], end)
    return people.with_columns(pl.Series("on_lease", on_lease), pl.Series("start", start), pl.Series("end", end))
