"""`evidence screen`: every open case of a city, most pressing first."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evidence.commands.options import CityFolder, Force, Out, Pack, Quiet, Threads, plain, prepare, say

if TYPE_CHECKING:
    import polars as pl

    from evidence.progress import Progress
    from loaders.city import City

_SHOWN = 15
_SHORT = {
    "over_limit_shown": "over limit",
    "insufficient_evidence": "insufficient",
    "not_shown": "not shown",
    "exempt": "exempt",
}


def screen(
    city: CityFolder,
    out: Out,
    all_addresses: Annotated[
        bool, typer.Option("--all-addresses", help="Every dwelling of the city, not only open cases.")
    ] = False,
    summaries: Annotated[
        int,
        typer.Option(metavar="N", min=0, help="Also write the summaries of the N most pressing cases."),
    ] = 0,
    pack: Pack = None,
    purpose: Annotated[str | None, typer.Option(metavar="TEXT", help="Purpose of access, kept in run.json.")] = None,
    operator: Annotated[str | None, typer.Option(metavar="NAME", help="Who runs this, kept in run.json.")] = None,
    force: Force = False,
    quiet: Quiet = False,
    threads: Threads = None,
) -> None:
    """Screen every open case of a city and write the list, most pressing first.

    Writes screen.parquet and .csv, occupants, persons, mentions, plates and vehicles (.parquet), quarantine.csv,
    warnings.csv, run.json and index.html. DIR is replaced as a whole when the run is complete, and not before.

    Example: evidence screen ./fort-collins -o out --summaries 20
    """
    prepare(threads)
    from evidence import load
    from evidence import screen as screen_city
    from evidence.atomic import owned_or_refuse
    from evidence.progress import shown_progress
    from evidence.write import Access, owned_screening, write_screening

    owned_or_refuse(out, owned_screening, force=force)
    with shown_progress(quiet=quiet) as progress:
        with progress.stage("load"):
            loaded = load(city)
        _report_failures(loaded)
        screening = screen_city(loaded, all_addresses=all_addresses, pack=pack, progress=progress)
        known = frozenset(loaded.frame("cases").get_column("case_id"))
        listed = screening.screen.get_column("case_id")
        chosen = [case_id for case_id in listed if case_id in known][:summaries]
        write_screening(
            screening,
            out,
            case_ids=known,
            summaries=lambda folder: _write_summaries(loaded, chosen, folder, pack, progress),
            access=Access(purpose, operator),
            progress=progress,
            force=force,
        )
    if not quiet:
        print_screening(screening.screen)
        say(f"\nList for a browser: {out / 'index.html'}")
        say(f"Tables: {out / 'screen.csv'}, {out / 'screen.parquet'} and their neighbours")
        say(f"One case in full: evidence summarize {plain(city)} --case ID -o {out / 'cases'}")


def _write_summaries(
    city: "City", case_ids: list[str], folder: Path, pack: str | None, progress: "Progress"
) -> Mapping[str, str]:
    from evidence.folders import folder_names
    from evidence.pipeline import summarize_many
    from evidence.write import fill_case_folder

    names = folder_names(city.frame("cases").get_column("case_id").to_list())
    results = summarize_many(city, case_ids, pack=pack, progress=progress) if case_ids else []
    for case_id, result in zip(case_ids, results, strict=True):
        case_folder = folder / names[case_id]
        case_folder.mkdir(parents=True)
        fill_case_folder(result, case_folder)
    return {case_id: names[case_id] for case_id in case_ids}


def _report_failures(city: "City") -> None:
    """A source that failed is said aloud and the run goes on without it; without `cases` loading stops by itself."""
    for failure in city.failures:
        typer.echo(f"warning: {plain(failure)} (going on without this source)", err=True)


def print_screening(frame: "pl.DataFrame") -> None:
    """The top of the list on the terminal, one line a case; what does not fit stands in screen.csv."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from evidence.render.words import number, percent

    console = Console(highlight=False)
    console.width = console.width if console.is_terminal else 120
    headers = ["Case", "Over limit", "Finding", "Occupants", "Address", "Nights proved", "Ask for next"]
    shown = headers if console.width >= 100 else headers[:5]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for header in shown:
        justify = "right" if header in ("Over limit", "Occupants", "Nights proved") else "left"
        table.add_column(header, justify=justify, no_wrap=True)
    for row in frame.head(_SHOWN).iter_rows(named=True):
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
        table.add_row(*(Text(plain(cell)) for cell in cells[: len(shown)]))
    say(f"{frame.height:,} cases or dwellings, most pressing first:")
    console.print(table)
    if frame.height > _SHOWN:
        say(f"... and {frame.height - _SHOWN:,} more in screen.csv")
