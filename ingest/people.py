"""People in Dutch text: names with their particles, and the role and organisation that stand beside them.

Patterns, not a name list: what counts as a name is decided by capitals and by the words around it. A person who is
only mentioned is nobody's giver or speaker.
"""

from __future__ import annotations

import re

from corpus.document import Speaker
from corpus.gemeenten import find_gemeenten

# In a group, so that "?" after it makes it optional.
SPACE = r"(?:[ \t\xa0]+)"
_S = SPACE
_PARTICLE = r"(?:van|de|den|der|ten|ter|te|het|'t|’t|in|op|la|le|du|von|el|al|bin|ben|aan|’s|d’|d')"
# Latin letters with the marks of other languages that names here come from: Yıldız, Šarić, Nguyễn.
_UPPER = "A-ZÀ-ÖØ-Þ" + "".join(filter(str.isupper, map(chr, range(0x100, 0x180))))
_LOWER = "a-zß-öø-ÿẠ-ỹ" + "".join(filter(str.islower, map(chr, range(0x100, 0x180))))
_WORD = rf"[{_UPPER}][{_LOWER}]+(?:(?!-(?:van|de|den|der|ten|ter|in|op|el)[ \xa0])['’-][{_UPPER}]?[{_LOWER}]+)*"
_INITIALS = r"(?:[A-Z]\.[ \xa0]?){1,4}"
_TITLE = r"(?:(?i:prof|dr|drs|ir|mr|ing|em|mw|mevr|dhr|MSc)\.?" + _S + r")*"
# Words that open a name-like sequence without being somebody's first name.
_NOT_GIVEN = "|".join(
    """
    De Het Een In Op Deze Dit Die Dat Wij We Zij Hij Ook Maar En Of Als Bij Met Voor Van Uit Door Aan Na Om Tot Over
    Tijdens Volgens Aldus Meer Alle Informatie Juiste Goede Samen Den Sint Nieuw Oud Noord Zuid Oost West Midden
    Nederland Nederlands Nederlandse Koninklijke Landelijk Landelijke Regionaal Regionale
    Welzijn Zorg Zorgplein Zorggroep Zorgkantoor Zorgverzekeraar Buurtplein Sociaal Sociale Medisch Positieve Passende
    Integrale Integraal Gezond Gezonde Gemeente Provincie Ministerie Stichting Vereniging Coöperatie Hogeschool
    Universiteit Universitair Raad Inspectie Transitie Radboud Programma Platform Netwerk Centrum Gezondheidscentrum
    Huisartsenpraktijk Huisartsenzorg Werkplaats Werkplaatsen Kenniscentrum Kennisinstituut Expertisecentrum Steunpunt
    Sportservice Team Wijkteam Buurtteam GGD GGZ POH Wet Wmo Tip Workshop Sessie Ronde Lezing Keynote Pauze Lunch
    Connecting Welkom Welkomstwoord Opening Openingswoord Inleiding Presentatie Voordracht Column Debat Panel Gesprek
    Interview Afsluiting Slotwoord Dagvoorzitter Spreker Sprekers
    Maandag Dinsdag Woensdag Donderdag Vrijdag Zaterdag Zondag
    Januari Februari Maart April Mei Juni Juli Augustus September Oktober November December
    """.split()
)
_GIVEN = rf"(?!(?:{_NOT_GIVEN})\b){_WORD}"
NAME = (
    rf"(?:{_GIVEN}{_S}{_WORD}{_S}(?:van{_S}(?:den|der|de)|ten|ter|den|der){_S}{_WORD}"
    rf"|{_GIVEN}(?:{_S}{_PARTICLE})+{_S}{_WORD}(?:-(?:{_PARTICLE}{_S})*{_WORD})?"
    rf"|{_INITIALS}(?:{_S}?\({_WORD}\){_S})?(?:{_PARTICLE}{_S})*{_WORD}(?:-(?:{_PARTICLE}{_S})*{_WORD})?"
    rf"|{_GIVEN}{_S}(?:(?:{_WORD}|{_INITIALS}){_S}?)?(?:[dD]['’])?{_WORD}(?:{_S}?-{_S}?(?:{_PARTICLE}{_S})*{_WORD})?)"
)
PERSON = rf"{_TITLE}{NAME}"
FIRST = rf"(?!(?:{_NOT_GIVEN})\b){_WORD}(?![\w-])"

