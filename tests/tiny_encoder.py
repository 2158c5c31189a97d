"""A small sentence-transformers model that a test builds: a real tokenizer, random weights."""

import string

import torch
from sentence_transformers import SentenceTransformer
from transformers import BertConfig, BertModel, BertTokenizerFast


def build(folder, seed=0, size=32):
    """Write a model of two layers that reads letters."""
    folder.mkdir(parents=True)
    letters = [*string.ascii_lowercase, *string.digits, *"?.,!'£-"]
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{x}" for x in letters)]
    (folder / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    torch.manual_seed(seed)
    shape = BertConfig(
        vocab_size=len(words), hidden_size=size, num_hidden_layers=2, num_attention_heads=4,
        intermediate_size=2 * size, max_position_embeddings=64, initializer_range=0.3,
    )  # fmt: skip
    BertModel(shape).save_pretrained(folder / "bert")
    BertTokenizerFast(str(folder / "vocab.txt"), model_max_length=64).save_pretrained(
        folder / "bert"
    )
    # of a plain transformer the library makes one with mean pooling
    SentenceTransformer(str(folder / "bert"), device="cpu").save(str(folder / "st"))
    return str(folder / "st")
