"""Options that several commands share, and what happens before any of them does work."""

import os
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from evidence.learned import HeldRates
    from evidence.prepared.city import PreparedCity
    from loaders.city import City

CityFolder = Annotated[
    Path, typer.Argument(metavar="CITY", help="Folder with one file per source; see 'evidence check'.")
]
Out = Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Folder to write into.")]
Pack = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Rule pack, or .toml file, for every case in place of the one it names."),
]
Force = Annotated[
    bool,
    typer.Option("--force", help="Write into a folder that holds other files; those files are kept."),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")]
Threads = Annotated[
    int | None,
    typer.Option(metavar="N", min=1, max=1024, help="Processor threads to use; all of them by default."),
]
Pdf = Annotated[
    bool | None,
    typer.Option("--pdf/--no-pdf", help="Also summary.pdf; by default where the typesetter typst is installed."),
]

Prepared = Annotated[
    Path | None,
    typer.Option(
        "--prepared",
        metavar="DIR",
        help="Where `evidence prepare` keeps its stages; by default CITY/.evidence, or a folder in $EVIDENCE_PREPARED.",
    ),
]
Fresh = Annotated[
    bool, typer.Option("--fresh", help="Work from the sources alone, whatever is prepared; learn from them too.")
]


Learned = Annotated[
    Path | None,
    typer.Option(
        "--learned",
        metavar="FILE",
        help="Learned rates to hold: learned-*.json of a prepared city. By default those of the prepared city; "
        "without one they are learned.",
    ),
]


def kept_for(city: Path, prepared: Path | None, *, fresh: bool) -> "PreparedCity | None":
    """The prepared city to read from, None where there is none or it is not wanted."""
    if fresh:
        return None
    from evidence.prepared.city import PreparedCity
    from evidence.prepared.place import prepared_folder

    folder = prepared_folder(city, prepared)
    kept = PreparedCity.opened(folder)
    if kept is None and prepared is not None:
        from loaders.errors import MissingInput

        raise MissingInput(f"nothing is prepared in {folder}; run `evidence prepare {city} --prepared {prepared}`")
    return kept


def rates_for(
    kept: "PreparedCity | None",
    learned: Path | None,
    city: "City",
    case_ids: list[str] | None = None,
    pack: str | None = None,
) -> "HeldRates | None":
    """The rates to hold: those of the file named, else those of the prepared city; None where they are learned."""
    from evidence.learned import RatesNotLearned, read_rates
    from evidence.pipeline import require_learned

    if learned is not None:
        return read_rates(learned)
    held = kept.rates() if kept is not None else None
    try:
        if held is not None:
            require_learned(held, city, case_ids, pack)
    except RatesNotLearned as error:
        typer.echo(
            f"note: the rates of the prepared city do not know the rule pack {plain(error.pack)}: learning", err=True
        )
        return None
    return held


def report_rates(held: "HeldRates | None", city: "City") -> None:
    """Say where sources have changed since the rates that are held were learned."""
    if held is None:
        return
    then = {one.source: one for one in held.rates.learned_from}
    for name, report in sorted(city.reports.items()):
        before = then.get(report.source)
        if before is None or before.sha256 != report.sha256:
            rows = f"{before.rows:,} rows then, {report.rows_accepted:,} now" if before else "not there then"
            typer.echo(
                f"note: rates are held as learned before {plain(name)} changed ({rows}); `evidence prepare` learns "
                "them anew, --fresh learns them for this run alone",
                err=True,
            )


def report_made(kept: "PreparedCity | None") -> None:
    """Say which stages of a prepared city had changed, and so took their time."""
    if kept is not None and kept.made:
        names = ", ".join(dict.fromkeys(kept.made))
        typer.echo(f"note: made again, not as it was prepared: {names}; `evidence prepare` keeps them", err=True)


def use_threads(threads: int | None) -> None:
    """Set the number of threads; only works before polars is first imported, so call it first."""
    if threads is not None:
        os.environ["POLARS_MAX_THREADS"] = str(threads)


def with_pdf(*, pdf: bool | None) -> bool:
    """Is a PDF to be made? Where nothing was said, if it can be; where it cannot, one line says how it could.

    Raises NotAvailable where it was asked for and the typesetter is not there.
    """
    from evidence.render.pdf import INSTALL, can_print, require_pdf

    if pdf:
        require_pdf()
    if pdf is None and not can_print():
        typer.echo(f"note: no summary.pdf, since the typesetter typst is not installed ({INSTALL})", err=True)
        return False
    return pdf is not False


def plain(text: object) -> str:
    """Text from the data as one safe line for a terminal: control and direction characters made visible."""
    return "".join("\ufffd" if _hidden(character) else character for character in str(text))


def say(text: str) -> None:
    """One line of result on standard output."""
    print(text)


def say_where(city: Path, out: Path) -> None:
    """What a screening left and what comes next."""
    say(f"\nList for a browser: {out / 'index.html'}")
    say(f"Tables: {out / 'screen.csv'}, {out / 'screen.parquet'} and their neighbours")
    say(f"One case in full: evidence summarize {plain(city)} --case ID -o {out / 'cases'}")


def _hidden(character: str) -> bool:
    code = ord(character)
    # C0 and C1 controls, and the marks that reverse the order of what follows (Unicode TR 36, 2.1.4).
    return code < 0x20 or 0x7F <= code < 0xA0 or code in range(0x202A, 0x202F) or code in range(0x2066, 0x206A)


def day(text: str | None, option: str) -> date | None:
    """A day given on the command line. Ends with a usage error where it is none."""
    try:
        return date.fromisoformat(text) if text is not None else None
    except ValueError as error:
        raise typer.BadParameter(f"{plain(text)!r:.40} is no date: write YYYY-MM-DD", param_hint=option) from error


def report_failures(city: "City") -> None:
    """A source that failed is said aloud and the run goes on without it; without `cases` loading stops by itself."""
    for failure in city.failures:
        typer.echo(f"warning: {plain(failure)} (going on without this source)", err=True)


def end_with_failures(city: "City") -> None:
    """After the results are written: end with the exit code of the first source that failed, if one did."""
    from loaders.errors import exit_code_of

    if city.failures:
        raise typer.Exit(exit_code_of(city.failures))
