"""What Spark throws, as one sentence: which city, which step, what to do."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException

from evidence.errors import ClusterFailed
from loaders.errors import EngineFault

_NAMED = re.compile(r"RuntimeError: (\[city .*?\] .*)")
_LOST = re.compile(
    r"ExecutorLostFailure|Python worker exited unexpectedly|worker lost|OutOfMemoryError|MetadataFetchFailed"
    r"|exit code:? 137|SparkContext was shut down|cancelled because SparkContext|removed our application",
    re.IGNORECASE,
)


@contextmanager
def failing(doing: str) -> Iterator[None]:
    """Turn what Spark throws in the block into a ClusterFailed (machines, memory) or an EngineFault (a bug of ours)."""
    try:
        yield
    except (PySparkException, Py4JError) as error:
        raise _explained(str(error), doing) from error


def _explained(text: str, doing: str) -> Exception:
    named = _NAMED.search(text)
    where = f"{doing} failed" + (f": {named[1].strip()[:600]}" if named else "")
    missing = re.search(r"ModuleNotFoundError: (No module named '[^']+')", text)
    if missing:
        return ClusterFailed(
            f"{doing} failed: the Python of the executors is not complete ({missing[1]}); give them an environment "
            "with this program (docs/spark.md)"
        )
    if "No space left on device" in text:
        return ClusterFailed(f"{where}: no space left for shuffles or beside the output; nothing was written")
    if re.search(r"\bMemoryError\b", text) or (not named and _LOST.search(text)):
        return ClusterFailed(
            f"{where}, for want of executors or memory, after Spark's own retries; nothing was written. Give "
            "spark.executor.memoryOverhead more or take fewer spark.executor.cores (docs/spark.md), and run again"
        )
    if named is None:
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        where = f"{where}: {lines[0][:400] if lines else 'Spark does not say why'}"
    return EngineFault(f"{where}; nothing was written")
