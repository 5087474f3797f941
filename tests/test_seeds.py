"""The five founding documents: every line of the normaliser's acceptance that concerns blocks, drops and items."""

from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from ingest import boilerplate, duplicates, items, text
from ingest.blocks import Block, Loaded, RawPage, place

SEEDS = Path(__file__).resolve().parents[1].parent / "shared" / "seeds"
pytestmark = pytest.mark.skipif(not SEEDS.is_dir(), reason="the founding documents (../shared/seeds) are not here")


class Read(NamedTuple):
    """One seed, read; `lines` maps a line number to the text of the kept blocks that begin there."""

    loaded: Loaded
    blocks: tuple[Block, ...]
    text: str
    found: items.Recognised
    source: list[str]

    def of(self, *kinds):
        return [item for item in self.found.items if item.kind in kinds]

    def kept(self, kind):
        return [b.line for b in self.blocks if b.kind == kind and b.dropped is None]

    def dropped(self):
        return [b.line for b in self.blocks if b.dropped]

    def lines_of(self, item):
        """The lines of the source that an item begins and ends on."""
        first = next(i for i, line in enumerate(self.source, 1) if item.text.split("\n")[0] in line)
        last = next(i for i, line in enumerate(self.source, 1) if i >= first and item.text.split("\n")[-1] in line)
        return first, last

    def status(self, line):
        order = next(i for i, b in enumerate(self.blocks) if b.line == line)
        return self.found.statuses.get(order, "main")


@cache
def read(number):
    path = next(SEEDS.glob(f"{number:03}_*.txt"))
    loaded = text.load(RawPage(str(path), path.read_bytes(), "text/plain"))
    blocks = duplicates.fold(boilerplate.mark(loaded.blocks))
    whole, placed = place(blocks)
    found = items.recognise("seed", whole, placed, tuple(b for b in blocks if b.dropped))
    return Read(loaded, blocks, whole, found, path.read_text("utf-8").split("\n"))


def speakers(item):
    return [(s.name, s.role, s.organisation) for s in item.speakers]


@pytest.mark.parametrize("number", range(5))
def test_every_item_and_block_is_verbatim(number):
    seed = read(number)
    for item in seed.found.items:
        assert seed.text[item.char_start : item.char_end] == item.text
    for block in seed.blocks:
        assert block.line is not None
        assert all(part in "\n".join(seed.source) for part in block.text.split("\n"))


@pytest.mark.parametrize("number", range(5))
def test_every_line_is_in_one_block_kept_or_dropped(number):
    seed = read(number)
    joined = "\n".join(block.text for block in seed.blocks)
    for line in filter(None, map(str.strip, seed.source)):
        # A list marker is kept apart, and one seed ends a paragraph in a link that leads nowhere.
        for part in line.lstrip("•0123456789. ").split(" Alle workshops "):
            assert part in joined


def test_ids_are_stable_and_distinct():
    everything = [item.id for number in range(5) for item in read(number).found.items]
    read.cache_clear()
    assert everything == [item.id for number in range(5) for item in read(number).found.items]
    assert len(set(everything)) == len(everything)


# --- 000: announcement ----------------------------------------------------------------------------------------------


def test_000_has_no_title_and_its_own_blocks():
    seed = read(0)
    assert "title" not in seed.loaded.meta
    assert seed.kept("heading") == [1, 5, 9, 20, 24]
    assert [b.line for b in seed.loaded.blocks if b.kind == "paragraph"] == [3, 7, 11, 18, 22, 26, 35, 37]
    assert seed.kept("list_item") == [13, 14, 15, 16, 28, 30, 32]


def test_000_joins_each_question_to_its_continuation():
    questions = [b for b in read(0).blocks if b.line in (28, 30, 32)]
    assert [b.number for b in questions] == ["1.", "2.", "3."]
    for block in questions:
        question, continuation = block.text.split("\n")
        assert question.endswith("?") and continuation[0].isupper()


def test_000_drops_only_dead_links():
    seed = read(0)
    assert seed.dropped() == [18, 37]
    assert [b.text for b in seed.blocks if b.dropped][0] == "Alle workshops kan je hier bekijken."
    assert "uitstapje naar een andere (doel)groep is ook mogelijk natuurlijk." in seed.text
    assert " hier " not in seed.text


