"""Write a folder whole or not at all.

The new content is made in a sibling folder (`.OUT.partial-<process id>`) and renamed into place when it is
complete, so a reader sees the old content or the new, never a mixture, and a run that is stopped leaves the old
content. What a killed run leaves beside OUT is cleared away by the next one. Only files we own are replaced:
other people's files in a former output are carried over, and a folder that is no former output is refused.
"""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from evidence.errors import OutputRefused

# Names (relative to the folder, with `/`) of the files in it that we own; None: the folder is no output of ours.
OwnedFiles = Callable[[Path], frozenset[str] | None]


@contextmanager
def replaced_folder(out: Path, owned: OwnedFiles, *, force: bool = False) -> Iterator[Path]:
    """A new, empty folder to write into, which becomes `out` when the block ends without an error.

    Raises `OutputRefused` before any work when `out` is a file, holds other people's files and is no former
    output (unless `force`, which keeps their files), or cannot be created.
    """
    out = Path(os.path.realpath(out))  # a link to a folder stays a link: its target is replaced
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        _clear_leftovers(out)
        mine = owned_or_refuse(out, owned, force=force)
        partial = _sibling(out, "partial")
        partial.mkdir()
    except OSError as error:
        raise OutputRefused(f"{out} cannot be written: {error.strerror or error}") from error
    try:
        yield partial
        try:
            _carry_over(out, partial, mine)
            _swap(partial, out)
        except OSError as error:
            raise OutputRefused(f"{out} cannot be replaced: {error.strerror or error}") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


@contextmanager
def replaced_file(path: Path) -> Iterator[Path]:
    """A sibling path to write to, which becomes `path` when the block ends without an error."""
    partial = _sibling(Path(os.path.abspath(path)), "partial")
    try:
        yield partial
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def scratch_folder(out: Path, purpose: str) -> Iterator[Path]:
    """A folder of this run beside `out`, for its user only, which goes with the block; where a run was killed, with the
    next one. Raises `OutputRefused`."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        for leftover in sorted(out.parent.glob(f".{_literal(out.name)}.{purpose}-*")):
            process_id = leftover.name.rpartition("-")[2]
            if process_id.isdecimal() and not _is_running(int(process_id)):
                shutil.rmtree(leftover, ignore_errors=True)
        folder = _sibling(out, purpose)
        folder.mkdir(mode=0o700)
    except OSError as error:
        raise OutputRefused(f"{out} cannot be written: {error.strerror or error}") from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def owned_or_refuse(out: Path, owned: OwnedFiles, *, force: bool = False) -> frozenset[str]:
    """Our files in `out`, none when it is not there; raises `OutputRefused` where we must not write.

    Commands ask this before a long computation; `replaced_folder` asks again before it writes.
    """
    if not out.exists():
        return frozenset()
    if not out.is_dir():
        raise OutputRefused(f"{out} is a file: name a folder with --out")
    mine = owned(out)
    if mine is None and any(out.iterdir()) and not force:
        raise OutputRefused(
            f"{out} is not empty and was not made by this program: name another folder, or add --force to write "
            "beside the files that are there"
        )
    return mine or frozenset()


def _carry_over(out: Path, partial: Path, mine: frozenset[str]) -> None:
    """Bring the files that are not ours into the new folder; by link where the system can, so nothing is lost."""
    if not out.is_dir():
        return
    for path in sorted(out.rglob("*")):
        name = path.relative_to(out).as_posix()
        target = partial / name
        if path.is_dir() and not path.is_symlink():
            continue
        if name in mine or target.exists() or target.is_symlink():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(path, target, follow_symlinks=False)
        except OSError:  # another file system, or one without links
            shutil.copy2(path, target, follow_symlinks=False)


def _swap(partial: Path, out: Path) -> None:
    if not out.exists():
        os.rename(partial, out)
        return
    old = _sibling(out, "replaced")
    os.rename(out, old)
    try:
        os.rename(partial, out)
    except BaseException:
        os.rename(old, out)
        raise
    shutil.rmtree(old)


def _sibling(out: Path, purpose: str) -> Path:
    return out.parent / f".{out.name}.{purpose}-{os.getpid()}"


def _clear_leftovers(out: Path) -> None:
    """Undo what a killed run left: its partial folder goes; a former output caught between two names returns."""
    for leftover in sorted(out.parent.glob(f".{_literal(out.name)}.*-*")):
        match = re.fullmatch(rf"\.{re.escape(out.name)}\.(partial|replaced)-(\d+)", leftover.name)
        if match is None or _is_running(int(match[2])):
            continue
        if match[1] == "replaced" and not out.exists():
            os.rename(leftover, out)
        elif leftover.is_dir():
            shutil.rmtree(leftover, ignore_errors=True)
        else:
            leftover.unlink(missing_ok=True)


def _literal(name: str) -> str:
    return re.sub(r"([*?\[])", r"[\1]", name)


def _is_running(process_id: int) -> bool:
    if process_id == os.getpid():
        return False
    if os.name != "posix":  # there is no harmless way to ask elsewhere; leave the folder alone
        return True
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
