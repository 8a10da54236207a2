"""What can go wrong, in two trees that never meet: a user's mistake, and a bug.

A user's mistake ends a command with one sentence on standard error (what, where, next step) and the exit
code below; nobody sees a traceback. A bug keeps its traceback and exits with 70. The codes are those of
BSD `sysexits.h`, so that shell scripts and schedulers can tell the cases apart::

    UserError                         the person who ran the command can put it right
    |-- MissingInput          66      no such folder, no `cases`, no such file
    |-- NotPermitted          77      the file is there and may not be read
    |-- UnreadableFile        65      damaged, empty, in an unknown encoding, not what its name says
    |   `-- TooLarge          65      a line, a cell or a file beyond the limits of `files.Limits`
    |-- AmbiguousInput        65      two files for one source, two headers for one column
    |-- MissingColumn         65      a required column is not among the headers
    |-- NoUsableRows          65      header only, or every row was quarantined
    |-- SettingsError         78      evidence.toml is invalid
    `-- DatabaseError         69      unreachable, refused, or the query failed

    EngineFault               70      a bug: a promise between two modules was broken

Messages never hold a password: `loaders.database` masks them before it raises.
"""

from collections.abc import Iterable
from typing import ClassVar


class UserError(Exception):
    """One clear sentence for the person who ran the command; `exit_code` for the shell."""

    exit_code: ClassVar[int] = 65

    def __init__(self, message: str, *, source: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.source = source

    def __str__(self) -> str:
        return self.message


class MissingInput(UserError):
    """A folder, file or source that must be there is not."""

    exit_code = 66


class NotPermitted(UserError):
    """The operating system does not let this user read the file."""

    exit_code = 77


class UnreadableFile(UserError):
    """The file cannot be understood: damaged, empty, or not what its name says."""


class TooLarge(UnreadableFile):
    """A line, a cell or a file is beyond the limits, and was refused before it filled the memory."""


class AmbiguousInput(UserError):
    """Two answers to one question: two files for a source, two headers for a column."""


class MissingColumn(UserError):
    """A required column is not among the headers; names the file, the column, the headers, the nearest alias."""


class NoUsableRows(UserError):
    """The source has a header and not one row that can be used."""


class SettingsError(UserError):
    """`evidence.toml` is not valid."""

    exit_code = 78


class DatabaseError(UserError):
    """The database could not be reached, refused the user, or failed the query."""

    exit_code = 69


class EngineFault(Exception):
    """A bug in this program: never shown as a user's mistake."""

    exit_code: ClassVar[int] = 70


def exit_code_of(failures: Iterable[UserError]) -> int:
    """Exit code for a run that went on after some sources failed: that of the first failure, 0 if none."""
    return next((failure.exit_code for failure in failures), 0)
