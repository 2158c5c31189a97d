"""The nltk thesaurus on a miniature WordNet in Princeton's format; taggers where installed.

nltk's data are in no package, so its tagger is trained here too, on four sentences.
"""

import shutil

import pytest

from dataaug import plugins
from dataaug.augmentation.methods import Request, Variant
from dataaug.errors import MissingError, UsageError
from dataaug.plugins import Spec
from dataaug.text.words import words

# part of speech: synsets as (words, gloss); the first synset of a word is its leading sense
SYNSETS = {
    "noun": [
        (["car", "auto", "motorcar"], "a motor vehicle"),
        (["mistake", "error", "fault"], "a wrong action"),
        (["point_of_view", "viewpoint", "standpoint"], "a way of looking"),
        (["buy", "bargain"], "an advantageous purchase"),
        (["angstrom", "A"], "a metric unit of length"),
        (["ATM", "cash_machine", "Bancomat"], "an unattended machine"),
    ],
    "verb": [
        (["buy", "purchase"], "obtain by purchase"),
        (["start", "begin"], "take the first step"),
    ],
    "adj": [(["big", "large"], "above average in size")],
    "adv": [(["quickly", "rapidly", "speedily"], "with speed")],
}
LETTER = {"noun": "n", "verb": "v", "adj": "a", "adv": "r"}
HEADER = "  1 A licence stands here in the original.\n"


def data_file(pos):
    """Return the data file's text, and where each synset starts in it."""
    text, offsets = HEADER, []
    for names, gloss in SYNSETS[pos]:
        offsets.append(len(text))
        listed = " ".join(f"{name} 0" for name in names)
        frames = " 01 + 08 00" if pos == "verb" else ""
        number = f"{len(names):02x}"
        text += f"{offsets[-1]:08d} 03 {LETTER[pos]} {number} {listed} 000{frames} | {gloss}  \n"
    return text, offsets


def index_file(pos, offsets):
    where = {}
    for offset, (names, _) in zip(offsets, SYNSETS[pos], strict=True):
        for name in names:
            where.setdefault(name.lower(), []).append(offset)
    lines = [
        f"{name} {LETTER[pos]} {len(found)} 0 {len(found)} 0 "
        f"{' '.join(f'{offset:08d}' for offset in found)}  \n"
        for name, found in sorted(where.items())
    ]
    return HEADER + "".join(lines)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("nltk")
    corpus = root / "corpora" / "wordnet"
    corpus.mkdir(parents=True)
    senses = []
    for pos in SYNSETS:
        text, offsets = data_file(pos)
        (corpus / f"data.{pos}").write_text(text)
        (corpus / f"index.{pos}").write_text(index_file(pos, offsets))
        (corpus / f"{pos}.exc").write_text("bought buy\n" if pos == "verb" else "")
    (corpus / "index.sense").write_text("".join(senses))
    (corpus / "cntlist.rev").write_text("")
    (corpus / "lexnames").write_text("".join(f"{n:02d}\tname.{n}\t1\n" for n in range(45)))
    _, offsets = data_file("noun")
    lines = [f"{offsets[0]:08d}-n\tfra:lemma\t{name}\n" for name in ("voiture", "auto")]
    for name in ("omw-1.4", "omw-2.0"):  # nltk 3.9 reads the first, 3.10.4 the second
        omw = root / "corpora" / name
        (omw / "fra").mkdir(parents=True)
        (omw / "fra" / "LICENSE").write_text("")
        (omw / "citation.bib").write_text("")
        table = "# French\tfra\turl\tlicence\n" + "".join(lines)
        (omw / "fra" / "wn-data-fra.tab").write_text(table)
    return root


