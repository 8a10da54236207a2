"""How common a given or family name is: the city's own count, steadied by the national tables."""

import numpy as np
import numpy.typing as npt
import polars as pl

from matchers.coded import Coded
from matchers.settings import LinkSettings

DAYS_OF_BIRTH = 60 * 365.25  # adults of a city were born within about sixty years

Shares = npt.NDArray[np.float64]


def name_shares(column: Coded, persons: Coded, national: pl.DataFrame, settings: LinkSettings) -> tuple[Shares, Shares]:
    """Share of people who bear each distinct value of `column`; and the same with one bearer taken away.

    The second is how likely somebody else bears a name of which one bearer is at hand: a misspelling seen once is
    nobody's name.

    A person is counted once per distinct value of `persons` (the other half of the name), so that somebody with
    ten records does not make a name common. `national`: name, share (`names.surname_frequency`,
    `names.given_frequency`); it enters with the weight of `settings.national_persons` people.
    """
    known = (column.codes >= 0) & (persons.codes >= 0)
    whole = np.unique(column.codes[known] * max(len(persons.values), 1) + persons.codes[known])
    counts = np.bincount(whole // max(len(persons.values), 1), minlength=len(column.values)).astype(np.float64)
    frame = pl.DataFrame({"name": pl.Series(column.values.tolist(), dtype=pl.String)})
    table = national.select(pl.nth(0).alias("name"), "share")
    shares = frame.join(table, on="name", how="left", maintain_order="left")["share"]
    nationwide = shares.fill_null(settings.unlisted_name_share).to_numpy()
    weight = settings.national_persons
    persons_known = counts.sum() + weight
    share = (np.maximum(counts, 1.0) + weight * nationwide) / persons_known
    others = (np.maximum(counts - 1.0, 0.0) + weight * nationwide) / persons_known
    return np.asarray(share), np.asarray(others)


def date_shares(dates: Coded, given: Coded, settings: LinkSettings) -> Shares:
    """Share of people with each birth date: a date that stands for "not known" (January 1st) is shared by many.

    Each given name counts once per date. The even share of a day in an adult life's range of years enters with the
    weight of `settings.national_persons` people.
    """
    known = (dates.codes >= 0) & (given.codes >= 0)
    whole = np.unique(dates.codes[known] * max(len(given.values), 1) + given.codes[known])
    counts = np.bincount(whole // max(len(given.values), 1), minlength=len(dates.values)).astype(np.float64)
    weight = settings.national_persons
    return np.asarray((np.maximum(counts, 1.0) + weight / DAYS_OF_BIRTH) / (counts.sum() + weight))


def initial_shares(column: Coded, shares: Shares) -> Shares:
    """Share of people whose name begins with the same letter, for each distinct value."""
    letters = pl.Series([str(value)[:1] for value in column.values], dtype=pl.String)
    frame = pl.DataFrame({"letter": letters, "share": np.asarray(shares / max(shares.sum(), 1e-12))})
    return frame.select(pl.col("share").sum().over("letter")).to_series().to_numpy()
