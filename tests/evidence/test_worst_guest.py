"""The worst guest of a case: proved, and estimated."""

import polars as pl
import pytest

from evidence.worst_guest import worst_guest


def table(*rows: tuple[str | None, bool, float, int, float]) -> pl.DataFrame:
    """display_name, on_lease, p_occupant, observed, nights if an occupant."""
    return pl.DataFrame(
        [("c", f"p{number}", *row) for number, row in enumerate(rows)],
        schema={
            "case_id": pl.String, "person_id": pl.String, "display_name": pl.String, "on_lease": pl.Boolean,
            "p_occupant": pl.Float64, "guest_days_observed": pl.UInt32, "nights_if_occupant": pl.Float64,
        },
        orient="row",
    )  # fmt: skip


KNOWN = pl.DataFrame({"case_id": ["c"]})
NOT_KNOWN = pl.DataFrame({"case_id": []}, schema={"case_id": pl.String})


@pytest.mark.parametrize(
    ("what", "rows", "disclosed", "observed"),
    [
        ("a guest", [("Ana", False, 0.9, 31, 60.0)], KNOWN, 31),
        ("the worst of two", [("Ana", False, 0.9, 31, 60.0), ("Bo", False, 0.9, 40, 50.0)], KNOWN, 40),
        ("a tenant is no guest", [("Ana", True, 0.9, 200, 300.0), ("Bo", False, 0.9, 4, 9.0)], KNOWN, 4),
        ("no lease disclosed: nobody is proved to be off it", [("Ana", False, 0.9, 31, 60.0)], NOT_KNOWN, 0),
        ("a driver without a name may be a tenant", [(None, False, 0.9, 31, 60.0)], KNOWN, 0),
    ],
)
def test_the_worst_guest_that_is_proved(
    what: str, rows: list[tuple[str | None, bool, float, int, float]], disclosed: pl.DataFrame, observed: int
) -> None:
    assert worst_guest(table(*rows), disclosed, 0.2)["guest_days_observed_max"].to_list() == [observed], what


@pytest.mark.parametrize(
    ("what", "rows", "disclosed", "estimated"),
    [
        ("likely", [("Ana", False, 0.9, 0, 60.0)], KNOWN, 60.0),
        ("unlikely to live there", [("Ana", False, 0.3, 0, 60.0)], KNOWN, 0.0),
        ("one of two is likely", [("Ana", False, 0.4, 0, 60.0), ("Bo", False, 0.4, 0, 40.0)], KNOWN, 40.0),
        ("lease not known: few are off it", [("Ana", False, 0.9, 0, 60.0)], NOT_KNOWN, 0.0),
    ],
)
def test_the_worst_guest_as_estimated(
    what: str, rows: list[tuple[str | None, bool, float, int, float]], disclosed: pl.DataFrame, estimated: float
) -> None:
    found = worst_guest(table(*rows), disclosed, 0.2)["guest_days_estimated_max"].to_list()
    assert found == [estimated], what
