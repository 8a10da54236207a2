"""The access record at work: 10,000 entries by 8 processes at once, 100 writers killed, a long record verified.

`make bench` runs it on SQLite; the tests in tests/evidence/store do the same in small, on PostgreSQL too.
"""

import random
from pathlib import Path

from pytest_benchmark.fixture import BenchmarkFixture

from evidence.store.database import migrate, opened
from evidence.store.verification import verify
from tests.evidence.store.trials import kill_trial, write_together

WRITERS, EACH, KILLS = 8, 1250, 100


def test_ten_thousand_entries_by_eight_processes(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    place = str(tmp_path / "records.sqlite")
    migrate(place)
    said = benchmark.pedantic(write_together, args=(place,), kwargs={"writers": WRITERS, "each": EACH}, rounds=1)  # type: ignore[no-untyped-call]
    assert sorted(said) == list(range(1, WRITERS * EACH + 1))


def test_a_long_record_is_verified(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    place = str(tmp_path / "records.sqlite")
    migrate(place)
    write_together(place, writers=WRITERS, each=EACH)
    with opened(place) as store:
        verified = benchmark(verify, store)
    assert verified.faults == ()
    assert verified.entries["access_log"] == WRITERS * EACH


def test_a_hundred_writers_are_killed(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    place = str(tmp_path / "records.sqlite")
    migrate(place)
    chance = random.Random(1)
    seen = benchmark.pedantic(lambda: [kill_trial(place, chance) for _ in range(KILLS)], rounds=1)  # type: ignore[no-untyped-call]
    assert sum(seen) > KILLS
