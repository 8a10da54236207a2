"""`evidence check`: what a city folder gives and lacks, before anything is computed."""

from typing import TYPE_CHECKING, Annotated

import typer

from evidence.commands.access import Asked, Operator, Purpose, Reason, StorePlace, read_city, recorded
from evidence.commands.options import CityFolder, Threads, plain, say, use_threads

if TYPE_CHECKING:
    from evidence.check import CheckReport, Remark, SourceCheck


def check(
    city: CityFolder,
    as_json: Annotated[bool, typer.Option("--json", help="The report as JSON on standard output.")] = False,
    purpose: Purpose = None,
    operator: Operator = None,
    reason: Reason = None,
    store: StorePlace = None,
    threads: Threads = None,
) -> None:
    """Say what a city folder gives and what it lacks, source by source.

    Rows read, accepted and set aside; headers placed, not placed and refused; date formats; cells that became
    missing, by column; absent sources and what asking for them would be worth. Nothing is linked or counted.
    The exit code is 0 when every source that was given could be read, otherwise that of the first failure.

    Example: evidence check ./fort-collins
    """
    use_threads(threads)
    from evidence.check import check_city

    asked = Asked(operator, purpose, reason, store)
    with recorded(asked, "check", city, looks_up_persons=False) as record:
        report = check_city(read_city(record, city))
        record.found(len(report.sources))
    if as_json:
        say(report.model_dump_json(indent=2))
    else:
        _print(report)
    raise typer.Exit(report.exit_code)


def _print(report: "CheckReport") -> None:
    from evidence.check import WORTH

    say(f"City folder {plain(report.folder)}")
    for source in report.sources:
        _print_source(source)
    for failure in report.failures:
        say(f"\n{plain(failure.source)}: NOT READ" if failure.source else "\nThe city cannot be screened")
        say(f"  {plain(failure.message)}")
    if report.absent:
        say("\nNot given")
        for absent in report.absent:
            say(f"  {absent.source}: would give {absent.would_give};\n    {absent.worth}")
    if report.other_files:
        say("\nFiles that belong to no source: " + ", ".join(map(plain, report.other_files)))
    failed = {failure.source for failure in report.failures if failure.source}
    read = sum(1 for source in report.sources if source.source in WORTH and source.source not in failed)
    say(f"\n{read} of {len(WORTH)} sources read, {len(failed)} failed, {len(report.absent)} not given.")


def _print_source(source: "SourceCheck") -> None:
    say(f"\n{source.source}: {plain(source.file)}")
    say(f"  gives {source.gives}")
    repeated = f", {source.rows_repeated:,} of them repeats that count once" if source.rows_repeated else ""
    say(
        f"  rows: {source.rows_read:,} read = {source.rows_accepted:,} accepted{repeated} "
        f"+ {source.rows_quarantined:,} set aside"
    )
    if source.rows_withheld is not None:
        say(f"  withheld besides (address confidentiality): {source.rows_withheld:,}; the rest keep their row numbers")
    renamed = {header: column for header, column in source.headers.items() if not _is_column(header, column)}
    if renamed:
        say("  headers placed: " + ", ".join(f"{plain(h)!r} as {c}" for h, c in renamed.items()))
    if source.unplaced_headers:
        say("  headers not placed (kept aside): " + ", ".join(map(repr, map(plain, source.unplaced_headers))))
    if source.refused_headers:
        refused = (f"{plain(h)!r} ({plain(why)})" for h, why in source.refused_headers.items())
        say("  headers refused: " + ", ".join(refused))
    if source.date_formats:
        say("  dates read as: " + ", ".join(f"{c} {plain(f)}" for c, f in source.date_formats.items()))
    for note in source.notes:
        say(f"  note: {plain(note)}")
    for title, remarks in (("set aside", source.quarantined), ("became missing or remarked", source.warnings)):
        for remark in remarks:
            say(f"  {title}: {_remark(remark)}")


def _remark(remark: "Remark") -> str:
    where = f"{remark.column}: " if remark.column else ""
    example = f" (first: row {remark.first_row}, {plain(remark.example)!r})" if remark.first_row else ""
    return f"{remark.number:,} × {where}{plain(remark.reason)}{example}"


def _is_column(header: str, column: str) -> bool:
    """The header is the column's own name but for capitals, blanks and underscores."""
    return "".join(filter(str.isalnum, header)).casefold() == column.replace("_", "")
