"""`evidence demo` and `evidence score`: a made-up city with known truth, and how well a screening found it."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from evidence.commands.options import Force, Threads, say, use_threads


class Regime(StrEnum):
    """What goes wrong in the made-up city more than usual."""

    base = "base"
    misread = "misread"
    stale = "stale"
    unwatched = "unwatched"
    parents = "parents"


class Format(StrEnum):
    """File format of the made-up sources."""

    csv = "csv"
    csv_gz = "csv.gz"
    tsv = "tsv"
    jsonl = "jsonl"
    parquet = "parquet"
    mixed = "mixed"


class Scale(StrEnum):
    """How large the made-up city is."""

    tiny = "tiny"
    town = "town"
    city = "city"
    metro = "metro"


def demo(
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Folder to write into.")] = Path("demo"),
    scale: Annotated[Scale, typer.Option(help="Size of the city.")] = Scale.tiny,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Same seed, same city.")] = 1,
    regime: Annotated[
        Regime, typer.Option(help="What goes wrong more than usual: misread plates, stale lists, ...")
    ] = Regime.base,
    formats: Annotated[Format, typer.Option("--format", help="File format of the sources.")] = Format.csv,
    force: Force = False,
    threads: Threads = None,
) -> None:
    """Make a city of made-up people to try the program on, with the truth beside it.

    Writes DIR/city (the sources, as agencies would export them) and DIR/truth (who really lives where).

    Example: evidence demo -o demo && evidence screen demo/city -o demo/out --summaries 20
    """
    use_threads(threads)
    from evidence.atomic import replaced_folder
    from evidence.synthetic import generate
    from evidence.synthetic import regime as regime_settings

    with replaced_folder(out, owned_demo, force=force) as folder:
        world = regime_settings(regime.value)
        made = generate(folder, scale=scale.value, seed=seed, settings=world, formats=formats.value)
        city, truth = (out / Path(path).relative_to(folder) for path in (made.city, made.truth))
        (folder / DEMO_MARK).write_text(f"scale = {scale.value}\nseed = {seed}\n", "utf-8")
    say(f"City: {city}\nTruth: {truth}")
    say(f"Next: evidence screen {city} -o {out / 'out'}")


DEMO_MARK = ".evidence-demo"


def owned_demo(folder: Path) -> frozenset[str] | None:
    """The files of a former demo; None when the folder is none. A screening made beside them is not among them."""
    if not (folder / DEMO_MARK).is_file():
        return None
    parts = (path for part in ("city", "truth") for path in (folder / part).rglob("*") if path.is_file())
    return frozenset({DEMO_MARK, *(path.relative_to(folder).as_posix() for path in parts)})


def score(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Folder that `evidence screen` wrote.")],
    truth: Annotated[Path, typer.Argument(metavar="TRUTH", help="Folder `truth` that `evidence demo` wrote.")],
    as_json: Annotated[bool, typer.Option("--json", help="The scores as JSON.")] = False,
    threads: Threads = None,
) -> None:
    """Compare a screening of a made-up city with the truth.

    Example: evidence score demo/out demo/truth
    """
    use_threads(threads)
    import json

    from evidence.score import ScoreError
    from evidence.score import score as score_screening
    from loaders.errors import UnreadableFile

    try:
        scores = score_screening(out, truth)
    except ScoreError as error:
        raise UnreadableFile(str(error)) from error
    say(json.dumps(scores.as_dict(), indent=2) if as_json else scores.table())
