"""Hold a run of the speed benchmarks against the last baseline of the same machine; draw how time grows with the city.

`python -m benchmarks.compare RUN [--keep]`. RUN: JSON of pytest-benchmark. The first run on a machine becomes its
baseline (`benchmarks/baselines/MACHINE.json`), as does any with `--keep`. Processor seconds and the most memory are
compared, which other programs on the machine disturb less than wall time. Exit code 1: something is a fifth worse.
"""

import argparse
import json
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BASELINES = Path(__file__).parent / "baselines"
WORSE = 1.20
COMPARED = ("cpu_seconds", "memory_gb")
# What is so short that the start of a process and the clock's grain decide it is not compared.
LEAST = {"cpu_seconds": 0.2, "memory_gb": 0.1}

Results = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Run:
    """machine: what the figures hold for; results: benchmark -> what was noted of it."""

    machine: Mapping[str, Any]
    results: Results

    @property
    def name(self) -> str:
        """Of the machine, as a file name."""
        facts = (self.machine["cpu"], f"{self.machine['cores']} cores", f"python {self.machine['python']}")
        return "-".join("".join(c if c.isalnum() else " " for c in fact).strip().replace(" ", "_") for fact in facts)


def read_run(file: Path) -> Run:
    """A file of pytest-benchmark."""
    content = json.loads(file.read_text())
    facts = content["machine_info"]
    machine = {
        "cpu": facts["cpu"].get("brand_raw", facts["machine"]),
        "cores": facts["cpu"].get("count"),
        "python": ".".join(facts["python_version"].split(".")[:2]),
        "system": facts["system"],
    }
    return Run(machine, {bench["name"]: bench["extra_info"] for bench in content["benchmarks"]})


def worse(before: Results, after: Results) -> list[str]:
    """What got worse by more than a fifth, in words; what one of the two runs left out is not compared."""
    found = []
    for name in sorted(before.keys() & after.keys()):
        for figure in COMPARED:
            old, new = before[name].get(figure), after[name].get(figure)
            if old is not None and new is not None and new > WORSE * max(old, LEAST[figure]):
                found.append(f"{name}: {figure} {old:g} -> {new:g} ({new / old - 1:+.0%})")
    return found


def growth(results: Results, figure: str) -> tuple[list[float], list[float]]:
    """Registrations of the city, and the figure, of each whole screening; by size."""
    sizes = [
        (float(noted["registrations"]), float(noted[figure]))
        for name, noted in results.items()
        if name.startswith("test_screen_open_cases")
    ]
    return [size for size, _ in sorted(sizes)], [value for _, value in sorted(sizes)]


def exponent(sizes: Sequence[float], values: Sequence[float]) -> float:
    """Slope of log value on log size between the two largest: 1 is proportional. nan where there is one size."""
    if len(sizes) < 2:
        return math.nan
    return math.log(values[-1] / values[-2]) / math.log(sizes[-1] / sizes[-2])


def draw(results: Results, file: Path) -> None:
    """Processor time and memory of a screening by the size of the city, and of linking its persons only, peers too."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams |= {"svg.hashsalt": "evidence", "svg.fonttype": "none"}
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    for axis, what, unit in zip(axes, COMPARED, ("processor seconds", "most memory, GB"), strict=True):
        sizes, values = growth(results, what)
        label = f"screen, exponent {exponent(sizes, values):.2f}"
        axis.loglog(sizes, values, "o-", color="#1f4e79", label=label)
        for name, noted in sorted(results.items()):
            if name.startswith("test_link_the_persons_of_the_city[") and name.endswith("-all]"):
                program = ", ".join(noted["program"].split(", ")[:2])
                axis.loglog(sizes[1:2], [noted[what]], "s", label=f"persons only: {program}")
        axis.set(xlabel="registrations", ylabel=unit)
        axis.grid(visible=True, which="major", color="#dddddd")
        axis.legend(frameon=False, fontsize=8)
    figure.savefig(file, metadata={"Date": None, "Title": "Time and memory of a screening by the size of the city"})
    pyplot.close(figure)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="benchmarks.compare", description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("--keep", action="store_true", help="make this run the machine's baseline")
    parser.add_argument("--draw", type=Path, metavar="SVG", help="draw how time grows with the city")
    asked = parser.parse_args()
    run = read_run(asked.run)
    baseline = BASELINES / f"{run.name}.json"
    if asked.draw:
        draw(run.results, asked.draw)
    slower = []
    if baseline.is_file() and not asked.keep:
        slower = worse(json.loads(baseline.read_text())["results"], run.results)
        print("\n".join(slower) or f"nothing is more than {WORSE - 1:.0%} worse than {baseline.name}")
    else:
        BASELINES.mkdir(exist_ok=True)
        content = {"machine": run.machine, "results": run.results}
        baseline.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n")
        print(f"{baseline.name} is now this machine's baseline")
    return 1 if slower else 0


if __name__ == "__main__":
    sys.exit(main())
