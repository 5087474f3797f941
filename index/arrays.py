"""Arrays in files: mapped into memory to be read, written piece by piece, and searched for an id."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
from numpy.lib.format import write_array_header_1_0
from numpy.typing import DTypeLike, NDArray

Array = NDArray[Any]
_HEADER = 128
_PIECE = 1 << 22


def mapped(path: Path) -> Array:
    """Map a .npy file into memory.

    Raises:
        OSError: it cannot be read.
        ValueError, EOFError: it is no array, or is cut.
    """
    # Slices of a memmap are slow to make; a plain view of it reads the same file.
    return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))


def save(path: Path, array: Array) -> None:
    """Write a .npy file, unless `array` is what that file already holds."""
    base = array.base
    if not (isinstance(base, np.memmap) and str(base.filename) == str(path.resolve())):
        np.save(path, array, allow_pickle=False)


def in_pieces(array: Array) -> Iterator[Array]:
    """Yield an array in parts, for work that would take as much memory again as what it works on."""
    return (array[start : start + _PIECE] for start in range(0, len(array), _PIECE))


class Growing:
    """An array of one dimension in a .npy file that grows at the end; in a nameless file without a `path`."""

    def __init__(self, dtype: DTypeLike, path: Path | None) -> None:
        self._dtype = np.dtype(dtype)
        self._path = path
        self._file = cast("IO[bytes]", path.open("w+b") if path else tempfile.TemporaryFile())
        self._file.write(bytes(_HEADER))

    def __enter__(self) -> Growing:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def append(self, values: Array) -> None:
        """Add values at the end."""
        self._file.write(np.ascontiguousarray(values, self._dtype).data)

    def finish(self) -> Array:
        """Write the header, and map what was written into memory."""
        length = (self._file.tell() - _HEADER) // self._dtype.itemsize
        self._file.seek(0)
        described = {"descr": self._dtype.str, "fortran_order": False, "shape": (length,)}
        write_array_header_1_0(self._file, described)
        self._file.flush()
        # The mapping outlives the file object that it is made from.
        found = np.memmap(self._file, self._dtype, "r", _HEADER, (length,)) if length else np.empty(0, self._dtype)
        return mapped(self._path) if self._path else np.asarray(found)


def place_of(ids: NDArray[np.bytes_], wanted: str) -> int | None:
    """Return where an id is among sorted ones, or None."""
    key = np.bytes_(wanted.encode("ascii", "replace"))
    at = int(np.searchsorted(ids, key))
    return at if at < len(ids) and ids[at] == key else None
