"""Names that publications give to the fields of a record: data, apart from the logic that reads them.

`FIELDS` are the parts of a practice description, by the key under which an item keeps them; `ROLES` announce who
speaks. A new spelling is one more word group in the table.
"""

from __future__ import annotations

import re

FIELDS: dict[str, str] = {
    "doel": r"doel(?:en|stelling(?:en)?)?|wat (?:is|was) het doel|wat willen we bereiken",
    "doelgroep": r"doelgroep(?:en)?|voor wie(?: is (?:het|dit)(?: bedoeld)?)?|wie bereik je",
    "aanleiding": r"aanleiding|achtergrond en aanleiding|probleem(?:stelling)?|vraagstuk|uitdaging",
    "voorbereiding": r"voorbereiding|opzet en voorbereiding",
    "beschrijving": r"wat|(?:korte |uitgebreide )?(?:beschrijving|omschrijving)",
    "aanpak": r"aanpak|werkwijze|hoe werkt het|wat houdt het in|wat doen (?:we|wij|ze|zij)|activiteiten|methodiek",
    "betrokkenen": r"(?:betrokken(?:en| partijen| partners| organisaties)?|samenwerkings?partners|partners"
    r"|wie doe[tn] (?:er )?(?:mee|wat)|wie zijn (?:er )?betrokken|uitvoer(?:ders|ende organisaties?))",
    "randvoorwaarden": r"(?:rand)?voorwaarden|succesfactoren|wat is (?:er )?nodig|werkzame elementen",
    "resultaat": r"resulta(?:at|ten)|opbrengst(?:en)?|effect(?:en)?|uitkomst(?:en)?|wat levert het op"
    r"|wat heeft het opgeleverd",
    "onderzoek": r"onderzoek(?:en)?(?: naar effect(?:en)?)?|onderbouwing|evaluatie",
    "borging": r"borging|verankering|hoe (?:wordt|is) het geborgd|structurele inbedding|vervolg en borging",
    "kosten": r"kosten(?: en financiering)?|financiering|bekostiging|wat kost het|investering",
    "materiaal": r"materia(?:al|len)|hulpmiddelen",
    "looptijd": r"looptijd|periode|startdatum|wanneer gestart",
    "locatie": r"locatie|plaats|waar|gemeente|regio|werkgebied",
    "ontwikkelaar": r"ontwikkelaar|ontwikkeld door|eigenaar|initiatiefnemers?",
    "contact": r"contact(?:persoon|personen|gegevens)?|meer weten",
    "erkenningsniveau": r"erkenning(?:sniveau)?|niveau van erkenning|oordeel(?: erkenningscommissie)?|beoordeling"
    r"|mate van effectiviteit|effectiviteit",
}

# Without one of these a set of labels describes a meeting, a course or a vacancy rather than a way of working.
PRACTICE = frozenset({"aanpak", "resultaat", "borging", "erkenningsniveau"})

ROLES = (
    r"sprekers?|inleiders?|presentatie|presentator(?:en)?|workshopleiders?|sessieleiders?|gespreksleiders?"
    r"|(?:dag)?voorzitters?|begeleiding|begeleiders?|docent(?:en)?|trainers?|moderator(?:en)?|gastvrouw|gastheer"
    r"|door|verzorgd door|met|wie|o\.?l\.?v\.?"
)

_FIELD = {key: re.compile(rf"(?:{pattern})\s*\??", re.IGNORECASE) for key, pattern in FIELDS.items()}
_LABEL_LINE = re.compile(r"\s*([^\n:]{2,60}?)\s*:\s*")
_ROLE_LINE = re.compile(rf"(?:{ROLES})\s*:", re.IGNORECASE)


def field_of(label: str) -> str | None:
    """Return the key of the practice field that `label` names ("Voor wie?" → "doelgroep"), or None."""
    label = label.strip().rstrip(":").strip()
    return next((key for key, pattern in _FIELD.items() if pattern.fullmatch(label)), None)


def labelled(text: str) -> tuple[str, int] | None:
    """Return (field key, where the value starts) if `text` opens with a known field label and a colon, else None."""
    match = _LABEL_LINE.match(text)
    key = field_of(match.group(1)) if match else None
    return (key, match.end()) if match and key else None


def opens_with_label(text: str) -> bool:
    """Tell whether a line is "Label: value" with a label from either table."""
    return labelled(text) is not None or _ROLE_LINE.match(text) is not None
