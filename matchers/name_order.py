"""In which order a source writes names without a comma: `SMITH JOHN Q` or `John Q Smith`, or now so, now so."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

import polars as pl
from rapidfuzz import process
from rapidfuzz.distance import OSA

from loaders.city import City
from loaders.normalize import names
from loaders.normalize.names import Order

# Where too few names tell: registries and tax rolls sort by surname, people sign with the given name first.
USUAL: Mapping[str, Literal["given_first", "family_first"]] = {
    "assessor": "family_first",
    "cases": "given_first",
    "dmv_registrations": "family_first",
    "lease_disclosures": "given_first",
    "university_addresses": "given_first",
    "utility_billing": "family_first",
}
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "assessor": ("owner_name",),
    "cases": ("owner_manager_name",),
    "dmv_registrations": ("owner_name", "co_owner_name"),
    "lease_disclosures": ("name",),
    "university_addresses": ("name",),
    "utility_billing": ("billing_name",),
}
ENOUGH_NAMES = 20  # telling names; with 20 votes a source of one order is decided beyond doubt
ONE_ORDER = 0.95  # so many telling names on one side are one order and some odd names; below it the file mixes
TELLING_BITS = 5.0  # a name tells when one order is 32 times likelier than the other
UNLISTED_SHARE = 1e-6  # of a name in neither table
ONE_LETTER_SHARE = 1e-9  # an initial in the place of a surname: the order is wrong
# Half of right readings give a surname (or given name) that another paper also gives at the same dwelling.
KNOWN_HERE = 0.5
SLIP_SHARE = 0.03  # of names with a slip of the pen; it may be any of so many a letter: another, one more, one less ...
SLIPS_PER_LETTER = 53
LEAST_LETTERS = 4  # among shorter names one letter makes another name
# Now and then a name is written the wrong way round, even with a comma: as often as the source shows, within this.
LEAST_ODD, MOST_ODD = 0.01, 0.05
_SUFFIXES = ["JR", "SR", "II", "III", "IV"]
EITHER_ORDER: tuple[Order, Order] = ("given_first", "family_first")
_PARSED = ("part", "kind", "given", "middle", "family", "suffix")


@dataclass(frozen=True, slots=True)
class NameOrder:
    """`given_first_share`: of the names that tell, the share that put the given name first."""

    order: Order
    given_first_share: float

    @property
    def mixed(self) -> bool:
        """Whether each name has to be read by itself."""
        return self.order == "auto"


def orders_of(city: City) -> dict[str, NameOrder]:
    """The order of every source: as `evidence.toml` says, else (`auto`) as the names show, else the usual one."""
    return {source: _order_of(city, source, _texts(city, source)) for source in COLUMNS}


def _order_of(city: City, source: str, texts: pl.Series) -> NameOrder:
    stated = city.settings.name_order.get(source, "auto")
    if stated == "auto":
        return detect(texts, USUAL[source])
    return NameOrder(stated, float(stated == "given_first"))


@dataclass(frozen=True, slots=True)
class ReadAlone:
    """The names of a source as they read by themselves, whoever else is named where they stand.

    settled: columns of `read_one_order`, of distinct texts whose order is not in doubt (a comma settles it, too);
    doubtful: the same of the other texts of a source that mixes orders, by the order they are read in.
    """

    order: NameOrder
    settled: pl.DataFrame
    doubtful: Mapping[Order, pl.DataFrame]

    @staticmethod
    def of(texts: pl.Series, order: NameOrder) -> "ReadAlone":
        """texts: the distinct names of one source."""
        if texts.is_empty():
            return ReadAlone(order, _nobody(), dict.fromkeys(EITHER_ORDER, _nobody()) if order.mixed else {})
        if not order.mixed:
            odd_share = min(order.given_first_share, 1.0 - order.given_first_share)
            return ReadAlone(order, put_right(read_one_order(texts, order.order), odd_share), {})
        comma = texts.str.contains(",", literal=True)
        doubtful = texts.filter(~comma)
        return ReadAlone(
            order,
            put_right(read_one_order(texts.filter(comma), "given_first"), 0.0),
            {either: read_one_order(doubtful, either) for either in EITHER_ORDER},
        )


@cache
def _nobody() -> pl.DataFrame:
    """No name read: a case names people in two sources of six, and to read none takes as long as to read a hundred."""
    return read_one_order(pl.Series(dtype=pl.String), "given_first")


def read_alone(city: City, orders: Mapping[str, NameOrder] | None = None) -> dict[str, ReadAlone]:
    """The names of every source. orders: as other names of it show; of the city itself where they are not given."""
    found = {}
    for source in COLUMNS:
        texts = _texts(city, source)
        found[source] = ReadAlone.of(texts, orders[source] if orders else _order_of(city, source, texts))
    return found


def _texts(city: City, source: str) -> pl.Series:
    """The distinct names of a source, in no order."""
    frame = city.frame(source)
    columns = [frame[column].drop_nulls().cast(pl.String).rename("text") for column in COLUMNS[source]]
    return pl.concat(columns).unique()


def detect(texts: pl.Series, usual: Literal["given_first", "family_first"]) -> NameOrder:
    """Order of a column of names: `given_first`, `family_first`, `auto` (mixed), or `usual` where names do not tell.

    Each distinct text of two to four words without a comma votes: the log2 ratio of (first word a given name, last
    a surname) to (first word a surname, second a given name), by the national name tables.
    """
    letters = pl.col("text").str.to_uppercase().str.replace_all(r"[^A-Z ]", "")
    words = (
        texts.rename("text")
        .to_frame()
        .filter(~pl.col("text").str.contains(r"(?i)[,&/]|\band\b"))
        .select(letters.str.extract_all(r"[A-Z]+").alias("words"))
        .with_columns(pl.col("words").list.filter(~pl.element().is_in(_SUFFIXES)).alias("words"))
        .filter(pl.col("words").list.len().is_between(2, 4))
        .select(
            pl.col("words").list.first().alias("first"),
            pl.col("words").list.get(1).alias("second"),
            pl.col("words").list.last().alias("last"),
        )
    )
    given, family = names.given_frequency(), names.surname_frequency()
    for word in ("first", "second", "last"):
        words = words.join(
            given.select(pl.col("given").alias(word), pl.col("share").alias(f"{word}_g")), on=word, how="left"
        )
        words = words.join(
            family.select(pl.col("family").alias(word), pl.col("share").alias(f"{word}_f")), on=word, how="left"
        )

    def bits(name: str) -> pl.Expr:
        return pl.col(name).fill_null(UNLISTED_SHARE).log(2)

    votes = words.select((bits("first_g") + bits("last_f") - bits("first_f") - bits("second_g")).alias("bits"))
    telling = votes.filter(pl.col("bits").abs() >= TELLING_BITS)
    if len(telling) < ENOUGH_NAMES:
        return NameOrder(usual, float(usual == "given_first"))
    share = telling.filter(pl.col("bits") > 0).height / len(telling)
    if share >= ONE_ORDER:
        return NameOrder("given_first", share)
    return NameOrder("family_first" if share <= 1 - ONE_ORDER else "auto", share)


def read_one_order(texts: pl.Series, order: Order) -> pl.DataFrame:
    """raw_name, part, kind, given, middle, family, suffix of distinct texts; blanks are null."""
    parsed = names.read_names(texts, order).rename({"raw": "raw_name"}).select("raw_name", *_PARSED)
    blank_is_null = [
        pl.when(pl.col(name).str.len_chars() > 0).then(pl.col(name)).alias(name)
        for name in ("given", "middle", "family", "suffix")
    ]
    return parsed.with_columns(blank_is_null)


def put_right(parsed: pl.DataFrame, odd_share: float) -> pl.DataFrame:
    """Exchange given name and surname where a name is written the wrong way round: far likelier so by the tables.

    parsed: columns of `read_one_order`, returned in the same order; odd_share: of such names in the source.
    """
    person = pl.col("kind").eq("person") & pl.col("given").is_not_null() & pl.col("family").is_not_null()
    one_word = ~pl.concat_str("given", "family", ignore_nulls=True).str.contains(" ", literal=True)
    asked = parsed.filter(person & one_word).select("given", "family").unique()
    for name, table in _tables().items():
        for column in ("given", "family"):
            share = table.select(pl.col(name).alias(column), pl.col("share").alias(f"{column}_as_{name}"))
            asked = asked.join(share, on=column, how="left")

    def bits(column: str, name: str) -> pl.Expr:
        return _share(column, f"{column}_as_{name}").log(2)

    gain = bits("family", "given") + bits("given", "family") - bits("given", "given") - bits("family", "family")
    odd = min(max(odd_share, LEAST_ODD), MOST_ODD)
    wrong = asked.filter(gain + math.log2(odd / (1.0 - odd)) > 0).select("given", "family", exchanged=True)
    joined = parsed.join(wrong, on=["given", "family"], how="left", maintain_order="left")
    exchange = pl.col("exchanged").fill_null(False) & person & one_word
    return joined.with_columns(
        given=pl.when(exchange).then("family").otherwise("given"),
        family=pl.when(exchange).then("given").otherwise("family"),
    ).drop("exchanged")


@dataclass(frozen=True, slots=True)
class Known:
    """What the names whose order is not in doubt tell of the others; per part of a name (given, family).

    `shares`: the part, `<part>_share`: how common it is as such, here and in the national table. `at`: place, the part,
    `of`: who is named at each place, and how many distinct names are.
    """

    shares: Mapping[str, pl.DataFrame]
    at: Mapping[str, pl.DataFrame]

    @staticmethod
    def of(certain: pl.DataFrame) -> "Known":
        """certain: place, given, family."""
        at = {
            name: certain.select("place", name).drop_nulls().unique().with_columns(of=pl.len().over("place"))
            for name in _tables()
        }
        return Known({name: _shares(certain, name, national) for name, national in _tables().items()}, at)


def read_mixed(texts: pl.DataFrame, alone: ReadAlone, known: Known) -> pl.DataFrame:
    """Read each text in the likelier order.

    texts: raw_name, place (nulls allowed), distinct rows, of the doubtful names of `alone`. Returns raw_name, place and
    the columns of `read_one_order`. The likelier order is the one whose given names and surnames are commoner as such
    (here and in the national tables), or are those of persons known at the place.
    """
    given_first = alone.order.given_first_share
    tails = dict(zip(EITHER_ORDER, (given_first, 1 - given_first), strict=True))
    readings = []
    for order in EITHER_ORDER:
        parsed = alone.doubtful[order]
        here = texts.join(parsed, on="raw_name", how="inner")
        for name in known.shares:
            here = here.join(known.shares[name], on=name, how="left")
            here = here.join(_known_here(here, known.at[name], name), on=["place", name], how="left")
        prior = max(tails[order], 0.01)
        bits = sum((_bits(name) for name in ("given", "family")), pl.lit(0.0))
        here = here.with_columns(
            (bits.mean().over("raw_name", "place") + pl.lit(prior).log(2)).alias("bits"), pl.lit(order).alias("order")
        )
        readings.append(here.select("raw_name", "place", *_PARSED, "bits", "order"))
    both = pl.concat(readings)
    best = both.group_by("raw_name", "place").agg(pl.col("order").sort_by("bits", "order").last())
    return both.join(best, on=["raw_name", "place", "order"], how="semi", nulls_equal=True).drop("bits", "order")


def _bits(name: str) -> pl.Expr:
    """log2 of the chance of this name in this place of the reading: known at the dwelling, or anybody's."""
    share = _share(name, f"{name}_share")
    known = KNOWN_HERE * pl.col(f"{name}_here") + (1.0 - KNOWN_HERE) * share
    return pl.coalesce(known, share).log(2)


