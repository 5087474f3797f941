"""Gate: how well real government PDFs are read, against pages that were read by eye.

Each file in tests/data/pdf is one page of a document of Rijksoverheid (CC0), named DOCUMENT.PAGE.tsv, with a block on
each line: kind, number, text; a table has a line for each row. Paragraphs that run on over the page's end are there
in full. The floors hold what was reached; they go up, not down.
"""

from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from ingest.blocks import Block, RawPage
from ingest.pdf import load

GOLD = sorted((Path(__file__).parent / "data" / "pdf").glob("*.tsv"))
SHARED = Path(__file__).resolve().parents[1].parent / "shared" / "pages"
WORD_F1 = 0.997  # of all pages together; reached: 0.9980
PAGE_F1 = 0.97  # of the worst page, a table with words cut in two by its narrow cells; reached: 0.9739
BLOCKS = 0.98  # share of blocks with exactly the right kind, number and text, in the right order; reached: 0.983

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="needs the shared pages beside the repository")


@cache
def kept(document: str) -> tuple[Block, ...]:
    content = (SHARED / f"{document}.pdf").read_bytes()
    return tuple(b for b in load(RawPage(document, content, "application/pdf")).blocks if not b.dropped)


def found_and_gold(path: Path) -> tuple[list[tuple[str, str, str]], list[tuple[str, str, str]]]:
    """Return (kind, number, text) of each block on the page as found, and as it should be."""
    document, page, _ = path.name.rsplit(".", 2)
    found = []
    for block in (block for block in kept(document) if block.page == int(page)):
        rows = [" | ".join(filter(None, row)) for row in block.cells] or [block.text]
        found += [(block.kind, block.number or "", row) for row in rows]
    lines = path.read_text(encoding="utf-8").splitlines()
    return found, [tuple(line.split("\t")) for line in lines]


def words(blocks) -> Counter[str]:
    return Counter(word for _, number, text in blocks for word in f"{number} {text}".split())


def f1(found: Counter[str], gold: Counter[str]) -> float:
    return 2 * (found & gold).total() / (found.total() + gold.total())


def test_words():
    found, gold = Counter(), Counter()
    for path in GOLD:
        pair = [words(blocks) for blocks in found_and_gold(path)]
        assert f1(*pair) >= PAGE_F1, path.name
        found += pair[0]
        gold += pair[1]
    assert len(GOLD) == 10 and gold.total() > 6500
    assert f1(found, gold) >= WORD_F1


def test_blocks_and_their_order():
    """The longest common run of blocks, as a share of all (Ratcliff and Obershelp's measure, from difflib)."""
    from difflib import SequenceMatcher

    matched = total = 0
    for path in GOLD:
        found, gold = found_and_gold(path)
        blocks = SequenceMatcher(None, found, gold, autojunk=False).get_matching_blocks()
        matched += 2 * sum(block.size for block in blocks)
        total += len(found) + len(gold)
    assert matched / total >= BLOCKS
