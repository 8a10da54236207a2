"""Area rules: the model code's own numbers, and what floor area alone can rule out."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.rules.area import (
    DINING,
    LIVING,
    NO_LIMIT,
    bedroom_persons,
    dwelling_persons,
    most_in_floor_area,
    table_404_5_persons,
)
from evidence.rules.forms import RoomsTimes
from evidence.rules.pack import load_pack


@pytest.mark.parametrize(
    ("area", "persons"),
    [(0, 0), (69.9, 0), (70, 1), (80, 1), (99.9, 1), (100, 2), (149, 2), (150, 3), (250, 5)],
)
def test_a_bedroom_by_ipmc_404_4_1(area: float, persons: int) -> None:
    assert bedroom_persons(area) == persons


@pytest.mark.parametrize(
    ("table", "area", "persons"),
    [
        (LIVING, 0, 2),
        (LIVING, 119, 2),
        (LIVING, 120, 5),
        (LIVING, 149, 5),
        (LIVING, 150, NO_LIMIT),
        (DINING, 79, 2),
        (DINING, 80, 5),
        (DINING, 99, 5),
        (DINING, 100, NO_LIMIT),
    ],
)
def test_living_and_dining_rooms_by_table_404_5(
    table: tuple[tuple[int, float], ...], area: float, persons: int
) -> None:
    assert table_404_5_persons(area, table) == persons


@pytest.mark.parametrize(
    ("bedrooms", "living", "dining", "persons"),
    [
        ([120, 120], None, None, 4),
        ([120, 120], 119, None, 2),
        ([200, 200], 130, None, 5),
        ([200, 200], 150, 90, 5),
        ([200, 200], 150, 100, 8),
        ([60, 60], 200, 200, 0),
        ([], None, None, 0),
    ],
)
def test_a_dwelling(bedrooms: list[float], living: float | None, dining: float | None, persons: int) -> None:
    assert dwelling_persons(bedrooms, living, dining) == persons


areas = st.lists(st.integers(0, 400), min_size=1, max_size=6)


@given(areas, st.integers(0, 400))
def test_no_division_into_rooms_allows_more_than_the_floor_area_does(bedrooms: list[int], living: int) -> None:
    assert dwelling_persons(bedrooms) <= most_in_floor_area(sum(bedrooms), living=False)
    assert dwelling_persons(bedrooms, living) <= most_in_floor_area(sum(bedrooms) + living, living=True)


@given(st.integers(0, 3000))
def test_some_division_allows_as_many(total: int) -> None:
    most = most_in_floor_area(total, living=True)
    living = 0 if most < 3 else 120 if most < 6 else 150
    assert dwelling_persons([total - living], living if living else None) >= most


@pytest.mark.parametrize(
    ("age", "counts"),
    [(0, Fraction(0)), (1, Fraction(1, 2)), (11, Fraction(1, 2)), (12, Fraction(1)), (40, Fraction(1)), (None, 1)],
)
def test_children_of_rosemont_count_by_weight(age: int | None, counts: Fraction) -> None:
    (form,) = load_pack("rosemont-il").limit
    assert isinstance(form, RoomsTimes)
    assert form.weight(age) == counts
