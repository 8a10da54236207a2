"""A synthetic city with known truth: a world is simulated first, then what each agency saw of it.

`generate` writes a city folder in the input format, and beside it a truth folder. The pipeline must never import
this package: its rates are the answers to the examination.
"""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from evidence.errors import OutputRefused
from evidence.synthetic.accounts import utilities
from evidence.synthetic.casefile import case_file
from evidence.synthetic.complaints import build_cases
from evidence.synthetic.export import save
from evidence.synthetic.leases import leases
from evidence.synthetic.registers import assessor, dmv, university
from evidence.synthetic.rows import lay_out
from evidence.synthetic.settings import REGIMES, SCALES, WorldSettings, regime
from evidence.synthetic.sources import homes
from evidence.synthetic.truth import settings_record, truth_tables
from evidence.synthetic.watch import watch
from evidence.synthetic.world import build_world

_MARK = "settings.json"
FORMATS = ("csv", "csv.gz", "tsv", "jsonl", "parquet", "mixed")


@dataclass(frozen=True, slots=True)
class DemoPaths:
    """Where the two folders were written."""

    city: Path
    truth: Path


def generate(
    out: Path, *, scale: str = "town", seed: int = 0, settings: WorldSettings | None = None, formats: str = "csv"
) -> DemoPaths:
    """Write `out/city` and `out/truth`; the same scale, seed, settings and formats give the same bytes.

    The folders are written aside and moved into place when complete; earlier ones are replaced. `scale` is
    `tiny`, `town`, `city` or `metro`; `formats` is one of FORMATS (`mixed`: another format for each agency).
    Raises ValueError for an unknown scale or format, or a negative seed; OutputRefused where `out` holds a folder
    `city` or `truth` of other origin.
    """
    if scale not in SCALES:
        raise ValueError(f"unknown scale '{scale}': one of {', '.join(SCALES)}")
    if formats not in FORMATS:
        raise ValueError(f"unknown format '{formats}': one of {', '.join(FORMATS)}")
    if seed < 0:
        raise ValueError(f"seed {seed} is negative")
    out.mkdir(parents=True, exist_ok=True)
    _refuse_foreign(out)
    aside = Path(mkdtemp(prefix=".demo-", dir=out))
    try:
        _write(aside, scale, seed, settings or WorldSettings(), formats)
        for name in ("city", "truth"):
            target = out / name
            if target.exists():
                shutil.rmtree(target)
            (aside / name).rename(target)
    finally:
        shutil.rmtree(aside)
    return DemoPaths(city=out / "city", truth=out / "truth")


def _refuse_foreign(out: Path) -> None:
    """A folder `city` or `truth` without the settings that this program leaves beside it is somebody's own."""
    if (out / "truth" / _MARK).is_file():
        return
    for name in ("city", "truth"):
        if (out / name).exists():
            raise OutputRefused(f"{out / name} was not made by this program: name another folder")


def _write(folder: Path, scale: str, seed: int, settings: WorldSettings, formats: str) -> None:
    world = build_world(seed, SCALES[scale], settings)
    cases = build_cases(world)
    where = homes(world)
    seen = watch(world, cases)
    lease = leases(world, cases)
    billing, usage = utilities(world)
    disclosed = lease.frame["case_id"].drop_nulls().unique().sort()
    sources = (
        case_file(world, cases, disclosed), seen.source, dmv(world, where), lease, billing, usage,
        university(world, where), assessor(world),
    )  # fmt: skip
    files = {source.name: lay_out(world, source) for source in sources}
    city, truth = folder / "city", folder / "truth"
    city.mkdir()
    truth.mkdir()
    for written in files.values():
        save(world, written, city, formats)
    for name, table in truth_tables(world, cases, seen, files).items():
        table.write_parquet(truth / f"{name}.parquet")
    text = json.dumps(settings_record(world), indent=2, sort_keys=True)
    (truth / _MARK).write_text(text + "\n", encoding="utf-8")


__all__ = ["FORMATS", "REGIMES", "SCALES", "DemoPaths", "WorldSettings", "generate", "regime"]
