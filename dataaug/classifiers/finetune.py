"""Fine-tuning of a small transformer, as users with a GPU train; slow on a CPU."""

import math
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError
from transformers import AutoModelForSequenceClassification, AutoTokenizer
from transformers.utils import logging

from dataaug import devices
from dataaug.classifiers import Classifier, Ended, Model, Probabilities, Weights, finite, prove
from dataaug.detached import detached
from dataaug.devices import CPU
from dataaug.errors import MissingError, TrainingError, UsageError
from dataaug.rows.labels import several
from dataaug.rows.progress import Notify, silent

DEFAULT = "distilbert/distilbert-base-uncased"
_ADVICE = "other -p finetune.rate and finetune.epochs, or another model"


class _Network:
    """A transformer with its tokenizer, on its device."""

    def __init__(self, model: Any, tokenizer: Any, length: int, device: str) -> None:
        self.model = model.to(device)
        self._tokenizer = tokenizer
        self._length = min(length, _longest(model, tokenizer))
        self.device = device

    def __call__(self, texts: Sequence[str]) -> Any:
        """Return the logits of a batch of texts, shape (texts, classes)."""
        inputs = self._tokenizer(
            list(texts),
            padding=True,
            truncation=True,
            max_length=self._length,
            return_tensors="pt",
        )
        return self.model(**{key: value.to(self.device) for key, value in inputs.items()}).logits


def _longest(model: Any, tokenizer: Any) -> int:
    """Return how many tokens a model reads: by its tokenizer, and by its table of positions."""
    found = int(min(tokenizer.model_max_length, sys.maxsize))
    for name, module in model.named_modules():
        if name.endswith("position_embeddings") and isinstance(module, torch.nn.Embedding):
            # RoBERTa and its kin count positions from behind that of the padding.
            first = 0 if module.padding_idx is None else module.padding_idx + 1
            found = min(found, module.num_embeddings - first)
    positions = getattr(model.config, "max_position_embeddings", None)
    return min(found, positions) if positions and positions > 0 else found


class _Tuned:
    """A fine-tuned model."""

    def __init__(self, network: _Network, batch: int, classes: list[str]) -> None:
        self._network = network
        self._batch = batch
        self.classes = classes

    def __call__(self, texts: Sequence[str], /) -> Probabilities:
        """Return the probability of each class for each text."""
        found: Probabilities = np.empty((len(texts), len(self.classes)))
        # Texts of like length together: little of a batch is padding then.
        order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
        self._network.model.eval()
        with torch.inference_mode(), devices.in_full():
            for rows in _batches(order, self._batch):
                logits = self._network([texts[row] for row in rows])
                # Apple's devices have no 64 bits.
                found[rows] = torch.softmax(logits.cpu().double(), dim=-1).numpy()
        return finite("finetune", found)


