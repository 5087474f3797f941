"""The methods section of a report, in Dutch and in English, from a log of searches. Pure functions.

It tells what PRISMA-S (see `commands.searchlog`) asks for: source, dates, whole queries, limits and numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from commands.searchlog import Entry
from corpus.cite import dutch_date


class _Language(NamedTuple):
    """The words of one language; `{}` takes what the log says."""

    single_day: str
    days: str
    program: str
    snapshot: str
    manner: str
    reranked: str
    generated: str
    searches: tuple[str, str]
    questions: tuple[str, str]
    found: str
    columns: tuple[str, ...]
    kinds: Mapping[str, str]
    no_filter: str


_LANGUAGES = {
    "nl": _Language(
        single_day="Op {} is gezocht",
        days="Van {} tot en met {} is gezocht",
        program=" in Samenwijzer (versie {}), een doorzoekbare verzameling over wat werkt in de samenwerking tussen"
        " eerstelijn en sociaal domein in Nederland.",
        snapshot="Momentopname {} van die verzameling, gemaakt op {}, bevat {} publicaties en {} passages.",
        manner="Samenwijzer zoekt op woorden (met woordstammen, delen van samenstellingen, herstelde spelling en andere"
        " namen uit een thesaurus) en op gelijkenis van hele teksten (model {}).",
        reranked="De eerste resultaten zijn opnieuw geordend met model {}.",
        generated="Antwoorden zijn samengevat door taalmodel {}; alleen zinnen die de bronnen dragen, telden.",
        searches=("Er is één zoekopdracht gedaan.", "Er zijn {} zoekopdrachten gedaan."),
        questions=(
            "Er is één vraag gesteld; het antwoord bestaat uit letterlijke zinnen.",
            "Er zijn {} vragen gesteld; de antwoorden bestaan uit letterlijke zinnen.",
        ),
        found="Samen leverden zij {} verschillende publicaties op. De tabel geeft per regel wat gevraagd is en wat"
        " eruit kwam; bewaard zijn de eerste resultaten in volgorde van relevantie.",
        columns=("nr", "datum", "soort", "zoekvraag", "filters", "meegezocht", "gevonden", "bewaard", "momentopname"),
        kinds={"search": "zoekopdracht", "ask": "vraag"},
        no_filter="geen",
    ),
    "en": _Language(
        single_day="On {} we searched",
        days="From {} to {} we searched",
        program=" Samenwijzer (version {}), a searchable collection on what works in the collaboration between"
        " primary care and the social domain in the Netherlands.",
        snapshot="Snapshot {} of that collection, made on {}, holds {} publications and {} passages.",
        manner="Samenwijzer searches by word (with stems, parts of compounds, repaired spelling and other names from a"
        " thesaurus) and by the similarity of whole texts (model {}).",
        reranked="The first results were ordered anew with model {}.",
        generated="Answers were summed up by language model {}; only sentences verified against the sources counted.",
        searches=("One search was done.", "{} searches were done."),
        questions=(
            "One question was asked; its answer consists of verbatim sentences.",
            "{} questions were asked; the answers consist of verbatim sentences.",
        ),
        found="Together they gave {} different publications. The table tells for each what was asked and what came out;"
        " the first results, in order of relevance, were kept.",
        columns=("no.", "date", "type", "query", "filters", "words added", "found", "kept", "snapshot"),
        kinds={"search": "search", "ask": "question"},
        no_filter="none",
    ),
}
LANGUAGES = tuple(_LANGUAGES)


def methods(entries: Sequence[Entry], language: str) -> str:
    """Return the section as Markdown: a paragraph and a table with a row per search.

    Args:
        entries: of a log, at least one.
        language: one of `LANGUAGES`.
    """
    words = _LANGUAGES[language]
    days = sorted({entry.at[:10] for entry in entries})
    when = words.single_day.format(_day(days[0], language))
    if len(days) > 1:
        when = words.days.format(_day(days[0], language), _day(days[-1], language))
    snapshots = {entry.snapshot: entry.collection for entry in entries}
    told = [when + words.program.format(_listed(entry.version for entry in entries))]
    told += [words.snapshot.format(id, *_collection(held, language)) for id, held in snapshots.items()]
    told.append(words.manner.format(_listed(entry.model for entry in entries)))
    for sentence, names in (
        (words.reranked, [entry.reranker for entry in entries]),
        (words.generated, [entry.generator for entry in entries]),
    ):
        told += [sentence.format(_listed(filter(None, names)))] if any(names) else []
    for command, (one, many) in (("search", words.searches), ("ask", words.questions)):
        number = sum(entry.command == command for entry in entries)
        told += [one if number == 1 else many.format(number)] if number else []
    told.append(words.found.format(len({id for entry in entries for id in entry.documents})))
    rows = [_row(number, entry, words) for number, entry in enumerate(entries, 1)]
    table = [words.columns, ("---",) * len(words.columns), *rows]
    return "\n".join((" ".join(told), "", *("| " + " | ".join(row) + " |" for row in table), ""))


def _row(number: int, entry: Entry, words: _Language) -> tuple[str, ...]:
    limits = "; ".join(f"{name}: {_limit(name, value)}" for name, value in entry.filters.items())
    added = "; ".join(entry.added)
    asked = f"{entry.query} (−{', −'.join(entry.without)})" if entry.without else entry.query
    total = f"{'' if entry.exact else '≥ '}{entry.total}"
    return (
        str(number), entry.at[:10], words.kinds[entry.command], _cell(asked), _cell(limits or words.no_filter),
        _cell(added or words.no_filter), total, str(len(entry.passages)), entry.snapshot,
    )  # fmt: skip


def _limit(name: str, value: Any) -> str:  # noqa: ANN401 - as it stands in the log
    if name == "year":
        first, last = value
        return str(first) if first == last else f"{first or ''}–{last or ''}"
    return value if isinstance(value, str) else ", ".join(value)


def _collection(held: Mapping[str, Any], language: str) -> tuple[str, str, str]:
    sign = "." if language == "nl" else ","
    numbers = (f"{held[name]:,}".replace(",", sign) for name in ("documents", "passages"))
    return (_day(str(held["made"])[:10], language), *numbers)  # type: ignore[return-value]


def _day(value: str, language: str) -> str:
    if language == "nl":
        return dutch_date(value)
    day = date.fromisoformat(value)
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


_MONTHS = "January February March April May June July August September October November December".split()


def _listed(values: Any) -> str:  # noqa: ANN401
    return ", ".join(dict.fromkeys(values))


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
