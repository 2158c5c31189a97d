"""What the page says of each label: F1 before and after, and confusions; plots are noted down."""

import pytest

from dataaug.evaluation.intervals import Interval
from dataaug.evaluation.label_changes import confusion, label_changes
from dataaug.evaluation.results import EvaluationResult, Gain, Score
from dataaug.html import plots
from dataaug.html.marks import CellPlot
from dataaug.html.pages import Toned

NAMES = tuple("abcdefghijklmnopqrst")
PLOT = object()


@pytest.fixture
def drawn(monkeypatch):
    """Note what is to be drawn in place of drawing it."""
    found = []

    def note(*given):
        found.append(given)
        return PLOT

    monkeypatch.setattr(plots, "heatmap", note)
    return found


def at(value, reach=0.01):
    return Interval(value, value - reach, value + reach)


def score(kind, f1, counts=(), gains=(), scope="whole", name="mix"):
    called = name if kind == "candidate" else kind
    support = dict.fromkeys(f1, 1234)
    return Score(called, kind, name, "", scope, 9, 9, 99, at(0), at(0), f1, support, counts, gains)


def result_of(before, after, changes, counts=((), ()), candidates=1):
    """Return a result of a candidate by F1 before and after, and its score."""
    other = Gain(
        "mix: real rows repeated", "oversampled", at(0), at(0), dict.fromkeys(before, at(0))
    )
    gain = Gain("real", "real", at(0), at(0), changes)
    candidate = score("candidate", after, counts[1], (other, gain))
    clean = score("real", dict.fromkeys(before, at(0.01)), (), (), "clean")
    scores = (clean, candidate, score("real", before, counts[0]))
    result = EvaluationResult(
        ({"mix"},) * candidates, scores, (), tuple(before), 99, 0, {}, ()
    )  # fmt: skip
    return result, candidate


def texts(rows):
    """Return the cells of a table as they read, without those that are drawn."""
    return [
        [getattr(cell, "text", cell) for cell in row if not isinstance(cell, CellPlot)]
        for row in rows
    ]


def tones(rows):
    """Return the colours of words, which those of the marks beside them are alike."""
    words = [cell.tone for row in rows for cell in row if isinstance(cell, Toned)]
    assert not marks(rows) or words == [mark.tone for mark in marks(rows)]
    return words


def marks(rows):
    return [cell for row in rows for cell in row if isinstance(cell, CellPlot)]


def test_labels_stand_with_the_largest_change_first_whichever_its_sign(drawn):
    before = {"a": at(0.5), "b": at(0.9), "c": at(0.25), "d": at(0.1)}
    after = {"a": at(0.6), "b": at(0.6), "c": at(0.25), "d": at(0.2)}
    found = {"a": 0.1, "b": -0.3, "c": 0.0, "d": 0.1}
    changes = {name: at(value, 0.05) for name, value in found.items()}
    made = label_changes(*result_of(before, after, changes))
    assert texts(made["rows"]) == [
        ["b", "-30.0", "-35.0 to -25.0", "90.0", "60.0", "1,234"],
        ["a", "+10.0", "+5.0 to +15.0", "50.0", "60.0", "1,234"],
        ["d", "+10.0", "+5.0 to +15.0", "10.0", "20.0", "1,234"],
        ["c", "+0.0", "-5.0 to +5.0", "25.0", "25.0", "1,234"],
    ]
    assert tones(made["rows"]) == ["bad", "good", "good", "muted"]
    b, a, d, c = marks(made["rows"])
    assert b.low < b.at < b.high < b.zero == c.at == a.zero < a.low < a.at == d.at
    assert made["title"] == "By label"
    assert made["every"] == made["rows"]
    assert len(made["heads"]) == len(made["rows"][0])
    assert drawn == []


@pytest.mark.usefixtures("drawn")
@pytest.mark.parametrize(
    ("low", "high", "tone"),
    [(0.0, 0.1, "muted"), (0.001, 0.1, "good"), (-0.1, 0.0, "muted"), (-0.1, -0.001, "bad")],
)
def test_a_change_has_a_colour_where_its_interval_leaves_out_zero(low, high, tone):
    value = at(0.5)
    changes = {"a": Interval((low + high) / 2, low, high)}
    made = label_changes(*result_of({"a": value}, {"a": value}, changes))
    assert tones(made["rows"]) == [tone]


