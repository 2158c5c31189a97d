"""Fine-tuning of a small transformer, as users with a GPU train; slow on a CPU."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer
from transformers.utils import logging

from dataaug.classifiers import Classifier, Model, Probabilities
from dataaug.detached import detached
from dataaug.embedders import Notify, silent
from dataaug.errors import MissingError, UsageError

DEFAULT = "distilbert/distilbert-base-uncased"


class _Tuned:
    """A fine-tuned model."""

    def __init__(
        self, finetune: "_Finetune", model: Any, tokenizer: Any, classes: list[str]
    ) -> None:
        self._finetune = finetune
        self._model = model
        self._tokenizer = tokenizer
        self.classes = classes

    def __call__(self, texts: Sequence[str], /) -> Probabilities:
        """Return the probability of each class for each text."""
        found: Probabilities = np.empty((len(texts), len(self.classes)))
        # Texts of like length together: little of a batch is padding then.
        order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
        self._model.eval()
        with torch.inference_mode():
            for rows in _batches(order, self._finetune.batch):
                inputs = self._finetune.encode(self._tokenizer, [texts[row] for row in rows])
                logits = self._model(**inputs).logits.float()
                found[rows] = torch.softmax(logits, dim=-1).cpu().numpy()
        return found


class _Finetune:
    random = True
    """Equal rows give other weights with another seed: repeats differ by it."""

    def __init__(
        self, model: str, device: str, epochs: int, rate: float, batch: int, length: int
    ) -> None:
        self.model = model
        self.device = device or ("cuda" if torch.cuda.is_available() else "cpu")
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
    ) -> Model:
        """Train on texts and their labels and return the model."""
        classes = sorted(set(labels))
        number = {label: n for n, label in enumerate(classes)}
        targets = [number[label] for label in labels]
        with torch.random.fork_rng():  # the seed rules the new layer and the dropout, here only
            torch.manual_seed(seed)
            model, tokenizer = self._load(len(classes))
            self._train(model, tokenizer, texts, targets, seed, notify)
        return _Tuned(self, model, tokenizer, classes)

    def _load(self, classes: int) -> tuple[Any, Any]:
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
                )
            except (OSError, ValueError) as error:
                raise MissingError(
                    f"the model {self.model} can't be loaded ({type(error).__name__}); name a "
                    "local folder with safetensors by -p finetune.model=DIR"
                ) from error
        return model.to(self.device), tokenizer

    def _train(
        self,
        model: Any,
        tokenizer: Any,
        texts: Sequence[str],
        targets: Sequence[int],
        seed: int,
        notify: Notify,
    ) -> None:
        """Train with AdamW; the rate falls to zero in a straight line."""
        steps = self.epochs * -(-len(texts) // self.batch)
        optimizer = torch.optim.AdamW(model.parameters(), lr=self.rate)
        rng = np.random.default_rng(seed)
        model.train()
        done = 0
        for _ in range(self.epochs):
            for rows in _batches(rng.permutation(len(texts)).tolist(), self.batch):
                for group in optimizer.param_groups:
                    group["lr"] = self.rate * (1 - done / steps)
                inputs = self.encode(tokenizer, [texts[row] for row in rows])
                wanted = torch.tensor([targets[row] for row in rows], device=self.device)
                loss = torch.nn.functional.cross_entropy(model(**inputs).logits, wanted)
                optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                optimizer.step()
                done += 1
                notify("fine-tuning", done, steps)

    def encode(self, tokenizer: Any, texts: Sequence[str]) -> dict[str, Any]:
        """Return the model's input for a batch of texts."""
        found = tokenizer(
            list(texts),
            padding=True,
            truncation=True,
            max_length=self.length,
            return_tensors="pt",
        )
        return {key: value.to(self.device) for key, value in found.items()}


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
        device: ``cpu``, ``cuda`` and so on; a GPU is taken if there is one.
        epochs: times that all rows are seen.
        rate: the learning rate at the start.
        batch: rows in a step.
        length: tokens after which a text is cut.

    Raises:
        UsageError: a number is out of range.
    """
    if epochs < 1 or rate <= 0 or batch < 1 or length < 8:
        raise UsageError("finetune: expected epochs and batch of 1 or more, a rate above 0, and a "
                         "length of 8 or more")  # fmt: skip
    return _Finetune(model, device, epochs, rate, batch, length)
