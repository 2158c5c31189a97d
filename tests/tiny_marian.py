"""Small Marian models that a test trains: real tokenizers, real weights, both directions."""

import json
from random import Random

import sentencepiece
import torch
from torch.nn.utils.rnn import pad_sequence
from transformers import MarianConfig, MarianMTModel, MarianTokenizer

WORDS = {
    "where": "onde", "is": "está", "my": "meu", "card": "cartão", "the": "o", "order": "pedido",
    "late": "atrasado", "new": "novo", "phone": "telefone", "lost": "perdido", "please": "favor",
    "help": "ajuda", "money": "dinheiro", "bank": "banco", "today": "hoje", "box": "caixa",
}  # fmt: skip
"""English to a Portuguese without grammar: word for word."""


def sentences(count, seed=0, longest=7):
    random = Random(seed)
    return [
        " ".join(random.choices(list(WORDS), k=random.randrange(2, longest))) for _ in range(count)
    ]


def translated(text):
    return " ".join(WORDS[word] for word in text.split())


def _spm(folder, name, lines, size):
    file = folder / f"{name}.txt"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    sentencepiece.SentencePieceTrainer.train(
        input=str(file), model_prefix=str(folder / name), vocab_size=size, character_coverage=1.0,
        hard_vocab_limit=False, minloglevel=2, num_threads=1,
    )  # fmt: skip
    file.unlink()
    made = sentencepiece.SentencePieceProcessor(model_file=str(folder / f"{name}.model"))
    return [made.IdToPiece(number) for number in range(made.GetPieceSize())]


def tokenizer(folder, sources, targets, size=90):
    """Train sentencepiece models and write the vocabulary as opus-mt has it: <pad> comes last."""
    folder.mkdir(parents=True)
    pieces = dict.fromkeys(["</s>", "<unk>"])
    for name, lines in (("source", sources), ("target", targets)):
        pieces |= dict.fromkeys(_spm(folder, name, lines, size))
    pieces.pop("<s>", None)
    vocabulary = {piece: number for number, piece in enumerate([*pieces, "<pad>"])}
    for name in ("source", "target"):
        (folder / f"{name}.model").rename(folder / f"{name}.spm")
        (folder / f"{name}.vocab").unlink()
    (folder / "vocab.json").write_text(json.dumps(vocabulary), encoding="utf-8")
    return MarianTokenizer(
        str(folder / "source.spm"), str(folder / "target.spm"), str(folder / "vocab.json")
    )


def config(size, **given):
    """Return the shape of an opus-mt model, but for what is given."""
    pad = size - 1
    return MarianConfig(
        vocab_size=size, decoder_vocab_size=size, pad_token_id=pad, eos_token_id=0,
        decoder_start_token_id=pad, forced_eos_token_id=None, scale_embedding=True,
        static_position_embeddings=True, activation_function="swish", dropout=0.0,
        attention_dropout=0.0, activation_dropout=0.0, **given,
    )  # fmt: skip


def _padded(rows, filler):
    return pad_sequence([torch.tensor(row) for row in rows], True, filler)


LR = 2e-3
SMALL = {"d_model": 64, "encoder_layers": 2, "decoder_layers": 2, "encoder_attention_heads": 4,
         "decoder_attention_heads": 4, "encoder_ffn_dim": 128, "decoder_ffn_dim": 128,
         "max_position_embeddings": 128}  # fmt: skip


def train(folder, pairs, steps=260):
    """Train a model on pairs of texts and save it with its tokenizer."""
    sources, targets = zip(*pairs, strict=True)
    cut = tokenizer(folder, sources, targets)
    torch.manual_seed(0)
    model = MarianMTModel(config(len(cut.encoder), **SMALL))
    pad = model.config.pad_token_id
    model.generation_config.bad_words_ids = [[pad]]
    model.generation_config.max_length = 128
    model.generation_config.num_beams = 4
    optimiser = torch.optim.AdamW(model.parameters(), lr=LR)
    random = Random(0)
    every = cut(list(sources), text_target=list(targets))  # once: it takes longer than the model
    model.train()
    for step in range(steps):
        batch = random.sample(range(len(pairs)), 32)
        given = _padded([every["input_ids"][number] for number in batch], pad)
        labels = _padded([every["labels"][number] for number in batch], -100)
        loss = model(input_ids=given, attention_mask=(given != pad).long(), labels=labels).loss
        optimiser.zero_grad()
        loss.backward()
        for group in optimiser.param_groups:
            group["lr"] = LR * min(1, (step + 1) / 30) * (1 - step / steps)
        optimiser.step()
        with torch.no_grad():  # Marian starts from a zero embedding, and opus-mt has it for <pad>
            model.model.shared.weight[pad] = 0
    model.eval()
    model.save_pretrained(folder)
    cut.save_pretrained(folder)
    return loss.item()


TINY = {**SMALL, "d_model": 16, "encoder_layers": 1, "decoder_layers": 1,
        "encoder_ffn_dim": 16, "decoder_ffn_dim": 16}  # fmt: skip


def untrained(folder, sources, targets, seed=0):
    """Write a model with random weights and a tokenizer of two languages, as the hub has it."""
    cut = tokenizer(folder, sources, targets)
    torch.manual_seed(seed)
    model = MarianMTModel(config(len(cut.encoder), **TINY))
    model.generation_config.bad_words_ids = [[model.config.pad_token_id]]
    model.generation_config.max_length = 128
    model.save_pretrained(folder)
    cut.save_pretrained(folder)


def both(home):
    """Train en-pt and pt-en below a folder; return the model option that names them."""
    lines = sentences(1500)
    pairs = [(line, translated(line)) for line in lines]
    train(home / "tiny-en-pt", pairs)
    train(home / "tiny-pt-en", [(b, a) for a, b in pairs])
    return str(home / "tiny-{source}-{target}")
