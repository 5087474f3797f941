"""Pages of PDF per second of CPU time: `load`, and beside it PDFium's bare text as the most that can be reached.

    python -m benchmarks.pdf [FOLDER_OR_FILES...]

Without arguments the PDFs of ../shared/pages. Each is read in this process, all of them five times; the best round
counts, because other programs on the machine only ever make it slower.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import pypdfium2

from ingest.blocks import RawPage
from ingest.pdf import load

ROUNDS = 5
SHARED = Path(__file__).resolve().parents[1].parent / "shared" / "pages"


def bare(content: bytes) -> None:
    """Get the text of every page and do nothing with it."""
    document = pypdfium2.PdfDocument(content)
    for page in document:
        text = page.get_textpage()
        text.get_text_range()
        text.close()
        page.close()
    document.close()


def structured(content: bytes) -> None:
    """Load the document as ingest does."""
    load(RawPage("benchmark", content, "application/pdf"))


def seconds(read: Callable[[bytes], None], contents: Iterable[bytes]) -> float:
    """Return the CPU time of the best of `ROUNDS` rounds over all contents."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time()
        for content in contents:
            read(content)
        best = min(best, time.process_time() - start)
    return best


def main() -> None:
    """Print pages per CPU second for every file, and for all together."""
    given = [Path(argument) for argument in sys.argv[1:]] or [SHARED]
    paths = [path for entry in given for path in (sorted(entry.glob("*.pdf")) if entry.is_dir() else [entry])]
    contents = {path.name: path.read_bytes() for path in paths}
    pages = {name: len(pypdfium2.PdfDocument(content)) for name, content in contents.items()}
    print(f"{'file':44}{'pages':>6}{'bare/s':>8}{'load/s':>8}")
    for name, content in contents.items():
        rates = [pages[name] / seconds(read, [content]) for read in (bare, structured)]
        print(f"{name[:43]:44}{pages[name]:6}{rates[0]:8.0f}{rates[1]:8.0f}")
    total = sum(pages.values())
    rates = [total / seconds(read, contents.values()) for read in (bare, structured)]
    print(f"{'all':44}{total:6}{rates[0]:8.0f}{rates[1]:8.0f}")


if __name__ == "__main__":
    main()
