"""`evidence screen`: every open case of a city, most pressing first."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evidence.commands.options import (
    CityFolder,
    Force,
    Fresh,
    Out,
    Pack,
    Prepared,
    Quiet,
    Threads,
    end_with_failures,
    kept_for,
    plain,
    report_failures,
    report_made,
    say,
    use_threads,
)

if TYPE_CHECKING:
    from evidence.pipeline import Run


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
    prepared: Prepared = None,
    fresh: Fresh = False,
    force: Force = False,
    quiet: Quiet = False,
    threads: Threads = None,
) -> None:
    """Screen every open case of a city and write the list, most pressing first.

    Writes screen.parquet and .csv, occupants, persons, mentions, plates and vehicles (.parquet), quarantine.csv,
    warnings.csv, run.json and index.html. DIR is replaced as a whole when the run is complete, and not before.

    Example: evidence screen ./fort-collins -o out --summaries 20
    """
    use_threads(threads)
    from evidence import load
    from evidence.atomic import owned_or_refuse
    from evidence.commands.listing import show_listing
    from evidence.keeping import NOTHING_KEPT
    from evidence.pipeline import investigate
    from evidence.progress import shown_progress
    from evidence.write import Access, owned_screening, write_screening

    owned_or_refuse(out, owned_screening, force=force)
    kept = kept_for(city, prepared, fresh=fresh)
    with shown_progress(quiet=quiet) as progress:
        with progress.stage("load"):
            loaded = load(city, keep=kept.source if kept else None)
        report_failures(loaded)
        run = investigate(loaded, all_addresses=all_addresses, pack=pack, progress=progress, keep=kept or NOTHING_KEPT)
        screening = run.screening()
        known = frozenset(loaded.frame("cases").get_column("case_id"))
        listed = screening.screen.get_column("case_id")
        chosen = [case_id for case_id in listed if case_id in known][:summaries]
        write_screening(
            screening,
            out,
            case_ids=known,
            summaries=lambda folder: _write_summaries(run, chosen, folder),
            access=Access(purpose, operator),
            progress=progress,
            force=force,
        )
    if not quiet:
        report_made(kept)
        show_listing(screening.screen)
        say(f"\nList for a browser: {out / 'index.html'}")
        say(f"Tables: {out / 'screen.csv'}, {out / 'screen.parquet'} and their neighbours")
        say(f"One case in full: evidence summarize {plain(city)} --case ID -o {out / 'cases'}")
    end_with_failures(loaded)


def _write_summaries(run: "Run", case_ids: list[str], folder: Path) -> Mapping[str, str]:
    from evidence.folders import folder_names
    from evidence.write import fill_case_folder

    names = folder_names(run.city.frame("cases").get_column("case_id").to_list())
    for case_id, result in zip(case_ids, run.results(case_ids) if case_ids else [], strict=True):
        case_folder = folder / names[case_id]
        case_folder.mkdir(parents=True)
        fill_case_folder(result, case_folder)
    return {case_id: names[case_id] for case_id in case_ids}
