"""What a disk holds after a power cut: what was forced to it and no more, or all names but not all contents."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Image = dict[str, bytes]


class Disk:
    """Follows which files and which names in folders below `root` have been forced to disk.

    After every step that may matter, `images` has what a power cut at that moment could leave: a dictionary of
    path to content. What C libraries force by themselves (SQLite) is not seen: leave those files out.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.images: dict[frozenset[tuple[str, bytes]], Image] = {}
        self._contents: dict[int, bytes] = {}
        self._names: dict[int, dict[str, int]] = {}
        self._held: list[int] = []
        for path in [root, *root.rglob("*")]:
            self._force(path)
        self._note()

    def _force(self, path: Path) -> None:
        # Held open, so that no other file gets this one's number.
        self._held.append(os.open(path, os.O_RDONLY))
        number = path.stat().st_ino
        if path.is_dir():
            self._names[number] = {entry.name: entry.inode() for entry in os.scandir(path)}
        else:
            self._contents[number] = path.read_bytes()

    def close(self) -> None:
        """Let go of the files."""
        for descriptor in self._held:
            os.close(descriptor)

    def _note(self) -> None:
        for image in (dict(self._forced(self.root)), dict(self._named(self.root))):
            self.images.setdefault(frozenset(image.items()), image)

    def _forced(self, folder: Path, below: Path = Path()) -> Iterator[tuple[str, bytes]]:
        """Yield what is certain to be there, under the names that are certain."""
        here = {entry.inode(): entry for entry in os.scandir(folder)}
        for name, number in self._names.get(folder.stat().st_ino, {}).items():
            if number in here and here[number].is_dir():
                yield from self._forced(Path(here[number].path), below / name)
            elif number in self._contents:
                yield str(below / name), self._contents[number]

    def _named(self, folder: Path) -> Iterator[tuple[str, bytes]]:
        """Yield what is there if the names reached the disk and only the contents that were forced did."""
        for path in folder.rglob("*"):
            if path.is_file():
                yield str(path.relative_to(self.root)), self._contents.get(path.stat().st_ino, b"")

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Follow what this process does."""
        sync, rename, replace = os.fsync, os.rename, os.replace

        def then_note(function: Callable[..., Any]) -> Callable[..., Any]:
            def call(*args: Any, **options: Any) -> None:  # noqa: ANN401
                function(*args, **options)
                self._note()

            return call

        def forced(descriptor: int) -> None:
            sync(descriptor)
            path = Path(os.readlink(f"/proc/self/fd/{descriptor}"))
            if path == self.root or self.root in path.parents:
                if stat.S_ISDIR(os.fstat(descriptor).st_mode) or path.exists():
                    self._force(path)
                self._note()

        os.fsync, os.rename, os.replace = forced, then_note(rename), then_note(replace)
        try:
            yield
        finally:
            os.fsync, os.rename, os.replace = sync, rename, replace
