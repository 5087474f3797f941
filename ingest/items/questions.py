"""Questions with their answers: FAQ pages, "Vraag: … Antwoord: …", and numbered questions that run on below."""

from __future__ import annotations

import re
from collections.abc import Iterator

from corpus.document import Item
from ingest.items.scene import Scene, is_short, level

_CONTEXT = re.compile(
    r"\b(?:veel ?gestelde vragen|vragen (?:en|&) antwoorden|vraag (?:en|&) antwoord|faq|q ?& ?a"
    r"|vragenuurtje)\b",
    re.IGNORECASE,
)
_QUESTION = re.compile(r"(?:vraag|v|q)\s*(?P<number>\d{1,3})?\s*[:.]\s*(?=\S)", re.IGNORECASE)
_ANSWER = re.compile(r"(?:antwoord|a)\s*(?P<number>\d{1,3})?\s*[:.]\s*(?=\S)", re.IGNORECASE)
_NUMBERED = re.compile(r"(?P<number>\d{1,3})[.)]\s+(?=\S)")

# What closes a list of questions: "Staat uw vraag er niet bij?", "Nog vragen?".
_ABOUT_THE_PAGE = re.compile(
    r"(?:staat|stond|zit) (?:uw|je|jouw) vraag\b.*\bniet\b.*|niet gevonden\b.*|meer weten\W*"
    r"|(?:(?:heeft u|heb je|hebt u) )?(?:(?:nog|een|andere|meer|verdere)\s)+vra(?:ag|gen)\W*"
    r"|(?:uw|je|jouw) (?:vraag|antwoord) niet\b.*|(?:was|is|vond (?:u|je)|heeft) deze (?:informatie|pagina|uitleg)\b.*",
    re.IGNORECASE,
)


def find(scene: Scene) -> tuple[Item, ...]:
    """Return the question–answer pairs of a document, in order; the question is the title, the text holds both."""
    labelled = tuple(_labelled(scene))
    return labelled or tuple(_listed(scene))


def _labelled(scene: Scene) -> Iterator[Item]:
    for i in range(len(scene.blocks) - 1):
        match, block = _QUESTION.match(scene.block(i).text), scene.block(i)
        answer = next(
            (j for j in range(i + 1, min(i + 4, len(scene.blocks))) if _ANSWER.match(scene.block(j).text)), None
        )
        if match and answer and "?" in block.text:
            last = _end(scene, answer, stop=_QUESTION)
            yield _pair(
                scene, i, last, match.end(), match["number"], block.text[match.end() : block.text.rindex("?") + 1]
            )


def _end(scene: Scene, first: int, stop: re.Pattern[str]) -> int:
    """Return the last block of an answer; a title right above the next question is not part of it."""
    last = first
    for j in range(first + 1, len(scene.blocks)):
        if stop.match(scene.block(j).text):
            title = is_short(scene.block(last).text) and not scene.block(last).text.endswith((".", "!", ":"))
            return last - 1 if title and last > first else last
        if scene.block(j).kind == "heading" or not scene.follows(j):
            break
        last = j
    return last


def _listed(scene: Scene) -> Iterator[Item]:
    """Pair questions on a page, or below a heading, that says it holds questions and answers."""
    for start, end in _contexts(scene):
        i = start
        while i < end:
            question, last = _question(scene, i), i
            if question:
                last = min(_answer_end(scene, i), end - 1)
                if last > i or "\n" in scene.block(i).text:
                    yield _pair(scene, i, last, *question)
            i = last + 1


def _contexts(scene: Scene) -> Iterator[tuple[int, int]]:
    if _CONTEXT.search(scene.title):
        yield 0, len(scene.blocks)
        return
    for i, placed in enumerate(scene.blocks):
        if placed.block.kind == "heading" and _CONTEXT.search(placed.block.text):
            closing = (
                j
                for j in range(i + 1, len(scene.blocks))
                if scene.block(j).kind == "heading"
                and level(scene.block(j)) <= level(placed.block)
                and not _question(scene, j)
            )
            yield i + 1, next(closing, len(scene.blocks))


def _question(scene: Scene, index: int) -> tuple[int, str | None, str] | None:
    """Return (label length, printed number, question) if a block opens with a question and is no running text."""
    block = scene.block(index)
    match = _NUMBERED.match(block.text)
    skip = match.end() if match else 0
    line = block.text.split("\n", 1)[0]
    marker = re.fullmatch(r"(\d{1,3})[.)]?", block.number or "")
    formed = (
        block.kind in ("heading", "label", "list_item")
        or match
        or block.attrs.get("tag") == "summary"
        or len(line.split()) <= 20
    )
    housekeeping = _ABOUT_THE_PAGE.fullmatch(line[skip:].strip())
    if not line.rstrip().endswith("?") or not formed or housekeeping or block.text == scene.title:
        return None
    return skip, match["number"] if match else marker[1] if marker else None, line[skip:]


def _answer_end(scene: Scene, index: int) -> int:
    opening = scene.block(index)
    last = index
    for j in range(index + 1, len(scene.blocks)):
        block = scene.block(j)
        closes = block.kind == "heading" and (opening.kind != "heading" or level(block) <= level(opening))
        if closes or _question(scene, j) or not scene.follows(j):
            break
        last = j
    return last


def _pair(scene: Scene, first: int, last: int, skip: int, number: str | None, question: str) -> Item:
    return scene.item(
        "vraag-antwoord",
        first,
        last,
        skip=skip,
        title=question.strip(),
        number=int(number) if number else None,
        number_source="explicit" if number else None,
    )