_ROLE_WORDS = "|".join(
    """
    huisarts arts psychiater psycholoog therapeut apotheker verpleegkundige praktijkondersteuner specialist
    onderzoeker onderzoekster hoogleraar lector docent trainer econoom gedragswetenschapper schrijver journalist
    columnist directeur bestuurder manager teamleider projectleider coördinator secretaris voorzitter initiatiefnemer
    ontwerper wethouder burgemeester minister bouwmeester adviseur medewerker consulent coach opbouwwerker kwartiermaker
    ervaringsdeskundige inleider inleidster spreker inkoper redacteur leider agent wetenschapper filosoof socioloog
    antropoloog pedagoog ethicus jurist verloskundige diëtist logopedist geriater ondersteuner hulpverlener begeleider
    verzorger ambtenaar raadslid leraar leerkracht oprichter moderator gynaecoloog internist
    """.split()
)
_ROLE_WORD = rf"(?:[a-z-]*(?:{_ROLE_WORDS}|sociaal werker)(?:en|s)?)"
_KIND_OF = (
    "plenaire?|emeritus|senior|oud|ex|voormalig|bijzonder|sociaal|kader|waarnemend|zelfstandig|geestelijk|klinisch|medisch"
    "|strategisch|freelance|regionaal|lokaal"
)
ROLE = rf"(?:(?:POH|SOH|GGZ|GGD)[\w-]*|(?:(?:{_KIND_OF})[ -])?{_ROLE_WORD}(?:{_S}\w+geneeskunde)?)"
ANY_ROLE = re.compile(ROLE, re.IGNORECASE)
# What a speaker does in a session.
_VERBS = "|".join(
    """
    presenteert presenteren legt leggen neemt nemen zal zullen vertelt vertellen laat laten gaat gaan geeft geven licht
    lichten deelt delen bespreekt bespreken verzorgt verzorgen begeleidt begeleiden leidt leiden toont tonen schetst
    schetsen behandelt behandelen demonstreert demonstreren reflecteert reflecteren blikt blikken kijkt kijken spreekt
    spreken opent openen sluit sluiten houdt houden ontwierp beschrijft onderzoekt praat praten heet oefent oefenen
    vertelde vertelden heette opende presenteerde presenteerden liet lieten nam namen gaf gaven deelde deelden besprak
    bespraken verzorgde verzorgden leidde leidden toonde toonden schetste schetsten oefende oefenden sprak spraken hield
    hielden sloot sloten legde legden lichtte lichtten stelde stelden
    """.split()
)
PRESENTS = rf"(?:{_VERBS})"
_ORG_NOUN = (
    r"(?:(?:(?:sociaal|sociale|lokaal|lokale|regionaal|regionale|landelijke)[ \xa0])?(?:gemeenten?|ministerie"
    r"|stichting|vereniging|provincie|(?:wijk|buurt|gebieds|kern|jeugd)teams?|team|huisartsenpraktijk"
    r"|gezondheidscentrum|zorggroep|zorgverzekeraar|maandblad|ggd|ggz|regio))"
)
ORG = (
    rf"(?:{_ORG_NOUN}{_S})?[A-Z0-9][\w&+/’'.-]*[\w+](?:{_S}(?:(?:voor|van|in)(?:{_S}(?:de|het))?{_S}"
    rf"|en{_S}(?!de{_S}|het{_S}|[A-Z][a-z]+{_S}[A-Z])|&{_S})?[A-Z0-9][\w&+/’'-]*)*"
)
# "Universiteit van Voorbeeldstad" is one body, not somebody's role there.
_BODY = re.compile(
    r"(?:\w*[Uu]niversiteit|Hogeschool|Stichting|Vereniging|Raad|Inspectie|Ministerie|Academie|\w*[Ff]onds|Platform"
    r"|\w*[Nn]etwerk|\w*[Ii]nstituut|\w*[Cc]entrum|Gemeente|Provincie|Coöperatie|Federatie|Bond|Werkplaats|Regio|GGZ|GGD)\b"
    r"(?=[ \xa0][A-Z]|[ \xa0]voor\b|[ \xa0]van\b)"
)
_ROLE_ORG = re.compile(rf"(?P<role>(?i:{ROLE})(?:{_S}[a-z-]+){{0,3}}){_S}(?P<org>{ORG})")
_NO_ROLE = "die|dat|wie|waar|waarbij|waarin|want|maar|met|over|om|aan|in|op|heeft|is|was|had|werd|wordt|samen|en|of|hoe"
_BETWEEN = re.compile(rf"\s*(?:,?{_S}(?:en|&){_S}|,{_S}|\s*/\s*|;\s*|\s*\n\s*)", re.IGNORECASE)
_PAREN = re.compile(r"[ \t\xa0]*\(([^()]{2,120})\)")
_BY = re.compile(rf"{_S}(?:van|bij|namens){_S}(?:de{_S}|het{_S})?({ORG})")
FROM = re.compile(rf"{_S}uit{_S}({ORG})")
_SPLIT = re.compile(rf"{_S}(?:van|bij|aan|voor|namens){_S}(?:(?:de|het|een){_S})?(?=(?:{_ORG_NOUN}{_S})?[A-Z0-9])")
_COMMA_ROLE = re.compile(
    rf",{_S}(?!(?:{_VERBS}|{_NO_ROLE})\b)(?=(?:{ROLE}|[a-z][\w-]+)\b)(?P<role>[^,;.()\n]{{3,90}}?)(?=,|;|\.(?:\s|$)|\)|\n|$|{_S}\("
    rf"|\s+(?:en|&)\s+{PERSON}|{_S}[–—-]{_S}|{_S}over{_S})",
    re.IGNORECASE,
)
_COMMA_ORG = re.compile(rf",{_S}({ORG})\s*$")
_THEN_ORG = re.compile(rf",{_S}({ORG})(?=\s*(?:$|\n|\)|;))")
BEFORE = re.compile(rf"(?:(?P<role>(?i:{ROLE})){_S})?(?P<name>{PERSON})")
TITLES = re.compile(rf"^{_TITLE}")


