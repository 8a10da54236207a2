"""Writing the agency files: headers, date formats, encodings, padded and broken cells."""

import gzip
from pathlib import Path

import polars as pl

from evidence.synthetic.chance import Generator, hit
from evidence.synthetic.rows import BREAKS, Written
from evidence.synthetic.world import World

# Headers as agencies print them; a column that is not named here keeps its name, in one of several cases.
_ALIASES: dict[str, tuple[str, ...]] = {
    "plate": ("Tag", "License Plate", "Plate #"), "plate_state": ("State", "Plate State", "Tag State"),
    "owner_name": ("Owner Name", "OWNER", "Owner 1"), "owner_address": ("Owner Address", "ADDRESS"),
    "owner_dob": ("DOB", "Date of Birth", "Owner DOB"), "date_of_birth": ("DOB", "Date of Birth", "Birth Date"),
    "case_id": ("Case #", "Case Number", "Case ID"),
    "subject_address": ("Address", "Subject Address", "Property Address"),
    "opened_on": ("Date Opened", "Opened On", "Opened"), "service_address": ("Service Address", "Service Addr"),
    "billing_name": ("Billing Name", "Customer Name"), "account_id": ("Account #", "Account Number", "Acct"),
    "usage": ("Usage", "Consumption"), "parcel_id": ("Parcel Number", "Parcel ID", "PARCEL"),
    "situs_address": ("Situs Address", "SITUS"), "finished_sqft": ("Finished SqFt", "Finished Sq Ft"),
    "student_id": ("Student ID", "StudentID"), "name": ("Name", "Full Name"), "color": ("Color", "Colour"),
    "registered_from": ("Registered From", "Reg Date"),
    "registered_to": ("Registered To", "Expires", "Expiration Date"),
}  # fmt: skip
_DATES = ("%Y-%m-%d", "%m/%d/%Y", "%-m/%-d/%Y")
_SHORT_DATES = (*_DATES, "%m/%d/%y")
# Source -> optional date column that is fed from two systems in some towns, and the share of the second one's rows.
_TWO_SYSTEMS = {"university_addresses": "updated_on", "utility_billing": "service_to"}
_OTHER_SYSTEM = 0.01
# Optional cells that cannot be read: they become missing, and the row stays.
_OPTIONAL: dict[str, tuple[str, str]] = {
    "dmv_registrations": ("owner_dob", "00/00/0000"),
    "university_addresses": ("updated_on", "31/31/2006"),
    "utility_billing": ("service_to", "pending"),
    "assessor": ("year_built", "unknown"),
}


def save(world: World, written: Written, folder: Path, formats: str) -> None:
    """Write one file, with the habits of its agency drawn for this town."""
    rng = world.stream("file " + written.name)
    cells = _cells(rng, written)
    kind = _format(rng, written.name, formats)
    path = folder / f"{written.name}.{kind}"
    if kind == "parquet":
        cells.write_parquet(path, statistics=False)
        return
    if kind == "jsonl":
        cells.write_ndjson(path)
        return
    habits = rng.random(4)
    separator = "\t" if kind == "tsv" else ","
    newline = "\r\n" if habits[0] < 0.5 else "\n"
    blob = cells.write_csv(separator=separator, line_terminator=newline, include_bom=False).encode("utf-8")
    if habits[1] < 0.35:
        blob = blob.decode("utf-8").encode("cp1252", errors="replace")
    elif habits[1] < 0.7:
        blob = b"\xef\xbb\xbf" + blob
    if kind == "csv.gz":
        blob = gzip.compress(blob, compresslevel=4, mtime=0)
    path.write_bytes(blob)


def _format(rng: Generator, name: str, formats: str) -> str:
    if formats != "mixed":
        return formats
    usual = {
        "utility_usage": "parquet",
        "utility_billing": "tsv",
        "dmv_registrations": "csv.gz",
        "university_addresses": "jsonl",
    }
    del rng
    return usual.get(name, "csv")


