"""What a dwelling is used for, which no copy tells: it may be that of people whom the law protects.

A use or type such as a group home, a sober living house or housing for the elderly tells of disability or family
status, as an exemption does (42 USC 3604; *City of Edmonds v. Oxford House*, 1995). Uses are withheld whatever they
are: no list of telling words would be whole, and a gap for these words alone would tell.
"""

from collections.abc import Iterable
from typing import Final

from evidence.wording import RECORDED

_FACTS: Final = ("Exemption", "Permitted use", "Property type", "Parcel")  # by the parcel the roll can be asked
STATEMENT: Final = "Property type, permitted use and exemption of the dwelling stand in no copy, whatever they are."


def facts_without_use(facts: Iterable[str]) -> list[str]:
    """The facts of a dwelling (`summary_evidence.dwelling_facts`) that may be shown to those who know which it is."""
    return [fact for fact in facts if not fact.startswith(_FACTS)]


def without_use(reason: str) -> str:
    """Why the law is not decided for a dwelling (`rules.dwelling.reasons`), without the use that is recorded."""
    law, recorded, _ = reason.partition(RECORDED)
    return f"{law}{recorded}another use, withheld from this copy" if recorded else reason
