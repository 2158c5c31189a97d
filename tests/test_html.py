"""The HTML reports, without a browser: safe, self-contained, whole where parts are missing."""

import base64
import hashlib
import re
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path
from xml.etree import ElementTree as ET

import jinja2
import orjson
import pytest
from attacks import attacks
from hostile import PAGES, compare_html, evaluate_html
from hypothesis import given, settings
from hypothesis import strategies as st
from making import as_bytes, made, real
from sentences import real_rows, synthetic_rows

import dataaug
from dataaug import html
from dataaug.cli import command_line
from dataaug.comparison import advice as comparison_advice
from dataaug.comparison.findings import Finding
from dataaug.comparison.run import Comparison
from dataaug.evaluation.advice import next_steps
from dataaug.evaluation.results import EvaluationResult, GainVerdict
from dataaug.filtering import page as filter_page
from dataaug.filtering import run as filtering
from dataaug.filtering.notes import FilterSummary
from dataaug.html import pages, plots, scales
from dataaug.html.marks import CellSpan, on_one_scale
from dataaug.plugins import Spec
from dataaug.rows.report import Report
from dataaug.text.printable import safe

TAGS = {
    "html", "head", "meta", "title", "style", "body", "main", "section", "h1", "h2", "h3", "p", "b",
    "div", "ul", "li", "dl", "dt", "dd", "figure", "figcaption", "table", "caption", "thead",
    "tbody", "tr", "th", "td", "details", "summary", "header", "footer",
    "ol", "pre", "code", "span",
    "svg", "desc", "path", "text", "rect", "circle",
}  # fmt: skip
STYLE = (resources.files(html) / "style.css").read_text("utf-8")
COLOURS = (resources.files(html) / "colours.css").read_text("utf-8")


def filled(template, **values):
    """Return what a template becomes that may use the parts of pages."""
    parts = '{% import "html/parts.html.j2" as parts %}'
    return pages.environment().from_string(parts + template).render(values)


def drawn(plot):
    return filled("{{ parts.svg(plot) }}", plot=plot)


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


def test_every_hostile_text_arrives_as_text(source):
    said = "".join(Elements(source).said)
    for text in attacks(""):
        assert said.count(safe(text, 300)) > 2  # a setting, its name, a warning
    there = {text.strip() for text in Elements(source).said}
    for label in attacks("")[1::2]:
        assert {scales.short(label), safe(label, 300).strip()} & there  # in a plot or a table


def test_a_page_asks_for_nothing(source):
    names = {name for name, _ in Elements(source).attributes}
    assert not names & {"href", "xlink:href", "src", "style", "action", "data"}
    style = re.search(r"<style>(.*?)</style>", source, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', source)[1]
    assert policy.split("; ")[:2] == ["default-src 'none'", f"style-src 'sha256-{digest}'"]
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
    plotted = "".join(re.findall(r"<svg.*?</svg>", source, re.DOTALL))
    assert not re.search(r'(style|fill|stroke|font-family)="', plotted)
    for names in re.findall(r'class="([^"]*)"', plotted):
        assert all(f".{name}{{" in STYLE for name in names.split()), names


def test_every_plot_and_table_says_what_it_shows(source):
    for plot in re.findall(r"<svg.*?</svg>", source, re.DOTALL):
        root = ET.fromstring(plot)
        if root.get("aria-hidden"):  # the cells beside it have its numbers
            assert root.get("class") == "mark"
            continue
        assert root.get("role") == "img"
        assert [item.tag for item in root[:2]] == ["title", "desc"]
        assert root[0].text
        assert root[1].text
    for table in re.findall(r"<table>.*?</table>", source, re.DOTALL):
        assert re.match(r"<table>\s*<caption>[^<]+</caption>", table)
        assert len(re.findall("<th ", table)) == len(re.findall(r'<th scope="(?:col|row)"', table))


@pytest.mark.parametrize("name", sorted(PAGES))
def test_equal_rows_give_equal_bytes(name):
    assert PAGES[name].__wrapped__() == PAGES[name]()


def test_every_plot_is_drawn():
    counts = {
        name: (make().count('role="img"'), make().count('"mark"')) for name, make in PAGES.items()
    }
    assert counts == {"filter": (1, 14), "compare": (2, 22), "evaluate": (3, 34)}


def test_parts_that_were_not_asked_for_are_left_out():
    assert "Learning curve" not in evaluate_html(curve=())
    bare = evaluate_html(curve=(), controls=False)
    assert "Which method helped" not in bare
    assert "over repeated real rows" not in bare
    alone = compare_html(measures=("length",))
    assert "Score of the detector" not in alone
    assert "What gives rows away" not in alone


def test_a_report_of_nothing_is_a_page():
    source = filter_page.render(Report("filter"))
    assert Elements(source).open == []
    assert "Nothing to judge" in source
    assert "<svg" not in source


@pytest.mark.parametrize("draw", [
    lambda: plots.interval_plot("x", [], "x"),
    lambda: plots.histogram_plot("x", [0, 1], [("a", "real", [0])], "x"),
    lambda: plots.heatmap("x", ["a"], [[0]]),
    lambda: plots.line_chart("x", [], "x", "x"),
])  # fmt: skip
def test_nothing_to_plot_is_no_plot(draw):
    assert draw() is None


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(), min_size=1, max_size=3))
def test_any_label_can_be_plotted(names):
    made = drawn(plots.interval_plot("x", [plots.IntervalMark(n, 0.5, 0, 1) for n in names], "x"))
    said = ["".join(item.itertext()) for item in ET.fromstring(made).iter("text")]
    for name in names:
        assert scales.short(name).strip() in {text.strip() for text in said} | {""}


