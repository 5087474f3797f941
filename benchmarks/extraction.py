"""How well and how fast web pages are read, beside trafilatura: `python -m benchmarks.extraction`.

Text: the article-extraction-benchmark (181 news pages and their article bodies). A page's words are taken in runs of
four; what is found counts by runs, normalised per page; precision and recall are means over the pages.
Structure: pages of the kinds that this project reads, with the headings and list items of their main text written
down by hand (tests/fixtures/html/gold.json), and the phrases of their menus, forms and teasers that must stay out.
"""

from __future__ import annotations

import gzip
import json
import logging
import re
import statistics
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from ingest.blocks import Block, Loaded, RawPage

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
ARTICLES = SHARED / "bench" / "extraction" / "aeb"
FIXTURES = ROOT / "tests" / "fixtures" / "html"
GOLD = FIXTURES / "gold.json"
_WORD = re.compile(r"\w+")
_RUN = 4
T = TypeVar("T")


@dataclass(frozen=True)
class Score:
    """Precision, recall and their harmonic mean, each between 0 and 1."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Return the harmonic mean of precision and recall."""
        return 2 * self.precision * self.recall / (self.precision + self.recall)


@dataclass(frozen=True)
class Structure:
    """Shares of the gold's headings and list items that are kept, and of the kept characters that should not be."""

    headings: float
    list_items: float
    leak: float


def articles() -> dict[str, tuple[bytes, str, str]]:
    """Return the benchmark's pages: key → (HTML, URL, article body)."""
    truth = json.loads((ARTICLES / "ground-truth.json").read_text("utf-8"))
    return {
        key: (gzip.decompress((ARTICLES / "html" / f"{key}.html.gz").read_bytes()), page["url"], page["articleBody"])
        for key, page in truth.items()
    }


def score(found: Mapping[str, str], truth: Mapping[str, str]) -> Score:
    """Return precision and recall of the texts in `found` against those in `truth`, page by page."""
    precision, recall = [], []
    for key, gold in truth.items():
        have, want = _runs(found.get(key, "")), _runs(gold)
        hits = (have & want).total()
        if have:
            precision.append(hits / have.total())
        if want:
            recall.append(hits / want.total())
    return Score(statistics.mean(precision), statistics.mean(recall))


def _runs(text: str) -> Counter[tuple[str, ...]]:
    words = _WORD.findall(text)
    return Counter(tuple(words[i : i + _RUN]) for i in range(max(1, len(words) - _RUN + 1)) if words)


def kept(loaded: Loaded) -> list[Block]:
    """Return the blocks of the main text, readers' comments left out."""
    return [block for block in loaded.blocks if block.dropped is None and "comment" not in block.attrs]


def body(loaded: Loaded) -> str:
    """Return the text that the benchmark calls the body: without the headline and without captions."""
    title = loaded.meta.get("title")
    return "\n".join(block.text for block in kept(loaded) if block.kind != "caption" and block.text != title)


def gold_pages() -> dict[str, tuple[bytes, dict[str, list[str]]]]:
    """Return the pages with hand-made gold that are present: name → (HTML, headings, list_items and leak)."""
    pages = {}
    for name, gold in json.loads(GOLD.read_text("utf-8")).items():
        path = SHARED / name if name.startswith("pages/") else FIXTURES / name
        if path.exists():
            pages[name] = (path.read_bytes(), gold)
    return pages


def structure(found: Mapping[str, list[str]], gold: Mapping[str, Mapping[str, list[str]]]) -> Structure:
    """Return what is kept of the gold's structure; `found` are the lines of text that are kept of each page."""
    kept_of = {"headings": [0, 0], "list_items": [0, 0]}
    leaked = total = 0
    for name, wanted in gold.items():
        lines = Counter(_folded(line) for line in found[name])
        for kind, counts in kept_of.items():
            want = Counter(map(_folded, wanted[kind]))
            counts[0] += (lines & want).total()
            counts[1] += want.total()
        total += sum(map(len, lines.elements()))
        leaked += sum(len(line) for line in lines.elements() if any(phrase in line for phrase in wanted["leak"]))
    shares = {kind: hits / max(1, all_) for kind, (hits, all_) in kept_of.items()}
    return Structure(shares["headings"], shares["list_items"], leaked / max(1, total))


def _folded(text: str) -> str:
    return " ".join(text.split())


def main() -> None:
    """Print the table."""
    from trafilatura import extract

    from ingest.html import load

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    pages = articles()
    truth = {key: gold for key, (_, _, gold) in pages.items()}
    ours, our_speed = _timed(lambda html, url: load(RawPage(url, html, "text/html", url=url)), pages)
    theirs, their_speed = _timed(lambda html, url: extract(html, include_comments=False) or "", pages)
    scores = {
        "Samenwijzer, body": score({key: body(loaded) for key, loaded in ours.items()}, truth),
        "Samenwijzer, all that is kept": score(
            {key: "\n".join(block.text for block in kept(loaded)) for key, loaded in ours.items()}, truth
        ),
        "trafilatura": score(theirs, truth),
    }
    for name, result in scores.items():
        print(f"{name:30} F1 {result.f1:.4f}  precision {result.precision:.4f}  recall {result.recall:.4f}")
    print(f"pages per CPU second: Samenwijzer {our_speed:.1f}, trafilatura {their_speed:.1f}")
    gold = gold_pages()
    wanted = {name: page for name, (_, page) in gold.items()}
    lines = {
        "Samenwijzer": {
            n: [b.text for b in kept(load(RawPage(n, html, "text/html")))] for n, (html, _) in gold.items()
        },
        "trafilatura": {n: _lines(extract(html, include_comments=False)) for n, (html, _) in gold.items()},
    }
    for name, found in lines.items():
        s = structure(found, wanted)
        print(f"{name:30} headings {s.headings:.3f}  list items {s.list_items:.3f}  leak {s.leak:.3f}")


def _timed(
    function: Callable[[bytes, str], T], pages: Mapping[str, tuple[bytes, str, str]]
) -> tuple[dict[str, T], float]:
    """Return the results, and how many pages are read in a second of processor time (the first is not counted)."""
    html, url, _ = next(iter(pages.values()))
    function(html, url)
    start = time.process_time()
    results = {key: function(html, url) for key, (html, url, _) in pages.items()}
    return results, len(pages) / (time.process_time() - start)


def _lines(text: str | None) -> list[str]:
    """Return trafilatura's lines without the marks that it puts before list items."""
    return [re.sub(r"^- ", "", line) for line in (text or "").splitlines()]


if __name__ == "__main__":
    main()
