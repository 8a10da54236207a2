"""`evidence screen`: every open case of a city, most pressing first."""

from typing import Annotated

import typer

from evidence.commands.engines import screen_on_engine
from evidence.commands.options import (
    CityFolder,
    Force,
    Fresh,
    Learned,
    Out,
    Pack,
    Prepared,
    Quiet,
    Threads,
    end_with_failures,
    kept_for,
    rates_for,
    report_failures,
    report_made,
    report_rates,
    say_where,
    use_threads,
)


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
    learned: Learned = None,
    fresh: Fresh = False,
    force: Force = False,
    quiet: Quiet = False,
    threads: Threads = None,
    engine: Annotated[
        str | None,
        typer.Option(
            metavar="MASTER",
            help="Run on Apache Spark: local[2], spark://HOST:PORT, yarn, k8s://..., or spark-submit. CITY may then be "
            "a folder of cities.",
        ),
    ] = None,
    engine_option: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="A setting of Spark, such as spark.executor.memory=16g; repeatable."),
    ] = None,
) -> None:
    """Screen every open case of a city and write the list, most pressing first.

    Writes screen.parquet and .csv, occupants, persons, mentions, plates and vehicles (.parquet), quarantine.csv,
    warnings.csv, run.json and index.html. DIR is replaced as a whole when the run is complete, and not before.
    With --engine the same tables are made by Spark (docs/spark.md).

    Example: evidence screen ./fort-collins -o out --summaries 20
    """
    use_threads(threads)
    from evidence.atomic import owned_or_refuse
    from evidence.commands.listing import show_listing
    from evidence.progress import shown_progress
    from evidence.write import Access, owned_screening

    access = Access(purpose, operator)
    if engine is not None:
        if prepared is not None:
            raise typer.BadParameter("an engine reads the sources, nothing prepared", param_hint="--prepared")
        if learned is not None:
            raise typer.BadParameter("an engine learns from the sources", param_hint="--learned")
        screen_on_engine(
            engine,
            engine_option or [],
            city,
            out,
            all_addresses=all_addresses,
            pack=pack,
            summaries=summaries,
            access=access,
            force=force,
            quiet=quiet,
            threads=threads,
        )
        return
    if engine_option:
        raise typer.BadParameter("there is no --engine to pass it to", param_hint="--engine-option")
    from evidence import load
    from evidence.deliver import deliver
    from evidence.keeping import NOTHING_KEPT
    from evidence.pipeline import investigate

    owned_or_refuse(out, owned_screening, force=force)
    kept = kept_for(city, prepared, fresh=fresh)
    with shown_progress(quiet=quiet) as progress:
        with progress.stage("load"):
            loaded = load(city, keep=kept.source if kept else None)
        report_failures(loaded)
        held = rates_for(kept, learned, loaded, pack=pack)
        run = investigate(
            loaded, all_addresses=all_addresses, pack=pack, progress=progress, keep=kept or NOTHING_KEPT, held=held
        )
        screening = deliver(run, out, summaries=summaries, access=access, progress=progress, force=force)
    if not quiet:
        report_made(kept)
        report_rates(held, loaded)
        show_listing(screening.screen)
        say_where(city, out)
    end_with_failures(loaded)