@pytest.fixture
def wordnet(folder, monkeypatch):
    """Let nltk find the miniature WordNet and forget it afterwards."""
    import nltk
    from nltk.corpus.reader.wordnet import WordNetCorpusReader
    from nltk.corpus.util import LazyCorpusLoader

    from dataaug.lexicon.thesauri import nltk as ours

    monkeypatch.setattr(nltk.data, "path", [str(folder)])
    omw = LazyCorpusLoader("omw-1.4", nltk.corpus.CorpusReader, r".*/wn-data-.*\.tab")
    reader = LazyCorpusLoader("wordnet", WordNetCorpusReader, omw)
    monkeypatch.setattr(ours, "wordnet", reader)
    yield plugins.load("thesauri", Spec("nltk", {"language": "en"}))
    for file in [*reader._data_file_map.values(), reader._key_count_file]:  # nltk leaves them open
        if file is not None:
            file.close()


def test_missing_wordnet_is_an_error_that_says_how_to_get_it(tmp_path, cli):
    result = cli("augment", "-p", "synonym.source=nltk", stdin=b'{"text":"a big car"}\n',
                 env={"NLTK_DATA": str(tmp_path)})  # fmt: skip
    assert result.code == 4
    assert b"python -m nltk.downloader wordnet\n" in result.err


def test_nltks_own_loader_finds_other_languages(folder, cli):
    line = '{"text":"ma voiture est là","label":"a"}\n'.encode()
    options = ["-p", "synonym.source=nltk", "-p", "synonym.language=fr", "--synthetic-only"]
    result = cli("augment", *options, stdin=line, env={"NLTK_DATA": str(folder)})
    assert result.code == 0, result.err
    assert "ma auto est là".encode() in result.out


def test_a_missing_language_is_named_as_nltk_names_it(folder, tmp_path, cli):
    import nltk

    shutil.copytree(folder / "corpora" / "wordnet", tmp_path / "corpora" / "wordnet")
    result = cli("augment", "-p", "synonym.source=nltk", "-p", "synonym.language=fr",
                 stdin=b'{"text":"ma voiture"}\n', env={"NLTK_DATA": str(tmp_path)})  # fmt: skip
    assert result.code == 4
    wanted = nltk.corpus.wordnet.__dict__.get("_LazyCorpusLoader__args", [None])[0]
    name = "omw-2.0" if wanted is None else wanted._LazyCorpusLoader__name
    assert f"python -m nltk.downloader wordnet {name}".encode() in result.err


@pytest.mark.parametrize(
    ("form", "offers"),
    [
        ("car", ("auto", "motorcar")),
        ("big", ("large",)),
        ("quickly", ("rapidly", "speedily")),
        ("point of view", ("standpoint", "viewpoint")),
        ("buy", ()),  # a noun and a verb: only a tagger can tell
        ("bought", ()),  # found by its lemma; there is no inflector
        ("cars", ()),
        ("xyzzy", ()),
    ],
)
def test_base_forms_of_one_part_of_speech_have_synonyms(wordnet, form, offers):
    assert wordnet.synonyms(form) == offers


@pytest.mark.parametrize(
    ("form", "tag", "offers"),
    [("buy", "VB", ("purchase",)), ("buy", "NN", ("bargain",)), ("big", "JJ", ("large",)),
     ("quickly", "RB", ("rapidly", "speedily")), ("car", "VB", ()), ("car", "IN", ())],
)  # fmt: skip
def test_tag_chooses_the_reading(wordnet, form, tag, offers):
    assert wordnet.synonyms(form, tag) == offers


def test_names_and_acronyms_are_not_offered(wordnet):
    assert wordnet.synonyms("atm") == ("cash machine",)


def test_thesaurus_knows_its_units(wordnet):
    assert "point of view" in wordnet
    assert "point of car" not in wordnet
    assert "of" in wordnet.units("point")
    assert wordnet.units("point")["of"] == 3


@pytest.mark.usefixtures("wordnet")
def test_unknown_language_is_an_error_that_lists_those_there_are():
    with pytest.raises(UsageError, match=r"has no language 'xx' here; it has .*eng"):
        plugins.load("thesauri", Spec("nltk", {"language": "xx"}))


