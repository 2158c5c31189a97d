"""The HTML reports, without a browser: safe, self-contained, whole where parts are missing."""

import re
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import orjson
import pytest
from hostile import PAGES, compare_html, evaluate_html
from hypothesis import given, settings
from hypothesis import strategies as st
from making import as_bytes
from sentences import real_rows, synthetic_rows

from dataaug.filtering import page as filter_page
from dataaug.html import page, plots, svg
from dataaug.html.page import Markup
from dataaug.rows.report import Report

TAGS = {
    "html", "head", "meta", "title", "style", "body", "main", "section", "h1", "h2", "h3", "p", "b",
    "span", "div", "ul", "li", "dl", "dt", "dd", "figure", "figcaption", "table", "thead", "tbody",
    "tr", "th", "td", "details", "summary", "footer",
    "svg", "g", "path", "defs", "use", "text", "tspan", "clippath", "rect",
}  # fmt: skip


class Elements(HTMLParser):
    def __init__(self, source):
        super().__init__()
        self.tags, self.attributes, self.said, self.open = set(), [], [], []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.said.append(data)


@pytest.fixture(scope="module", params=sorted(PAGES))
def source(request):
    return PAGES[request.param]()


def test_hostile_rows_inject_nothing(source):
    found = Elements(source)
    assert found.tags <= TAGS
    assert found.open == []
    assert not [name for name, _ in found.attributes if name.startswith("on") or name == "src"]


def test_a_page_asks_for_nothing(source):
    for name, value in Elements(source).attributes:
        if name.endswith("href"):
            assert re.fullmatch(r"#[\w-]+", value), value
        for target in re.findall(r"url\(([^)]*)\)", value or "") if name == "style" else ():
            assert target.startswith("#")
    assert "default-src 'none'" in source.replace("&#x27;", "'")
    style = source.partition("<style>")[2].partition("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style


def test_no_control_or_direction_mark_gets_into_a_page(source):
    assert not re.search(
        "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]", source
    )
    assert "\\u{202e}" in source
    assert "\\u{1b}" in source


def test_a_formula_is_shown_as_it_is_written(source):
    assert "$x^2_" in "".join(Elements(source).said)


def test_a_page_is_readable_in_the_dark_and_on_a_phone(source):
    assert "prefers-color-scheme:dark" in source
    assert 'name="viewport" content="width=device-width' in source
    assert "overflow-x:auto" in source
    drawn = "".join(re.findall(r"<svg.*?</svg>", source, re.DOTALL))
    assert "var(--ink)" in drawn
    assert not re.search(r"#fe[0-9a-f]{2}01", drawn)  # what stands for a colour while drawing
    assert "font-family" not in drawn


@pytest.mark.parametrize("name", sorted(PAGES))
def test_equal_rows_give_equal_bytes(name):
    assert PAGES[name].__wrapped__() == PAGES[name]()


def test_every_plot_is_drawn():
    counts = {name: make().count("<svg ") for name, make in PAGES.items()}
    assert counts == {"filter": 3, "compare": 4, "evaluate": 5}


def test_parts_that_were_not_asked_for_are_left_out():
    assert "Learning curve" not in evaluate_html(curve=())
    bare = evaluate_html(curve=(), controls=False)
    assert "Which method helped" not in bare
    assert "over repeated real rows" not in bare
    alone = compare_html(measures=("length",))
    assert "Map of the embeddings" not in alone
    assert "What gives rows away" not in alone


def test_a_report_of_nothing_is_a_page():
    source = filter_page.render(Report("filter"))
    assert Elements(source).open == []
    assert "Nothing to judge" in source
    assert "<svg" not in source


@pytest.mark.parametrize("draw", [
    lambda: plots.intervals("x", [], "x"), lambda: plots.bars("x", [], [], "x"),
    lambda: plots.changes("x", [], [], [], ("a", "b"), "x"), lambda: plots.stacks("x", [], [], "x"),
    lambda: plots.histogram("x", [0, 1], [("a", "real", [0])], "x"), lambda: plots.points("x", []),
    lambda: plots.heat("x", ["a"], [[0]]), lambda: plots.curves("x", [], "x", "x"),
])  # fmt: skip
def test_nothing_to_plot_is_no_plot(draw):
    assert draw() == ""


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(), min_size=1, max_size=3))
def test_any_label_can_be_plotted(names):
    drawn = plots.bars("x", names, [0.5] * len(names), "x")
    said = ["".join(item.itertext()) for item in ET.fromstring(drawn).iter("text")]
    for name in names:
        assert svg.short(name).strip() in {text.strip() for text in said} | {""}


