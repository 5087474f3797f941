"""Examples in the description of the API: real answers over the collection that ships, shortened. Tests hold them.

They are data, so that the shapes beside them stay readable.
"""

from __future__ import annotations

from pydantic.config import JsonDict

SNAPSHOT = "6944cead132c"
PASSAGE_ID, DOCUMENT_ID = "c51e423cd2223c0d", "5dc50c6b3da2dd87"
QUERY = "POH-jeugd aanspreekpunt wijkteam"
QUESTION = "Wie zijn de gesprekspartners van het wijkteam in de huisartsenpraktijk?"
_TEXT = (
    "De POH-jeugd en de POH-GGZ zijn het aanspreekpunt voor de wijkteams en jeugdteams.\n\n"
    "De huisarts blijft op de achtergrond meekijken."
)
_SOURCE = "https://guusschrijvers.nl/tien-tips-voor-samenwerking-eerste-lijn-en-sociale-wijkteams/"
_RECORD: JsonDict = {
    "document_id": DOCUMENT_ID,
    "source_id": "tip-04-poh-jeugd-gesprekspartner-wijkteam",
    "kind": "tip",
    "title": "POH-jeugd en POH-GGZ zijn de gesprekspartners van wijkteam en jeugdteam",
    "url": _SOURCE,
    "publisher": "Guus Schrijvers",
    "year": None,
    "permalink": f"/passage/{PASSAGE_ID}",
    "described": True,
    "source_link": _SOURCE,
}
HIT: JsonDict = {
    **_RECORD,
    "rank": 1,
    "score": 0.9637,
    "passage_id": PASSAGE_ID,
    "item_id": None,
    "text": _TEXT,
    "highlights": [[3, 12], [36, 49], [58, 67]],
    "why": {
        "terms": ["poh", "jeugd", "aanspreekpunt", "wijkteam"],
        "added": ["POH-GGZ jeugd"],
        "lexical": 1.0,
        "semantic": 0.9334,
    },
    "also_in": [],
    "section": ["Wie doet wat"],
    "page": None,
    "item_title": None,
    "evidence": "tip",
}
_SEARCHED: JsonDict = {"passages": 1377, "snapshot": SNAPSHOT}
SEARCH: JsonDict = {
    "hits": [HIT],
    "total": 1,
    "exact": True,
    "limiet": 10,
    "offset": 0,
    "next_cursor": None,
    "facets": {"kind": [{"value": "tip", "count": 1}], "doelgroep": [{"value": "jeugd", "count": 1}]},
    "added": ["buurtteam", "gebiedsteam"],
    "added_since": None,
    "searched": _SEARCHED,
}
ANSWER: JsonDict = {
    "question": QUESTION,
    "status": "answered",
    "sentences": [
        {
            **_RECORD,
            "text": "De POH-jeugd en de POH-GGZ zijn het aanspreekpunt voor de wijkteams en jeugdteams.",
            "passage_id": PASSAGE_ID,
            "start": 0,
            "end": 82,
        }
    ],
    "searched": _SEARCHED,
    "nearest": [],
    "generated": None,
}
PUBLICATION: JsonDict = {
    "id": DOCUMENT_ID,
    "kind": "tip",
    "title": _RECORD["title"],
    "publisher": "Guus Schrijvers",
    "year": None,
    "url": _SOURCE,
    "date": None,
    "published_on": None,
}
PASSAGE: JsonDict = {
    "id": PASSAGE_ID,
    "document_id": DOCUMENT_ID,
    "text": _TEXT,
    "text_norm": " ".join(_TEXT.split()),
    "order": 2,
    "char_start": 484,
    "char_end": 615,
    "item_id": None,
    "page": None,
    "section": ["Wie doet wat"],
    "text_fragment": None,
    "status": "main",
}
CITATION: JsonDict = {
    "id": PASSAGE_ID,
    "citation": "Guus Schrijvers. (z.d.). Tien tips voor samenwerking eerste lijn en sociale wijkteams."
    f" Geraadpleegd op 22 november 2026, van {_SOURCE}",
    "quotation": f"{' '.join(_TEXT.split())} [Beschreven door Samenwijzer in “{_RECORD['title']}”, {PASSAGE_ID}].",
    "csl": {
        "id": PASSAGE_ID,
        "type": "webpage",
        "title": "Tien tips voor samenwerking eerste lijn en sociale wijkteams",
        "publisher": "Guus Schrijvers",
        "accessed": {"date-parts": [[2026, 11, 22]]},
        "URL": _SOURCE,
        "source": "Samenwijzer",
    },
}
_SUCCESSOR: JsonDict = {"id": "7d0c6a1f5be2934a", "text": _TEXT, "permalink": "/passage/7d0c6a1f5be2934a"}
_FORMER: JsonDict = {
    "id": "c7b0f4d2a9e8135c",
    "document_id": DOCUMENT_ID,
    "text": "De POH-jeugd is het aanspreekpunt voor de wijkteams en jeugdteams.",
    "text_sha256": "cb792b5f0f8ae341da3fb1b95d2af1c7e6ba27ec0745d16b2e7134f19c5bca0b",
    "first_seen": "2026-10-01T08:30:00Z",
}
PROBLEM: JsonDict = {
    "type": "about:blank",
    "title": "Ongeldig verzoek",
    "status": 400,
    "detail": "limiet mag hoogstens 100 zijn.",
    "instance": "/v1/zoekresultaten",
    "errors": [{"parameter": "limiet", "reason": "mag hoogstens 100 zijn"}],
}
# By the name of the model in the description. Not in the models themselves: FastAPI leaves out what is null there.
BY_MODEL: dict[str, JsonDict] = {
    "HitModel": HIT,
    "SearchResponse": SEARCH,
    "AnswerResponse": ANSWER,
    "PublicationSummary": PUBLICATION,
    "PassageModel": PASSAGE,
    "FormerPassageModel": _FORMER,
    "SuccessorModel": _SUCCESSOR,
    "FormerModel": {
        "id": _FORMER["id"],
        "state": "changed",
        "since": "2026-11-03T09:12:00Z",
        "successor": _SUCCESSOR,
    },
    "CitationModel": CITATION,
    "Problem": PROBLEM,
}
