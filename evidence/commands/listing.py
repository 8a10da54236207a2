"""The top of a screening list on the terminal: one line a case, the rest in screen.csv."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from evidence.commands.options import plain, say
from evidence.render.words import number
from evidence.wording import percent

if TYPE_CHECKING:
    import polars as pl

_LINES = 15
_WIDTH_OF_A_FILE = 120
_SHORT = {
    "over_limit_shown": "over limit",
    "insufficient_evidence": "insufficient",
    "not_shown": "not shown",
    "exempt": "exempt",
}
# Header -> (right-aligned, widest that it claims for itself); what claims nothing gives way on a narrow terminal.
_COLUMNS = {
    "Case": (False, 24),
    "Over limit": (True, 10),
    "Finding": (False, 12),
    "Occupants": (True, 12),
    "Address": (False, 0),
    "Nights proved": (True, 6),
    "Ask for next": (False, 0),
}
_NARROW = 5  # so many columns where there is no room for all


def show_listing(frame: "pl.DataFrame") -> None:
    """Print the first cases of screen.parquet's frame."""
    console = Console(highlight=False)
    console.width = console.width if console.is_terminal else _WIDTH_OF_A_FILE
    rows = [_cells(row) for row in frame.head(_LINES).iter_rows(named=True)]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    shown = list(_COLUMNS.items())[: len(_COLUMNS) if console.width >= 100 else _NARROW]
    for place, (header, (right, claim)) in enumerate(shown):
        widest = max((len(cells[place]) for cells in rows), default=0)
        table.add_column(header, justify="right" if right else "left", no_wrap=True, min_width=min(widest, claim))
    for cells in rows:
        table.add_row(*(Text(cell) for cell in cells[: len(shown)]))
    say(f"{frame.height:,} cases or dwellings, most pressing first:")
    console.print(table)
    if frame.height > _LINES:
        say(f"... and {frame.height - _LINES:,} more in screen.csv")


def _cells(row: Mapping[str, Any]) -> list[str]:
    p_over, mean = row["p_over_limit"], row["occupants_mean"]
    cells = (
        row["case_id"],
        percent(p_over).replace("more than ", ">").replace("less than ", "<") if p_over is not None else "",
        _SHORT.get(row["finding"], row["finding"]),
        f"{number(mean)} ({row['occupants_low']}–{row['occupants_high']})" if mean is not None else "",
        row["address"] or "not known",
        row["guest_days_observed_max"] or 0,
        row["next_best_evidence"] or "",
    )
    return [plain(cell) for cell in cells]
