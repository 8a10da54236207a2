"""`evidence prepare`: the stages of a city kept, so that one case is answered at once."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from evidence.commands.access import Asked, Operator, Purpose, Reason, StorePlace, note_no_record, read_city, recorded
from evidence.commands.options import (
    CityFolder,
    Prepared,
    Quiet,
    Threads,
    end_with_failures,
    plain,
    report_failures,
    say,
    use_threads,
)

if TYPE_CHECKING:
    from evidence.pipeline import Run


def prepare(
    city: CityFolder,
    prepared: Prepared = None,
    check: Annotated[
        bool, typer.Option("--check", help="Prepare nothing: read every byte that is kept and say whether it is whole.")
    ] = False,
    pages: Annotated[
        bool, typer.Option("--pages/--no-pages", help="Also keep the finished summary of every open case.")
    ] = True,
    purpose: Purpose = None,
    operator: Operator = None,
    reason: Reason = None,
    store: StorePlace = None,
    quiet: Quiet = False,
    threads: Threads = None,
) -> None:
    """Learn the rates of a city, and keep what can be kept of it: read sources, dwellings, persons, vehicles, answers.

    The learned rates hold until the city is prepared again, so that a case changes by its own rows alone; they lie in
    learned-*.json, and every summary names them by their hash.

    `screen`, `summarize` and `submit` then reuse all that is unchanged and make anew what is not, with the same
    results. What is kept goes to CITY/.evidence (or DIR), readable by its owner alone: it holds the personal data of
    the sources. Run it again when sources have changed: only the stages that read them are made again. One that is
    stopped or killed leaves what was kept before.

    Example: evidence prepare ./fort-collins
    """
    use_threads(threads)
    from evidence.prepared.city import PreparedCity
    from evidence.prepared.manifest import read_manifest
    from evidence.prepared.place import prepared_folder
    from evidence.prepared.store import Store

    folder = prepared_folder(city, prepared)
    if check:
        manifest = read_manifest(folder)
        if manifest is None:
            from loaders.errors import MissingInput

            raise MissingInput(f"nothing is prepared in {folder}; run `evidence prepare {city}`")
        for entry in manifest.stages.values():
            Store(folder).verify(entry)
        say(f"{len(manifest.stages)} stages in {plain(folder)}: whole")
        return
    from evidence.learning import learn
    from evidence.named_packs import packs_named
    from evidence.pipeline import prepare_city
    from evidence.progress import shown_progress

    asked = Asked(operator, purpose, reason, store)
    with recorded(asked, "prepare", city, terms={"pages": pages}, looks_up_persons=False) as record:
        with shown_progress(quiet=quiet) as progress, PreparedCity.preparing(folder) as kept:
            with progress.stage("load"):
                loaded = read_city(record, city, kept)
            report_failures(loaded)
            held = learn(loaded, kept, progress)
            kept.hold(held)
            run = prepare_city(loaded, kept, held, progress=progress)
            if pages:
                kept.pages(loaded, (run.settings, held.sha256), packs_named(loaded), lambda: _every_page(run))
        record.found(len(kept.made))
    if not quiet:
        say(f"{len(kept.made)} stages made, {len(kept.reused)} unchanged, in {plain(folder)}")
        note_no_record(record)
    end_with_failures(loaded)


def _every_page(run: "Run") -> Iterator[tuple[str, str, dict[str, bytes]]]:
    """Case id, folder name and the four files of every open case."""
    from evidence.folders import folder_names
    from evidence.write import case_files

    names = folder_names(run.city.frame("cases").get_column("case_id").to_list())
    for case_id, result in run.every_result():
        yield case_id, names[case_id], case_files(result)
