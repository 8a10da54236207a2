"""`evidence demo` and `evidence score`: a made-up city with known truth, and how well a screening found it."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from evidence.commands.options import Force, Threads, prepare, say


class Scale(StrEnum):
    """How large the made-up city is."""

    tiny = "tiny"
    town = "town"
    city = "city"


def demo(
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Folder to write into.")] = Path("demo"),
    scale: Annotated[Scale, typer.Option(help="Size of the city.")] = Scale.tiny,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Same seed, same city.")] = 1,
    force: Force = False,
    threads: Threads = None,
) -> None:
    """Make a city of made-up people to try the program on, with the truth beside it.

    Writes DIR/city (the sources, as agencies would export them) and DIR/truth (who really lives where).

    Example: evidence demo -o demo && evidence screen demo/city -o demo/out --summaries 20
    """
    prepare(threads)
    from evidence.atomic import replaced_folder
    from evidence.synthetic import generate

    with replaced_folder(out, owned_demo, force=force) as folder:
        made = generate(folder, scale=scale.value, seed=seed)
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
    prepare(threads)
    from dataclasses import asdict, is_dataclass

    from evidence.score import score as score_screening
    from evidence.write import json_bytes

    scores = score_screening(out, truth)
    values = asdict(scores) if is_dataclass(scores) else dict(scores)
    if as_json:
        say(json_bytes(values).decode().rstrip())
    else:
        width = max(map(len, values), default=0)
        for name, value in values.items():
            say(f"{name:<{width}}  {value:.4g}" if isinstance(value, float) else f"{name:<{width}}  {value}")
