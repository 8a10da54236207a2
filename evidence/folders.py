"""Case ids are anybody's text; folder names are not. One readable, safe, unique folder name for each id.

An id of up to 64 characters out of `A-Z a-z 0-9 . _ -` that starts with a letter or digit, does not end in a dot
and is no reserved name (`CON`, `nul.txt`, ...) is its own folder name. Any other id becomes a readable part of it,
`~`, and 12 hexadecimal digits of its SHA-256 (`../../etc` -> `etc~6f0d2b7c1a35`). Ids that differ only in upper
and lower case would share a folder on some systems, so all of them get the digits. `~` is in no name of the first
kind: no two ids ever share a folder. `run.json` lists every id whose folder is not its own name.
"""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

LONGEST_PLAIN_NAME = 64
_LONGEST_READABLE_PART = 40
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
# https://learn.microsoft.com/windows/win32/fileio/naming-a-file
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)


def folder_name(case_id: str) -> str:
    """Folder of one id, when no other id differs from it only in upper and lower case."""
    return case_id if _is_plain(case_id) else _with_digits(case_id)


def folder_names(case_ids: Iterable[str]) -> dict[str, str]:
    """Folder of each id of a city; the order of the ids does not matter."""
    ids = sorted(set(case_ids))
    same_but_for_case = Counter(folder_name(case_id).casefold() for case_id in ids)
    return {
        case_id: name if same_but_for_case[name.casefold()] == 1 else _with_digits(case_id)
        for case_id in ids
        for name in [folder_name(case_id)]
    }


def _is_plain(case_id: str) -> bool:
    return (
        len(case_id) <= LONGEST_PLAIN_NAME
        and _PLAIN.fullmatch(case_id) is not None
        and not case_id.endswith(".")
        and _RESERVED.fullmatch(case_id) is None
    )


def _with_digits(case_id: str) -> str:
    ascii_text = unicodedata.normalize("NFKD", case_id).encode("ascii", "ignore").decode()
    readable = re.sub(r"[^A-Za-z0-9]+", "-", ascii_text).strip("-")[:_LONGEST_READABLE_PART]
    digits = hashlib.sha256(case_id.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"{readable or 'case'}~{digits}"
