"""Sessions of a programme as items: kind, time, round, speakers, flags, and which of them are held twice."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from corpus.document import Item, Speaker
from corpus.sentences import sentences
from ingest import duplicates, schedule
from ingest.items import programme, tables
from ingest.items.presenters import biography, presenters
from ingest.items.programme import Entry
from ingest.items.scene import Scene, first_sentence
from ingest.kind import EVENT
from ingest.people import NAME, persons

_PLENARY = re.compile(
    r"\b(?:plenaire?|keynote|opening|welkom\w*|inleiding|slotwoord|afsluiting|afronding"
    r"|terugkoppeling|openingswoord|dagvoorzitter)\b",
    re.IGNORECASE,
)
_DEBATE = re.compile(
    r"\b(?:\w*debat|panel(?:discussie|gesprek|debat| interview)?|paneldiscussie|rondetafelgesprek"
    r"|forumdiscussie)\b",
    re.IGNORECASE,
)
_FLASH = re.compile(r"\b(?:flitspresentaties?|flitslezing|pitch(?:es)?)\b", re.IGNORECASE)
_REPEAT = re.compile(r"\s*\((?:herhaling|zelfde als.*|idem.*|vervolg)\)", re.IGNORECASE)

# More sessions than any congress has: comparing each with each would take too long.
_MOST = 200

_SPEAKERS_LIST = re.compile(
    r"\b(?:plenaire (?:inleiders|sprekers|lezing(?:en)?|sessies?|voordrachten)|(?:inleiders|keynotes?"
    r"|keynote ?sprekers|hoofdsprekers)\b)",
    re.IGNORECASE,
)
_SPEAKERS_TITLE = re.compile(
    r"(?:de |onze )?(?:plenaire )?(?:inleiders|sprekers|keynotes?|keynote ?sprekers|hoofdsprekers)\W*", re.IGNORECASE
)
_CLOSING_DEBATE = re.compile(
    r"\b(?:eindigt|eindigen|besluiten|sluit|sluiten|begint|wordt (?:\w+ )?afgesloten)\b[^.]{0,60}"
    r"\b(?:\w*debat|paneldiscussie|panelgesprek)\b",
    re.IGNORECASE,
)
_EVENT = re.compile(rf"\b{EVENT}\b", re.IGNORECASE)
_ANY_SPEAKER = re.compile(r"\b(?:een|nog een|\w+de) spreker\b", re.IGNORECASE)
_BODIES = re.compile(
    r"(?:(?:[A-Z]\w+ )?(?:Raad|Inspectie|Autoriteit|Vereniging|Stichting|Koninklijke|Federatie"
    r"|Ministerie|Hogeschool|Universiteit)(?:(?: (?:voor|van)(?: het| de)?| en(?! de"
    r"| het))? [A-Z]\w+)+)"
)
_ORGANISATION = re.compile(
    r"\b(?:Co[oö]peratie|Stichting|Vereniging|Zorggroep|Hogeschool|Universiteit)(?: [A-Z][\w-]+)+"
)


def find(scene: Scene) -> tuple[Item, ...]:
    """Return the sessions of a document, in order: of its programme, or those that an announcement describes."""
    rows = tables.find(scene)
    entries = _merged(scene, programme.entries(scene, rows))
    items = _folded(rows, [_item(scene, entry, entries) for entry in entries])
    if not items:
        items = list(_announced(scene))
    has_rounds = any(item.round for item in items)
    ordered = sorted((_with_kind(item, has_rounds=has_rounds) for item in items), key=lambda item: item.char_start)
    return tuple(_linked(ordered))


def _folded(rows: Sequence[Item], described: Sequence[Item]) -> list[Item]:
    """Leave out the rows of a timetable whose sessions the page describes as well; what only they know passes on."""
    left = list(rows)
    result = []
    for item in described:
        row = next((row for row in left if _is_row_of(row, item)), None)
        if row:
            left.remove(row)
            item = replace(
                item,
                start=item.start or row.start,
                end=item.end or row.end,
                round=item.round or row.round,
                speakers=item.speakers or row.speakers,
                cancelled=item.cancelled or row.cancelled,
                fields={**row.fields, **item.fields},
            )
        result.append(item)
    return [*left, *result]


def _is_row_of(row: Item, item: Item) -> bool:
    known = ((getattr(row, name), getattr(item, name)) for name in ("start", "round"))
    marks = (row.fields.get("sessie", "").casefold(), item.fields.get("sessie", "").casefold())
    return (
        row.title.strip().casefold() == item.title.strip().casefold()
        and all(a is None or b is None or a == b for a, b in known)
        and (not all(marks) or marks[0] == marks[1])
    )


def _merged(scene: Scene, entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Leave out bare titles of a list of contents or timetable whose session is described further on.

    What the bare line knows (time, round) passes to the description.
    """
    full = {_entry_title(scene, e): e for e in entries if e.last > e.first}
    known: dict[str, Entry] = {}
    kept: list[Entry] = []
    for entry in entries:
        key = _entry_title(scene, entry)
        other = full.get(key)
        bare = entry.last == entry.first and entry.titled
        if bare and other and (entry.start is None or other.start is None) and not _other_round(entry, other):
            known.setdefault(key, entry)
        else:
            kept.append(entry)
    return tuple(_completed(e, known.get(_entry_title(scene, e))) for e in kept)


