from index.lexical import LexicalIndex, build, query_terms

TEXTS = ["Het wijkteam werkt samen met de huisarts.", "De gemeente helpt bij schulden.", "Gezonde kinderen in de wijk."]


def test_round_trip(tmp_path):
    index = build(TEXTS)
    index.save(tmp_path)
    again = LexicalIndex.open(tmp_path)
    terms = query_terms("schuldhulp van de gemeente")
    assert again.scores(terms).tolist() == index.scores(terms).tolist()
    assert again.scores(terms).argmax() == 1
