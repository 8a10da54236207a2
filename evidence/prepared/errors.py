"""What can be wrong with a prepared city."""

from pathlib import Path

from loaders.errors import UnreadableFile


class DamagedPreparation(UnreadableFile):
    """A stored file is not as `prepare` wrote it: cut short, changed or gone."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(
            f"{path} {what}: the prepared city is damaged; run `evidence prepare` again, which replaces it, or read "
            "the sources themselves with --fresh"
        )
