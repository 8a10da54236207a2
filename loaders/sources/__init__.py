"""The sources of a city folder, one idea each; `SOURCES` is the order in which everything lists them."""

from typing import Final

from loaders.sources import assessor, cases, dmv, judgements, lease, university, utility, vehicle_log
from loaders.sources.base import Source

SOURCES: Final[tuple[Source, ...]] = (
    cases.SOURCE,
    vehicle_log.SOURCE,
    dmv.SOURCE,
    lease.SOURCE,
    utility.BILLING,
    utility.USAGE,
    university.SOURCE,
    assessor.SOURCE,
    judgements.SOURCE,
)
BY_NAME: Final = {source.name: source for source in SOURCES}