def _other_round(a: Entry, b: Entry) -> bool:
    return a.round is not None and b.round is not None and a.round != b.round


def _completed(entry: Entry, bare: Entry | None) -> Entry:
    if bare is None or entry.start:
        return entry
    return replace(entry, start=bare.start, end=bare.end, round=entry.round or bare.round)


def _entry_title(scene: Scene, entry: Entry) -> str:
    text = scene.block(entry.first).text[entry.skip :].split("\n")[0]
    return f"{(entry.label or '').lower()} {_REPEAT.sub('', text).strip().casefold()}".strip()


def _item(scene: Scene, entry: Entry, entries: Sequence[Entry]) -> Item:
    item = scene.item("sessie", entry.first, entry.last, skip=entry.skip)
    title = _title(entry, item.text)
    return replace(
        item,
        title=title,
        kind=_kind(entry, title if entry.titled else "", has_rounds=any(e.parallel for e in entries)),
        round=entry.round,
        start=entry.start,
        end=entry.end,
        speakers=presenters(item.text),
        cancelled=schedule.is_cancelled(item.text),
        tba=schedule.is_tba(item.text),
        fields={"sessie": entry.label} if entry.label else {},
    )


def _title(entry: Entry, text: str) -> str:
    line = text.split("\n")[0]
    return schedule.without_cancel_mark(line) if entry.titled else first_sentence(text)


def _kind(entry: Entry, title: str, *, has_rounds: bool) -> str:
    """Return the kind by the words of the title; outside the rounds of a programme everybody attends."""
    head = f"{entry.noun or ''} {title}"
    if _FLASH.search(head) or _FLASH.search(entry.section):
        return "flitspresentatie"
    if _DEBATE.search(head):
        return "debat"
    if entry.parallel:
        return "sessie"
    return "plenair" if has_rounds or _PLENARY.search(f"{head} {entry.section}") else "sessie"


def _with_kind(item: Item, *, has_rounds: bool) -> Item:
    """Give sessions out of tables their kind by the words of the title."""
    if item.kind != "sessie" or item.round or item.fields.get("sessie"):
        return item
    if _FLASH.search(item.title):
        return replace(item, kind="flitspresentatie")
    if _DEBATE.search(item.title):
        return replace(item, kind="debat")
    everybody = (has_rounds and not item.fields.get("zaal")) or _PLENARY.search(item.title)
    return replace(item, kind="plenair") if everybody else item


def _linked(items: Sequence[Item]) -> Iterator[Item]:
    """Link a session to the first one before it that is the same or nearly so: it is held again."""
    earlier: list[Item] = []
    for item in items:
        same = next((other for other in earlier if _same(other, item)), None)
        if len(earlier) < _MOST:
            earlier.append(item)
        yield replace(item, same_session_as=same.id) if same else item


