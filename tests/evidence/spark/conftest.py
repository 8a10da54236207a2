"""What the tests of the Spark engine ask for: Java and pyspark, of which CI has both."""

import pytest

from evidence.errors import NotAvailable
from evidence.spark.engine import DEFAULTS, check_engine

# JVMs that do not spend the test's time on compiling themselves, and no more tasks than two cores need.
_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
QUICK = {
    "spark.driver.extraJavaOptions": f"{DEFAULTS['spark.driver.extraJavaOptions']} {_JAVA}",
    "spark.executor.extraJavaOptions": _JAVA,
    "spark.sql.shuffle.partitions": "2",
    "spark.driver.memory": "1g",
}


@pytest.fixture(scope="session")
def spark_runs() -> None:
    """Skip where Spark cannot run."""
    try:
        check_engine("local[2]")
    except NotAvailable as missing:
        pytest.skip(str(missing))
