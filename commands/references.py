"""References to what was found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from corpus.cite import Reference
    from index.results import Hit, Sentence
    from index.search import Searcher


def of_hits(searcher: Searcher, hits: Iterable[Hit]) -> Iterator[Reference]:
    """Yield the reference of each hit, with its passage as the quotation."""
    from corpus.cite import reference

    document = cache(searcher.document)
    for hit in hits:
        found = document(hit.document_id)
        if found:
            yield reference(found, hit.passage_id, snapshot=searcher.snapshot_id)


def of_sentences(searcher: Searcher, sentences: Iterable[Sentence]) -> Iterator[Reference]:
    """Yield the reference of each sentence, with the sentence as the quotation."""
    from corpus.cite import reference

    for sentence in sentences:
        found = searcher.document(sentence.document_id)
        if found:
            whole = reference(found, sentence.passage_id, snapshot=searcher.snapshot_id)
            yield replace(whole, quote=" ".join(sentence.text.split()))
