"""`evidence screen --engine`: the options in words of Spark, and what is said of each city afterwards."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from evidence.commands.options import plain, say, say_where

if TYPE_CHECKING:
    from evidence.access import Access


def screen_on_engine(
    master: str,
    options: Sequence[str],
    cities: Path,
    out: Path,
    *,
    all_addresses: bool,
    pack: str | None,
    summaries: int,
    access: "Access",
    force: bool,
    quiet: bool,
    threads: int | None,
) -> None:
    """Screen a city, or a folder of cities, on Spark; ends with the exit code of the first city or source that failed.

    Raises UserError.
    """
    from evidence.spark.engine import check_engine

    settings = _settings(options)
    check_engine(master)
    import polars as pl

    from evidence.commands.listing import show_listing
    from evidence.progress import shown_progress
    from evidence.rules.pack import is_pack_file, pack_asked_for
    from evidence.spark.city_tasks import Asked
    from evidence.spark.screening import EngineOptions, screen_on

    if pack is not None:
        pack_asked_for(pack)  # a name that is none is said now, not after the work
        pack = str(Path(pack).resolve()) if is_pack_file(pack) else pack  # executors stand in other folders
    asked = Asked(all_addresses, pack, summaries, access)
    with shown_progress(quiet=quiet) as progress:
        outcomes = screen_on(EngineOptions(master, settings, threads), cities, out, asked, progress, force=force)
    several = len(outcomes) > 1 or outcomes[0].city.folder != cities.resolve()
    codes = []
    for outcome in outcomes:
        of = f"{plain(outcome.city.name)}: " if several else ""
        for failure in outcome.failures:
            typer.echo(f"warning: {of}{plain(failure)} (going on without this source)", err=True)
            codes.append(failure.exit_code)
        if outcome.error is not None:
            typer.echo(f"warning: {of}{plain(outcome.error)} (this city has no tables)", err=True)
            codes.append(outcome.error.exit_code)
    if not quiet:
        show_listing(pl.read_parquet(out / "screen.parquet"))
        if several:
            say(f"\nOne list of {len(outcomes)} cities: {out / 'screen.csv'}; each city in its folder beside it")
        else:
            say_where(cities, out)
    if codes:
        raise typer.Exit(codes[0])


def _settings(options: Sequence[str]) -> dict[str, str]:
    settings = {}
    for option in options:
        name, equals, value = option.partition("=")
        if not equals or not name.startswith("spark."):
            raise typer.BadParameter(f"{option!r} is not like spark.executor.memory=16g", param_hint="--engine-option")
        settings[name] = value
    return settings
