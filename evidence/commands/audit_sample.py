"""`evidence audit sample`: which links to judge, and how good the linkage is by those that were."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

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
)
from evidence.commands.options import (
    CityFolder,
    Force,
    Fresh,
    Out,
    Prepared,
    Quiet,
    Threads,
    end_with_failures,
    kept_for,
    report_failures,
    say,
    use_threads,
)

if TYPE_CHECKING:
    import polars as pl

    from evidence.auditing.audit import Audit
    from evidence.auditing.estimate import Estimate

_FILES = ("sample.csv", "audit.json")


def sample(
    city: CityFolder,
    out: Out,
    size: Annotated[int, typer.Option(metavar="N", min=1, help="How many links to judge.")] = 200,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Same seed, same sample; a larger one holds it.")] = 1,
    purpose: Purpose = None,
    operator: Operator = None,
    reason: Reason = None,
    store: StorePlace = None,
    prepared: Prepared = None,
    fresh: Fresh = False,
    force: Force = False,
    quiet: Quiet = False,
    threads: Threads = None,
) -> None:
    """Draw the links that are worth judging, weakest most densely, and estimate precision and recall from those judged.

    Writes sample.csv (links in random order, with stratum and chance of being drawn) and audit.json. Judge them with
    `evidence judge`, run the same command again, and the estimates follow from what was decided, with intervals.

    Example: evidence audit sample ./fort-collins -o audit --size 200
    """
    use_threads(threads)
    from evidence.atomic import owned_or_refuse, replaced_folder
    from evidence.auditing.audit import audit as audit_city
    from evidence.keeping import NOTHING_KEPT
    from evidence.progress import shown_progress
    from evidence.write import csv_bytes, json_bytes

    owned_or_refuse(out, _owned, force=force)
    asked, terms = Asked(operator, purpose, reason, store), {"size": size, "seed": seed}
    with recorded(asked, "audit sample", city, terms=terms, every_dwelling=True) as record:
        kept = kept_for(city, prepared, fresh=fresh)
        loaded = read_city(record, city, kept)
        report_failures(loaded)
        with shown_progress(quiet=quiet) as progress:
            found = audit_city(loaded, size, seed, progress, kept or NOTHING_KEPT)
        record.found(found.rows.height, _subjects(record, found.rows))
        with replaced_folder(out, _owned, force=force) as folder:
            (folder / _FILES[0]).write_bytes(csv_bytes(found.rows))
            (folder / _FILES[1]).write_bytes(json_bytes(found.as_dict()))
    if not quiet:
        note_no_record(record)
        _print(found, out)
    end_with_failures(loaded)


def _subjects(record: Record, rows: "pl.DataFrame") -> list[dict[str, Any]]:
    """The people whom the links name; nobody where no record is kept."""
    if record.access.entry is None:
        return []
    from evidence.store.subjects import subjects_linked

    return subjects_linked(
        link for side in ("left", "right") for link in rows.select(f"{side}_says", f"{side}_name").iter_rows()
    )


def _print(found: "Audit", out: Path) -> None:
    say(f"{'stratum':<26}{'pairs':>10}{'drawn':>8}{'judged':>8}{'one person':>12}")
    for one in found.strata:
        say(f"{one.stratum:<26}{one.pairs:>10,}{one.drawn:>8}{one.judged:>8}{one.confirmed:>12}")
    for estimate in (found.precision, found.recall):
        say(_words(estimate))
    say(f"Links to judge: {out / _FILES[0]}")


def _words(estimate: "Estimate") -> str:
    between = f"between {estimate.low:.3f} and {estimate.high:.3f} with nine chances in ten"
    value = "not every stratum was judged yet" if estimate.value is None else f"{estimate.value:.3f}"
    return f"{estimate.name}: {value}; {between}"


def _owned(folder: Path) -> frozenset[str] | None:
    from evidence.auditing.audit import SCHEMA
    from evidence.case_files import read_object

    found = read_object(folder / _FILES[1])
    return frozenset(_FILES) if found is not None and found.get("schema") == SCHEMA else None
