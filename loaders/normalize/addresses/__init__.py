"""US addresses as written -> parts, identity keys and one display, on distinct texts.

The tables after USPS Publication 28 come first, so that a finding can say why two texts are one address: a
vectorised path for regular lines, a token path for all others. Only what they leave goes to the usaddress tagger.
"""

from collections.abc import Callable, Collection
from functools import lru_cache
from typing import Final

import polars as pl

from loaders.normalize.addresses.clean import clean_lines
from loaders.normalize.addresses.fallback import tag_line
from loaders.normalize.addresses.keys import with_display, with_keys, written_line
from loaders.normalize.addresses.regular import split_regular
from loaders.normalize.addresses.tail import standard_city
from loaders.normalize.addresses.tokens import Parsed, parse_line

__all__ = ["SCHEMA", "parse_addresses", "parse_parts"]

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
_LINES_REMEMBERED: Final = 65_536  # many spellings of an address are written out as one line
# A house number with an ordinary word behind it: nothing that either path does reaches across that blank.
_PLAIN_NUMBER: Final = r"^([1-9][0-9]{0,5}) [A-Za-z0-9]"


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
    parsed = parse_parts(raw, default_city, default_state, cities=cities, fallback=fallback)
    return with_display(with_keys(parsed)).select(*SCHEMA)


def parse_parts(
    raw: pl.Series,
    default_city: str | None = None,
    default_state: str | None = None,
    *,
    cities: Collection[str] = (),
    fallback: bool = True,
) -> pl.DataFrame:
    """The same without keys and display: raw, line (of irregular texts; null for regular ones), the parts, parser."""
    distinct = raw.cast(pl.String).drop_nulls().unique().sort()
    known = frozenset(filter(None, (_standard(name) for name in (*cities, default_city))))
    parsed = _parse_texts(distinct, known, fallback)
    city, state = _standard(default_city), (default_state or "").strip().upper() or None
    if city or state:
        bare = pl.all_horizontal(pl.col("city", "state", "zip").is_null()) & pl.col("kind").is_in(["street", "highway"])
        parsed = parsed.with_columns(
            city=pl.when(bare).then(pl.lit(city, pl.String)).otherwise("city"),
            state=pl.when(bare).then(pl.lit(state, pl.String)).otherwise("state"),
        )
    return parsed


def _standard(city: str | None) -> str | None:
    if not city:
        return None
    return standard_city(clean_lines(pl.Series([city])).item().split())


def _parse_texts(texts: pl.Series, cities: frozenset[str], fallback: bool) -> pl.DataFrame:
    """raw, line and parts of distinct texts, in their order.

    Half the texts of a city differ from another in nothing but the house number. Cleaning and the vectorised path never
    look at it beyond its being one, so they see each such text once, as number 1.
    """
    house = pl.col("house")
    as_first = "1" + pl.col("raw").str.slice(house.str.len_bytes())
    read = pl.DataFrame({"raw": texts}).with_columns(house=pl.col("raw").str.extract(_PLAIN_NUMBER))
    read = read.with_columns(body=pl.when(house.is_null()).then("raw").otherwise(as_first))
    bodies = read.select(pl.col("body").unique())
    bodies = bodies.with_columns(line=clean_lines(bodies["body"]))
    regular = split_regular(bodies["line"].unique(), cities).with_row_index("at")
    bodies = bodies.join(regular.select("line", "at"), on="line", how="left")
    read = read.join(bodies.select("body", "at"), on="body", how="left", maintain_order="left")
    others = read.filter(pl.col("at").is_null()).join(bodies.select("body", "line"), on="body")
    others = others.with_columns(
        line=pl.when(house.is_null()).then("line").otherwise(house + pl.col("line").str.slice(1))
    )
    rows: list[tuple[str | None, ...]] = []
    parse = lru_cache(_LINES_REMEMBERED)(lambda line: parse_line(line, cities))
    for line in others["line"].unique().sort():
        parsed, parser = _resolve(line, parse, fallback)
        rows.append((line, *parsed[:-1], parser))
    resolved = pl.DataFrame(rows, schema=_LINES, orient="row")
    parts = pl.concat(
        [
            regular.select(
                pl.lit(None, pl.String).alias("line"),
                pl.lit("street").alias("kind"),
                *list(_LINES)[2:-1],
                pl.lit("tables").alias("parser"),
            ),
            resolved,
        ]
    )
    known = resolved.select("line", at=pl.int_range(pl.len(), dtype=pl.UInt32) + regular.height)
    of_others = others.select("raw", "line").join(known, on="line").select("raw", other="at")
    read = read.select("raw", "house", "at").join(of_others, on="raw", how="left", maintain_order="left")
    found = parts[read.select(pl.coalesce("at", "other")).to_series()]
    number = pl.when(read["at"].is_not_null()).then(pl.coalesce(read["house"], "number")).otherwise("number")
    return found.with_columns(read["raw"], number=number)


def _resolve(line: str, parse: Callable[[str], Parsed], fallback: bool) -> tuple[Parsed, str]:
    """Parts of a clean line that survive being written out and read again; unparsed where none do."""
    parsed, parser = parse(line), "tables"
    if fallback and (parsed.guessed or (parsed.kind == "unparsed" and any(map(str.isdigit, line)))):
        tagged = tag_line(line, parsed)
        if tagged is not None:
            parsed, parser = tagged, "usaddress"
    for _ in range(_MOST_ROUNDS):
        if parsed.kind == "unparsed":
            return parsed, parser
        again = parse(written_line(parsed))
        if again[:-1] == parsed[:-1]:
            return parsed, parser
        parsed = again
    return _UNPARSED, "tables"
