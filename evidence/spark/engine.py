"""A session of Spark, or one plain sentence why there is none."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from evidence.errors import NotAvailable
from evidence.spark.store import Store
from evidence.write import PROGRAM

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SUBMITTED = "spark-submit"  # the master is that of the spark-submit which started this program
ENGINES = re.compile(
    rf"local\[(\d+|\*)\]|local-cluster\[\d+,\d+,\d+\]|spark://\S+|yarn|k8s://\S+|{SUBMITTED}", re.ASCII
)
OLDEST_JAVA = 17  # Spark 4
ANSWER_SECONDS = 5.0  # a master on the same network answers in milliseconds
EXECUTOR_SECONDS = 120.0  # a cluster manager starts its first executor within a minute where it has room
TRIES = 2  # of a task in local mode, where Spark's own default is one; elsewhere its default of four holds

# What Spark is told where the user says nothing.
DEFAULTS: Mapping[str, str] = {
    "spark.app.name": "evidence screen",
    # a batch is what is compared at once: 500,000 pairs are some 10 MB here and 100 MB while they are compared
    "spark.sql.execution.arrow.maxRecordsPerBatch": "500000",
    "spark.ui.showConsoleProgress": "false",
    "spark.executorEnv.OPENBLAS_NUM_THREADS": "1",  # as in the local run (`evidence`)
    "spark.driver.extraJavaOptions": f"-Dlog4j2.configurationFile={Path(__file__).with_name('log4j2.properties')}",
}
LOCAL_DEFAULTS: Mapping[str, str] = {
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.memory": "2g",  # rows in shuffles; the tasks' own memory is beside it, in processes of Python
}


def check_engine(name: str) -> None:
    """Raises NotAvailable where `name` is no engine, or pyspark, Java or the master is missing."""
    if not ENGINES.fullmatch(name):
        raise NotAvailable(
            f"there is no engine {name!r}: name local[2] (or another number, or *), spark://HOST:PORT, yarn, "
            f"k8s://HOST:PORT, or {SUBMITTED} under spark-submit"
        )
    try:
        import pyspark  # noqa: F401
    except ImportError as error:
        raise NotAvailable(
            "pyspark is not installed here: pip install 'occupancy-evidence[spark]', or leave --engine away"
        ) from error
    _check_java()
    for host, port in re.findall(r"([^/,:\s]+):(\d+)", name) if name.startswith("spark://") else ():
        try:
            socket.create_connection((host, int(port)), ANSWER_SECONDS).close()
            return
        except (OSError, OverflowError) as error:
            last = f"{host}:{port} does not answer ({error})"
    if name.startswith("spark://"):
        raise NotAvailable(f"no Spark master at {name}: {last}; is it started, and the address right?")


def _check_java() -> None:
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=os.path.join(home, "bin") if home else None)
    wanted = f"Spark needs Java {OLDEST_JAVA} or later (Debian: apt-get install openjdk-17-jre-headless)"
    if java is None:
        where = f"there is none in JAVA_HOME ({home})" if home else "there is no java on the path"
        raise NotAvailable(f"{where}: {wanted}")
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', said)
    if found is None or int(found[1]) < OLDEST_JAVA:
        raise NotAvailable(f"{java} is {said.splitlines()[0] if said else 'no working Java'}: {wanted}")


@contextmanager
def session(name: str, options: Mapping[str, str], threads: int | None) -> Iterator["SparkSession"]:
    """A session at `name`, which ends with the block. options: of Spark, over DEFAULTS. threads: of polars in a task.

    Raises NotAvailable where no session or no executor can be had.
    """
    from pyspark.sql import SparkSession

    local = name.startswith("local")
    settings = {**DEFAULTS, **(LOCAL_DEFAULTS if local else {})}
    if local:
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        os.environ["PYSPARK_PYTHON"] = sys.executable  # executors of this machine run this very Python
    if threads is not None:
        settings["spark.executorEnv.POLARS_MAX_THREADS"] = str(threads)
    builder = SparkSession.builder.config(map={**settings, **options})
    if name != SUBMITTED:
        builder = builder.master(re.sub(r"^local\[(\d+|\*)\]$", rf"local[\1,{TRIES}]", name))
    try:
        spark = builder.getOrCreate()
    except Exception as error:
        raise NotAvailable(f"Spark at {name} did not start: {_first_line(error)}") from error
    try:
        if "spark.sql.shuffle.partitions" not in options:
            spark.conf.set("spark.sql.shuffle.partitions", str(4 * max(spark.sparkContext.defaultParallelism, 1)))
        if not re.match(r"local\[", name):
            _await_executor(spark, name)
        yield spark
    finally:
        # Stopped by Ctrl-C or a signal, the connection may be in the middle of an answer; the JVM then goes with us.
        with suppress(Exception):
            spark.stop()


def _await_executor(spark: "SparkSession", name: str) -> None:
    context = spark.sparkContext._jsc.sc()
    until = time.monotonic() + EXECUTOR_SECONDS
    while context.getExecutorMemoryStatus().size() < 2:  # the driver is one
        if time.monotonic() > until:
            raise NotAvailable(
                f"{name} gave no executor within {EXECUTOR_SECONDS:.0f} s: it is full, or has no worker with the cores "
                "and the memory asked for (spark.executor.cores, spark.executor.memory)"
            )
        time.sleep(0.2)


def probe(spark: "SparkSession", store: Store) -> None:
    """Raises NotAvailable where an executor lacks this program, has another version, or does not see the folder."""
    from evidence.spark.city_tasks import probe as looked_at
    from evidence.spark.failures import failing

    store.save(0, "token", version(PROGRAM))
    at_once = max(spark.sparkContext.defaultParallelism, 1)
    rows = spark.range(0, at_once, 1, at_once)
    with failing("the first look at the executors"):
        said = rows.mapInArrow(partial(looked_at, store), "said string").distinct().collect()
    wrong = sorted(row["said"] for row in said if row["said"])
    if wrong:
        raise NotAvailable(f"an executor cannot work for this run: {wrong[0]}")


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    causes = [line for line in lines if line.startswith(("Caused by:", ": "))]
    return (causes or lines or [type(error).__name__])[0][:300]