def test_000_three_plenary_sessions_and_a_debate():
    seed = read(0)
    assert [item.kind for item in seed.found.items] == ["plenair"] * 3 + ["debat"]
    assert [seed.lines_of(item) for item in seed.found.items] == [(28, 29), (30, 31), (32, 33), (35, 35)]
    first, second, third, debate = seed.found.items
    assert speakers(first) == [("Henri de Boer", None, "Coöperatie Amaryllis")]
    assert first.gemeenten == ("Leeuwarden",)
    assert speakers(second) == [("Jaap van der Stel", "Lector geestelijke gezondheidszorg", "Hogeschool Leiden")]
    assert third.speakers == () and third.tba
    assert third.fields["organisaties"].split("; ") == [
        "Raad voor het Openbaar Bestuur",
        "Transitie Autoriteit Jeugd",
        "Inspectie Gezondheidszorg en Jeugd",
    ]
    assert debate.speakers == () and debate.start is None


def test_000_counts_rounds_and_series_without_inventing_sessions():
    extra = read(0).found.extra
    assert extra["counts"] == {"rondes": 3, "series": 4}
    assert [entry.split()[0] for entry in extra["series"]] == ["Jeugd", "Volwassenen", "Kwetsbare", "Randvoorwaarden"]


# --- 001: list of tips ----------------------------------------------------------------------------------------------


def test_001_has_exactly_ten_tips():
    seed = read(1)
    tips = seed.of("tip")
    assert [tip.number for tip in tips] == list(range(1, 11))
    assert [tip.number_source for tip in tips] == ["inferred"] + ["explicit"] * 9
    assert [seed.lines_of(tip)[0] for tip in tips] == [3, 7, 9, 11, 13, 15, 17, 19, 21, 23]
    assert "number" in tips[0].inferred and "number" not in tips[1].inferred


def test_001_titles_are_the_tips_themselves():
    titles = {tip.number: tip.title for tip in read(1).of("tip")}
    assert titles[1] == "Stop met pilots."
    assert titles[4] == (
        "Betrokkenen zijn positief over jeugdhulp bij de huisarts: er zijn veel inspirerende succesverhalen."
    )
    assert titles[7] == "Werk samen in één e-communicatietool."
    assert titles[8] == "Leefstijlcoaches: maak jezelf zichtbaar in het netwerk."


def test_001_labels_stay_out_of_the_tips():
    assert not any(tip.text.startswith("Tip") for tip in read(1).of("tip"))


def test_001_keeps_the_objection_as_context():
    tip = read(1).of("tip")[0]
    assert tip.text.startswith("Stop met pilots. Het is al lang bewezen")
    assert tip.text.endswith("kosten verlaagt.")
    assert tip.context.startswith("Bovenstaande tip") and tip.context.endswith("steun van aarzelende partners.")


def test_001_who_gave_which_tip():
    given = {tip.number: [s.name for s in tip.speakers] for tip in read(1).of("tip")}
    assert given == {
        1: ["Henry de Boer"],
        2: ["Jaap van der Stel"],
        3: ["Martin Hagen"],
        4: ["Marike Serra", "Karin Visser"],
        5: [],
        6: ["Martien Bouwmans", "ondergetekende"],
        7: ["Jaap ten Velde"],
        8: ["Madelon Johannesma"],
        9: ["Sam Pless"],
        10: ["Katelijne Robbertz"],
    }


def test_001_roles_organisations_and_places_of_the_givers():
    tips = {tip.number: tip for tip in read(1).of("tip")}
    assert speakers(tips[3]) == [("Martin Hagen", "directeur", "Transitie Autoriteit Jeugd")]
    assert speakers(tips[7]) == [("Jaap ten Velde", "huisarts", "Integrale Ouderenzorg Drenthe")]
    assert speakers(tips[8])[0][1] == "ontwerper van de functie leefstijlcoach"
    assert speakers(tips[10]) == [("Katelijne Robbertz", "therapeut", "Radboud UMC")]
    assert tips[4].fields["herkomst"] == "Marike Serra: Noord Nederland; Karin Visser: Amsterdam"
    assert tips[5].gemeenten == ("Utrecht", "Oss")
    assert tips[9].fields["herkomst"] == "Sam Pless: Vlaanderen"


