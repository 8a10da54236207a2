"""What cannot run is said in one sentence, with the exit code of its kind, and nothing is written."""

import os
import socket
from pathlib import Path
from types import MappingProxyType

import pyarrow as pa
import pytest

from evidence.errors import ClusterFailed, NotAvailable
from evidence.spark.engine import check_engine
from evidence.spark.failures import failing
from evidence.spark.pair_tasks import compare
from evidence.spark.store import Store
from loaders.errors import EngineFault
from tests.evidence.test_cli import process, run


def test_an_unknown_engine(tiny_folder: Path, tmp_path: Path) -> None:
    done = run("screen", tiny_folder, "-o", tmp_path / "out", "--engine", "flink://here")
    assert (done.returncode, done.stdout) == (69, "")
    assert "no engine 'flink://here'" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--engine-option", "spark.executor.memory=1g"], "no --engine to pass it to"),
        (["--engine", "local[2]", "--engine-option", "memory"], "is not like spark.executor.memory=16g"),
    ],
)
def test_a_wrong_option(arguments: list[str], says: str, tiny_folder: Path, tmp_path: Path) -> None:
    done = run("screen", tiny_folder, "-o", tmp_path / "out", *arguments)
    assert done.returncode == 2
    assert says in " ".join(done.stderr.split())


def test_without_pyspark(tiny_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "pyspark.py").write_text("raise ImportError('not here')")
    path = f"{tmp_path}{os.pathsep}{Path(__file__).parents[3]}"
    done = process("screen", tiny_folder, "-o", tmp_path / "out", "--engine", "local[2]", PYTHONPATH=path)
    assert done.returncode == 69
    assert done.stderr.startswith("evidence: pyspark is not installed here")


def java(folder: Path, says: str) -> str:
    """A JAVA_HOME whose Java says it is so."""
    program = folder / "bin" / "java"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\necho '{says}' >&2\n")
    program.chmod(0o755)
    return str(folder)


def test_without_java_or_with_an_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "none"))
    with pytest.raises(NotAvailable, match=r"there is none in JAVA_HOME .*Java 17 or later"):
        check_engine("local[2]")
    monkeypatch.setenv("JAVA_HOME", java(tmp_path, 'openjdk version "11.0.2"'))
    with pytest.raises(NotAvailable, match=r"is openjdk version .11\.0\.2.: Spark needs Java 17 or later"):
        check_engine("local[2]")


def test_a_master_that_does_not_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(NotAvailable, match=f"no Spark master at spark://127.0.0.1:{port}: .*does not answer"):
        check_engine(f"spark://127.0.0.1:{port}")


@pytest.mark.parametrize(
    ("text", "kind", "says"),
    [
        (
            "x\nModuleNotFoundError: No module named 'polars'\n",
            ClusterFailed,
            "Python of the executors",
        ),
        ("ExecutorLostFailure (executor 3 exited)", ClusterFailed, "want of executors or memory"),
        ("RuntimeError: [city brule: reading it] MemoryError: ", ClusterFailed, r"\[city brule: reading it\].*memory"),
        ("java.io.IOException: No space left on device", ClusterFailed, "no space left"),
        (
            "RuntimeError: [city brule: clustering] KeyError: 7\n at",
            EngineFault,
            r"city brule: clustering\] KeyError",
        ),
        ("something else", EngineFault, "something else"),
    ],
)
def test_what_spark_throws_names_city_and_remedy(text: str, kind: type[Exception], says: str) -> None:
    from pyspark.errors import PySparkException

    with pytest.raises(kind, match=says), failing("reading the cities"):
        raise PySparkException(text)


def test_a_task_that_fails_names_its_city(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    store.save(3, "name", "brule")
    pairs = pa.RecordBatch.from_pydict({"city": [3], "left": [0], "right": [1]})
    with pytest.raises(RuntimeError, match=r"^\[city brule: comparing names\] FileNotFoundError: "):
        list(compare(store, iter([pairs])))


def test_what_is_kept_for_a_city_comes_back(tmp_path: Path) -> None:
    store, value = Store(str(tmp_path)), MappingProxyType({"a": MappingProxyType({"b": 1})})
    store.save(0, "x", value)
    assert store.load(0, "x") == value
    assert sorted(path.name for path in (tmp_path / "cities" / "0").iterdir()) == ["x"], "nothing is left aside"