def _same(a: Item, b: Item) -> bool:
    left, right = (_REPEAT.sub("", i.title).strip().casefold() for i in (a, b))
    if left == right and len(left.split()) >= 3:
        return True
    return min(len(a.text.split()), len(b.text.split())) >= 10 and duplicates.related(a.text, b.text) != "none"


# --- announcements -------------------------------------------------------------------------------------------------


def _announced(scene: Scene) -> Iterator[Item]:
    """Yield the plenary speakers that a sentence announces with a list, and the debate that closes the day."""
    if not _EVENT.search(scene.text):
        return
    for i, placed in enumerate(scene.blocks):
        block = placed.block
        last = sentences(block.text)[-2:] if block.text.rstrip().endswith(":") else ()
        heads = block.kind == "heading" and _SPEAKERS_TITLE.fullmatch(block.text)
        if heads or any(_SPEAKERS_LIST.search(block.text[start:end]) for start, end in last):
            yield from _speakers_list(scene, i + 1)
        elif block.kind == "paragraph" and _CLOSING_DEBATE.search(block.text):
            yield replace(scene.item("debat", i, i), speakers=_of_debate(block.text))


def _of_debate(text: str) -> tuple[Speaker, ...]:
    """Return whom the sentence about the debate names with it."""
    told = next(text[start:end] for start, end in sentences(text) if _CLOSING_DEBATE.search(text[start:end]))
    return presenters(told)


def _speakers_list(scene: Scene, first: int) -> Iterator[Item]:
    for j in range(first, len(scene.blocks)):
        if scene.block(j).kind != "list_item":
            return
        item = scene.item("plenair", j, j)
        number = re.fullmatch(r"(\d{1,2})[.)]?", scene.block(j).number or "")
        bodies = [m.group() for m in _BODIES.finditer(item.text)]
        speakers = _with_organisation(item.text, presenters(item.text) or persons(item.text)[0])
        yield replace(
            item,
            title=item.text.split("\n")[0] if "\n" in item.text else item.title,
            number=int(number[1]) if number else None,
            number_source="explicit" if number else None,
            speakers=speakers,
            tba=schedule.is_tba(item.text) or (not speakers and _ANY_SPEAKER.search(item.text) is not None),
            fields={"organisaties": "; ".join(bodies)} if len(bodies) > 1 else {},
            inferred=("speakers",) if any(s.organisation for s in speakers) else (),
        )


def _with_organisation(text: str, speakers: tuple[Speaker, ...]) -> tuple[Speaker, ...]:
    """Give the only speaker without an organisation the one that the sentence about this person names."""
    if len(speakers) != 1 or speakers[0].organisation:
        return speakers
    for start, end in sentences(text):
        found = _ORGANISATION.search(text[start:end]) if speakers[0].name in text[start:end] else None
        if found:
            return (replace(speakers[0], organisation=found.group()),)
    return speakers


# --- biographies ---------------------------------------------------------------------------------------------------

_SPEAKERS_HEADING = re.compile(
    r"(?:over )?(?:de )?(?:sprekers?|inleiders?|dagvoorzitters?|auteurs?|workshopleiders?"
    r"|onze sprekers|wie is wie).{0,30}",
    re.IGNORECASE,
)


def biographies(scene: Scene, *, programme_page: bool) -> tuple[Item, ...]:
    """Return the paragraphs that introduce a speaker: on a programme page, or below a heading such as "Sprekers"."""
    found: list[Item] = []
    section = programme_page
    for i, placed in enumerate(scene.blocks):
        block = placed.block
        if block.kind == "heading":
            section = (
                programme_page
                or _SPEAKERS_HEADING.fullmatch(block.text) is not None
                or (section and re.fullmatch(NAME, block.text) is not None)
            )
        elif section and block.kind in ("paragraph", "list_item"):
            person = biography(block.text)
            if person:
                headed = i > 0 and scene.block(i - 1).text.strip() == person.name and scene.follows(i)
                found.append(scene.item("spreker", i - 1 if headed else i, i, title=person.name, speakers=(person,)))
    return tuple(found)