def test_001_the_reaction_answers_tip_seven():
    seed = read(1)
    (reaction,) = seed.of("reactie")
    assert seed.lines_of(reaction) == (29, 29)
    assert [s.name for s in reaction.speakers] == ["Annoek Linthorst"]
    assert reaction.replies_to == next(tip.id for tip in seed.of("tip") if tip.number == 7)
    assert "POH-jeugd" in reaction.text and "sociale wijkteam" in reaction.text
    assert seed.status(27) == seed.status(29) == "reactie"


def test_001_drops_the_comment_form_and_keeps_the_count():
    seed = read(1)
    assert seed.dropped() == [25, 31, 33, 35]
    assert seed.found.extra["comment_count"] == 1
    assert seed.found.extra["lost_references"] == ("bijgaand schema", "eerder een bericht")
    assert seed.found.extra["counts"] == {"deelnemers": 125, "tips": 57, "tips per spreker": 3}


def test_001_blocks_belong_to_their_tip():
    seed = read(1)
    owner = {b.line: seed.found.owners.get(i) for i, b in enumerate(seed.blocks)}
    tips = seed.of("tip")
    assert [owner[line] for line in (3, 7, 9, 11, 13, 15, 17, 19, 21, 23)] == [tip.id for tip in tips]
    assert owner[1] is None and owner[5] is None
    assert owner[27] == owner[29] == seed.of("reactie")[0].id


# --- 002: programme -------------------------------------------------------------------------------------------------


def test_002_drops_exactly_the_exact_duplicates():
    seed = read(2)
    assert seed.loaded.meta["title"] == "Programma kennisdag 20 september 2018"
    assert {b.line: b.dropped for b in seed.blocks if b.dropped} == {
        11: "duplicate of block 3",
        13: "duplicate of block 4",
        59: "duplicate of block 28",
    }
    assert [seed.blocks[i].line for i in (3, 4, 28)] == [7, 9, 57]
    assert 3 in seed.kept("heading")


def test_002_flags_placeholders():
    seed = read(2)
    assert seed.status(15) == seed.status(55) == "placeholder"
    assert sum(status == "placeholder" for status in seed.found.statuses.values()) == 2


def test_002_has_sixteen_sessions():
    seed = read(2)
    sessions = seed.of("plenair", "sessie", "debat", "flitspresentatie")
    assert [(item.kind, item.round, *seed.lines_of(item)) for item in sessions] == [
        ("plenair", None, 7, 9),
        ("plenair", None, 17, 17),
        ("plenair", None, 19, 19),
        ("plenair", None, 25, 25),
        *(("sessie", 1, line, line) for line in (29, 31, 33, 35, 37, 39, 41)),
        ("sessie", 1, 43, 45),
        *(("sessie", 2, line, line) for line in (49, 51, 53, 57)),
    ]


def test_002_times_come_from_the_round():
    times = {(item.round, item.start, item.end) for item in read(2).of("plenair", "sessie")}
    assert times == {(None, None, None), (1, "11:30", "12:30"), (2, "14:00", "15:00")}


def test_002_links_the_session_that_is_held_twice():
    seed = read(2)
    linked = {seed.lines_of(i)[0]: i.same_session_as for i in seed.found.items if i.same_session_as}
    first = next(i for i in seed.of("sessie") if seed.lines_of(i)[0] == 37)
    # The two open with the same words; the second is told by its round.
    assert list(linked.values()) == [first.id]
    assert [i.round for i in seed.found.items if i.same_session_as] == [2]


