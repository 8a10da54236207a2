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
from evidence.commands.asked_cases import asked_cases
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
    plain,
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
    from evidence.atomic import owned_or_refuse, replaced_file
    from evidence.case_files import GRAPH_PAGE, PAGE_FILE, owned_graph_page
    from evidence.folders import folder_names
    from evidence.graph.model import case_graph
    from evidence.graph.page import graph_page
    from evidence.progress import shown_progress
    from evidence.write import link_graph

    asked = Asked(operator, purpose, reason, store)
    with recorded(asked, "graph", city, cases=[case], terms={"case": case}) as record:
        about = asked_cases(record, city, [case], prepared=prepared, learned=learned, fresh=fresh)
        loaded = about.city
        folder: Path = out / folder_names(loaded.frame("cases").get_column("case_id").to_list())[case]
        owned_or_refuse(folder, owned_graph_page, force=force)
        with shown_progress(quiet=quiet) as progress:
            run = about.run(progress)
            (result,) = run.results([case])
            record.found(1, shown_in(record, [result.summary]))
            with progress.stage("graph"):
                # The page shows what was compared anywhere in the city.
                found = case_graph(run.uncut(), loaded.frame("vehicle_log"), result)
                rests_on = {"--prepared": prepared, "--learned": learned}
                beside = PAGE_FILE if (folder / PAGE_FILE).is_file() else None
                page = graph_page(found, city, options=rests_on, summary=beside)
            folder.mkdir(parents=True, exist_ok=True)
            with replaced_file(folder / GRAPH_PAGE) as partial:
                partial.write_bytes(page)
            link_graph(folder)
    if not quiet:
        note_no_record(record)
        about.report()
        say(f"Case {plain(case)}, {plain(result.summary.address)}")
        say(f"  {len(found.nodes)} nodes, {len(found.edges)} edges, {len(found.rejected)} alternatives not taken")
        say(f"  Graph for a browser: {folder / GRAPH_PAGE}")
    end_with_failures(loaded)
