"""Who speaks in a session, and whom a paragraph introduces."""

from __future__ import annotations

import re
from collections.abc import Iterator

from corpus.document import Speaker
from corpus.gemeenten import find_gemeenten
from corpus.sentences import sentences
from ingest.labels import ROLES
from ingest.people import ANY_ROLE, FIRST, ORG, PERSON, PRESENTS, ROLE, TITLES, affiliation, is_name, persons, singular
from ingest.people import SPACE as _S

_SPEAKER_LABEL = re.compile(rf"(?:^|\n|[|;]\s*|\s)(?:{ROLES})\s*:\s*", re.IGNORECASE)
_BY_WHOM = re.compile(
    r"\b(?:door|o\.l\.v\.|onder (?:de )?(?:bezielende )?(?:leiding|begeleiding) van|aldus|in gesprek met|interview met"
    r"|gesprek met|opening|openingswoord|welkom(?:stwoord)?|inleiding|lezing|keynote|keynotespreker|column|voordracht"
    rf"|presentatie|spreker|slotwoord|afsluiting):?{_S}(?:(?:de|onze|onder andere|o\.a\.){_S})*"
    rf"(?=(?:(?i:{ROLE}){_S})?{PERSON})",
    re.IGNORECASE,
)
# "… met wethouder A": who a title says it is with has a role, else it may be anybody.
_WITH = re.compile(rf"\b[Mm]et{_S}(?:(?:de|onze){_S})?(?=(?i:{ROLE}){_S}{PERSON})")
_INVERTED = re.compile(rf"\b{PRESENTS}{_S}(?=(?:(?i:{ROLE}){_S})?{PERSON})", re.IGNORECASE)
# After a name at the start of a sentence: the verb, or the end of what is a line of credits.
_VERB_NEXT = re.compile(rf"[\s,]*{PRESENTS}\b|{_S}[–—-]{_S}|[ .:]*$")
_FIRST_NAMES = re.compile(
    rf"\b(?:presenteren|vertellen|nemen|geven|laten|bespreken|leggen"
    rf"|verzorgen){_S}(?P<a>{FIRST}){_S}en{_S}(?P<b>{FIRST})(?!{_S}[A-Z])"
)
_APPOSED = re.compile(rf",{_S}(?={PERSON},{_S}{PRESENTS}\b)")
_IN_BRACKETS = re.compile(rf"\((?=(?:(?i:{ROLE}){_S})?{PERSON})([^()]*)\)")
_TRAILING = re.compile(rf"(?:,|[–—-]|\|){_S}(?=(?:(?i:{ROLE}){_S})?{PERSON}(?:{_S}\([^()]+\)|,[^,.]{{3,80}})?\s*$)")


def presenters(text: str) -> tuple[Speaker, ...]:
    """Return who speaks in a session according to its title and description, in order of appearance."""
    found: dict[str, tuple[int, Speaker]] = {}
    for position, speaker in _presenters(text):
        known = found.get(speaker.name)
        best = speaker if known is None else _richer(known[1], speaker)
        found[speaker.name] = (min(position, known[0]) if known else position, best)
    return tuple(speaker for _, speaker in sorted(found.values(), key=lambda entry: entry[0]))


def _richer(a: Speaker, b: Speaker) -> Speaker:
    return Speaker(a.name, a.role or b.role, a.organisation or b.organisation)


def _presenters(text: str) -> Iterator[tuple[int, Speaker]]:
    for start, end in sentences(text):
        sentence = text[start:end]
        for pattern in (_SPEAKER_LABEL, _BY_WHOM, _WITH, _INVERTED, _APPOSED, _TRAILING):
            for match in pattern.finditer(sentence):
                if pattern is _WITH and start and match.start():
                    continue
                people = persons(sentence, match.end())[0]
                if match.group().lower().startswith("door") and len(people) > 1:
                    people = _credits(sentence[match.end() :], people)
                yield from ((start + match.end(), person) for person in people)
        for match in _IN_BRACKETS.finditer(sentence):
            yield from ((start + match.start(), person) for person in persons(match[1])[0])
        subject, after = persons(sentence)
        if subject and _VERB_NEXT.match(sentence, after):
            yield from ((start, person) for person in subject)
        for match in _FIRST_NAMES.finditer(sentence):
            if find_gemeenten(match["a"]) or find_gemeenten(match["b"]):
                continue
            yield start + match.start("a"), Speaker(match["a"])
            yield start + match.start("b"), Speaker(match["b"])
    yield from _name_lines(text)


def _credits(line: str, people: tuple[Speaker, ...]) -> tuple[Speaker, ...]:
    """Read "A en B van Q healthcare, Radboud UMC.": in a line of credits all after "van" is their organisation."""
    last = line.find(people[-1].name.split()[-1]) + len(people[-1].name.split()[-1])
    rest = re.fullmatch(rf"{_S}(?:van|bij){_S}(?:(?:de|het){_S})?([A-Z][^.\n]{{2,80}}?)\.?\s*", line[last:])
    return tuple(Speaker(p.name, p.role, rest[1]) for p in people) if rest else people


def _name_lines(text: str) -> Iterator[tuple[int, Speaker]]:
    """Yield people who have a line to themselves, with what it says of them; for bare names see the line below."""
    position = 0
    lines = text.split("\n")
    for i, line in enumerate(lines):
        people, end = persons(line) if i else ((), 0)
        if people and all(p.role or p.organisation for p in people) and _REST.fullmatch(line, end):
            yield from ((position, person) for person in people)
        elif is_name(line) or (len(people) > 1 and _REST.fullmatch(line, end)):
            below = next((other.strip() for other in lines[i + 1 : i + 3] if other.strip()), "")
            fits = 0 < len(below.split()) <= 12 and not below.endswith((".", "?", "!")) and not is_name(below)
            role, organisation = affiliation(below) if fits else (None, None)
            role = (singular(role) if role and len(people) > 1 else None) or role
            yield from ((position, Speaker(p.name, role, organisation)) for p in persons(line)[0])
        position += len(line) + 1


_REST = re.compile(r"\s*(?:\([^()]*\))?[\s.]*")
_BIO = re.compile(
    rf"(?P<name>{PERSON})(?:{_S}\([^()]{{2,60}}\))?{_S}(?:is|was|werkt|werkte)"
    rf"(?:{_S}(?:sinds{_S}[\w ]{{4,20}}?|al|ook|momenteel|als|een|de|onder andere)(?=\s))*"
    rf"{_S}(?P<rest>[a-zA-Z][^.\n]{{3,160}})"
)
_ROLE_OF_BIO = re.compile(
    rf"(?P<role>[^,.;]{{3,80}}?)(?:{_S}(?:van|bij|aan|voor){_S}(?:(?:de|het|een){_S})?(?:[a-z]+{_S})?(?P<org>{ORG})"
    rf"|{_S}en{_S}|[,.;]|$)"
)
# "is onderzoeker", "is redacteur", "is ethicus": what somebody is, not how ("is tevreden").
_AGENT = re.compile(r"(?:bijzonder |senior |zelfstandig |onafhankelijk )?[\w-]+(?:er|eur|or|ster|loog|eut|aris|icus)\b")


def biography(text: str) -> Speaker | None:
    """Return the person that a paragraph introduces ("A is huisarts bij B. …"), or None."""
    match = _BIO.match(text)
    found = _ROLE_OF_BIO.match(match["rest"]) if match else None
    if match is None or found is None or not (ANY_ROLE.search(found["role"]) or _AGENT.match(found["role"])):
        return None
    return Speaker(" ".join(TITLES.sub("", match["name"]).split()), found["role"].strip(), found["org"])
