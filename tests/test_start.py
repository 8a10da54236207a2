"""What a summary loads: libraries that take long to load, and that it does not use, stay out of the process."""

import subprocess
import sys

SLOW = ("scipy", "sqlalchemy", "pandas", "recordlinkage")


def test_the_engine_loads_without_the_slow_libraries() -> None:
    engine = "evidence.pipeline, evidence.summary, evidence.write, evidence.prepared.city, loaders.city"
    listed = f"import sys, {engine}; print([name for name in {SLOW!r} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", listed], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_databases_can_still_be_read_after_the_schemas() -> None:
    code = "import loaders.schema, sqlalchemy; from loaders import database; print(sqlalchemy.text('1'))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "1"