@pytest.mark.usefixtures("drawn")
@pytest.mark.parametrize("missing", ["before", "after", "change"])
def test_a_label_without_score_is_left_out(missing):
    before, after, changes = ({"a": at(0.5), "b": at(0.5)} for _ in range(3))
    {"before": before, "after": after, "change": changes}[missing]["a"] = None
    made = label_changes(*result_of(before, after, changes))
    assert [row[0] for row in made["rows"]] == ["b"]


@pytest.mark.parametrize("count", [16, 17])
def test_sixteen_labels_are_shown_and_all_are_in_a_table_to_open(count):
    before = dict.fromkeys(NAMES[:count], at(0.5))
    changes = {name: at(n / 100) for n, name in enumerate(before)}
    made = label_changes(*result_of(before, before, changes))
    assert made["rows"] == made["every"][:16]
    assert made["rows"][0][0] == NAMES[count - 1]
    assert len(made["every"]) == count
    assert made["title"] == ("By label: those that changed most" if count > 16 else "By label")


@pytest.mark.usefixtures("drawn")
def test_the_candidate_is_named_where_there_are_several():
    value = {"a": at(0.5), "b": at(0.5)}
    several = result_of(value, value, value, (((1, 2), (3, 4)), ((1, 2), (3, 4))), candidates=2)
    assert label_changes(*several)["title"] == "By label: mix"
    assert confusion(*several)["title"] == "Confusions: mix"


def test_without_the_real_rows_there_is_nothing_to_compare_with(drawn):
    value = {"a": at(0.5)}
    result, candidate = result_of(value, value, value)
    alone = EvaluationResult(
        result.verdicts, result.scores[:2], (), result.labels, 99, 0, {}, ()
    )  # fmt: skip
    assert label_changes(alone, candidate) == confusion(alone, candidate) == {}
    real = result.scores[2]
    assert label_changes(result, real) == {}  # which has no difference to itself
    assert drawn == []


def test_confusions_stand_with_those_that_changed_most_first(drawn):
    before = [[5, 4, 1], [0, 1500, 1], [2, 0, 7]]
    after = [[8, 1, 1], [1200, 300, 1], [1, 1, 7]]
    value = dict.fromkeys("abc", at(0.5))
    made = confusion(*result_of(value, value, value, (before, after)))
    assert texts(made["pairs"]) == [
        ["b", "a", "0", "1,200", "+1,200"],
        ["a", "b", "4", "1", "-3"],
        ["c", "a", "2", "1", "-1"],
        ["c", "b", "0", "1", "+1"],
    ]
    assert tones(made["pairs"]) == ["bad", "good", "good", "bad"]
    assert drawn == [("Change of the confusion matrix", ("a", "b", "c"),
                      [[3, -3, 0], [1200, -1200, 0], [-1, 1, 0]])]  # fmt: skip
    assert made["title"] == "Confusions that changed"
    assert made["changed"] is True
    assert made["plot"] is PLOT


def test_where_no_row_is_predicted_otherwise_it_says_so(drawn):
    value = dict.fromkeys("ab", at(0.5))
    same = ((3, 4), (5, 6))
    made = confusion(*result_of(value, value, value, (same, same)))
    assert made["title"] == "Confusions"
    assert made["changed"] is False
    assert made["plot"] is None
    assert drawn == []
    other = ((3, 4), (5, 7))  # one row of the last label more
    assert confusion(*result_of(value, value, value, (same, other)))["changed"] is True


@pytest.mark.parametrize("count", [14, 15])
def test_a_matrix_of_fourteen_labels_is_drawn_and_a_larger_one_is_a_list(drawn, count):
    value = dict.fromkeys(NAMES[:count], at(0.5))
    before = [[0] * count for _ in range(count)]
    after = [[abs(row - column) for column in range(count)] for row in range(count)]
    made = confusion(*result_of(value, value, value, (before, after)))
    assert len(drawn) == (count == 14)
    assert made["plot"] is (PLOT if count == 14 else None)
    found = texts(made["pairs"])
    assert len(found) == 12
    assert found[0] == [NAMES[0], NAMES[count - 1], "0", str(count - 1), f"+{count - 1}"]
