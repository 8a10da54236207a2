"""The seal of a summary: a SHA-256 of everything else in it, so that a changed digit shows without the sources.

It is taken of the canonical JSON of the summary without `content_sha256`: keys sorted, no blanks between tokens, text
as UTF-8, numbers as Python writes them. Any JSON reader can work it out again. A seal tells of a change, not of who
made it: whoever changes a number can seal it anew, and then only a replay from the sources (`evidence replay`) tells.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from evidence.summary_model import Summary

FIELD: Final = "content_sha256"


def content_sha256(document: Mapping[str, Any]) -> str:
    """The seal that a summary, as read from its JSON, ought to carry. Raises ValueError for NaN and infinities."""
    rest = {key: value for key, value in document.items() if key != FIELD}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def sealed(summary: Summary) -> Summary:
    """The same summary with the seal that belongs to it."""
    return summary.model_copy(update={FIELD: content_sha256(json.loads(summary.model_dump_json()))})