class _Finetune:
    random = True
    """Equal rows give other weights with another seed: repeats differ by it."""
    device = ""
    """What the last model was trained on, empty where that was the processor."""

    def __init__(
        self, model: str, device: str, epochs: int, rate: float, batch: int, length: int
    ) -> None:
        self.model = model
        self.named = device
        self.epochs = epochs
        self.rate = rate
        self.batch = batch
        self.length = length

    def __call__(
        self,
        texts: Sequence[str],
        labels: Sequence[str],
        /,
        seed: int = 0,
        notify: Notify = silent,
        weight: float = 1.0,  # noqa: ARG002 - there is no penalty to weigh rows against
        weights: Sequence[float] | None = None,
    ) -> Model:
        """Train on texts and their labels and return the model.

        A device that fails, for want of memory for example, leaves the work to the processor, from
        the start.

        Raises:
            MissingError: the model or the named device is not there.
            UsageError: rows have several labels.
        """
        if several(labels):
            raise UsageError("finetune: it learns one label a row, and rows here have a list of "
                             "labels; take --classifier embedding or tfidf")  # fmt: skip
        classes = sorted(set(labels))
        number = {label: n for n, label in enumerate(classes)}
        targets = np.array([number[label] for label in labels], dtype=np.intp)
        counts = np.ones(len(targets)) if weights is None else np.array(weights) / np.mean(weights)
        choice = devices.device_for(pin=self.named)
        if choice.device != CPU:
            self.device = choice.title
            devices.say_once(f"fine-tuning on {choice.title} ({choice.device})")
        try:
            return self._tuned(choice.device, texts, classes, (targets, counts), seed, notify)
        except RuntimeError as error:
            if choice.device == CPU:
                raise
            devices.gave_up(choice, error)
            self.named, self.device = CPU, ""
            return self._tuned(CPU, texts, classes, (targets, counts), seed, notify)

    def _tuned(
        self,
        device: str,
        texts: Sequence[str],
        classes: list[str],
        wanted: tuple[npt.NDArray[np.intp], Weights],
        seed: int,
        notify: Notify,
    ) -> _Tuned:
        """Train on a device; the arguments are those of :meth:`_train`."""
        # The seed rules the new layer and the dropout, here only.
        kind = device.partition(":")[0]
        own = [device] if kind in {"cuda", "xpu"} else []
        with torch.random.fork_rng(own, device_type=kind), devices.repeatable(device):
            torch.manual_seed(seed)
            network = self._load(len(classes), device)
            steps = self._train(network, texts, wanted, seed, notify)
            tuned = _Tuned(network, self.batch, classes)
            ended = Ended(steps, settled=False, advice=_ADVICE)
            prove("finetune", ended, tuned(texts), *wanted)
        return tuned

    def _load(self, classes: int, device: str) -> _Network:
        logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # stderr is for people
        logging.set_verbosity_error()  # type: ignore[no-untyped-call]  # a new layer is no news
        local = Path(self.model).is_dir()
        with detached():
            try:
                tokenizer = AutoTokenizer.from_pretrained(
                    self.model, trust_remote_code=False, local_files_only=local
                )
                model = AutoModelForSequenceClassification.from_pretrained(
                    self.model,
                    num_labels=classes,
                    ignore_mismatched_sizes=True,
                    trust_remote_code=False,
                    use_safetensors=True,
                    local_files_only=local,
                    # Half precision, as many checkpoints have it, bears no gradients: steps vanish
                    # or overflow.
                    dtype=torch.float32,
                )
            except (OSError, ValueError, ImportError, SafetensorError) as error:
                raise MissingError(
                    f"the model {self.model} can't be loaded ({type(error).__name__}); name a "
                    "local folder with safetensors by -p finetune.model=DIR"
                ) from error
        if tokenizer.pad_token_id is None:
            raise MissingError(f"the tokenizer of {self.model} has no padding token, which a batch "
                               "needs; name another folder by -p finetune.model=DIR")  # fmt: skip
        if len(tokenizer) > getattr(model.config, "vocab_size", len(tokenizer)):
            raise MissingError(f"the tokenizer of {self.model} has tokens that the model lacks; "
                               "name another folder by -p finetune.model=DIR")  # fmt: skip
        model.config.pad_token_id = tokenizer.pad_token_id  # decoders read the last token before it
        return _Network(model, tokenizer, self.length, device)

    def _train(
        self,
        network: _Network,
        texts: Sequence[str],
        wanted: tuple[npt.NDArray[np.intp], Weights],
        seed: int,
        notify: Notify,
    ) -> int:
        """Train with AdamW and return the steps; the rate falls to zero in a straight line.

        Args:
            network: what is trained.
            texts: the texts.
            wanted: the classes of the texts, and how much each text counts; mean 1.
            seed: of the order of the texts.
            notify: shows the progress.
        """
        targets = torch.tensor(wanted[0], device=network.device)
        weights = torch.tensor(wanted[1], dtype=torch.float32, device=network.device)
        steps = self.epochs * -(-len(texts) // self.batch)
        optimizer = torch.optim.AdamW(network.model.parameters(), lr=self.rate)
        rng = np.random.default_rng(seed)
        network.model.train()
        done = 0
        for _ in range(self.epochs):
            for rows in _batches(rng.permutation(len(texts)).tolist(), self.batch):
                for group in optimizer.param_groups:
                    group["lr"] = self.rate * (1 - done / steps)
                logits = network([texts[row] for row in rows])
                each = torch.nn.functional.cross_entropy(logits, targets[rows], reduction="none")
                loss = (each * weights[rows]).mean()
                if not torch.isfinite(loss):
                    raise TrainingError(f"finetune: the loss of step {done + 1} of {steps} is "
                                        f"{loss.item()}; try {_ADVICE}")  # fmt: skip
                optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                torch.nn.utils.clip_grad_norm_(network.model.parameters(), 1.0)
                optimizer.step()
                done += 1
                notify("fine-tuning", done, steps)
        return steps


def _batches(rows: Sequence[int], size: int) -> Iterator[list[int]]:
    for start in range(0, len(rows), size):
        yield list(rows[start : start + size])


def load(
    *,
    model: str = DEFAULT,
    device: str = "",
    epochs: int = 5,
    rate: float = 5e-5,
    batch: int = 16,
    length: int = 128,
) -> Classifier:
    """Build the classifier.

    An epoch over a larger train set has more steps. The control with repeated real rows of
    ``evaluate`` has as many, and tells what these alone bring.

    Args:
        model: a local folder, or the model's name; safetensors only, no code of its own is run.
        device: ``cpu``, ``cuda`` and so on; if empty that of ``DATAAUG_DEVICE``, else a GPU if
            there is one. Equal seeds give equal models on one kind of device only.
        epochs: times that all rows are seen.
        rate: the learning rate at the start.
        batch: rows in a step.
        length: tokens after which a text is cut; no more than the model reads.

    Raises:
        UsageError: a number is out of range.
    """
    if epochs < 1 or not 0 < rate < math.inf or batch < 1 or length < 8:
        raise UsageError("finetune: expected epochs and batch of 1 or more, a rate above 0, and a "
                         "length of 8 or more")  # fmt: skip
    return _Finetune(model, device, epochs, rate, batch, length)
