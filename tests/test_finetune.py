import random
import subprocess
import sys

import numpy as np
import pytest
from worlds import real_rows

from dataaug import plugins
from dataaug.errors import MissingError, TrainingError, UsageError
from dataaug.plugins import Spec

LETTERS = "abcdefghijklmnopqrstuvwxyz"
PIECES = [*LETTERS, *(f"##{letter}" for letter in LETTERS)]
VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *PIECES]


def tokenizer(vocabulary=VOCABULARY, **options):
    from transformers import BertTokenizerFast

    return BertTokenizerFast(vocab={piece: n for n, piece in enumerate(vocabulary)}, **options)


def bert():
    """Return a tiny BERT with random weights, the same ones each time, for 64 tokens at most."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification

    shape = BertConfig(
        vocab_size=len(VOCABULARY), hidden_size=32, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=64,
    )  # fmt: skip
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return BertForSequenceClassification(shape)


def roberta():
    """Return a tiny RoBERTa: of its 66 positions it uses 64, from behind that of the padding."""
    from transformers import RobertaConfig, RobertaForSequenceClassification

    shape = RobertaConfig(
        vocab_size=len(VOCABULARY), hidden_size=32, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=66, pad_token_id=1,
    )  # fmt: skip
    return RobertaForSequenceClassification(shape)


def write(folder, model, reader=None):
    """Write a model with its tokenizer, which reads letters, and return the folder."""
    (reader or tokenizer()).save_pretrained(folder)
    model.save_pretrained(folder)
    return folder


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """Compute by one thread: to share products this small out takes longer than to do them."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    assert len(tokenizer().tokenize("aab")) == 3
    return write(tmp_path_factory.mktemp("tiny"), bert())


def load(folder, **given):
    return plugins.load("classifiers", Spec("finetune", {"model": str(folder), "device": "cpu",
        "length": 32, **given}))  # fmt: skip


TEXTS = ["aaa aa aaaa", "bbb bbbb b"] * 8
LABELS = ["first", "second"] * 8
ENOUGH = {"epochs": 12, "rate": 3e-3, "batch": 4}
"""With these the tiny models learn the texts."""


def test_it_learns_and_gives_probabilities_in_the_order_of_the_texts(folder):
    model = load(folder, **ENOUGH)(TEXTS, LABELS, seed=1)
    found = model(["bb b", "aaa aaaa aa aaa", "bbbb bbb bb"])
    assert model.classes == ["first", "second"]
    assert found.sum(axis=1) == pytest.approx(1)
    assert found.argmax(axis=1).tolist() == [1, 0, 1]


def test_equal_seeds_give_equal_models_and_others_do_not(folder):
    classifier = load(folder, **ENOUGH)
    one, two, three = (classifier(TEXTS, LABELS, seed=seed)(TEXTS) for seed in (3, 3, 4))
    np.testing.assert_array_equal(one, two)
    assert np.abs(one - three).max() > 1e-4
    assert classifier.random


def test_it_leaves_the_global_seed_alone(folder):
    import torch

    torch.manual_seed(5)
    wanted = torch.rand(3)
    torch.manual_seed(5)
    load(folder, **ENOUGH)(TEXTS, LABELS, seed=9)
    assert torch.equal(torch.rand(3), wanted)


def test_evaluate_repeats_it_with_other_seeds(folder):
    from dataaug.evaluation.run import Evaluating, evaluate

    train, test = real_rows("train", 3), real_rows("test", 5)
    spec = Spec("finetune", {"model": str(folder), "device": "cpu", **ENOUGH, "epochs": 60})
    task = Evaluating(spec, Spec("hashing"), repeats=2, controls=False)
    proof = evaluate(train, {"mix": train}, test, task)
    assert proof.settings["fits"] == 3  # everything, and two halves with other seeds
    assert proof.verdicts[0].judgement == "cannot tell"


def test_a_model_that_is_not_there_is_said_so(tmp_path):
    with pytest.raises(MissingError, match=r"finetune[.]model=DIR"):
        load(tmp_path)(TEXTS, LABELS)


def shapes(classes, counts, seed):
    """Return texts of the letters of their class among others."""
    rng = random.Random(seed)
    texts, labels = [], []
    for number, count in enumerate(counts):
        for _ in range(count):
            letters = [LETTERS[number]] * 6 + rng.choices(LETTERS[classes:], k=3)
            rng.shuffle(letters)
            texts.append(" ".join(letters))
            labels.append(LETTERS[number])
    return texts, labels


