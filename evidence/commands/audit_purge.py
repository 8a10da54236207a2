"""`evidence audit purge`: what is past its time, listed, and destroyed where that is asked for."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evidence.commands.access import StorePlace
from evidence.commands.audit import By, OfCity, acting, opened_store
from evidence.commands.options import plain, say

if TYPE_CHECKING:
    from evidence.store.database import Store


def purge(
    outputs: Annotated[
        list[Path] | None, typer.Option("--outputs", metavar="DIR", help="Folder of case folders to look through.")
    ] = None,
    do: Annotated[
        bool, typer.Option("--do", help="Destroy what is listed and not held; without it, only list.")
    ] = False,
    details_days: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Days to keep details of accesses.")
    ] = None,
    outputs_days: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Days to keep what was written of closed cases.")
    ] = None,
    files: Annotated[
        Path | None,
        typer.Option("--files", metavar="CITY", help="Also list what of this city's files is past its time."),
    ] = None,
    by: By = None,
    store: StorePlace = None,
    city: OfCity = None,
) -> None:
    """List what is past its time, and with --do destroy it: details of old accesses, and what was written of closed
    cases (summaries, redacted copies, graph pages, forms).

    What a legal hold keeps is listed and stays. The log, the disclosure register and the agency's own files are never
    touched: with --files they are listed for their custodian, rows of closed cases and old extracts. What is destroyed
    is logged with its SHA-256 and the day.

    Example: evidence audit purge --outputs out/cases --operator "J. Inspector" --store records.sqlite
    """
    from evidence.store.log import append
    from evidence.store.retention import due
    from evidence.store.retention import purge as destroy

    with opened_store(city, store) as opened:
        who = acting(opened, by)
        listed = due(opened, outputs or (), details_days=details_days, outputs_days=outputs_days)
        said = {"kind": "audit", "action": "purge" if do else "purge, dry run", "operator": who}
        append(opened, {**said, "count": len(listed), "files": str(files.resolve()) if files else None})
        gone = destroy(opened, listed, who) if do else []
        for line in _due_files(opened, files) if files is not None else ():
            say(plain(line))
    for one in listed:
        state = "kept by a legal hold" if one.held else "destroyed" if do else "due"
        say(plain(f"{state}: {one.item} {one.what}{f', case {one.case_id}' if one.case_id else ''}, of {one.since}"))
    held = sum(one.held for one in listed)
    did = f"{len(gone)} destroyed" if do else f"{len(listed) - held} due (nothing was destroyed; --do destroys)"
    say(f"{did}, {held} kept by a legal hold.")


def _due_files(store: "Store", city: Path) -> list[str]:
    """What of the agency's files is past its time, in words."""
    from evidence.store.custody import BY_CASE, due_rows
    from loaders.city import load

    lines = []
    for one in due_rows(store, load(city, only=("cases", *BY_CASE), withhold=False)):
        state = "kept by a legal hold" if one.held else "for its custodian to destroy"
        what = (
            f"{len(one.rows)} rows of case {one.case_id}, the first row {one.rows[0]}" if one.rows else "the whole file"
        )
        lines.append(f"{state}: {one.file}, {what}, of {one.since}")
    return lines
