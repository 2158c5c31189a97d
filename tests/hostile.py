"""The three pages, made of rows that try to break out of them."""

from dataclasses import replace
from functools import cache
from itertools import cycle
from random import Random

from attacks import attacks
from making import made, real
from sentences import sentence

from dataaug.comparison import page as compare_page
from dataaug.comparison import run as compare
from dataaug.evaluation import page as evaluate_page
from dataaug.evaluation import run as evaluate
from dataaug.filtering import page as filter_page
from dataaug.filtering import run as filter_verb
from dataaug.plugins import Spec
from dataaug.rows.report import Report


def report_on(verb, url):
    """Return a report with an attack in every setting and warning."""
    texts = attacks(url)
    named = {f"{text} {number}": text for number, text in enumerate(texts)}
    report = Report(
        verb, {"version": "0", "seed": 0, "texts": texts, **named}, moment=0.0, paged=True
    )
    report.command = f"dataaug {verb} {' '.join(texts)}"
    report.files = {"inputs": texts}
    report.inputs = dict.fromkeys(texts, 1)
    for text in texts:
        report.warn(text)
    return report


def rows(url, count=60, seed=0):
    """Return real and synthetic rows, with an attack in every field."""
    random, found = Random(seed), []
    texts = attacks(url)
    topics = cycle(zip(("refund", "delivery", "account"), texts[1::2], strict=True))
    for number in range(count):
        topic, label = next(topics)
        text = f"{sentence(topic, random)} {texts[number % len(texts)]}"
        parent = real(text, label, id=f"{texts[number % 4]} {seed}-{number}")
        found.append(parent)
        if not seed:
            name, method = f"made {texts[number % 5]} {number}", texts[number % 2 + 4]
            text = f"{sentence(topic, random)} {texts[(number + 1) % len(texts)]}"
            found.append(made(text, label, parent=parent, name=name, method=method))
            again = f"{parent.text} {texts[0]}!"
            found.append(made(again, texts[1], parent=parent, name=f"{name} b", method="plain"))
    return found


@cache
def filter_html(url=""):
    report = report_on("filter", url)
    checks = (
        Spec("exact"),
        Spec("near-duplicate", {"embedder": "hashing", "similarity": 0.8}),
        Spec("label", {"classifier": "tfidf"}),
    )
    given = report.reading(rows(url))
    for outcome in filter_verb.filter(given, filter_verb.Filtering(checks), report=report):
        report.count(outcome)
    return filter_page.render(report)


@cache
def compare_html(url="", measures=("length", "casing", "labels", "embedding", "detector")):
    report = report_on("compare", url)
    specs = tuple(
        Spec(name, {"embedder": "hashing"} if name == "embedding" else {}) for name in measures
    )
    task = compare.Comparing(specs, limits={f"{measures[0]}.words": 0.0})
    return compare_page.render(compare.compare(rows(url), task, report=report), report)


@cache
def evaluate_html(url="", curve=(10, 20), **given):
    task = evaluate.Evaluating(
        Spec("tfidf"), Spec("hashing"), 1.0, 2, curve=curve, require_gain=0.0, **given
    )
    every = rows(url)
    train = [row for row in every if row.is_real]
    result = evaluate.evaluate(train, {attacks(url)[1]: every}, rows(url, 90, 1), task)
    report = report_on("evaluate", url)
    for warning in result.warnings:
        report.warn(warning)
    settings = {**result.settings, **report.settings}
    return evaluate_page.render(replace(result, settings=settings), report)


PAGES = {"filter": filter_html, "compare": compare_html, "evaluate": evaluate_html}
