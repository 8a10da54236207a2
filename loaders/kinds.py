"""The kinds of column the data dictionary knows, each with its polars type and the rule that reads it.

A kind is kept in the column's metadata together with the unit and the allowed values, so that the dictionary
is the one place where a column is described: loading, `describe()` and the documentation all read it there.
"""

from typing import Any, Final

from loaders.schemas_library import dy

KINDS: Final = frozenset(
    {
        "text",
        "identifier",
        "name",
        "address",
        "plate",
        "log_plate",
        "choice",
        "date",
        "birth_date",
        "month",
        "time",
        "yes_no",
        "integer",
        "number",
    }
)


def _meta(
    kind: str,
    unit: str | None = None,
    values: tuple[str, ...] = (),
    low: float | None = None,
    high: float | None = None,
) -> dict[str, Any]:
    return {"kind": kind, "unit": unit, "values": values, "low": low, "high": high}


def text(meaning: str, *, required: bool = False, kind: str = "text") -> dy.String:
    """Free text, as written."""
    return dy.String(nullable=not required, description=meaning, metadata=_meta(kind))


def identifier(meaning: str, *, required: bool = False) -> dy.String:
    """A key of the agency's own; compared exactly."""
    return text(meaning, required=required, kind="identifier")


def name(meaning: str, *, required: bool = False) -> dy.String:
    """A person, several persons, or a body, as written."""
    return text(meaning, required=required, kind="name")


def address(meaning: str, *, required: bool = False) -> dy.String:
    """A postal address in one line, as written."""
    return text(meaning, required=required, kind="address")


def plate(meaning: str, *, required: bool = False, kind: str = "plate") -> dy.String:
    """A plate as written; `log_plate` also knows how observers write "no vehicle"."""
    return text(meaning, required=required, kind=kind)


def choice(meaning: str, *values: str, required: bool = False) -> dy.String:
    """One of a closed list; other spellings are mapped by the source's synonyms."""
    return dy.String(nullable=not required, description=meaning, metadata=_meta("choice", values=values))


def date(meaning: str, *, required: bool = False, kind: str = "date") -> dy.Date:
    """A calendar day; `birth_date` never lies after the file's other dates."""
    return dy.Date(nullable=not required, description=meaning, metadata=_meta(kind))


def month(meaning: str, *, required: bool = False) -> dy.Date:
    """A calendar month, as its first day."""
    return dy.Date(nullable=not required, description=meaning, metadata=_meta("month"))


def time(meaning: str) -> dy.Time:
    """Local time of day."""
    return dy.Time(nullable=True, description=meaning, metadata=_meta("time"))


def yes_no(meaning: str) -> dy.Bool:
    """Yes, no, or not known."""
    return dy.Bool(nullable=True, description=meaning, metadata=_meta("yes_no"))


def integer(meaning: str, low: int, high: int, *, unit: str | None = None) -> dy.Int16:
    """A whole number in [low, high]; outside is a slip of the pen."""
    return dy.Int16(nullable=True, description=meaning, metadata=_meta("integer", unit, low=low, high=high))


def number(meaning: str, *, unit: str, required: bool = False) -> dy.Float64:
    """A quantity, zero or more."""
    return dy.Float64(nullable=not required, description=meaning, metadata=_meta("number", unit, low=0.0))