@given(st.text())
def test_escaped_text_holds_no_markup(text):
    found = Elements(pages.escaped(text))
    assert found.tags == set()
    assert not re.search("[\"'<>]", pages.escaped(text))


def test_only_what_a_template_made_is_markup():
    made = '{{ parts.table("t", ("a",), rows) }}'
    assert filled(made, rows=[("<b>",)]).count("<b>") == 0
    assert filled(made, rows=[(pages.Toned("<i>", "bad"),)]).count('<b class="bad">&lt;i&gt;') == 1
    for file in Path(dataaug.__file__).parent.rglob("*"):
        if file.suffix in {".py", ".j2"} and file.parent.name != "cards":  # they are no HTML
            source = file.read_text("utf-8")
            assert not re.search(r"\|\s*safe\b|\bMarkup\(|autoescape false", source), file


@pytest.mark.parametrize("name", ["a.html", "a.html.j2", "a.css", "a", "a.txt"])
def test_values_are_escaped_in_templates_of_any_name(name):
    loader = jinja2.DictLoader({name: "{{ value }}"})
    page = pages.environment().overlay(loader=loader).get_template(name)
    assert page.render(value="<\u2028'") == "&lt;\\u{2028}&#39;"


def test_a_value_that_is_not_given_is_an_error():
    with pytest.raises(jinja2.UndefinedError, match="nowhere"):
        filled("{{ nowhere }}")
    with pytest.raises(jinja2.UndefinedError, match="word"):
        pages.render_page("filtering/page.html.j2", {})


def test_long_labels_are_cut_by_the_room_they_take():
    assert scales.short("a" * 24) == "a" * 24
    assert scales.short("a" * 25) == "a" * 24 + "…"
    assert scales.short("語" * 13) == "語" * 12 + "…"


numbers = st.floats(-1e9, 1e9).filter(lambda value: value == 0 or abs(value) > 1e-6)


@given(numbers, numbers, st.integers(1, 8), st.sampled_from(["number", "whole", "share"]))
def test_ticks_are_round_distinct_and_on_the_axis(one, two, most, style):
    axis = scales.numeric(min(one, two), max(one, two), "x", most, style)
    values = [value for value, _ in axis.ticks]
    assert len(values) <= most + 1
    slack = 1e-6 * (axis.high - axis.low)
    assert all(axis.low - slack <= value <= axis.high + slack for value in values)
    assert len({label for _, label in axis.ticks}) == len(values)
    for value, label in axis.ticks:
        number = float(label.replace("−", "-").replace(",", "").rstrip("%"))
        assert number == pytest.approx(100 * value if style == "share" else value, abs=1e-9)
        assert style != "whole" or number.is_integer()


