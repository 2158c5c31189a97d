"""Models of a few thousand weights, made here, for trainers that want one."""

from pathlib import Path
from typing import Any

WORDS = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "[MASK]",
    *"abcdefghijklmnopqrstuvwxyz0123456789<>|_\n",
]


def bert(folder: Path) -> Path:
    """Save a BERT that reads letters, and return where."""
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join([*WORDS[:-1], *(f"##{w}" for w in WORDS[5:-1])]))
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    BertModel(BertConfig(vocab_size=99, intermediate_size=16, **sizes)).save_pretrained(folder)
    return folder


def gpt() -> tuple[Any, Any]:
    """Return a GPT-2 that reads letters, and its tokenizer with a chat template."""
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers
    from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

    words = Tokenizer(models.WordLevel({w: n for n, w in enumerate(WORDS)}, unk_token="[UNK]"))
    words.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=words, unk_token="[UNK]", pad_token="[PAD]", eos_token="[SEP]"
    )
    tokenizer.chat_template = (
        "{% for m in messages %}{{ m['role'] }} {{ m['content'] }}\n{% endfor %}"
    )
    sizes = {"n_embd": 16, "n_layer": 1, "n_head": 2, "n_positions": 1024}
    return GPT2LMHeadModel(GPT2Config(vocab_size=len(WORDS), **sizes)), tokenizer
