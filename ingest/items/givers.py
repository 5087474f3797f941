"""Who gave a tip, as its own text says: "Deze tip kwam van …", "aldus …", "A uit X bracht … naar voren"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from corpus.document import Speaker
from corpus.sentences import sentences
from ingest.people import BEFORE, FROM, ORG, PERSON, ROLE, persons
from ingest.people import SPACE as _S

_TIP_FROM = re.compile(
    r"\b(?:de(?:ze)?|dit|bovenstaande|die)\s+(?:tip|advies|aanbeveling|suggestie)\s+"
    r"(?:(?:gaf|geeft|gaven|kwam(?:en)?|komt|komen|is|was|werd|kregen (?:we|wij)|hoorden (?:we|wij)"
    r"|danken (?:we|wij)|stamt|deelde|deelden)\b"
    r"(?:\s+(?:ons|mee|ook|door|van|aan|bij|afkomstig|gegeven|aangedragen|ingebracht|aangereikt"
    r"|bedacht|in|de|het|sessie|workshop|lezing|presentatie|onze))*|van)\s+",
    re.IGNORECASE,
)
_SAID = (
    r"(?:aldus|volgens|zegt|zei|vertelt|vertelde|stelt|stelde|adviseert|adviseerde|benadrukt"
    r"|benadrukte|pleit|pleitte|raadt|noemt|noemde|vindt|weet|ziet|merkt|legt|tipt|deelt"
    r"|(?:ook )?(?:raadt|geeft)(?: ons)?)"
)
_ATTRIBUTED = re.compile(rf"\b{_SAID}{_S}(?=(?:(?i:{ROLE}){_S})?{PERSON})", re.IGNORECASE)
_BROUGHT = re.compile(
    r"\b(?:bracht(?:en)?|presenteerden?|vertelden?|lieten|liet|gaf|gaven|deelden?|pleitten?"
    r"|benadrukten?|adviseerden?|noemden?|bepleitten?|toonden?|reikten?|dringt|drong)\b",
    re.IGNORECASE,
)
_SIGNED = re.compile(
    rf"(?:[–—-]{_S}|\(|\btip van{_S}|\b(?:ingebracht|ingezonden|aangedragen|gegeven) door{_S}"
    rf"|\b(?:van|gever|door)\s*:{_S})(?=(?:(?i:{ROLE}){_S})?{PERSON}[^.()\n\d]{{0,100}}\)?\.?\s*$)",
    re.IGNORECASE,
)
_HEARD = re.compile(
    rf"\b(?:leerden?|hoorden?|kreeg|kregen|heb|hebben){_S}(?:ik|we|wij)(?:{_S}\w+)?{_S}van{_S}(?=(?:(?i:{ROLE}){_S})?{PERSON})"
)
_THAT_IS = re.compile(rf"(?:Dat|Dit|Die|Hij|Zij){_S}(?:is|was|heet){_S}")
_UNDERSIGNED = re.compile(r"\bondergetekende\b")
_IN_ORG = re.compile(rf"In{_S}(?:het|de){_S}({ORG}),")


def givers(text: str) -> tuple[Speaker, ...]:
    """Return who gave a tip according to its text, in order; () when it names nobody as its giver."""
    found: list[Speaker] = []
    spans = sentences(text)
    for i, (start, end) in enumerate(spans):
        sentence = text[start:end]
        following = text[spans[i + 1][0] : spans[i + 1][1]] if i + 1 < len(spans) else ""
        for speaker in _givers_in(sentence, following):
            if speaker.name not in {known.name for known in found}:
                found.append(speaker)
    return tuple(found)


def _givers_in(sentence: str, following: str) -> Iterator[Speaker]:
    origin = _TIP_FROM.search(sentence)
    if origin:
        people, _ = persons(sentence, origin.end())
        that_is = _THAT_IS.match(following)
        if not people and that_is:
            people = tuple(
                Speaker(p.name, p.role or _role_at(sentence, origin.end()), p.organisation)
                for p in persons(following, that_is.end())[0]
            )
        yield from people
        if _UNDERSIGNED.search(sentence):
            yield Speaker("ondergetekende", "auteur")
        return
    subject = persons(sentence)
    if subject[0] and _BROUGHT.search(sentence[subject[1] : subject[1] + 40]):
        yield from (Speaker(p.name, p.role and p.role.lower(), p.organisation) for p in subject[0])
    for match in (*_ATTRIBUTED.finditer(sentence), *_HEARD.finditer(sentence), *_SIGNED.finditer(sentence)):
        for person in persons(sentence, match.end())[0]:
            within = _IN_ORG.match(sentence)
            organisation = person.organisation or (within[1] if within else None)
            yield Speaker(person.name, person.role, organisation)


def _role_at(sentence: str, start: int) -> str | None:
    role = re.match(r"(?:de|het|een|onze)\s+([^.,]{3,60})", sentence[start - 3 :]) or re.match(
        r"([^.,]{3,60})", sentence[start:]
    )
    return role[1].strip() if role else None


def origins(text: str) -> str | None:
    """Return where the named people come from ("Marike Serra: Noord Nederland"), as far as "uit" says so."""
    pairs = [f"{m['name']}: {FROM.match(text, m.end())[1]}" for m in BEFORE.finditer(text) if FROM.match(text, m.end())]  # type: ignore[index]
    return "; ".join(pairs) or None
