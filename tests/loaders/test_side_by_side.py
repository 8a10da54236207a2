"""What is worked on side by side is what one thread gives, on no more threads than are allowed."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from loaders import side_by_side
from loaders.side_by_side import Begun, each


@pytest.fixture(params=[0, 1, 3], ids=["one thread", "two threads", "four threads"])
def helpers(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Threads besides the one that asks."""
    if not request.param:
        monkeypatch.setattr(side_by_side, "_helpers", lambda: None)
        yield 0
        return
    with ThreadPoolExecutor(request.param) as pool:
        monkeypatch.setattr(side_by_side, "_helpers", lambda: pool)
        yield request.param


@pytest.mark.parametrize("given", [[], [3], [3, 1, 2], list(range(50))])
def test_each_is_made_once_and_in_order(helpers: int, given: list[int]) -> None:  # noqa: ARG001
    made = []

    def make(one: int) -> str:
        made.append(one)
        return str(one)

    assert each(make, given) == [str(one) for one in given]
    assert sorted(made) == sorted(given)


def test_work_within_work_takes_no_more_threads_and_ends(helpers: int) -> None:
    at_work, most, lock = 0, 0, threading.Lock()

    def inner(one: int) -> int:
        nonlocal at_work, most
        with lock:
            at_work += 1
            most = max(most, at_work)
        time.sleep(0.002)
        with lock:
            at_work -= 1
        return one

    def outer(one: int) -> int:
        return sum(each(inner, range(one)))

    assert each(outer, range(9)) == [sum(range(one)) for one in range(9)]
    assert most <= 1 + helpers


def test_the_asking_thread_does_what_no_other_has_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    held = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        pool.submit(held.wait)
        monkeypatch.setattr(side_by_side, "_helpers", lambda: pool)
        begun = Begun(threading.get_ident)
        begun.begin()
        try:
            assert begun.take() == threading.get_ident()
        finally:
            held.set()


def test_a_value_begun_is_made_in_another_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    started = threading.Event()

    def make() -> int:
        started.set()
        return threading.get_ident()

    with ThreadPoolExecutor(1) as pool:
        monkeypatch.setattr(side_by_side, "_helpers", lambda: pool)
        begun = Begun(make)
        begun.begin()
        assert started.wait(10)
        assert begun.take() != threading.get_ident()


def test_a_value_is_taken_once(helpers: int) -> None:  # noqa: ARG001
    begun = Begun(lambda: 7)
    begun.begin()
    begun.begin()
    assert begun.take() == 7
    with pytest.raises(RuntimeError, match="taken before"):
        begun.take()


def test_an_error_is_raised_where_the_value_is_asked_for(helpers: int) -> None:  # noqa: ARG001
    def make(one: int) -> int:
        return 10 // one

    with pytest.raises(ZeroDivisionError):
        each(make, [1, 0, 2])
    begun = Begun(lambda: make(0))
    begun.begin()
    with pytest.raises(ZeroDivisionError):
        begun.take()
