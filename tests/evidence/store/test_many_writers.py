"""Many processes write at once, and some are killed: no entry is lost, none twice, the chain is whole.

The numbers here are small; `benchmarks/test_access_record.py` does the same with 10,000 entries and 100 kills.
"""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from evidence.store.database import opened
from evidence.store.people import SeenCase, all_cases, see_cases
from evidence.store.verification import verify
from tests.evidence.store.trials import kill_trial, write_together

pytestmark = pytest.mark.slow


def test_eight_processes_write_and_nothing_is_lost(place: str) -> None:
    acknowledged = write_together(place, writers=8, each=12)
    assert sorted(acknowledged) == list(range(1, 97))
    with opened(place) as store:
        verified = verify(store)
    assert verified.faults == ()
    assert verified.entries["access_log"] == 96


def test_two_who_show_the_same_cases_at_once_do_not_collide(place: str) -> None:
    shown = [SeenCase(f"C-{n}", "open") for n in range(200)]

    def show(_: int) -> None:
        with opened(place) as store:
            see_cases(store, shown)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(show, range(8)))
    with opened(place) as store:
        assert len(all_cases(store)) == 200


def test_a_writer_killed_at_any_moment_leaves_a_whole_record(place: str) -> None:
    seen = [kill_trial(place, random.Random(seed)) for seed in range(3)]
    assert sum(seen) > 0, "no writer ever wrote: nothing was tried"
