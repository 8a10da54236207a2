"""The disclosure register: what left the unit, to whom, on which ground. A chain of its own, never purged with a case.

18 USC 2721(c): who rediscloses motor vehicle data keeps for five years who received it and the permitted purpose.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from evidence.protection.purposes import purposes
from evidence.store.chain import Entry
from evidence.store.database import Store
from evidence.store.log import ACCESS, DISCLOSURES, add
from loaders.errors import MissingInput, UnreadableFile

RECIPIENT_KINDS: Final = ("owner", "occupant", "complainant", "council", "city attorney", "court", "agency", "public")


@dataclass(frozen=True, slots=True)
class Disclosure:
    """One document handed to somebody outside the unit. purpose: a code of `purposes.csv`."""

    document: Path
    case_id: str
    recipient: str
    recipient_kind: str
    purpose: str
    reason: str
    operator: str


def register(store: Store, disclosure: Disclosure) -> Entry:
    """Enter a disclosure, and note the entry in the access log with the reason; both or neither.

    Raises MissingInput and UnreadableFile for the document.
    """
    content, audience, sources = _document(disclosure.document)
    bases = purposes()[disclosure.purpose].opens(sources)
    said = {
        "kind": "disclosure",
        "document": disclosure.document.name,
        "document_sha256": hashlib.sha256(content).hexdigest(),
        "redacted_for": audience,
        "case": disclosure.case_id,
        "recipient": disclosure.recipient,
        "recipient_kind": disclosure.recipient_kind,
        "purpose": disclosure.purpose,
        "sources": bases,
        "operator": disclosure.operator,
    }
    with store.writing() as connection:
        entry = add(store, connection, DISCLOSURES, said)
        noted = {"kind": "disclosure", "register_seq": entry.seq, "register_hash": entry.hash}
        by = {"operator": disclosure.operator, "case": disclosure.case_id}
        add(store, connection, ACCESS, {**noted, **by}, {"reason": disclosure.reason})
    return entry


def _document(path: Path) -> tuple[bytes, str | None, frozenset[str]]:
    """Bytes of a document; of a summary.json also for whom it was redacted and the sources behind it."""
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise MissingInput(f"there is no document {path}") from error
    except OSError as error:
        raise UnreadableFile(f"{path} cannot be read: {error.strerror or error}") from error
    try:
        provenance: dict[str, Any] = json.loads(content)["provenance"]
        sources = frozenset(str(one["source"]).removesuffix(" (case folder)") for one in provenance["inputs"])
        return content, provenance["settings"].get("redacted_for"), sources
    except (ValueError, KeyError, TypeError, AttributeError):
        return content, None, frozenset()  # a page, a scan: what is in it is for the reason to say