def test_002_three_biographies_and_twelve_people():
    seed = read(2)
    biographies = seed.of("spreker")
    assert [speakers(item)[0] for item in biographies] == [
        ("Piet-Hein Peeters", "hoofdredacteur", "Zorg+Welzijn"),
        ("Tessa Magnée", "onderzoeker", None),
        ("Dorine Werkhoven", "huisarts", "Zorgplein Zuid"),
    ]
    people = {s.name for item in seed.found.items for s in item.speakers}
    assert people == {
        "Piet-Hein Peeters",
        "Tessa Magnée",
        "Dorine Werkhoven",
        "Stef Groenewoud",
        "Sander Ranke",
        "Mirjam Dijkstra",
        "Conny van den Berg",
        "Greetje Velema",
        "Peter Scholten",
        "Judith Wolf",
        "Silke",
        "Raymond",
    }


def test_002_municipalities_stand_with_their_sessions():
    seed = read(2)
    named = {seed.lines_of(i)[0]: set(i.gemeenten) for i in seed.found.items if i.gemeenten}
    assert named == {
        23: {"Nieuwegein"},
        31: {"Amsterdam"},
        33: {"Den Haag"},
        35: {"Nieuwegein"},
        49: {"Houten"},
        51: {"Den Haag", "Amsterdam"},
    }


def test_002_nothing_is_corrected():
    whole = read(2).text
    assert "Welzijn 0p Recept" in whole and "vijftien jaar jaar" in whole and "Tessa\u00a0Magnée" in whole


# --- 003: news ------------------------------------------------------------------------------------------------------


def test_003_keeps_twenty_blocks_and_drops_nine():
    seed = read(3)
    assert seed.loaded.meta["title"] == "Samenwerking sociaal en medisch domein: hoe kan het wél?"
    assert seed.loaded.meta["subtitle"] == "Agora werkt mee aan verkenning VWS naar samenwerkingsverbanden"
    assert seed.kept("heading") == [3, 12, 15, 24, 29]
    assert seed.kept("caption") == [20] and seed.status(20) == "caption"
    below_the_title = [5, 6]
    assert seed.kept("paragraph") == [*below_the_title, 8, 10, 13, 17, 18, 22, 26, 27, 31, 33, 35, 36]
    assert seed.dropped() == [1, 38, 40, 42, 44, 46, 48, 49, 50]


def test_003_is_news_without_items():
    seed = read(3)
    assert seed.found.items == ()
    assert "Canoy" not in seed.text and "Wagenaar" not in seed.text


def test_003_names_the_report_and_who_wrote_it():
    (reference,) = read(3).found.extra["references"]
    assert reference["title"] == "Samenwerking sociaal en medisch domein – Een verkenning"
    assert reference["by"] == ("Pieter Hilhorst", "Mary van den Wijngaart")


# --- 004: policy page -----------------------------------------------------------------------------------------------


def test_004_keeps_fourteen_blocks():
    seed = read(4)
    kept = sorted(b.line for b in seed.blocks if b.dropped is None)
    assert kept == [1, 3, 5, 7, 9, 11, 13, 21, 23, 25, 28, 30, 33, 35]
    duplicate = [b.line for b in seed.blocks if (b.dropped or "").startswith("duplicate")]
    assert duplicate == [27, 32, 37]
    assert [line for line in seed.dropped() if line not in duplicate] == [15, 17, 19, 39, 41, 43, 45]
    assert seed.kept("heading") == [1, 5, 9, 21]


def test_004_has_exactly_three_facts():
    facts = read(4).found.items
    assert [item.kind for item in facts] == ["feit"] * 3
    assert [(f.title, f.value, f.min, f.max, f.approx) for f in facts] == [
        ("inwoners gemiddeld per wijk", None, 10000, 20000, True),
        ("koepels van gezondheidscentra lid van InEen", 25, None, None, False),
        ("totaal aantal gezondheidscentra lid van InEen", 210, None, None, False),
    ]
    assert facts[0].unit == "inwoners"


def test_004_references_and_abbreviations():
    extra = read(4).found.extra
    assert [(r["title"], r["year"]) for r in extra["references"]] == [
        ("Velzel", 2017),
        ("Handreiking voor structurele samenwerking in de wijk", 2020),
    ]
    assert extra["references"][1]["by"] == ("InEen", "LHV", "NHG")
    assert set(extra["acronyms"]) == {"GEZ", "O&I", "JZOJP", "GALA", "WOZO"}
    assert extra["acronyms"]["JZOJP"] == "Juiste Zorg op de Juiste Plek"
