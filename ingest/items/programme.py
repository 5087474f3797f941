"""Programmes read block by block: which stretch of blocks is one session, and when it takes place.

A programme is a state machine over lines. Times, round headings and labels ("Sessie A: …") open something; what
follows belongs to it until the next of these. Only where a round has neither labels, headings nor list items does
each paragraph count as a session.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from corpus.document import Item
from ingest import schedule
from ingest.items.presenters import biography
from ingest.items.programme_signs import (
    HOUSEKEEPING,
    MIN_TIMES,
    RUNS_ON,
    STOP,
    STRUCTURE,
    is_programme,
    is_programme_heading,
    is_round,
    is_timed,
    names_round,
)
from ingest.items.scene import Scene, is_short, level


@dataclass(frozen=True)
class Entry:
    """One session before it becomes an item: blocks `first` to `last`, the title from `skip` characters in.

    `label` is the printed mark of a parallel session ("A", "3"). `parallel` tells sessions of a round from what
    everybody attends. `titled` means that the first block is a title, not already the description.
    """

    first: int
    last: int
    skip: int = 0
    start: str | None = None
    end: str | None = None
    round: int | None = None
    label: str | None = None
    noun: str | None = None
    parallel: bool = False
    titled: bool = True
    section: str = ""


@dataclass(frozen=True)
class _State:
    """Where the reading stands: the running round or slot, and how its sessions are told apart."""

    active: bool = False
    round: int | None = None
    start: str | None = None
    end: str | None = None
    parallel: bool = False
    paragraphs: bool = False
    pending: bool = False
    skipping: bool = False
    listing: bool = False
    section: str = ""


def entries(scene: Scene, rows: Sequence[Item] = ()) -> tuple[Entry, ...]:
    """Return the sessions of a programme in order; () for a document that is not a programme.

    Args:
        scene: the document.
        rows: the sessions that stand in tables; the text around a timetable describes them, or introduces it.
    """
    if not is_programme(scene):
        return ()
    return tuple(_Reader(scene, rows).read())


class _Reader:
    """One reading of a programme; yields an entry as soon as the next one opens."""

    def __init__(self, scene: Scene, rows: Sequence[Item]) -> None:
        self.scene = scene
        timed = [i for i in range(len(scene.blocks)) if is_timed(scene, i)]
        announced = [
            i for i, p in enumerate(scene.blocks) if p.block.kind == "heading" and is_programme_heading(p.block.text)
        ]
        # A time above the heading "Programma" says when the day is, not what happens then.
        self.start = announced[-1] if announced and sum(i > announced[-1] for i in timed) >= MIN_TIMES else 0
        self.state = _State(active=not announced)
        self.open: Entry | None = None
        self.titles = {row.title.casefold() for row in rows}
        self.has_times = bool(timed or rows)

    def read(self) -> Iterator[Entry]:
        for index in range(self.start, len(self.scene.blocks)):
            before = self.open
            self._step(index)
            if before is not None and (self.open is None or self.open.first != before.first):
                yield before
        if self.open is not None:
            yield self.open

    def _step(self, index: int) -> None:
        block = self.scene.block(index)
        slot = schedule.clock(block.text) if block.kind != "table" else None
        if block.kind == "table" or not block.text.strip():
            self._close()
        elif is_round(self.scene, index) or (self.state.pending and names_round(block.text)):
            self._round(index, slot)
        elif slot and not schedule.has_weekday(block.text[slot.rest :]):
            self._slot(index, slot)
        elif schedule.is_placeholder(block.text):
            self._placeholder(index)
        elif biography(block.text) and not (self.open and self.open.parallel and self.open.titled):
            self._close()
        elif block.kind == "heading":
            self._heading(index)
        else:
            self._text(index)

    def _close(self) -> None:
        self.open = None

    def _begin(self, index: int, **values: object) -> None:
        state = self.state
        base = Entry(
            index, index, 0, state.start, state.end, state.round, parallel=state.parallel, section=state.section
        )
        self.open = replace(base, **values)  # type: ignore[arg-type]
        self.state = replace(state, pending=False)

    def _extend(self, index: int) -> None:
        if self.open and self.scene.follows(index):
            self.open = replace(self.open, last=index)
        elif self.open:
            self._close()

    def _round(self, index: int, slot: schedule.Slot | None) -> None:
        """A round heading: its times hold for all sessions below it."""
        self._close()
        text = self.scene.block(index).text
        times = (slot.start, slot.end) if slot else schedule.times_in(text)
        if times is None and self.state.pending:
            times = (self.state.start or "", self.state.end)
        start, end = times or (None, None)
        plain = slot is None and not self.state.pending and not self._structured(index + 1)
        self.state = _State(
            True, schedule.round_of(text), start or None, end, parallel=True, paragraphs=plain, section=text
        )

    def _structured(self, index: int) -> bool:
        """Tell whether the sessions of a round have headings, labels or list markers."""
        for j in range(index, len(self.scene.blocks)):
            block = self.scene.block(j)
            if is_round(self.scene, j) or is_timed(self.scene, j) or STOP.fullmatch(block.text):
                return False
            if block.kind in ("heading", "list_item") or schedule.LABEL.match(block.text):
                return True
        return False

    def _slot(self, index: int, slot: schedule.Slot) -> None:
        """A line that opens with a time."""
        self._close()
        rest = self.scene.block(index).text[slot.rest :].strip()
        self.state = _State(True, None, slot.start, slot.end, pending=not rest)
        if rest:
            self._titled(index, slot.rest, rest)

    def _titled(self, index: int, skip: int, title: str) -> None:
        if schedule.is_break(title.split("\n")[0]):
            self.state = replace(self.state, skipping=True, pending=False)
        elif schedule.is_parallel(title) or STRUCTURE.fullmatch(title):
            parallel = schedule.is_parallel(title)
            number = schedule.round_of(title) or self.state.round
            self.state = replace(
                self.state, round=number, parallel=parallel, listing=True, pending=False, section=title
            )
        else:
            label = schedule.LABEL.match(title)
            self.titles.add(title.casefold())
            self._begin(index, skip=skip + (label.end() if label else 0), label=_mark(label), noun=_noun(label))

    def _placeholder(self, index: int) -> None:
        """Give "Informatie volgt" to the session above if that has only a title so far; else it stands for none."""
        if self.open and self.open.titled and self.open.last == self.open.first and self.scene.follows(index):
            self._extend(index)
        elif self.state.pending:
            self._begin(index)
        else:
            self._close()

    def _heading(self, index: int) -> None:
        text = self.scene.block(index).text
        if is_programme_heading(text):
            self._close()
            self.state = _State(True, section=text, paragraphs=not self.has_times)
        elif text == self.scene.title:
            self._close()
        elif STOP.fullmatch(text) and not self.state.pending:
            self._close()
            self.state = _State(False)
        elif not self.state.active and not schedule.LABEL.match(text):
            self._close()
        elif self._below_open(index):
            self._extend(index)
        elif (STRUCTURE.fullmatch(text) or schedule.is_parallel(text)) and not self.state.pending:
            self._close()
            self.state = replace(self.state, section=text, parallel=schedule.is_parallel(text) or self.state.parallel)
        else:
            self._label_or_title(index)

    def _below_open(self, index: int) -> bool:
        """A sub-heading inside the description of a session that has a heading itself."""
        if self.open is None:
            return False
        opening, block = self.scene.block(self.open.first), self.scene.block(index)
        return opening.kind == "heading" and level(block) > level(opening) and not schedule.LABEL.match(block.text)

    def _label_or_title(self, index: int) -> None:
        text = self.scene.block(index).text
        label = schedule.LABEL.match(text)
        if label is None and self._is_untimed():
            self._close()
            if text.casefold() in self.titles:
                # A report comes back to what the timetable lists by its title.
                self.state = _State(True)
                self._begin(index)
        elif label:
            self.state = replace(self.state, active=True)
            self._begin(
                index,
                skip=label.end() if label.end() < len(text) else 0,
                label=_mark(label),
                noun=_noun(label),
                parallel=True,
            )
        else:
            self._titled(index, 0, text)

    def _is_untimed(self) -> bool:
        """Tell whether a heading here stands outside the timetable: its slot is over, or has a session already."""
        state = self.state
        if not self.has_times or state.pending or (state.parallel and not state.skipping):
            return False
        return state.start is None or state.skipping or self.open is not None

    def _text(self, index: int) -> None:
        block = self.scene.block(index)
        label = schedule.LABEL.match(block.text)
        if label and (label["noun"] or self.state.parallel) and is_short(block.text.split("\n")[0], 20):
            self._label_or_title(index)
        elif not self.state.active or self.state.skipping:
            self._close()
        elif self.state.pending:
            self._titled(index, 0, block.text)
        elif (self.state.parallel or self.state.listing) and block.kind == "list_item" and not self._in_open():
            self._begin(index)
        elif self.state.paragraphs:
            self._paragraph(index)
        else:
            self._extend(index)

    def _in_open(self) -> bool:
        """A list below a labelled or titled session is part of it."""
        return self.open is not None and self.scene.block(self.open.first).kind != "list_item"

    def _paragraph(self, index: int) -> None:
        text = self.scene.block(index).text
        headed = self.open is not None and self.open.titled and self.scene.block(self.open.first).kind == "heading"
        if self.open and (headed or RUNS_ON.match(text) or self.scene.block(index).kind == "list_item"):
            self._extend(index)
        elif HOUSEKEEPING.search(text) and self.state.round is None:
            self._close()
        else:
            self._begin(index, titled=False)


def _mark(label: re.Match[str] | None) -> str | None:
    return (label["mark"] or label["short"]) if label else None


def _noun(label: re.Match[str] | None) -> str | None:
    return label["noun"] and label["noun"].lower() if label else None