def _share(written: str, share: str) -> pl.Expr:
    """How common what column `written` holds is as such a name; `share`: the column that says so of listed names."""
    one_letter = pl.col(written).str.len_chars() == 1
    return pl.when(one_letter).then(ONE_LETTER_SHARE).otherwise(pl.col(share).fill_null(UNLISTED_SHARE))


def _known_here(here: pl.DataFrame, known: pl.DataFrame, name: str) -> pl.DataFrame:
    """place, name, <name>_here: the chance that one of the dwelling's known names, drawn at random, is written so.

    For each name of `here` at a dwelling of which names are known (`Known.at`); others are missing. A name one slip
    away from a known one is that name misspelt, now and then.
    """
    wanted = here.select("place", name).drop_nulls().unique()
    pairs = wanted.join(known.rename({name: "known"}), on="place")
    lengths = [pl.col(side).str.len_chars().cast(pl.Int32) for side in (name, "known")]
    longer, shorter = pl.max_horizontal(lengths), pl.min_horizontal(lengths)
    near = (pl.col(name) != pl.col("known")) & (shorter >= LEAST_LETTERS) & (longer - shorter <= 1)
    misspelt = pairs.filter(near).select(name, "known").unique()
    slips = process.cpdist(misspelt[name].to_list(), misspelt["known"].to_list(), scorer=OSA.distance, score_cutoff=1)
    misspelt = misspelt.filter(pl.Series(slips, dtype=pl.Int32) == 1).with_columns(slip=True)
    chance = (
        pl.when(pl.col(name) == pl.col("known"))
        .then(1.0)
        .when("slip")
        .then(SLIP_SHARE / (SLIPS_PER_LETTER * pl.col("known").str.len_chars()))
        .otherwise(0.0)
    )
    return (
        pairs.join(misspelt, on=[name, "known"], how="left")
        .group_by("place", name)
        .agg((chance.max() / pl.col("of").first()).alias(f"{name}_here"))
    )


def _tables() -> dict[str, pl.DataFrame]:
    return {"given": names.given_frequency(), "family": names.surname_frequency()}


def _shares(certain: pl.DataFrame, name: str, national: pl.DataFrame) -> pl.DataFrame:
    """name, share: the mean of the share here and in the national table."""
    here = certain.select(name).drop_nulls().group_by(name).len()
    total = max(float(here["len"].sum()), 1.0)
    joined = here.join(national, on=name, how="full", coalesce=True)
    share = (pl.col("len").fill_null(0) / total + pl.col("share").fill_null(0.0)) / 2
    return joined.select(name, pl.max_horizontal(share, UNLISTED_SHARE).alias(f"{name}_share"))