@pytest.mark.usefixtures("wordnet")
def test_synonym_uses_it_and_articles_and_units_follow():
    method = plugins.load("methods", Spec("synonym", {"source": "nltk", "replacements": 1}))
    (found,) = method([Request("a mistake", 3, 1)])
    assert {v.text for v in found if isinstance(v, Variant)} == {"an error", "a fault"}
    (found,) = method([Request("my point of view", 3, 1)])
    assert {v.text for v in found if isinstance(v, Variant)} == {"my standpoint", "my viewpoint"}


@pytest.mark.usefixtures("wordnet")
@pytest.mark.parametrize("seed", range(10))
def test_article_is_no_angstrom(seed):
    method = plugins.load("methods", Spec("synonym", {"source": "nltk", "rate": 1.0}))
    (found,) = method([Request("a mistake and a big car", 3, seed)])
    made = [v.text for v in found if isinstance(v, Variant)]
    assert made
    assert not any("angstrom" in text for text in made)


def test_lexicon_has_english_only():
    assert plugins.load("thesauri", Spec("lexicon")).synonyms("bought") == ("purchased",)
    with pytest.raises(UsageError, match="no table for language 'fr' is shipped"):
        plugins.load("thesauri", Spec("lexicon", {"language": "fr"}))


TAGGED = [
    "I/PRP want/VBP to/TO buy/VB a/DT big/JJ car/NN ./.",
    "The/DT children/NNS bought/VBD it/PRP quickly/RB",
    "The/DT big/JJ children/NNS want/VBP a/DT car/NN ./.",
    "I/PRP bought/VBD a/DT car/NN quickly/RB ./.",
]


@pytest.fixture
def nltk_data(tmp_path, monkeypatch):
    """Let nltk find a tagger that is trained here, and forget it afterwards."""
    import nltk
    from nltk.tag.perceptron import PerceptronTagger

    monkeypatch.setattr(nltk.data, "path", [str(tmp_path)])
    sentences = [[tuple(word.split("/")) for word in line.split()] for line in TAGGED]
    made = PerceptronTagger(load=False)
    made.train(sentences, nr_iter=20)
    (tmp_path / "taggers").mkdir()
    made.save_to_json("eng", str(tmp_path / "taggers" / "averaged_perceptron_tagger_eng"))
    nltk.tag._get_tagger.cache_clear()
    yield
    nltk.tag._get_tagger.cache_clear()


def test_tagger_without_its_data_says_how_to_get_it(tmp_path, monkeypatch):
    import nltk

    monkeypatch.setattr(nltk.data, "path", [str(tmp_path)])
    nltk.tag._get_tagger.cache_clear()
    with pytest.raises(MissingError, match=r"nltk\.downloader averaged_perceptron_tagger_eng"):
        plugins.load("taggers", Spec("nltk"))


# TextBlob reads its word list without closing the file.
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.usefixtures("nltk_data")
@pytest.mark.parametrize("name", plugins.names("taggers"))
def test_tagger_gives_tags_at_the_starts_of_words(name):
    pytest.importorskip(name)
    tag = plugins.load("taggers", Spec(name))
    texts = ["I want to buy a big car.", "The children bought it quickly", ""]
    tagged = tag(texts)
    assert len(tagged) == len(texts)
    for text, tags in zip(texts, tagged, strict=True):
        starts = {word.start for word in words(text)}
        assert starts <= set(tags)
    assert tagged[0][10] == "VB"
    assert tagged[0][16].startswith("J")
    assert tagged[1][4] == "NNS"
    assert tag([]) == [] or list(tag([])) == []


def test_tokens_without_positions_are_found_in_order():
    from dataaug.lexicon.taggers import locate

    assert locate("no no yes", [("no", "A"), ("no", "B"), ("??", "C"), ("yes", "D")]) == {
        0: "A", 3: "B", 6: "D"}  # fmt: skip
