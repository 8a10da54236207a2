"""Made-up cities to measure on, kept between runs under `out/bench` and made again when the generator changes."""

import hashlib
import os
import sys
from pathlib import Path

import pytest

from benchmarks.alone import REPOSITORY, run_alone

KEPT = REPOSITORY / "out" / "bench"
# The greatest memory that a screening may need here, with room for the system; a smaller machine leaves the scale out.
MEMORY_NEEDED = {"town": 2e9, "city": 4e9, "metro": 18e9}


def made_city(scale: str) -> Path:
    """Folder of the city of this scale (Parquet, seed 1), the truth beside it. Skips where it is too large for here."""
    has = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if has < MEMORY_NEEDED[scale]:
        pytest.skip(f"a {scale} needs {MEMORY_NEEDED[scale] / 1e9:.0f} GB of memory; here are {has / 1e9:.0f}")
    folder = KEPT / f"{scale}-{_generator()}"
    if not (folder / "truth").is_dir():
        KEPT.mkdir(parents=True, exist_ok=True)
        made = [*evidence(), "demo", "--scale", scale, "--seed", "1", "--format", "parquet", "--out", str(folder)]
        run_alone(made, KEPT / f"{scale}.log")
    return folder / "city"


def evidence() -> list[str]:
    """How the command line is started: as the installed command does it."""
    return [
        sys.executable,
        "-c",
        "import sys; sys.argv[0] = 'evidence'; from evidence.cli import main; sys.exit(main())",
    ]


def _generator() -> str:
    """Name of the program text that makes cities."""
    digest = hashlib.sha256()
    for path in sorted((REPOSITORY / "evidence" / "synthetic").iterdir()):
        if path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
