"""User's mistakes that only the commands can make; the rest of the tree, and the bugs, are in `loaders.errors`."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from loaders.errors import UserError

# Exit code -> meaning, for the reference page; the numbers are those of BSD sysexits.h and of POSIX shells.
EXIT_CODES: dict[int, str] = {
    0: "done",
    1: "verify, replay: something is not as it was; each thing is named",
    2: "the command line is wrong: unknown option, missing argument",
    65: "an input cannot be used: damaged, a required column missing, no usable row; a form that its case refuses",
    66: "an input is not there: no such folder, file, source or case",
    69: "something needed is not available: database, optional feature",
    70: "a bug in this program; `evidence --debug ...` shows where",
    73: "the output cannot be written, or would overwrite files that are not ours",
    75: "the cluster lost a part of the run (machines, memory, disk); nothing is written, it may be run again",
    77: "not permitted: by the operating system, or by the access record (operator, case, purpose or reason missing)",
    78: "evidence.toml is invalid",
    130: "stopped with Ctrl-C; nothing half-written is left",
    143: "stopped by a signal; nothing half-written is left",
}


class UnknownCase(UserError):
    """No case of that id; the message names the nearest ids."""

    exit_code = 66


class OutputRefused(UserError):
    """The output folder cannot be written, or holds files that are not ours."""

    exit_code = 73


class NotAvailable(UserError):
    """A feature that this installation does not have."""

    exit_code = 69


class ClusterFailed(UserError):
    """A cluster that was there lost a part of the run: machines, memory or disk."""

    exit_code = 75


class AccessRefused(UserError):
    """A store is configured, and the access lacks an operator, an open case, a permitted purpose or a reason."""

    exit_code = 77


class StoreUnavailable(UserError):
    """The store of the access record cannot be opened or written: then nothing protected is read."""

    exit_code = 69


class RecordDamaged(UserError):
    """The access record is not what was written; the message counts the faults, which were said before."""

    exit_code = 65


def unknown_case(case_id: str, known: Iterable[str]) -> UnknownCase:
    """The error for a case id that is not in `cases`, with up to three ids that look like it."""
    ids = sorted(set(known))
    near = _nearest(case_id, ids)
    if near:
        hint = f"the nearest {'ids are' if len(near) > 1 else 'id is'} {', '.join(map(repr, near))}"
    elif ids:
        hint = f"there are {len(ids):,} cases, the first is {ids[0]!r}"
    else:
        hint = "the city has no case at all"
    shown = case_id if len(case_id) <= 60 else case_id[:57] + "..."
    return UnknownCase(f"there is no case {shown!r}: {hint}", source="cases")


def _nearest(case_id: str, ids: Sequence[str]) -> list[str]:
    folded: dict[str, str] = {}
    for known in ids:
        folded.setdefault(known.casefold().strip(), known)
    # Comparing very long text is slow and helps nobody: ids are short.
    return [folded[match] for match in get_close_matches(case_id.casefold().strip()[:80], folded, n=3)]
