"""US addresses as written -> parts, identity keys and one display, on distinct texts.

The tables after USPS Publication 28 come first, so that a finding can say why two texts are one address: a
vectorised path for regular lines, a token path for all others. Only what they leave goes to the usaddress tagger.
"""

from collections.abc import Collection
from typing import Final

import polars as pl

from loaders.normalize.addresses.clean import clean_lines
from loaders.normalize.addresses.fallback import tag_line
from loaders.normalize.addresses.keys import with_keys, written_line
from loaders.normalize.addresses.regular import split_regular
from loaders.normalize.addresses.tail import standard_city
from loaders.normalize.addresses.tokens import Parsed, parse_line

__all__ = ["SCHEMA", "parse_addresses"]

_PARTS: Final = ("kind", "number", "fraction", "predir", "street", "suffix", "postdir", "unit_type", "unit", "city")
SCHEMA: Final = pl.Schema(
    {
        name: pl.String()
        for name in (
            "raw",
            *_PARTS,
            "state",
            "zip",
            "building_key",
            "address_key",
            "display",
            "parser",
        )
    }
)
_LINES: Final = {name: pl.String() for name in ("line", *_PARTS, "state", "zip", "parser")}
_UNPARSED: Final = Parsed("unparsed")
_MOST_ROUNDS: Final = 3


def parse_addresses(
    raw: pl.Series,
    default_city: str | None = None,
    default_state: str | None = None,
    *,
    cities: Collection[str] = (),
    fallback: bool = True,
) -> pl.DataFrame:
    """Parse the distinct non-null texts of `raw`: one row each, sorted by `raw`, columns of `SCHEMA`, all text.

    `kind` is street, highway, po_box, intersection or unparsed. Parts are upper case after Pub 28; null means that
    the text does not say. `building_key` is number to postdirectional without city and ZIP code; `address_key` adds
    the unit, whatever its designator (`APT 2` = `# 2`). `default_city` and `default_state` fill in where a street
    address names no city, state or ZIP code at all. `cities` (with `default_city`) are names to recognise at the end
    of a line without commas. `parser` says which parser split the text. Never raises on any text; parsing `display`
    gives the same parts again. Source: USPS Publication 28, and the rules marked as own in `tables.py`.
    """
    distinct = raw.cast(pl.String).drop_nulls().unique().sort()
    lines = pl.DataFrame({"raw": distinct, "line": clean_lines(distinct)})
    known = frozenset(filter(None, (_standard(name) for name in (*cities, default_city))))
    parsed = _parse_lines(lines["line"].unique(maintain_order=True), known, fallback)
    city, state = _standard(default_city), (default_state or "").strip().upper() or None
    if city or state:
        bare = pl.all_horizontal(pl.col("city", "state", "zip").is_null()) & pl.col("kind").is_in(["street", "highway"])
        parsed = parsed.with_columns(
            city=pl.when(bare).then(pl.lit(city, pl.String)).otherwise("city"),
            state=pl.when(bare).then(pl.lit(state, pl.String)).otherwise("state"),
        )
    return lines.join(with_keys(parsed), on="line", how="left", maintain_order="left").select(*SCHEMA)


def _standard(city: str | None) -> str | None:
    if not city:
        return None
    return standard_city(clean_lines(pl.Series([city])).item().split())


def _parse_lines(lines: pl.Series, cities: frozenset[str], fallback: bool) -> pl.DataFrame:
    regular = split_regular(lines, cities).with_columns(kind=pl.lit("street"), parser=pl.lit("tables"))
    rows: list[tuple[str | None, ...]] = []
    for line in lines.filter(~lines.is_in(regular["line"].implode())):
        parsed, parser = _resolve(line, cities, fallback)
        rows.append((line, *parsed[:-1], parser))
    return pl.concat([regular.select(list(_LINES)), pl.DataFrame(rows, schema=_LINES, orient="row")])


def _resolve(line: str, cities: frozenset[str], fallback: bool) -> tuple[Parsed, str]:
    """Parts of a clean line that survive being written out and read again; unparsed where none do."""
    parsed, parser = parse_line(line, cities), "tables"
    if fallback and (parsed.guessed or (parsed.kind == "unparsed" and any(map(str.isdigit, line)))):
        tagged = tag_line(line, parsed)
        if tagged is not None:
            parsed, parser = tagged, "usaddress"
    for _ in range(_MOST_ROUNDS):
        if parsed.kind == "unparsed":
            return parsed, parser
        again = parse_line(written_line(parsed), cities)
        if again[:-1] == parsed[:-1]:
            return parsed, parser
        parsed = again
    return _UNPARSED, "tables"
