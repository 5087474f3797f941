"""A new record for an editor to fill in: the front matter, and the questions that a good record answers."""

from __future__ import annotations

import re

from corpus.check import EVIDENCE, FEWEST_WORDS, KINDS, MOST_WORDS
from corpus.errors import UsageError

_QUESTIONS = {
    "Wat": "Wat is het en hoe gaat het in zijn werk? Hoe is het voorbereid?",
    "Voor wie": "Voor welke mensen is het? Voor wie niet?",
    "Wie doet wat": "Welke beroepen en organisaties doen mee, wie heeft welke taak en wie is het aanspreekpunt?",
    "Randvoorwaarden": "Wat is er nodig: tijd, geld, afspraken, scholing, systemen? Wie betaalt? Wat ging moeizaam?",
    "Resultaat": "Wat kwam eruit, hoe is dat gemeten en door wie? Noem ook wat niet lukte.",
    "Borging": "Hoe blijft het bestaan als het project, het geld of de trekker weg is?",
    "Contact": "Bij welke organisatie kan een lezer terecht? Geen gegevens van patiënten of cliënten.",
}


def template(slug: str, kind: str) -> str:
    """Return a record to fill in, as Markdown with front matter in TOML.

    Until it is filled in, `corpus.check` reports what is missing: the questions are comments that have to go.

    Args:
        slug: the id, which is also the file's name without `.md`.
        kind: one of `corpus.check.KINDS`.

    Raises:
        UsageError: the slug or the kind may not be used; the message says what may.
    """
    if not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", slug):
        raise UsageError(f"{slug!r}: gebruik kleine letters, cijfers en enkele streepjes, zoals wijkteam-en-huisarts")
    if kind not in KINDS:
        raise UsageError(f"{kind!r} is geen soort record; kies uit {', '.join(KINDS)}")
    sections = "\n\n".join(f"## {heading}\n<!-- {question} -->" for heading, question in _QUESTIONS.items())
    return f"{_front(slug, kind)}\n{_OPENING}\n\n{sections}\n"


_OPENING = (
    "<!-- Eerste zin: wat is het, wie deed het en waar? Schrijf in eigen woorden en korte zinnen,"
    f" {FEWEST_WORDS} tot {MOST_WORDS} woorden in totaal.\n"
    "Houd alleen de kopjes waarvoor de bron feiten heeft. Haal deze vragen daarna weg. -->"
)


def _front(slug: str, kind: str) -> str:
    evidence = f'evidence = "{kind}"' if kind in EVIDENCE else f'# evidence = ""  # {", ".join(EVIDENCE)}'
    return f"""+++
id = "{slug}"
kind = "{kind}"
title = ""  # eigen woorden; elke titel komt één keer voor
doelgroep = []  # namen uit corpus/taxonomy.toml; [] is iedereen
themas = []  # namen uit corpus/taxonomy.toml, de belangrijkste eerst
beroepen = []  # voor wie het werk is of wie het doet
# gemeenten = []  # waar het gebeurt; de gemeente van nu
# regio = []
# wetten = []
{evidence}
# year = 2026  # jaar van de bron of de bijeenkomst
# related = []  # id's van andere records; een reactie noemt de tip

[bron]
title = ""  # letterlijk zoals de bron hem schrijft
# publisher = ""
# url = ""
# year = 2026
read = ""  # de dag waarop u de bron las, zoals 2026-01-31
# read_part = "deel"  # begin of deel, als u niet alles las
+++
"""
