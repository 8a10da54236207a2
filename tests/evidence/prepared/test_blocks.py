"""Rows found by a column are those that a look at the whole frame finds; what is read is what was written."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from evidence.keeping import MadeParts, Projection
from evidence.prepared.blocks import BLOCK_ROWS
from evidence.prepared.errors import DamagedPreparation
from evidence.prepared.manifest import STAGES, Entry
from evidence.prepared.store import Store

COLOURS = pl.Enum(["blue", "grey", "red"])
PROJECTIONS = {"rows": (Projection("name"), Projection("number", ("number", "colour")))}


@dataclass(frozen=True, slots=True)
class Value:
    """One frame by rows, and one beside it."""

    rows: pl.DataFrame
    beside: pl.DataFrame


def frame_of(names: list[str | None]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "name": pl.Series(names, dtype=pl.String),
            "number": pl.Series([len(name or "") * 7 for name in names], dtype=pl.UInt32),
            "colour": pl.Series([COLOURS.categories[n % 3] for n in range(len(names))], dtype=COLOURS),
        }
    )


def stored(folder: Path, frame: pl.DataFrame) -> tuple[Store, Entry, Value]:
    store, value = Store(folder), Value(frame, pl.DataFrame({"n": [1, 2]}))
    with store.locked():
        entry = store.write("stage", "0" * 24, value, Value, projections=PROJECTIONS)
    return store, entry, value


LONG = [f"n{n * n % 97}" if n % 11 else None for n in range(3 * BLOCK_ROWS + 5)]
NAMES = st.sampled_from(["", "a", "b", "ba", "c", "straße"])


@pytest.mark.parametrize("names", [[], ["a"], ["a"] * (BLOCK_ROWS + 1), LONG, [None] * 3])
@pytest.mark.parametrize("asked", [[], ["a"], ["n1", "n16", "n96"], ["", None, "zz"]])
def test_the_rows_found_are_those_of_the_whole_frame_in_its_order(
    names: list[str | None], asked: list[str | None], tmp_path: Path
) -> None:
    store, entry, value = stored(tmp_path / "kept", frame_of(names))
    kept, made = store.parts(entry, Value).rows("rows"), MadeParts(value).rows("rows")
    wanted = pl.Series(asked, dtype=pl.String)
    assert_frame_equal(kept.where("name", wanted), made.where("name", wanted))
    numbers, columns = pl.Series([7, 14, 21], dtype=pl.Int64), ("colour", "number")
    assert_frame_equal(kept.where("number", numbers, columns), made.where("number", numbers, columns))


@given(st.lists(NAMES | st.none(), max_size=4 * BLOCK_ROWS), st.lists(NAMES, max_size=4))
def test_any_value_in_any_block(
    tmp_path_factory: pytest.TempPathFactory, names: list[str | None], asked: list[str]
) -> None:
    frame = frame_of(sorted(names, key=lambda name: name or ""))
    store, entry, value = stored(tmp_path_factory.mktemp("blocks") / "kept", frame)
    wanted = pl.Series(asked, dtype=pl.String)
    assert_frame_equal(
        store.parts(entry, Value).rows("rows").where("name", wanted),
        MadeParts(value).rows("rows").where("name", wanted),
    )


def test_what_no_projection_has_is_taken_from_the_whole_frame(tmp_path: Path) -> None:
    store, entry, value = stored(tmp_path / "kept", frame_of(LONG))
    rows = store.parts(entry, Value).rows("rows")
    for column, wanted in (("colour", pl.Series(["red"])), ("number", pl.Series([14]))):
        assert_frame_equal(rows.where(column, wanted), value.rows.filter(pl.col(column).is_in(wanted.implode())))


def test_the_value_holding_other_rows_is_otherwise_as_it_was(tmp_path: Path) -> None:
    store, entry, value = stored(tmp_path / "kept", frame_of(LONG))
    (tmp_path / "kept" / STAGES / entry.folder / "0.arrow").unlink()
    found = store.parts(entry, Value).holding({"rows": value.rows.head(3)})  # the rows that are left out are not read
    assert_frame_equal(found.rows, value.rows.head(3))
    assert_frame_equal(found.beside, value.beside)


def turn(at: int) -> Callable[[Path], None]:
    def harm(path: Path) -> None:
        content = bytearray(path.read_bytes())
        content[at] ^= 1
        path.write_bytes(content)

    return harm


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-9])


@pytest.mark.parametrize("harm", [turn(0), turn(9), turn(-20), cut_short, Path.unlink])
@pytest.mark.parametrize("name", ["0.name.arrows", "0.name.blocks"])
def test_a_harmed_file_is_named(harm: Callable[[Path], None], name: str, tmp_path: Path) -> None:
    store, entry, _ = stored(tmp_path / "kept", frame_of(LONG))
    harm(tmp_path / "kept" / STAGES / entry.folder / name)
    with pytest.raises(DamagedPreparation, match=name):
        store.verify(entry)
    with pytest.raises(DamagedPreparation, match=name):
        store.parts(entry, Value).rows("rows").where("name", pl.Series(LONG))


def test_a_block_that_is_not_asked_for_is_not_looked_at(tmp_path: Path) -> None:
    store, entry, value = stored(tmp_path / "kept", frame_of(LONG))
    turn(-20)(tmp_path / "kept" / STAGES / entry.folder / "0.name.arrows")
    wanted = pl.Series(["n0"])
    found = store.parts(entry, Value).rows("rows").where("name", wanted)
    assert_frame_equal(found, value.rows.filter(pl.col("name") == "n0"))
