"""How fast readings find their plates in a large registry, and how right the first candidate is.

`pytest benchmarks/test_plate_speed.py --benchmark-enable`: the whole table of a million readings in a million
plates; about 50,000 readings a second are wanted on two cores. Readings and plates are drawn here.
"""

import numpy as np
import polars as pl
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from matchers.plate_channel import ALPHABET, PlateChannel, confusion_matrix
from matchers.plate_index import PlateIndex
from matchers.plate_settings import PlateSettings

SETTINGS = PlateSettings()
CHANNEL = PlateChannel.of(SETTINGS)
LETTERS = np.frombuffer((ALPHABET + "?").encode(), dtype=np.uint8)


def _text(codes: np.ndarray) -> pl.Series:
    return pl.Series(np.ascontiguousarray(LETTERS[codes]).view(f"S{codes.shape[1]}").ravel().astype(str))


def _plates_and_readings(count: int) -> tuple[pl.Series, pl.Series, pl.Series]:
    """Registered plates (AAA111 and AAAA11), the plates seen, and one reading of each, two of three with an error."""
    rng = np.random.default_rng(1)
    letters = rng.integers(10, 36, (count, 4)).astype(np.uint8)
    digits = rng.integers(0, 10, (count, 3)).astype(np.uint8)
    plates = np.hstack([letters, digits[:, :2]])
    old = rng.random(count) < 0.5
    plates[old, 3] = digits[old, 2]
    seen = plates[rng.integers(0, count, count)]
    read, row, place = seen.copy(), np.arange(count), rng.integers(0, 6, count)
    cumulated = confusion_matrix(SETTINGS).cumsum(axis=1)
    wrong = (rng.random(count)[:, None] < cumulated[seen[row, place]]).argmax(axis=1)
    kind = rng.integers(0, 3, count)
    read[row, place] = np.select([kind == 0, kind == 1], [wrong, 36], read[row, place])
    return _text(plates), _text(seen), _text(read)


@pytest.mark.slow
@pytest.mark.parametrize("count", [100_000, 1_000_000])
def test_readings_find_their_plates(benchmark: BenchmarkFixture, count: int) -> None:
    plates, seen, reads = _plates_and_readings(count)
    index = PlateIndex.build(plates)
    answer = benchmark.pedantic(index.nearest, args=(reads, CHANNEL, SETTINGS), rounds=1, iterations=1)  # type: ignore[no-untyped-call]
    true = pl.DataFrame({"read": reads, "seen": seen}).with_row_index("n")
    first = answer.group_by("read", maintain_order=True).first()
    right = true.join(first, on="read", how="left").select((pl.col("plate") == pl.col("seen")).mean()).item()
    listed = true.join(answer.rename({"plate": "seen"}), on=["read", "seen"], how="semi").height / count
    benchmark.extra_info |= {"first_right": round(right, 4), "listed": round(listed, 4)}
    if benchmark.stats is not None:
        benchmark.extra_info["readings_a_second"] = round(count / benchmark.stats["mean"])
    assert listed > 0.95
    assert right > 0.8


@pytest.mark.slow
@pytest.mark.parametrize("count", [1_000_000])
def test_the_index_of_a_registry_is_built(benchmark: BenchmarkFixture, count: int) -> None:
    plates, _, _ = _plates_and_readings(count)
    index = benchmark.pedantic(PlateIndex.build, args=(plates,), rounds=1, iterations=1)  # type: ignore[no-untyped-call]
    assert len(index.plates) == plates.n_unique()
