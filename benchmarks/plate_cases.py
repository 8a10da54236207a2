"""Real machine readings of US plates, their plates hidden in a made-up national registry.

The readings (`plate_reads_openalpr`, `plate_reads_rapidocr`) are for tests only and stay outside the project: they are
read at `../shared/cases` beside the repository. The other plates are drawn here, in the serial formats of the tables,
as many for each state. A reading whose state nobody wrote gets the first state whose formats its plate fits.
"""

from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
from rapidfuzz.distance import OSA
from rapidfuzz.process import cpdist

from loaders.normalize.plates import format_states, normalize_plates, serial_formats
from tests.matchers.plate_world import log_frame, registry_frame

CASES = Path(__file__).parents[1] / "../shared/cases"
READ_COLUMN = {"openalpr": "ocr_read", "rapidocr": "raw_read"}
HOME_OF_THE_STATELESS = "CO"  # where a plate without a state fits no format


@cache
def readings(name: str) -> pl.DataFrame:
    """row (1-based, as in the file), raw, read, true (normalised; read null: nothing was read), written (state, null:
    not known), state, edits (between read and true)."""
    column = READ_COLUMN[name]
    rows = pl.read_csv(CASES / f"plate_reads_{name}" / "reads.csv", infer_schema=False).with_row_index("row", offset=1)
    for text, normal in ((column, "read"), ("true_plate", "true")):
        known = normalize_plates(rows[text]).select(pl.col("raw").alias(text), pl.col("plate").alias(normal))
        rows = rows.join(known, on=text, how="left", maintain_order="left")
    fits = format_states(rows["true"]).select(true="plate", fit=pl.col("states").list.first())
    rows = rows.join(fits, on="true", how="left", maintain_order="left")
    texts = [rows[side].fill_null("").to_list() for side in ("read", "true")]
    return rows.select(
        "row",
        "read",
        "true",
        raw=column,
        written="plate_state",
        state=pl.coalesce("plate_state", "fit", pl.lit(HOME_OF_THE_STATELESS)),
        edits=pl.Series(cpdist(*texts, scorer=OSA.distance, dtype=np.int64)),
    )


def true_plates() -> pl.DataFrame:
    """Distinct plate, plate_state behind both sets, sorted, with `held`: every second text, to leave out."""
    sets = [readings(name).select(plate="true", plate_state="state") for name in READ_COLUMN]
    return (
        pl.concat(sets).unique().sort("plate", "plate_state").with_columns(held=pl.col("plate").rank("dense") % 2 == 0)
    )


@cache
def other_plates(count: int, seed: int = 5) -> pl.DataFrame:
    """plate, plate_state: drawn in the serial formats of the tables; no text that is the true plate of a reading."""
    rng = np.random.default_rng(seed)
    states = serial_formats().group_by("state", maintain_order=True).agg("shape").rows()
    found = []
    for (state, shapes), wanted in zip(
        states, rng.multinomial(count, np.full(len(states), 1 / len(states))), strict=True
    ):
        for shape, number in zip(shapes, rng.multinomial(wanted, np.full(len(shapes), 1 / len(shapes))), strict=True):
            columns = [rng.integers(65, 91, number) if kind == "L" else rng.integers(48, 58, number) for kind in shape]
            text = np.ascontiguousarray(np.stack(columns, axis=1).astype(np.uint8)).view(f"S{len(shape)}").ravel()
            found.append(pl.DataFrame({"plate": text.astype(str)}).with_columns(plate_state=pl.lit(state)))
    return pl.concat(found).unique().join(true_plates(), on="plate", how="anti").sort(pl.all())


def registry(listed: pl.DataFrame, others: int) -> pl.DataFrame:
    """The canonical registry frame: these plates (plate, plate_state) among so many others, in no telling order."""
    empty = registry_frame([])
    rows = pl.concat([listed.select("plate", "plate_state"), other_plates(others)])
    rows = rows.sample(fraction=1.0, shuffle=True, seed=1).with_row_index("row", offset=1)
    blank = [pl.lit(None, dtype).alias(name) for name, dtype in empty.schema.items() if name not in rows.columns]
    return rows.with_columns(blank).select(empty.columns).cast(empty.schema)


def log_of(rows: pl.DataFrame, states_written: bool = True) -> pl.DataFrame:
    """A log with each reading in a case of its own, so that none can vote for another; log row = row of the file."""
    cells = rows.select("row", "raw", state="written" if states_written else pl.lit(None, pl.String))
    return log_frame(
        [{"case_id": f"{row:05d}", "plate": raw, "plate_state": state} for row, raw, state in cells.iter_rows()]
    )
