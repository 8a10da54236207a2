"""Where the wall time of a command goes, from stacks sampled by py-spy (`make flame`): which function of ours, and why.

`python -m benchmarks.where STACKS [--least PERCENT]`. STACKS: `py-spy record --idle -f raw`, one line for each stack:
frames from the outside in, separated by semicolons, and the number of samples. Only the main thread counts, and time
is that of the innermost function of this program: what numpy, polars or rapidfuzz do for it is its own. Prints two
Markdown tables: by what the time is for, and by function.
"""

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Final

_OURS: Final = re.compile(r"\b(?:evidence|matchers|loaders)/\S+\.py\b")
_MAIN: Final = "<module>"  # other threads begin elsewhere, and wait most of the time
# Functions that only hand on: what is below them is what the time is for.
_HANDS_ON: Final = re.compile(r"\(evidence/(?:cli|pipeline|linkage|keeping|deliver|assess)\.py\)$|\(evidence/commands/")


def where(stacks: Iterable[str]) -> Counter[tuple[str, str]]:
    """Samples by what they are for (the outermost function that does not only hand on) and the innermost function, both
    as `name (file)`. Time outside this program (start, imports) is for `start`.
    """
    found: Counter[tuple[str, str]] = Counter()
    for line in stacks:
        stack, _, samples = line.rstrip("\n").rpartition(" ")
        frames = [re.sub(r":\d+\)$", ")", frame) for frame in stack.split(";")]
        if not frames[0].startswith(_MAIN):
            continue
        ours = [frame for frame in frames if _OURS.search(frame) and not frame.startswith(_MAIN)]  # imports: start
        doing = [frame for frame in ours if not _HANDS_ON.search(frame)]
        key = (doing[0], ours[-1]) if doing else ("start", ours[-1] if ours else "start")
        found[key] += int(samples)
    return found


def tables(found: Counter[tuple[str, str]], least: float) -> str:
    """By purpose and by function, the most first: what has at least `least` per cent, and what the others come to."""
    purposes: Counter[tuple[str, ...]] = Counter()
    for (purpose, _), samples in found.items():
        purposes[(purpose,)] += samples
    functions: Counter[tuple[str, ...]] = Counter(
        {(function, purpose): samples for (purpose, function), samples in found.items()}
    )
    return f"{_table(('for',), purposes, least)}\n\n{_table(('function', 'for'), functions, least)}"


def _table(columns: tuple[str, ...], found: Counter[tuple[str, ...]], least: float) -> str:
    total = found.total()
    shown = sorted((-n, cells) for cells, n in found.items() if 100 * n / total >= least)
    rest = total + sum(n for n, _ in shown)
    lines = [("% of the time", *columns), ("---",) * (1 + len(columns))]
    lines += [(f"{100 * -n / total:.1f}", *(f"`{cell}`" for cell in cells)) for n, cells in shown]
    lines.append((f"{100 * rest / total:.1f}", f"others, each below {least:g}", *("",) * (len(columns) - 1)))
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def main(arguments: list[str]) -> int:
    """The command of the docstring above."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("stacks", type=Path)
    parser.add_argument("--least", type=float, default=1.0)
    asked = parser.parse_args(arguments)
    with asked.stacks.open(encoding="utf-8") as lines:
        found = where(lines)
    if not found:
        print(f"{asked.stacks} holds no stack of a main thread", file=sys.stderr)
        return 65
    print(tables(found, asked.least))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