def _cells(rng: Generator, written: Written) -> pl.DataFrame:
    """All cells as text, under the agency's headers."""
    name = written.name
    shown = written.rows.select([c for c in written.rows.columns if not c.startswith("_") and c != "row"])
    birth = any(c in shown.columns for c in ("owner_dob", "date_of_birth"))
    choices = _DATES if birth else _SHORT_DATES
    form = choices[int(rng.integers(0, len(choices)))]
    commas = bool(rng.random() < 0.5)
    if name == "vehicle_log":
        shown = _log_times(shown, form)
    out = []
    other = pl.Series(hit(rng, shown.height, _OTHER_SYSTEM if name in _TWO_SYSTEMS and rng.random() < 0.5 else 0.0))
    for column, dtype in shown.schema.items():
        if dtype == pl.Date:
            text = pl.col(column).dt.strftime(form)
            if column == _TWO_SYSTEMS.get(name):
                text = pl.when(other).then(pl.col(column).dt.strftime("%d-%b-%Y")).otherwise(text)
        elif dtype.is_float():
            whole = pl.col(column).round(0).cast(pl.Int64)
            text = (
                pl.when(pl.col(column) == whole).then(whole.cast(pl.String)).otherwise(pl.col(column).cast(pl.String))
            )
        else:
            text = pl.col(column).cast(pl.String)
        if column in ("usage", "finished_sqft") and commas:
            text = text.str.replace(r"^(\d+)(\d{3})(\.\d+)?$", "$1,$2$3")
        out.append(text.alias(column))
    frame = shown.select(out)
    frame = _spoil(rng, frame, written.rows["_broken"], BREAKS[name])
    if name in _OPTIONAL:
        few = pl.Series(hit(rng, frame.height, 0.0008))
        column, value = _OPTIONAL[name]
        frame = frame.with_columns(pl.when(few).then(pl.lit(value)).otherwise(pl.col(column)).alias(column))
    frame = _pad(rng, frame)
    return frame.rename(_headers(rng, frame.columns))


def _log_times(shown: pl.DataFrame, form: str) -> pl.DataFrame:
    when = (
        pl.col("observed_day").cast(pl.Int32).cast(pl.Date).cast(pl.Datetime("us")) + pl.duration(minutes="minute")
    ).alias("observed_at")
    rest = [c for c in shown.columns if c not in ("case_id", "observed_day", "minute")]
    return shown.select("case_id", when.dt.strftime(form + " %H:%M"), *rest)


def _spoil(rng: Generator, frame: pl.DataFrame, broken: pl.Series, spots: tuple[tuple[str, str], ...]) -> pl.DataFrame:
    if not spots or not broken.any():
        return frame
    which = pl.Series(rng.integers(0, len(spots), frame.height))
    for k, (column, value) in enumerate(spots):
        hurt = broken & (which == k)
        frame = frame.with_columns(pl.when(hurt).then(pl.lit(value)).otherwise(pl.col(column)).alias(column))
    return frame


def _pad(rng: Generator, frame: pl.DataFrame) -> pl.DataFrame:
    """Some cells padded, and in some files N/A for nothing."""
    column = frame.columns[int(rng.integers(0, frame.width))]
    few = pl.Series(hit(rng, frame.height, 0.01))
    frame = frame.with_columns(
        pl.when(few).then(pl.lit("  ") + pl.col(column) + pl.lit(" ")).otherwise(pl.col(column)).alias(column)
    )
    optional = [
        c for c in ("co_owner_name", "term", "basement_finished_sqft", "position", "family_group") if c in frame.columns
    ]
    if optional and rng.random() < 0.6:
        frame = frame.with_columns(pl.col(optional[0]).fill_null("N/A"))
    return frame


def _headers(rng: Generator, columns: list[str]) -> dict[str, str]:
    style = int(rng.integers(0, 4))
    out: dict[str, str] = {}
    for column in columns:
        plain = (column, column.upper(), column.replace("_", " ").title(), column.replace("_", " "))[style]
        names = _ALIASES.get(column, ())
        chosen = names[int(rng.integers(0, len(names)))] if names and rng.random() < 0.4 else plain
        out[column] = plain if chosen.lower() in {v.lower() for v in out.values()} else chosen
    return out
