import subprocess
import sys

import numpy as np
import pytest
from worlds import real_rows

from dataaug import plugins
from dataaug.errors import MissingError, UsageError
from dataaug.plugins import Spec


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Write a tiny BERT with random weights and a vocabulary of letters."""
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    path = tmp_path_factory.mktemp("tiny")
    letters = "abcdefghijklmnopqrstuvwxyz"
    pieces = [*letters, *(f"##{letter}" for letter in letters)]
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *pieces]
    numbers = {piece: number for number, piece in enumerate(vocabulary)}
    tokenizer = BertTokenizerFast(vocab=numbers)
    assert len(tokenizer.tokenize("aab")) == 3
    tokenizer.save_pretrained(path)
    shape = BertConfig(
        vocab_size=len(vocabulary), hidden_size=32, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=64,
    )  # fmt: skip
    BertForSequenceClassification(shape).save_pretrained(path)
    return path


def load(folder, **given):
    return plugins.load("classifiers", Spec("finetune", {"model": str(folder), "device": "cpu",
        "length": 32, **given}))  # fmt: skip


TEXTS = ["aaa aa aaaa", "bbb bbbb b"] * 8
LABELS = ["first", "second"] * 8


def test_it_learns_and_gives_probabilities_in_the_order_of_the_texts(folder):
    model = load(folder, epochs=12, rate=3e-3, batch=4)(TEXTS, LABELS, seed=1)
    found = model(["bb b", "aaa aaaa aa aaa", "bbbb bbb bb"])
    assert model.classes == ["first", "second"]
    assert found.sum(axis=1) == pytest.approx(1)
    assert found.argmax(axis=1).tolist() == [1, 0, 1]


def test_equal_seeds_give_equal_models_and_others_do_not(folder):
    classifier = load(folder, epochs=2, rate=3e-3)
    one, two, three = (classifier(TEXTS, LABELS, seed=seed)(TEXTS) for seed in (3, 3, 4))
    np.testing.assert_array_equal(one, two)
    assert np.abs(one - three).max() > 1e-4
    assert classifier.random


def test_it_leaves_the_global_seed_alone(folder):
    import torch

    torch.manual_seed(5)
    wanted = torch.rand(3)
    torch.manual_seed(5)
    load(folder, epochs=1)(TEXTS[:4], LABELS[:4], seed=9)
    assert torch.equal(torch.rand(3), wanted)


def test_evaluate_repeats_it_with_other_seeds(folder):
    from dataaug.evaluation.run import Evaluating, evaluate

    train, test = real_rows("train", 3), real_rows("test", 5)
    spec = Spec("finetune", {"model": str(folder), "epochs": 1, "device": "cpu"})
    task = Evaluating(spec, Spec("hashing"), repeats=2, controls=False)
    proof = evaluate(train, {"mix": train}, test, task)
    assert proof.settings["fits"] == 3  # everything, and two halves with other seeds
    assert proof.verdicts[0].judgement == "cannot tell"


def test_a_model_that_is_not_there_is_said_so(tmp_path):
    with pytest.raises(MissingError, match=r"finetune[.]model=DIR"):
        load(tmp_path)(TEXTS, LABELS)


@pytest.mark.parametrize("given", [{"epochs": 0}, {"batch": 0}, {"rate": 0.0}, {"length": 1}])
def test_numbers_out_of_range_are_a_usage_error(folder, given):
    with pytest.raises(UsageError):
        load(folder, **given)


def test_it_is_loaded_only_when_used():
    code = ("import sys; from dataaug import plugins; plugins.names('classifiers'); "
            "import dataaug.evaluation.run; sys.exit('transformers' in sys.modules)")  # fmt: skip
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