def is_name(text: str) -> bool:
    """Tell whether a line is a person's name and nothing else."""
    return re.fullmatch(PERSON, text.strip()) is not None


def affiliation(text: str) -> tuple[str | None, str | None]:
    """Split "directeur van de Transitie Autoriteit Jeugd" into role and organisation; None for what is not there."""
    text = _without_place(text.strip(" .,;"))
    head, comma, tail = text.rpartition(", ")
    if comma and tail[:1].isupper() and ANY_ROLE.search(head):
        return affiliation(head)[0] or head, tail
    if _BODY.match(text):
        return None, text
    match = _SPLIT.search(text)
    if match:
        organisation = re.match(ORG, text[match.end() :])
        return text[: match.start()].strip() or None, organisation.group() if organisation else None
    direct = _ROLE_ORG.fullmatch(text)
    if direct:
        return direct["role"], direct["org"]
    if ANY_ROLE.match(text) or (text[:1].islower() and not re.match(_ORG_NOUN, text)):
        return text or None, None
    return None, text or None


def _without_place(text: str) -> str:
    """Leave out where somebody holds an office: "wethouder zorg in Tilburg"."""
    head, between, place = text.rpartition(" in ")
    return head if between and ANY_ROLE.search(head) and find_gemeenten(f"in {place}") else text


def persons(text: str, start: int = 0) -> tuple[tuple[Speaker, ...], int]:
    """Read a list of people at `start`: "onderzoeker A uit X en B (Y), role van Z"; return them and where it ends.

    An organisation after the last of a list joined by "en" holds for those before it that have none.
    """
    found: list[Speaker] = []
    position = start
    while True:
        match = BEFORE.match(text, position)
        if match is None:
            break
        speaker, end = _with_affiliation(text, match)
        found.append(speaker)
        between = _BETWEEN.match(text, end)
        position = end
        if between is None or not BEFORE.match(text, between.end()):
            break
        position = between.end()
    return _shared(found), position


def _with_affiliation(text: str, match: re.Match[str]) -> tuple[Speaker, int]:
    name = " ".join(TITLES.sub("", match["name"]).split())
    role, organisation, end = match["role"], None, match.end()
    paren, comma, by = _PAREN.match(text, end), _COMMA_ROLE.match(text, end), _BY.match(text, end)
    if paren:
        found_role, organisation = affiliation(paren[1])
        role, end = role or found_role, paren.end()
    elif by:
        end = by.end()
        if _is_surname(by, role):
            name = " ".join(f"{name}{text[match.end() : end]}".split())
        else:
            organisation = by[1]
    elif comma and not BEFORE.fullmatch(comma["role"]):
        found_role, organisation = affiliation(comma["role"])
        role, end = role or found_role, comma.end()
        after = _THEN_ORG.match(text, end) if role and not organisation else None
        if after and not is_name(after[1]):
            organisation, end = after[1], after.end()
    else:
        origin, last = FROM.match(text, end), _COMMA_ORG.match(text, end)
        if last and not is_name(last[1]):
            organisation = last[1]
        end = origin.end() if origin else end
    return Speaker(name, role, organisation), end


def _is_surname(by: re.Match[str], role: str | None) -> bool:
    """Tell whether "van Houten" after two names is a surname: a place's officers are of it, others are from it."""
    governs = role and re.search(r"wethouder|burgemeester|raadslid|gemeente|minister", role, re.IGNORECASE)
    return not governs and by.group().split()[0] == "van" and find_gemeenten(f"in {by[1]}") != ()


def singular(role: str) -> str | None:
    """Return what each of several is who are called "onderzoekers" or "therapeuten"; None for a singular."""
    if not role.endswith(("ers", "eurs", "ors", "uten")):
        return None
    return role.removesuffix("en" if role.endswith("uten") else "s").lower()


def _shared(found: list[Speaker]) -> tuple[Speaker, ...]:
    role = found[0].role if found else None
    single = singular(role) if role and len(found) > 1 else None
    if single:
        return tuple(Speaker(p.name, single if p.role in (role, None) else p.role, p.organisation) for p in found)
    last = found[-1].organisation if found else None
    if last and len(found) == 2 and found[0].organisation is None and found[0].role is None and found[1].role is None:
        return (Speaker(found[0].name, None, last), found[1])
    return tuple(found)
