"""What the tests of the Spark engine ask for: Java and pyspark, of which CI has both."""

import pytest

from evidence.errors import NotAvailable
from evidence.spark.engine import check_engine

# Two cores, and a JVM that does not spend the test's time on compiling itself.
QUICK = {
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.sql.shuffle.partitions": "4",
    "spark.driver.memory": "1g",
}


@pytest.fixture(scope="session")
def spark_runs() -> None:
    """Skip where Spark cannot run."""
    try:
        check_engine("local[2]")
    except NotAvailable as missing:
        pytest.skip(str(missing))
