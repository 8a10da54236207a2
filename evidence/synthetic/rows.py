"""The rows of a file in order, some repeated, some to be broken; and the truth about every name in them."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from evidence.synthetic.chance import hit
from evidence.synthetic.sources import NOBODY, Source
from evidence.synthetic.world import World

# Source -> (column, what stands there instead): cells without which a row cannot be used.
BREAKS: dict[str, tuple[tuple[str, str], ...]] = {
    "vehicle_log": (("case_id", ""), ("observed_at", "02/30/2007 22:15"), ("observed_at", "N/A")),
    "dmv_registrations": (("owner_name", ""), ("plate", " "), ("owner_address", "n/a")),
    "utility_billing": (("service_from", "13/45/2006"), ("billing_name", ""), ("service_address", "-")),
    "utility_usage": (("usage", "ERR"), ("month", "2006-13"), ("usage", "")),
    "university_addresses": (("name", "N/A"), ("address", "")),
    "lease_disclosures": (("name", ""),),
    "assessor": (("situs_address", ""),),
    "cases": (),
}
MENTION_SCHEMA = {
    "source": pl.String, "row": pl.UInt32, "field": pl.String, "part": pl.Int64, "true_person_id": pl.Int64,
    "_dwelling": pl.Int64, "written": pl.String,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Written:
    """A file as written: its rows in order, hidden columns and `row` (1-based) kept; `broken` rows hold no truth."""

    name: str
    rows: pl.DataFrame


def lay_out(world: World, source: Source) -> Written:
    """Order the rows, repeat some exactly, mark some as broken, and number them."""
    rng, s = world.stream("rows " + source.name), world.settings
    frame = source.frame.with_row_index("_origin").sort(*source.keys, "_origin", nulls_last=True)
    small = source.name in ("cases", "lease_disclosures")
    share = 0.0 if source.name == "cases" else s.duplicate_row
    size = frame.height
    again = np.flatnonzero(hit(rng, size, share))
    index = np.concatenate([np.arange(size), again])
    index = index[np.argsort(index, kind="stable")]
    spots = BREAKS[source.name]
    broken = hit(rng, len(index), s.broken_row * (5 if small else 1) if spots else 0.0)
    frame = frame[index].drop("_origin").with_columns(pl.Series("_broken", broken))
    return Written(source.name, frame.with_row_index("row", offset=1))


def mentions(written: Written) -> pl.DataFrame:
    """Who is named where, broken rows left out: MENTION_SCHEMA; true_person_id is null for a body."""
    hidden = [c for c in written.rows.columns if c.startswith("_") and c.endswith(("_0", "_1"))]
    frames = []
    for column in hidden:
        field, part = column[1:].rsplit("_", 1)
        named = written.rows.filter(~pl.col("_broken") & (pl.col(column) != NOBODY) & pl.col(field).is_not_null())
        frames.append(
            named.select(
                pl.lit(written.name).alias("source"), "row",
                pl.lit(field).alias("field"), pl.lit(int(part), pl.Int64).alias("part"),
                pl.when(pl.col(column) >= 0).then(pl.col(column)).alias("true_person_id"), "_dwelling",
                pl.col(field).alias("written"),
            )
        )  # fmt: skip
    if not frames:
        return pl.DataFrame(schema=MENTION_SCHEMA)
    return pl.concat(frames).cast({"row": pl.UInt32})
