"""`evidence screen`: every open case of a city, most pressing first."""

from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evidence.access import Access
from evidence.commands.access import (
    Asked,
    Operator,
    Purpose,
    Reason,
    Record,
    StorePlace,
    note_no_record,
    read_city,
    recorded,
    refuse_with_store,
)
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
    with_pdf,
)

if TYPE_CHECKING:
    from evidence.results import Screening


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
    pdf: Annotated[bool, typer.Option("--pdf", help="With --summaries, each also as a PDF.")] = False,
    pack: Pack = None,
    purpose: Purpose = None,
    operator: Operator = None,
    reason: Reason = None,
    store: StorePlace = None,
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
    printed = with_pdf(pdf=pdf)
    from evidence.atomic import owned_or_refuse
    from evidence.commands.listing import show_listing
    from evidence.progress import shown_progress
    from evidence.write import owned_screening

    asked = Asked(operator, purpose, reason, store)
    if engine is not None:
        refuse_with_store(asked, city)
        if prepared is not None:
            raise typer.BadParameter("an engine reads the sources, nothing prepared", param_hint="--prepared")
        if printed:
            raise typer.BadParameter("an engine prints nothing; `evidence summarize` prints a case", param_hint="--pdf")
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
            access=Access(purpose, operator, reason),
            force=force,
            quiet=quiet,
            threads=threads,
        )
        return
    if engine_option:
        raise typer.BadParameter("there is no --engine to pass it to", param_hint="--engine-option")
    from evidence.keeping import NOTHING_KEPT
    from loaders.side_by_side import Begun

    owned_or_refuse(out, owned_screening, force=force)
    Begun(lambda: import_module("evidence.deliver")).begin()  # a second of Python, while the sources are read
    terms = {"summaries": summaries, "pack": pack}
    with recorded(asked, "screen", city, terms=terms, every_dwelling=all_addresses) as record:
        kept = kept_for(city, prepared, fresh=fresh)
        with shown_progress(quiet=quiet) as progress:
            with progress.stage("load"):
                loaded = read_city(record, city, kept)
            report_failures(loaded)
            from evidence.deliver import deliver
            from evidence.pipeline import investigate

            held = rates_for(kept, learned, loaded, pack=pack)
            keep = kept or NOTHING_KEPT
            run = investigate(loaded, all_addresses=all_addresses, pack=pack, progress=progress, keep=keep, held=held)
            screening = deliver(
                run,
                out,
                summaries=summaries,
                pdf=printed,
                access=record.access,
                found=lambda made: record.found(made.screen.height, _subjects(record, made)),
                progress=progress,
                force=force,
            )
    if not quiet:
        report_made(kept)
        report_rates(held, loaded)
        show_listing(screening.screen)
        say_where(city, out)
        note_no_record(record)
    end_with_failures(loaded)


def _subjects(record: Record, screening: "Screening") -> list[dict[str, Any]]:
    """The people whom the tables name; nobody where no record is kept."""
    if record.access.entry is None:
        return []
    from evidence.store.subjects import subjects_listed

    addresses = dict(screening.screen.select("case_id", "address").iter_rows())
    return subjects_listed(screening.persons.iter_rows(named=True), addresses)
