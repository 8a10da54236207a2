"""Wrong answers kept by name in `verdicts/`, so that a change shows which ones it won and which it lost.

`EVIDENCE_FREEZE=1` writes the present ones instead of comparing.
"""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

VERDICTS = Path(__file__).parent / "verdicts"
FREEZE = os.environ.get("EVIDENCE_FREEZE") == "1"


def hold(file: str, wrong: Mapping[str, Sequence[int] | Sequence[str]]) -> None:
    """Fail, and name them, where more answers became wrong than right, over all kinds of error given here together.

    wrong: kind of error -> what is wrong now. Raises KeyError for a kind that was never frozen.
    """
    path = VERDICTS / f"{file}.json"
    frozen = json.loads(path.read_text()) if path.exists() else {}
    if FREEZE:
        path.write_text(json.dumps({**frozen, **wrong}, indent=0, sort_keys=True) + "\n")
        return
    before = {answer for kind in wrong for answer in frozen[kind]}
    after = {answer for answers in wrong.values() for answer in answers}
    better, worse = sorted(before - after), sorted(after - before)
    assert len(worse) <= len(better), f"{list(wrong)}: {len(better)} better {better}; {len(worse)} worse {worse}"
