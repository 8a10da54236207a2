"""Identity keys and the display of parsed addresses, as column expressions."""

from typing import Final

import polars as pl

from loaders.normalize.addresses.tokens import Parsed
from loaders.normalize.addresses.units import KINDS_IN_KEY

_STREET: Final = ("number", "fraction", "predir", "street", "suffix", "postdir")
_IS_BOX: Final = pl.col("kind") == "po_box"
_IS_STREET: Final = pl.col("kind").is_in(["street", "highway"])


def written_line(parsed: Parsed) -> str:
    """The clean line that `display` shows (upper case, commas apart): what the parts say, in Pub 28 order."""
    if parsed.kind == "po_box":
        head = [parsed.street if parsed.unit_type == "BOX" else None, parsed.unit_type, parsed.unit]
    else:
        street = parsed[1:7]
        head = [*street, parsed.unit_type, parsed.unit]
    parts = [" ".join(filter(None, head))]
    if parsed.city:
        parts.append(parsed.city)
    tail = " ".join(filter(None, (parsed.state, parsed.zip)))
    if tail:
        parts.append(tail)
    return " , ".join(filter(None, parts))


def _joined(*parts: pl.Expr | str) -> pl.Expr:
    return pl.concat_str(*parts, separator=" ", ignore_nulls=True)


def _title(text: pl.Expr) -> pl.Expr:
    """Title case that leaves ordinals (`21st`), hyphened numbers and road letters (`38E`, `US`) alone."""
    return (
        text.str.to_titlecase()
        .str.replace_all(r"(\d)St\b", "${1}st")
        .str.replace_all(r"(\d)Nd\b", "${1}nd")
        .str.replace_all(r"(\d)Rd\b", "${1}rd")
        .str.replace_all(r"(\d)Th\b", "${1}th")
        .str.replace_all(r"\bUs ", "US ")
        .str.replace_all(r"\b(Po|Rr|Hc|Fm|Pmb)( |$)", "<${1}>${2}")
        .str.replace_all("<Pmb>", "PMB", literal=True)
        .str.replace_all("<Po>", "PO", literal=True)
        .str.replace_all("<Rr>", "RR", literal=True)
        .str.replace_all("<Hc>", "HC", literal=True)
        .str.replace_all("<Fm>", "FM", literal=True)
    )


def _titled(words: pl.Series) -> pl.Series:
    """`words` in title case, worked out once per distinct value."""
    distinct = words.drop_nulls().unique()
    shown = pl.DataFrame({"words": distinct}).select(_title(pl.col("words"))).to_series()
    return words.replace_strict(distinct, shown, default=None, return_dtype=pl.String)


def unit_key() -> pl.Expr:
    """Identity of a unit whatever its designator: `APT 2` = `# 2` -> `2`, but `FL 2` -> `FL2` and `BSMT`."""
    value = pl.col("unit").str.replace_all(r"([A-Z])-(\d)", "${1}${2}").str.replace_all(r"(\d)-([A-Z])", "${1}${2}")
    keeps_kind = pl.col("unit_type").is_in(sorted(KINDS_IN_KEY))
    return pl.when(keeps_kind).then(pl.concat_str("unit_type", value, ignore_nulls=True)).otherwise(value)


def with_keys(parsed: pl.DataFrame) -> pl.DataFrame:
    """Add `unit_key`, `building_key` and `address_key` to parsed columns.

    Keys hold no city and no ZIP code; they are null where no house number or box identifies a place.
    """
    building = pl.when(_IS_BOX).then(_box()).when(_IS_STREET & pl.col("number").is_not_null()).then(_joined(*_STREET))
    unit = pl.when(_IS_STREET).then("unit_key")
    address = (
        pl.when(unit.is_null())
        .then(pl.col("building_key"))
        .otherwise(pl.concat_str("building_key", pl.lit(" #"), unit))
    )
    return parsed.with_columns(unit_key=unit_key(), building_key=building).with_columns(address_key=address)


def with_display(parsed: pl.DataFrame) -> pl.DataFrame:
    """Add `display` to parsed columns (needs `line`, the clean text, where `kind` is unparsed)."""
    parsed = parsed.with_columns(street_shown=_joined("street", "suffix"), city_shown="city", kind_shown="unit_type")
    parsed = parsed.with_columns(_titled(parsed[column]) for column in ("street_shown", "city_shown", "kind_shown"))
    name = _joined("number", "fraction", "predir", "street_shown", "postdir")
    number_sign = pl.col("unit_type") == "#"
    unit_shown = pl.when(number_sign).then(pl.concat_str(pl.lit("#"), "unit")).otherwise(_joined("kind_shown", "unit"))
    unit_shown = pl.when(unit_shown != "").then(unit_shown)
    head = pl.when(_IS_BOX).then(_title(_box())).otherwise(_joined(name, unit_shown))
    shown = pl.concat_str(
        pl.when(head != "").then(head),
        "city_shown",
        pl.when(pl.col("state").is_not_null() | pl.col("zip").is_not_null()).then(_joined("state", "zip")),
        separator=", ",
        ignore_nulls=True,
    )
    plain = pl.col("line").str.replace_all(" ,", ",", literal=True)
    return parsed.with_columns(display=pl.when(pl.col("kind") == "unparsed").then(plain).otherwise(shown)).drop(
        "street_shown", "city_shown", "kind_shown"
    )


def _box() -> pl.Expr:
    return _joined(pl.when(pl.col("unit_type") == "BOX").then(pl.col("street")), pl.col("unit_type"), pl.col("unit"))
