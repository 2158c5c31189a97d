"""Inputs and outputs of instructions that are no answers, and answers that only look so."""

import pytest

from dataaug.generation.answers import answer_fault


def fault(output, given="", instruction="Name a bird"):
    found = answer_fault({"instruction": instruction, "input": given, "output": output})
    return found and found.reason


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        ("As an AI language model, I cannot browse the internet.", "refusal"),
        ("Es tut mir leid, aber ich kann dabei nicht helfen.", "refusal"),
        ("N/A", "placeholder"),
        ("n/a.", "placeholder"),
        ("<nooutput>", "placeholder"),
        ("[No output]", "placeholder"),
        ("Your answer here", "placeholder"),
        ("null", "placeholder"),
        ("The three most important things are the", "truncated"),
        ("Fords.\n\n### Instruction:\nName a bird\n### Response:\nOwl", "leftover"),
        ("An owl.</s>", "leftover"),
        ("An owl. " * 6, "repetition"),
        ("Un cafÃ© fermÃ©", "garbled"),
    ],
)
def test_what_is_no_answer_is_dropped(output, reason):
    assert fault(output) == reason


@pytest.mark.parametrize(
    "output",
    [
        "Owl",
        "42",
        "positive",
        "None",
        "...",
        "None of them: all four are mammals.",
        "1. Owl\n2. Wren",
        "- an owl\n- a wren",
        "```python\nprint('owl')\n```",
        "Here are three birds: owl, wren, kite",
        "To be, or not to be, that is the question",
        '{"bird": "owl"}',
        "See https://example.com for more.",
        "Answer: an owl",
    ],
)
def test_answers_of_every_form_pass(output):
    assert fault(output) is None


@pytest.mark.parametrize(
    ("instruction", "given", "reason"),
    [
        ("Summarise the article at https://example.com/a", "", "schema"),
        ("Summarise this page", "www.example.com/page", "schema"),
        ("Is this a safe address?", "Somebody sent me https://example.com/a by mail", None),
        ("Summarise this", "I'm sorry, but I can't help with that.", "refusal"),
    ],
)
def test_inputs_are_looked_at_too(instruction, given, reason):
    assert fault("It is about owls.", given, instruction) == reason