@pytest.mark.parametrize("skewed", [False, True])
@pytest.mark.parametrize(("classes", "each"), [
    (2, 5), (5, 20), *(pytest.param(*case, marks=pytest.mark.slow) for case in [(2, 40), (5, 5)]),
])  # fmt: skip
def test_it_learns_as_well_as_a_longer_fit_or_says_that_it_did_not(folder, classes, each, skewed):
    counts = [max(3, 2 * each // (n + 1)) if skewed else each for n in range(classes)]
    texts, labels = shapes(classes, counts, 1)
    test, wanted = shapes(classes, [25] * classes, 2)
    scores = []
    for steps in (400, 800):
        epochs = steps // -(-len(texts) // 8)
        model = load(folder, epochs=epochs, rate=3e-3, batch=8)(texts, labels, seed=1)
        found = [model.classes[n] for n in model(test).argmax(axis=1)]
        scores.append(np.mean([one == other for one, other in zip(found, wanted, strict=True)]))
    assert scores[0] > 0.8
    assert abs(scores[0] - scores[1]) <= 0.005
    with pytest.raises(TrainingError, match="nothing"):
        load(folder, epochs=1, rate=1e-3, batch=8)(texts, labels, seed=1)


@pytest.mark.parametrize("given", [{"epochs": 1, "rate": 1e-7}, {"epochs": 3, "rate": 1e-9}])
def test_a_fit_that_learnt_nothing_ends_the_run(folder, given):
    with pytest.raises(TrainingError, match=r"finetune: .* nothing .* finetune[.]rate"):
        load(folder, **given)(TEXTS, LABELS)


def test_a_loss_that_is_no_number_ends_the_run(folder, tmp_path):
    with pytest.raises(TrainingError, match=r"the loss of step \d+ of 24 is nan"):
        load(folder, epochs=6, batch=4, rate=1e6)(TEXTS, LABELS)
    broken = bert()
    broken.bert.embeddings.word_embeddings.weight.data[7] = float("nan")
    with pytest.raises(TrainingError, match="the loss of step 1 of 1 is nan"):
        load(write(tmp_path, broken), epochs=1)(["abc", "cba"], ["a", "b"])


def test_a_probability_that_is_no_number_ends_the_run(folder):
    model = load(folder, **ENOUGH)(TEXTS, LABELS)
    place = VOCABULARY.index("x")
    model._network.model.bert.embeddings.word_embeddings.weight.data[place] = float("inf")
    with pytest.raises(TrainingError, match="1 of 2 texts are not finite"):
        model(["aaa", "x"])


@pytest.mark.parametrize("kind", ["float16", "bfloat16"])
def test_a_checkpoint_of_half_precision_is_trained_in_full(tmp_path, kind):
    import torch

    half = write(tmp_path, bert().to(getattr(torch, kind)))
    model = load(half, **ENOUGH)(TEXTS, LABELS)
    assert {weights.dtype for weights in model._network.model.parameters()} == {torch.float32}
    assert model(["bb b", "aaa aaaa aa aaa"]).argmax(axis=1).tolist() == [1, 0]


@pytest.mark.parametrize("make", [bert, roberta])
def test_texts_are_cut_where_the_model_ends(tmp_path, make):
    model = load(write(tmp_path, make()), **{**ENOUGH, "length": 128})(TEXTS, LABELS)
    assert model([TEXTS[0] * 40, TEXTS[1] * 40]).argmax(axis=1).tolist() == [0, 1]


def test_texts_are_cut_where_the_tokenizer_says(tmp_path):
    short = write(tmp_path, bert(), tokenizer(model_max_length=8))
    model = load(short, **ENOUGH)(TEXTS, LABELS)
    one, other = model(["aaaaaaaa", "aaaaaaaa" + "b" * 20])
    np.testing.assert_allclose(one, other, atol=1e-6)


def test_folders_that_do_not_fit_are_said_so(tmp_path):
    unpadded = write(tmp_path / "unpadded", bert(), tokenizer(pad_token=None))
    with pytest.raises(MissingError, match="no padding token"):
        load(unpadded)(TEXTS, LABELS)
    larger = write(tmp_path / "larger", bert(), tokenizer([*VOCABULARY, "aa", "##aa"]))
    with pytest.raises(MissingError, match="tokens that the model lacks"):
        load(larger)(TEXTS, LABELS)
    weights = write(tmp_path / "cut", bert()) / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:3000])
    with pytest.raises(MissingError, match="SafetensorError"):
        load(tmp_path / "cut")(TEXTS, LABELS)


@pytest.mark.parametrize("given", [{"epochs": 0}, {"batch": 0}, {"rate": 0.0}, {"length": 1}])
def test_numbers_out_of_range_are_a_usage_error(folder, given):
    with pytest.raises(UsageError):
        load(folder, **given)


def test_it_is_loaded_only_when_used():
    code = ("import sys; from dataaug import plugins; plugins.names('classifiers'); "
            "import dataaug.evaluation.run; sys.exit('transformers' in sys.modules)")  # fmt: skip
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