@given(st.text())
def test_escaped_text_holds_no_markup(text):
    found = Elements(page.escape(text))
    assert found.tags == set()
    assert not re.search("[\"'<>]", page.escape(text))


def test_only_markup_stays_markup():
    assert page.table(("a",), [("<b>",)]).count("<b>") == 0
    assert page.table(("a",), [(Markup("<b>"),)]).count("<b>") == 1


def test_long_labels_are_cut_by_the_room_they_take():
    assert svg.short("a" * 24) == "a" * 24
    assert svg.short("a" * 25) == "a" * 24 + "…"
    assert svg.short("語" * 13) == "語" * 12 + "…"


def test_settings_of_the_user_do_not_change_a_plot():
    import matplotlib as mpl

    before = plots.bars("x", ["a"], [0.5], "x")
    with mpl.rc_context({"font.size": 30, "text.usetex": True}):
        assert plots.bars("x", ["a"], [0.5], "x") == before
        assert mpl.rcParams["font.size"] == 30


def hues(colour):
    parts = [int(colour.lstrip("#").ljust(6, colour[-1])[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    return [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]


def brightness(colour):
    return sum(a * b for a, b in zip((0.2126, 0.7152, 0.0722), hues(colour), strict=True))


@pytest.mark.parametrize("name", [name for name in svg.COLOURS if name != "line"])
@pytest.mark.parametrize(("dark", "ground"), [(0, "#ffffff"), (1, "#1c2127")])
def test_colours_stand_out_from_their_ground(name, dark, ground):
    one, two = brightness(svg.COLOURS[name][dark]), brightness(ground)
    contrast = (max(one, two) + 0.05) / (min(one, two) + 0.05)
    assert contrast >= 4.5


def test_the_commands_write_a_page_beside_their_results(cli, tmp_path):
    rows = as_bytes(real_rows(60) + synthetic_rows(count=60))
    target = tmp_path / "page.html"
    done = cli("compare", "--measure", "length", "--html", target, "--fail-above", "length.words=0",
               stdin=rows)  # fmt: skip
    assert done.code == 1  # the gate comes after everything is written
    assert target.read_bytes().startswith(b"<!DOCTYPE html>")
    done = cli("filter", "--check", "length", "--html", target, stdin=rows)
    assert done.code == 0, done.err
    assert b"dataaug filter" in target.read_bytes()
    assert len(done.rows) > 100


def test_evaluate_writes_a_page(cli, tmp_path):
    from worlds import fresh
    from worlds import real_rows as of_world

    train, test, target = of_world("train", 4), of_world("test", 20), tmp_path / "page.html"
    for name, found in {"train": train, "test": test, "mix": train + fresh(train, 2)}.items():
        (tmp_path / f"{name}.jsonl").write_bytes(as_bytes(found))
    done = cli("evaluate", "--train", tmp_path / "train.jsonl", "--test", tmp_path / "test.jsonl",
               tmp_path / "mix.jsonl", "--classifier", "tfidf", "--embedder", "hashing",
               "--repeats", 2, "--html", target)  # fmt: skip
    assert done.code == 0, done.err
    sentence = orjson.loads(done.out.splitlines()[0])["sentence"]
    assert page.escape(sentence, 2000) in target.read_text("utf-8")


def test_a_run_that_fails_leaves_no_page(cli, tmp_path):
    target = tmp_path / "page.html"
    assert cli("filter", "--check", "length", "--html", target, stdin=b"no\n").code == 3
    assert not target.exists()


def test_a_page_does_not_go_to_stdout(cli):
    done = cli("filter", "--check", "length", "--html", "-", stdin=b'{"text": "a"}\n')
    assert done.code == 2
    assert b"--html needs the name of a file" in done.err
    assert done.out == b""
