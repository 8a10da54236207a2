"""`evidence graph`: the linkage graph of a case as one page."""

from pathlib import Path
from typing import Annotated

import typer

from evidence.commands.access import (
    Asked,
    Operator,
    Purpose,
    Reason,
    StorePlace,
    note_no_record,
    recorded,
    shown_in,
)
from evidence.commands.options import (
    CityFolder,
    Force,
    Fresh,
    Learned,
    Out,
    Prepared,
    Quiet,
    Threads,
    end_with_failures,
    kept_for,
    plain,
    rates_for,
    report_failures,
    report_made,
    say,
    use_threads,
)


def graph(
    city: CityFolder,
    case: Annotated[str, typer.Option("--case", metavar="ID", help="The case_id, exactly as in `cases`.")],
    out: Out,
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
) -> None:
    """Write the linkage graph of one case as a page for a browser: DIR/ID/graph.html.

    The page stands alone and fetches nothing. It shows which rows name which person, which plates were read as which
    vehicle, and what was compared and not linked; every edge has its figures in bits, as `evidence explain` gives them.
    Where DIR is the folder of the case's summary, the page goes beside it. docs/graph.md explains the page.

    Example: evidence graph ./fort-collins --case C-2007-0042 -o out/cases
    """
    use_threads(threads)
    from evidence import load
    from evidence.atomic import owned_or_refuse, replaced_file
    from evidence.case_files import GRAPH_PAGE, owned_graph_page
    from evidence.errors import unknown_case
    from evidence.folders import folder_names
    from evidence.graph.model import case_graph
    from evidence.graph.page import graph_page
    from evidence.keeping import NOTHING_KEPT
    from evidence.linkage import link
    from evidence.pipeline import investigate
    from evidence.progress import NullProgress, shown_progress

    asked = Asked(operator, purpose, reason, store)
    with recorded(asked, "graph", city, cases=[case], terms={"case": case}) as record:
        kept = kept_for(city, prepared, fresh=fresh)
        loaded = load(city, keep=kept.source if kept else None)
        known = loaded.frame("cases").get_column("case_id").to_list()
        if case not in known:
            raise unknown_case(case, known)
        report_failures(loaded)
        folder: Path = out / folder_names(known)[case]
        owned_or_refuse(folder, owned_graph_page, force=force)
        held = rates_for(kept, learned, loaded, [case])
        with shown_progress(quiet=quiet) as progress:
            run = investigate(loaded, case_ids=[case], progress=progress, keep=kept or NOTHING_KEPT, held=held)
            result = run.results([case])[0]
            record.found(1, shown_in(record, [result.summary]))
            with progress.stage("graph"):
                # With held rates a run sees the vicinity of its case alone; the page shows what was compared anywhere.
                keep = kept or NOTHING_KEPT
                linked = run.linked if held is None else link(loaded, NullProgress(), keep, held, [case])
                found = case_graph(linked, loaded.frame("vehicle_log"), result)
                page = graph_page(found)
            folder.mkdir(parents=True, exist_ok=True)
            with replaced_file(folder / GRAPH_PAGE) as partial:
                partial.write_bytes(page)
    if not quiet:
        note_no_record(record)
        report_made(kept)
        say(f"Case {plain(case)}, {plain(result.summary.address)}")
        say(f"  {len(found.nodes)} nodes, {len(found.edges)} edges, {len(found.rejected)} alternatives not taken")
        say(f"  Graph for a browser: {folder / GRAPH_PAGE}")
    end_with_failures(loaded)
