import io
from random import Random

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from making import kept, made, real, rejected

from dataaug import plugins
from dataaug.augmentation.methods import Request, Variant
from dataaug.augmentation.run import Augmentation, augment
from dataaug.errors import ShortfallError
from dataaug.mixing import Mixing, mix
from dataaug.plugins import Spec
from dataaug.rows.derived import make_child
from dataaug.rows.jsonl import Source, reject_line
from dataaug.rows.record import Reject
from dataaug.rows.report import Report
from dataaug.rows.seeds import derive, derive_each, fingerprint
from dataaug.rows.spans import Edit, Span, apply_edits, as_rows, from_rows, move
from dataaug.text.normalize import normalise
from dataaug.text.printable import safe
from dataaug.text.protection import Protector, merge
from dataaug.text.words import match_case

WRITE_ANEW = {"back-translation", "paraphrase", "translation"}
"""Methods that ask a model; tests/contracts/test_methods.py holds them to what they promise."""

METHODS = {
    name: plugins.load("methods", Spec(name))
    for name in plugins.names("methods")
    if name not in WRITE_ANEW
}

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
word = st.sampled_from(
    [
        "I",
        "a",
        "an",
        "The",
        "big",
        "quick",
        "started",
        "error",
        "buy",
        "not",
        "Angela",
        "http://x.y/z",
        "{name}",
        "17",
        "don't",
        "mistake",
        "car’s",
        "bought,",
        "(help)",
        "children.",
        "😀",
        "日本語",
        "ÉTÉ",
        "turned",
        "off\t\n",
    ]
)
sentence = st.lists(word, max_size=14).map(" ".join)
anything = text | sentence
plain = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
json_value = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False) | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
fields = st.dictionaries(
    text.filter(lambda key: key not in {"_aug", "_reject"} and not key.startswith("aug_")),
    json_value,
)


@st.composite
def text_with_edits(draw):
    original = draw(text)
    cuts = sorted(draw(st.lists(st.integers(0, len(original)), max_size=6)))
    return original, [Edit(a, b, draw(text)) for a, b in zip(cuts[::2], cuts[1::2], strict=False)]


@given(text_with_edits())
def test_recorded_edits_can_be_replayed(case):
    original, edits = case
    assert apply_edits(original, from_rows(as_rows(original, edits))) == apply_edits(
        original, edits
    )


@given(text_with_edits(), st.data())
def test_moved_span_holds_the_characters_it_held_before(case, data):
    original, edits = case
    start = data.draw(st.integers(0, len(original)))
    end = data.draw(st.integers(start, len(original)))
    moved = move(Span(start, end), edits)
    touched = any(e.start < end and start < e.end for e in edits)
    if moved is not None:
        changed = apply_edits(original, edits)
        assert changed[moved.start : moved.end] == original[start:end]
    elif start < end:
        assert touched or any(start < e.start == e.end < end for e in edits)


@given(anything, st.integers(0, 99), st.sampled_from(sorted(METHODS)), st.integers(1, 4))
@plain
def test_edits_of_every_method_lead_from_the_parent_to_the_child(original, seed, name, count):
    protected = Protector()(original)
    request = Request(original, count, seed, protected)
    (answers,) = METHODS[name]([request])
    assert len(answers) == count
    for answer in answers:
        if isinstance(answer, Variant) and answer.edits is not None:
            assert apply_edits(original, answer.edits) == answer.text


@given(anything, st.data(), st.sampled_from(sorted(METHODS)))
@plain
def test_no_method_touches_a_protected_span_wherever_it_lies(original, data, name):
    place = st.integers(0, len(original))
    pairs = data.draw(st.lists(st.tuples(place, place), max_size=3))
    protected = merge(Span(*sorted(pair)) for pair in pairs if pair[0] != pair[1])
    (answers,) = METHODS[name]([Request(original, 3, 1, protected)])
    for answer in answers:
        if isinstance(answer, Variant) and answer.edits is not None:
            for span in protected:
                assert move(span, answer.edits) is not None, (span, answer)


@given(anything, st.sampled_from(sorted(METHODS)))
@plain
def test_no_method_makes_a_text_without_characters(original, name):
    (answers,) = METHODS[name]([Request(original, 3, 1, Protector()(original))])
    for answer in answers:
        assert not isinstance(answer, Variant) or answer.text.strip()


@given(st.lists(fields, max_size=6), st.lists(text, min_size=6, max_size=6))
def test_reading_and_writing_changes_no_byte(rows, texts):
    lines = [orjson.dumps({**row, "text": given}) for row, given in zip(rows, texts, strict=False)]
    data = b"".join(line + b"\n" for line in lines)
    found = list(Source().rows(io.BytesIO(data), "in"))
    assert [record.line for record in found] == lines
    assert [record.text for record in found] == texts[: len(lines)]


@given(st.binary(max_size=60).filter(lambda data: b"\n" not in data))
def test_any_bytes_are_a_row_a_reject_or_blank(data):
    outcomes = list(Source(on_error="skip").rows(io.BytesIO(data + b"\n"), "in"))
    assert len(outcomes) == (1 if data.removeprefix(b"\xef\xbb\xbf").strip() else 0)