@pytest.mark.parametrize(("low", "high", "style", "labels"), [
    (0, 105, "number", ["0", "20", "40", "60", "80", "100"]),
    (-6.2, 5.1, "number", ["−6", "−4", "−2", "0", "2", "4"]),
    (0, 0.06, "share", ["0%", "1%", "2%", "3%", "4%", "5%", "6%"]),
    (0, 0.05 / 3, "share", ["0.0%", "0.5%", "1.0%", "1.5%"]),
    (0, 2.1, "whole", ["0", "1", "2"]),
    (0, 0, "number", ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
    (0, 31_000, "whole", ["0", "10,000", "20,000", "30,000"]),
])  # fmt: skip
def test_ticks_of_well_known_ranges(low, high, style, labels):
    assert [label for _, label in scales.numeric(low, high, "x", 6, style).ticks] == labels


def test_sizes_that_double_are_equally_far_apart():
    axis = scales.at_values([40, 80, 160], "rows")
    gaps = [axis.place(80) - axis.place(40), axis.place(160) - axis.place(80)]
    assert gaps[0] == pytest.approx(gaps[1])
    assert [label for _, label in axis.ticks] == ["40", "80", "160"]
    near = scales.at_values([100, 110, 120], "rows")
    assert not near.log
    assert scales.at_values([5], "rows").place(5) == pytest.approx(0.5)


def test_marks_lie_where_their_values_are():
    one, two = on_one_scale([CellSpan(1, 0, 2), CellSpan(-2, -4, 0)], zero=0)
    assert (one.low, two.high) == (one.zero, two.zero)
    assert one.at == pytest.approx((one.low + one.high) / 2, abs=0.1)
    assert two.zero - two.low == pytest.approx(2 * (one.high - one.zero), abs=0.2)
    assert (
        on_one_scale([CellSpan(9, -1, 1)], ends=(-2, 2))[0].at == 116
    )  # beyond the scale: at its end
    spans = plots.interval_plot("x", [plots.IntervalMark("a", 0, -1, 1)], "x").shapes
    line = next(shape for shape in spans if shape.attributes.get("class") == "span muted")
    zero = next(shape for shape in spans if shape.attributes.get("class") == "zero")
    (left, _), (right, _) = (place.split() for place in line.attributes["d"][1:].split("L"))
    assert float(zero.attributes["d"][1:].split()[0]) == pytest.approx(
        (float(left) + float(right)) / 2, abs=0.1
    )


def hues(colour):
    parts = [int(colour.lstrip("#").ljust(6, colour[-1])[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    return [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]


def brightness(colour):
    return sum(a * b for a, b in zip((0.2126, 0.7152, 0.0722), hues(colour), strict=True))


PALETTE = [dict(re.findall(r"--(\w+):(#\w+)", half)) for half in COLOURS.split("@media")]


@pytest.mark.parametrize("name", sorted(set(PALETTE[0]) - {"line", "ground", "card", "soft"}))
@pytest.mark.parametrize("dark", [0, 1])
def test_colours_stand_out_from_their_ground(name, dark):
    one, two = brightness(PALETTE[dark][name]), brightness(PALETTE[dark]["card"])
    contrast = (max(one, two) + 0.05) / (min(one, two) + 0.05)
    assert contrast >= 4.5


def test_both_schemes_have_the_same_colours():
    assert set(PALETTE[0]) == set(PALETTE[1])
    assert len(PALETTE[0]) == 16


def test_the_commands_write_a_page_beside_their_results(cli, tmp_path):
    rows = as_bytes(real_rows(60) + synthetic_rows(count=60))
    target = tmp_path / "page.html"
    done = cli("compare", "--measure", "length", "--html", target, "--fail-above", "length.words=0",
               stdin=rows)  # fmt: skip
    assert done.code == 1  # the gate comes after everything is written
    assert target.read_bytes().startswith(b"<!DOCTYPE html>")
    source = tmp_path / "made here.jsonl"
    source.write_bytes(rows + b'{"text": "a", "_aug": {"id": "a", "origin": "synthetic"}}\n')
    done = cli("filter", "--check", "length", "--html", target, source, env={
        "SOURCE_DATE_EPOCH": "86400"})  # fmt: skip
    assert done.code == 0, done.err
    assert len(done.rows) > 100
    said = " ".join("".join(Elements(target.read_text("utf-8")).said).split())
    for there in (
        f"dataaug filter --check length --html {target} '{source}'",
        f"1970-01-02 00:00 UTC dataaug {dataaug.__version__} {source}: 121 rows",
        "What to do next No test rows were named",
        f"dataaug filter '{source}' --against test.jsonl -o good.jsonl",
        "dataaug mix good.jsonl -o mixed.jsonl",
        "too_short, for example",
    ):
        assert there in said, said


@pytest.mark.parametrize(("given", "shown"), [
    (["--base-url", "https://me:word@host/v1?api_key=abc&x=1#y"],
     "--base-url 'https://***@host/v1?api_key=***&x=1#y'"),
    (["-p", "openai.token=abc", "a b.jsonl"], "-p 'openai.token=***' 'a b.jsonl'"),
    (["-p", "typo.share=0.1", "keys.jsonl"], "-p typo.share=0.1 keys.jsonl"),
])  # fmt: skip
def test_a_command_line_is_shown_without_its_secrets(given, shown):
    assert command_line.shown_command(["filter", *given]) == f"dataaug filter {shown}"


def test_a_reject_stands_beside_its_parent_with_its_score():
    parent = real("where is my parcel", "delivery", id="one")
    twin = made("where is my parcel!", "delivery", parent=parent, name="two", method="typo")
    report = Report("filter", paged=True)
    checks = (Spec("near-duplicate", {"embedder": "hashing", "origin_similarity": 0.9}),)
    outcomes = filtering.filter(iter([twin, parent]), filtering.Filtering(checks), report=report)
    for outcome in outcomes:
        report.count(outcome)
    [shown] = report.other(FilterSummary).examples
    assert (shown.record.id, shown.beside) == ("two", parent.text)
    page = filter_page.render(report)
    [row] = re.findall(r"<tr><th scope=.row. class=.wide.>where is.*?</tr>", page, re.DOTALL)
    assert parent.text in row.partition("</th>")[2]
    assert f"similarity {shown.detail['similarity']:.3g}" in row


@pytest.mark.parametrize(("judgement", "command"), [
    ("helps", "dataaug spotcheck mix.jsonl --review terminal --verdicts verdicts.jsonl"),
    ("hurts", "dataaug tune real.jsonl -o tuned.jsonl"),
    ("cannot tell", "dataaug tune real.jsonl -o tuned.jsonl"),
])  # fmt: skip
def test_the_next_step_follows_from_the_verdict(judgement, command):
    verdict = GainVerdict(
        "mix.jsonl", judgement, "", "macro_f1", None, None, None, None, None, None
    )
    result = EvaluationResult((verdict,), (), (), (), 0, 0, {}, ())
    report = Report("evaluate", {"train": ["real.jsonl"]})
    report.files = {"inputs": ("mix.jsonl",)}
    steps = next_steps(result, report)
    assert command in [step.command for step in steps]


def test_the_next_step_names_the_file_of_the_candidate_that_helps():
    """A candidate without rows is left out of the verdicts, and not of the files."""
    verdict = GainVerdict("b.jsonl", "helps", "", "macro_f1", None, None, None, None, None, None)
    result = EvaluationResult((verdict,), (), (), (), 0, 0, {}, ())
    report = Report("evaluate")
    report.files = {"inputs": ("empty.jsonl", "a folder/b.jsonl")}
    assert "dataaug card 'a folder/b.jsonl' -o README.md" in [
        step.command for step in next_steps(result, report)
    ]


def test_the_next_step_names_each_file_of_train_rows_by_an_option():
    verdict = GainVerdict("mix", "hurts", "", "macro_f1", None, None, None, None, None, None)
    result = EvaluationResult((verdict,), (), (), (), 0, 0, {}, ())
    steps = next_steps(result, Report("evaluate", {"train": ["a.jsonl", "b.jsonl"]}))
    assert steps[-1].command.startswith(
        "dataaug label pool.jsonl --train a.jsonl --train b.jsonl --ask 100 "
    )


@pytest.mark.parametrize(("measure", "difference", "said"), [
    ("distinct.2", -0.3, True), ("distinct.2", 0.3, False), ("self-similarity.nearest", 0.2, True),
    ("self-similarity.nearest", -0.2, False), ("openings.3", 0.1, True), ("length.mean", 9, False),
])  # fmt: skip
def test_only_rows_that_say_little_new_are_said_to_repeat_themselves(measure, difference, said):
    finding = Finding(measure, "all", "", 0.5, 0.5 + difference, 0.1, difference, 0.1, "off", "")
    found = Comparison((finding,), 10, {"swap": 10})
    steps = comparison_advice.next_steps(found, Report("compare"))
    assert any("repeat themselves" in step.said for step in steps) is said


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
    assert pages.escaped(sentence, 2000) in target.read_text("utf-8")


def test_a_run_that_fails_leaves_no_page(cli, tmp_path):
    target = tmp_path / "page.html"
    assert cli("filter", "--check", "length", "--html", target, stdin=b"no\n").code == 3
    assert not target.exists()


def test_a_page_does_not_go_to_stdout(cli):
    done = cli("filter", "--check", "length", "--html", "-", stdin=b'{"text": "a"}\n')
    assert done.code == 2
    assert b"--html needs the name of a file" in done.err
    assert done.out == b""
