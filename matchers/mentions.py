"""Sources -> mentions: one row per person or body that a source row names."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from loaders.city import City
from matchers.coded import file_order
from matchers.name_order import Known, NameOrder, ReadAlone, read_alone, read_mixed
from matchers.places import Dwellings

SCHEMA: dict[str, type[pl.DataType]] = {
    "mention_id": pl.UInt32,
    "source": pl.String,
    "row": pl.UInt32,
    "field": pl.String,
    "part": pl.UInt8,
    "raw_name": pl.String,
    "kind": pl.String,
    "given": pl.String,
    "middle": pl.String,
    "family": pl.String,
    "suffix": pl.String,
    "dob": pl.Date,
    "dwelling_id": pl.String,
    "p_dwelling": pl.Float64,
    "address_key": pl.String,
    "building_key": pl.String,
    "zip": pl.String,
    "role": pl.String,
    "listed_from": pl.Date,
    "listed_to": pl.Date,
    "as_of": pl.Date,
    "record_key": pl.String,
    "group_key": pl.String,
    "family_group": pl.String,
    "case_id": pl.String,
}


@dataclass(frozen=True, slots=True)
class Naming:
    """Where a source names somebody: column, role (a column name or a fixed word), dates and keys."""

    source: str
    field: str
    address: str
    role: pl.Expr
    dob: str | None = None
    listed_from: str | None = None
    listed_to: str | None = None
    as_of: str | None = None
    record_key: pl.Expr | None = None
    group_key: pl.Expr | None = None
    family_group: str | None = None
    case_id: str | None = None


# One lease: the same dates at one dwelling, whatever the spelling of its address (`build_mentions` adds the place).
_LEASE_DATES = pl.concat_str(
    pl.coalesce(pl.col("signed_on").cast(pl.String), pl.lit("")),
    pl.lit("|"),
    pl.coalesce(pl.col("lease_from").cast(pl.String), pl.lit("")),
)

NAMINGS: tuple[Naming, ...] = (
    Naming(
        "assessor", "owner_name", "situs_address", pl.lit("assessor_owner")
    ),
    Naming(
        "cases", "owner_manager_name", "subject_address", pl.lit("case_manager"), as_of="opened_on", case_id="case_id"
    ),
    # the birth date on a registration is the first owner's
    Naming(
        "dmv_registrations", "owner_name", "owner_address", pl.lit("registered_owner"),
        dob="owner_dob", listed_from="registered_from", listed_to="registered_to",
    ),
    Naming(
        "dmv_registrations", "co_owner_name", "owner_address", pl.lit("co_owner"),
        listed_from="registered_from", listed_to="registered_to",
    ),
    Naming(
        "lease_disclosures", "name", "address", pl.col("role"),
        dob="date_of_birth", listed_from="lease_from", listed_to="lease_to", as_of="signed_on",
        group_key=_LEASE_DATES, family_group="family_group", case_id="case_id",
    ),
    Naming(
        "university_addresses", "name", "address", pl.lit("student"),
        dob="date_of_birth", as_of="updated_on", record_key=pl.concat_str(pl.lit("student:"), pl.col("student_id")),
    ),
    Naming(
        "utility_billing", "billing_name", "service_address", pl.lit("account_holder"),
        listed_from="service_from", listed_to="service_to",
    ),
)  # fmt: skip


def build_mentions(
    city: City, dwellings: Dwellings, names: Mapping[str, ReadAlone] | None = None, known: Known | None = None
) -> pl.DataFrame:
    """One row per person or body named, in the columns of SCHEMA, sorted by source, row, field, part.

    Rows that repeat another exactly are left out. `dwelling_id` is the most probable dwelling of the row's address
    (null: outside the city or unknown); a lease row without address takes the subject address of its case.
    `group_key` marks names written in one document: those are distinct persons.
    names, known: the names of every source as they read by themselves, and what is known of names (`certain_names`);
    by the city itself where they are not given.
    """
    names = names or read_alone(city)
    places = dwellings.best.select("address_text", "dwelling_id", "p_dwelling", "address_key", "building_key", "zip")
    place = pl.coalesce("dwelling_id", "address_key").alias("place")
    written = (
        (
            source,
            pl.concat([_written(city, naming) for naming in NAMINGS if naming.source == source])
            .join(places, on="address_text", how="left", maintain_order="left")
            .with_columns(place),
        )
        for source in sorted(names)
    )
    frame = pl.concat(_read_names(written, names, known))
    frame = frame.with_columns(
        # a date or an identifier belongs to the first person of a cell that names two
        pl.when(pl.col("part") == 0).then(pl.col(name)).alias(name)
        for name in ("dob", "record_key")
    )
    here = pl.coalesce("place", "address_text", pl.lit(""))
    paper = pl.when(pl.col("group_key").is_not_null()).then(pl.format("lease:{}|{}", here, "group_key"))
    # co-owners, JOHN & MARY: one row names several persons, who then stand one after another
    with_next = pl.all_horizontal(pl.col(name) == pl.col(name).shift(-1) for name in ("source", "row"))
    several = with_next.fill_null(False) | with_next.shift(1).fill_null(False)
    one_row = pl.when(several).then(pl.format("{}:{}", "source", "row"))
    frame = frame.with_columns(pl.coalesce(paper, one_row).alias("group_key"))
    return frame.with_columns(pl.int_range(pl.len(), dtype=pl.UInt32).alias("mention_id")).select(
        pl.col(name).cast(dtype) for name, dtype in SCHEMA.items()
    )


def _written(city: City, naming: Naming) -> pl.DataFrame:
    """The rows of one naming, as written: names not yet read."""
    rows = city.distinct(naming.source).filter(pl.col(naming.field).is_not_null())
    if naming.source == "lease_disclosures":
        rows = _with_case_address(rows, city.distinct("cases"))

    def column(name: str | None, dtype: type[pl.DataType]) -> pl.Expr:
        return pl.lit(None, dtype) if name is None else pl.col(name).cast(dtype)

    text = pl.lit(None, pl.String)
    return rows.select(
        pl.lit(naming.source).alias("source"),
        "row",
        pl.lit(naming.field).alias("field"),
        pl.col(naming.field).alias("raw_name"),
        pl.col(naming.address).alias("address_text"),
        naming.role.cast(pl.String).alias("role"),
        column(naming.dob, pl.Date).alias("dob"),
        column(naming.listed_from, pl.Date).alias("listed_from"),
        column(naming.listed_to, pl.Date).alias("listed_to"),
        column(naming.as_of, pl.Date).alias("as_of"),
        (text if naming.record_key is None else naming.record_key).alias("record_key"),
        (text if naming.group_key is None else naming.group_key).alias("group_key"),
        column(naming.family_group, pl.String).alias("family_group"),
        column(naming.case_id, pl.String).alias("case_id"),
    )


def certain_names(mentions: pl.DataFrame, orders: Mapping[str, NameOrder]) -> Known:
    """What the names whose order was not in doubt tell of those that are to be read by themselves."""
    mixed = [source for source, order in orders.items() if order.mixed]
    certain = ~pl.col("source").is_in(mixed) | pl.col("raw_name").str.contains(",", literal=True)
    persons = mentions.filter((pl.col("kind") == "person") & certain)
    return Known.of(persons.select("given", "family", place=pl.coalesce("dwelling_id", "address_key")))


def _read_names(
    written: Iterable[tuple[str, pl.DataFrame]], names: Mapping[str, ReadAlone], known: Known | None
) -> Iterator[pl.DataFrame]:
    """Split every name, source by source in the order given, each in order of row, field and part.

    Sources that mix orders are read last, in the light of the others. A comma settles the order.
    """
    settled, doubtful = {}, {}
    for source, rows in written:
        if names[source].order.mixed:
            comma = rows["raw_name"].str.contains(",", literal=True)
            doubtful[source], rows = rows.filter(~comma), rows.filter(comma)
        settled[source] = rows.join(names[source].settled, on="raw_name", how="left")
    if known is None:
        persons = pl.concat([rows.lazy() for rows in settled.values()]).filter(pl.col("kind") == "person")
        known = Known.of(persons.select("place", "given", "family").collect())
    for source in list(settled):
        rows = settled.pop(source)
        if source in doubtful:
            unsettled = doubtful.pop(source)
            parsed = read_mixed(unsettled.select("raw_name", "place").unique(), names[source], known)
            rows = pl.concat([rows, unsettled.join(parsed, on=["raw_name", "place"], how="left", nulls_equal=True)])
        rows = rows.with_columns(pl.col("part").fill_null(0).cast(pl.UInt8), pl.col("kind").fill_null("unknown"))
        yield rows[file_order(rows).arg_sort()]


def _with_case_address(leases: pl.DataFrame, cases: pl.DataFrame) -> pl.DataFrame:
    subject = cases.unique("case_id", keep="first", maintain_order=True)
    known = leases.join(subject.select("case_id", "subject_address"), on="case_id", how="left", maintain_order="left")
    return known.with_columns(pl.coalesce("address", "subject_address").alias("address")).drop("subject_address")