@given(fields, text)
def test_child_has_the_fields_of_its_parent(row, given):
    parent = real(given, **{key: value for key, value in row.items() if key != "text"})
    child = make_child(parent, "new", method="m", variant=0, seed=1)
    written = orjson.loads(child.line)
    for key, value in orjson.loads(parent.line).items():
        if key not in {"text", "id"}:
            assert written[key] == value


@given(fields, text, text)
def test_reject_is_the_row_with_one_key_more(row, reason, given):
    record = real(given, **{key: value for key, value in row.items() if key != "text"})
    written = orjson.loads(reject_line(Reject("filter", reason, record)))
    assert written.pop("_reject")["reason"] == reason
    assert written == orjson.loads(record.line)


@given(st.integers(), st.lists(text, max_size=3), st.lists(text, max_size=3))
def test_seeds_follow_from_names_and_stay_exact_in_javascript(seed, names, others):
    assert derive(seed, *names) == derive(seed, *names)
    assert 0 <= derive(seed, *names) < 2**53
    if names != others:
        assert derive(seed, *names) != derive(seed, *others)
        assert fingerprint(*names) != fingerprint(*others)


@given(st.integers(), text, text)
def test_seeds_of_many_names_are_those_of_each(seed, first, last):
    assert derive_each(seed, first)(last) == derive(seed, first, last)


@given(st.integers(0, 40), st.integers(0, 80), st.just(0) | st.floats(0.001, 1), st.integers(0, 3))
@plain
def test_mix_loses_no_row_repeats_none_and_keeps_its_ratio(real_rows, made_rows, ratio, seed):
    labels = "xyz"
    rows = [real(f"r{n}", labels[n % 3], id=f"r{n}") for n in range(real_rows)]
    rows += [made(f"s{n}", labels[n % 2]) for n in range(made_rows)]
    Random(seed).shuffle(rows)
    report = Report("mix")
    outcomes = list(mix(report.reading(rows), Mixing(ratio, seed=seed), report=report))
    for outcome in outcomes:
        report.count(outcome)
    assert report.balanced
    lines = [o.line for o in kept(outcomes)] + [o.record.line for o in rejected(outcomes)]
    assert sorted(lines) == sorted(row.line for row in rows)
    took = sum(o.is_real for o in kept(outcomes)), sum(not o.is_real for o in kept(outcomes))
    if ratio == 0:
        assert took == (0, made_rows)
    else:
        assert took == (real_rows, min(made_rows, round(real_rows * (1 - ratio) / ratio)))


@given(st.integers(0, 12), st.integers(0, 12), st.floats(0, 1), st.integers(1, 30))
@plain
def test_mix_is_never_larger_than_asked(real_rows, made_rows, ratio, size):
    rows = [real(f"r{n}", "x") for n in range(real_rows)]
    rows += [made(f"s{n}", "x") for n in range(made_rows)]
    want = min(real_rows, round(size * ratio)), min(made_rows, size - round(size * ratio))
    got = list(mix_rows(rows, ratio, size))
    assert (sum(r.is_real for r in got), sum(not r.is_real for r in got)) == want


def mix_rows(rows, ratio, size):
    outcomes = mix(rows, Mixing(ratio, size=size))
    while True:
        try:
            outcome = next(outcomes)
        except (StopIteration, ShortfallError):
            return
        if not isinstance(outcome, Reject):
            yield outcome


@given(st.lists(anything, max_size=5), st.integers(1, 3), st.sampled_from(sorted(METHODS)))
@plain
def test_augment_accounts_for_every_row_and_every_variant(texts, count, name):
    report = Report("augment")
    rows = [real(given, n=number) for number, given in enumerate(texts)]
    task = Augmentation((Spec(name),), count)
    outcomes = list(augment(report.reading(rows), task, report=report))
    for outcome in outcomes:
        report.count(outcome)
    assert report.balanced
    assert report.asked == count * len(texts)
    assert [o.line for o in kept(outcomes) if o.is_real] == [row.line for row in rows]


@given(text, text)
def test_case_is_a_matter_of_letters_only(old, new):
    written = match_case(old, new)
    assert written.casefold() == new.casefold() or len(written) != len(new)


@given(anything)
def test_protected_spans_are_sorted_apart_and_inside(given):
    spans = Protector()(given)
    assert spans == merge(spans)
    assert all(0 <= span.start < span.end <= len(given) for span in spans)


@given(st.text())
def test_text_for_the_terminal_has_no_character_that_could_steer_it(given):
    import unicodedata

    shown = safe(given)
    bad = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert [c for c in shown if unicodedata.category(c) in bad] == []
    assert len(given) <= 200 or shown.endswith("…")


@given(st.text(st.sampled_from(list("aZß ?.!…\t\n\u00a0\u2003\u3000\x1c“'-")), max_size=12))
@settings(max_examples=400)
def test_texts_are_normalised_by_one_rule_whatever_white_space_they_have(given_text):
    found = normalise(given_text)
    assert found == normalise(f"\t{given_text}  ")  # white space around changes nothing
    assert found == normalise(given_text.replace(" ", "\n\t"))
    assert found == " ".join(found.split())
    assert found == normalise(found)
