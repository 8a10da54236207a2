"""How common a given or family name is: the city's own count, steadied by the national tables."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from matchers.coded import Coded, Codes, Comparable, Floats, Narrow, distinct
from matchers.settings import LinkSettings

DAYS_OF_BIRTH = 60 * 365.25  # adults of a city were born within about sixty years

Shares = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Bearers:
    """Distinct whole names (codes of given and family name) and at how many places each is borne.

    A place counts once, however many papers it sends; somebody who moves counts at each, as people of any name do, so
    that the shares hold. Distinct companions of a name, counted instead, would be used up in a large city: there are
    only so many given names for its 1,300 Smiths.
    """

    given: Codes
    family: Codes
    places: Floats
    of_profile: Narrow  # position of each profile's whole name; -1 where it has none

    @staticmethod
    def of(people: Comparable) -> "Bearers":
        """Count the profiles of `people`. A place that is not told counts once a name."""
        given, family, place = people.given.codes, people.family.codes, people.place.codes
        known = np.flatnonzero((given >= 0) & (family >= 0))
        width, places = max(len(people.given.values), 1), len(people.place.values) + 1
        whole, name = distinct(family[known] * width + given[known])
        order = np.argsort(whole)
        position = np.empty(len(whole), dtype=np.int32)
        position[order] = np.arange(len(whole))
        of_profile = np.full(len(given), -1, dtype=np.int32)
        of_profile[known] = position[name]
        borne = distinct(of_profile[known] * np.int64(places) + place[known] + 1)[0] // places
        counts = np.bincount(borne, minlength=len(whole)).astype(np.float64)
        return Bearers(whole[order] % width, whole[order] // width, counts, of_profile)


def name_shares(
    column: Coded, names: Codes, bearers: Bearers, national: pl.DataFrame, settings: LinkSettings
) -> tuple[Shares, Shares]:
    """Share of people who bear each distinct value of `column`; and the same with one bearer taken away.

    The second is how likely somebody else bears a name of which one bearer is at hand: a misspelling seen once is
    nobody's name. names: that half (`bearers.given` or `.family`) of the whole names. `national`: name, share
    (`names.surname_frequency`, `names.given_frequency`); it enters with the weight of `settings.national_persons`
    people.
    """
    counts = np.bincount(names, weights=bearers.places, minlength=len(column.values))
    frame = pl.DataFrame({"name": pl.Series(column.values.tolist(), dtype=pl.String)})
    table = national.select(pl.nth(0).alias("name"), "share")
    shares = frame.join(table, on="name", how="left", maintain_order="left")["share"]
    nationwide = shares.fill_null(settings.unlisted_name_share).to_numpy()
    weight = settings.national_persons
    persons_known = counts.sum() + weight
    # of the places of a name that two profiles share one is their own: the rest, or one at least, tells of others
    share = (np.maximum(counts - 1.0, 1.0) + weight * nationwide) / persons_known
    others = (np.maximum(counts - 1.0, 0.0) + weight * nationwide) / persons_known
    return np.asarray(share), np.asarray(others)


def dates_counted(dates: Coded, given: Coded, settings: LinkSettings) -> float:
    """What the shares of birth dates are out of: distinct dates and given names, and the national persons."""
    return float(len(_dated(dates, given))) + settings.national_persons


def _dated(dates: Coded, given: Coded) -> Codes:
    known = (dates.codes >= 0) & (given.codes >= 0)
    return distinct(dates.codes[known] * max(len(given.values), 1) + given.codes[known])[0]


def date_shares(dates: Coded, given: Coded, settings: LinkSettings) -> Shares:
    """Share of people with each birth date: a date that stands for "not known" (January 1st) is shared by many.

    Each given name counts once per date. The even share of a day in an adult life's range of years enters with the
    weight of `settings.national_persons` people.
    """
    whole = _dated(dates, given)
    counts = np.bincount(whole // max(len(given.values), 1), minlength=len(dates.values)).astype(np.float64)
    weight = settings.national_persons
    return np.asarray((np.maximum(counts, 1.0) + weight / DAYS_OF_BIRTH) / (counts.sum() + weight))


def initial_shares(column: Coded, shares: Shares) -> Shares:
    """Share of people whose name begins with the same letter, for each distinct value."""
    letters = pl.Series([str(value)[:1] for value in column.values], dtype=pl.String)
    frame = pl.DataFrame({"letter": letters, "share": np.asarray(shares / max(shares.sum(), 1e-12))})
    return frame.select(pl.col("share").sum().over("letter")).to_series().to_numpy()
