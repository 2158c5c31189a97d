"""What each tool makes of our files, and we of theirs; run by the Python of their environment.

    python loading.py FOLDER

FOLDER holds nested.jsonl, flat.jsonl, flat.csv, nested.parquet, flat.parquet and README.md, all of
the same rows, the synthetic ones last. For each tool and file a line of JSON says how many rows are
real by its reading, or which error there was; what a tool writes goes to FOLDER/out.
"""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(sys.argv[1])
OUT = HERE / "out"
RESULTS, sys.stdout = sys.stdout, sys.stderr  # trainers print
os.environ |= {
    "HF_HOME": str(HERE / "hf"),
    "HF_HUB_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "false",
}


def told(tool: str, given: str, do: Callable[[], Any]) -> None:
    """Print what a tool finds in a file."""
    try:
        found = do()
    except Exception as error:  # noqa: BLE001 - which one is what is asked
        found = f"{type(error).__name__}"
        sys.stderr.write(f"{tool} {given}: {error}\n")
    RESULTS.write(json.dumps([tool, given, found]) + "\n")


def real(values: Any, flat: bool) -> int:
    """Count rows that are real, by the column of their provenance."""
    return sum(value == "real" if flat else value is None or value != value for value in values)


def try_datasets() -> None:
    """Hugging Face datasets: by the card, without it, in a stream, two files together."""
    import datasets

    datasets.disable_progress_bars()
    datasets.logging.set_verbosity(datasets.logging.CRITICAL)

    def load(name: str, flat: bool, **how: Any) -> int:
        data = datasets.load_dataset(
            "parquet" if name.endswith("parquet") else "json", split="train",
            data_files=[str(HERE / part) for part in name.split("+")], **how,
        )  # fmt: skip
        column = "aug_origin" if flat else "_aug"
        return real((row[column] for row in data.select_columns([column])), flat)

    for name in (
        "nested.jsonl",
        "flat.jsonl",
        "nested.parquet",
        "flat.parquet",
        "real.jsonl+nested.jsonl",
    ):
        for streaming in (False, True):
            how = f"{name}{' streaming' * streaming}"
            told("datasets", how, lambda n=name, s=streaming: load(n, "flat" in n, streaming=s))

    def by_card(streaming: bool) -> int:
        data = datasets.load_dataset(str(HERE / "carded"), split="train", streaming=streaming)
        data.to_parquet(str(OUT / "datasets.parquet")) if not streaming else None
        return real((row["_aug"] for row in data), flat=False)

    told("datasets", "nested.jsonl with the card", lambda: by_card(False))
    told("datasets", "nested.jsonl with the card streaming", lambda: by_card(True))
    data = datasets.load_dataset(str(HERE / "carded"), split="train")
    data.to_json(str(OUT / "datasets.jsonl"))
    data.save_to_disk(str(OUT / "datasets"))


def try_tables() -> None:
    """pyarrow, polars, pandas and duckdb."""
    import duckdb
    import pandas as pd
    import polars as pl
    import pyarrow.json
    import pyarrow.parquet as pq

    def polars_json(name: str, flat: bool, **how: Any) -> int:
        frame = pl.read_ndjson(HERE / name, **how)
        column = "aug_origin" if flat else "_aug"
        if column not in frame.columns:
            return len(frame)
        return real(frame[column].to_list(), flat)

    def duck(flat: bool, reader: str) -> int:
        asked = "aug_origin = 'real'" if flat else "_aug IS NULL"
        found = duckdb.sql(f"SELECT count(*) FROM {reader} WHERE {asked}")
        return found.fetchall()[0][0]

    for name in ("nested.jsonl", "flat.jsonl"):
        flat, column = "flat" in name, "aug_origin" if "flat" in name else "_aug"
        told("pyarrow", name, lambda n=name, f=flat, c=column: real(
            pyarrow.json.read_json(HERE / n)[c].to_pylist(), f))  # fmt: skip
        told("polars", name, lambda n=name, f=flat: polars_json(n, f))
        told("polars", f"{name} infer_schema_length=None",
             lambda n=name, f=flat: polars_json(n, f, infer_schema_length=None))  # fmt: skip
        told("pandas", name, lambda n=name, f=flat, c=column: real(
            pd.read_json(HERE / n, lines=True)[c], f))  # fmt: skip
        told("duckdb", name, lambda n=name, f=flat: duck(f, f"read_json('{HERE / n}')"))
        told("duckdb", f"{name} sample_size=-1", lambda n=name, f=flat: duck(
            f, f"read_json('{HERE / n}', sample_size=-1)"))  # fmt: skip
    for name in ("nested.parquet", "flat.parquet"):
        flat, column = "flat" in name, "aug_origin" if "flat" in name else "_aug"
        told("pyarrow", name, lambda n=name, f=flat, c=column: real(
            pq.read_table(HERE / n)[c].to_pylist(), f))  # fmt: skip
        told("polars", name, lambda n=name, f=flat, c=column: real(
            pl.read_parquet(HERE / n)[c].to_list(), f))  # fmt: skip
        told("pandas", name, lambda n=name, f=flat, c=column: real(
            pd.read_parquet(HERE / n)[c], f))  # fmt: skip
        told("duckdb", name, lambda n=name, f=flat: duck(f, f"'{HERE / n}'"))
    sheet = HERE / "flat.csv"
    told("pandas", "flat.csv", lambda: real(pd.read_csv(sheet)["aug_origin"], flat=True))
    told("polars", "flat.csv", lambda: real(pl.read_csv(sheet)["aug_origin"], flat=True))
    told("polars", "flat.csv infer_schema_length=None", lambda: real(
        pl.read_csv(sheet, infer_schema_length=None)["aug_origin"], flat=True))  # fmt: skip
    told("duckdb", "flat.csv", lambda: duck(True, f"'{sheet}'"))
    frame = pd.read_json(HERE / "nested.jsonl", lines=True, dtype=False)
    frame.to_json(OUT / "pandas.jsonl", orient="records", lines=True, force_ascii=False)
    pd.read_parquet(HERE / "flat.parquet").to_parquet(OUT / "pandas.parquet")
    pd.read_parquet(HERE / "flat.parquet").to_csv(OUT / "pandas.csv", index=False)
    whole = pl.read_ndjson(HERE / "nested.jsonl", infer_schema_length=None)
    whole.write_ndjson(OUT / "polars.jsonl")
    pl.read_parquet(HERE / "flat.parquet").write_parquet(OUT / "polars.parquet")
    duckdb.sql(f"COPY (SELECT * FROM read_json('{HERE / 'nested.jsonl'}', sample_size=-1)) TO "
               f"'{OUT / 'duckdb.jsonl'}' (FORMAT json)")  # fmt: skip
    duckdb.sql(f"COPY (SELECT * FROM '{HERE / 'flat.parquet'}') TO '{OUT / 'duckdb.parquet'}'")


def try_spacy() -> None:
    """spaCy: a DocBin of the rows with their spans, and back."""
    import spacy
    from spacy.tokens import DocBin

    blank = spacy.blank("en")

    def docs() -> int:
        kept = DocBin()
        for line in (HERE / "spans.jsonl").read_text().splitlines():
            row = json.loads(line)
            doc = blank.make_doc(row["text"])
            spans = [doc.char_span(s["start"], s["end"], s["label"]) for s in row["spans"]]
            doc.ents = [span for span in spans if span is not None]
            kept.add(doc)
        kept.to_disk(OUT / "spans.spacy")
        found = list(DocBin().from_disk(OUT / "spans.spacy").get_docs(blank.vocab))
        with (OUT / "spacy.jsonl").open("w") as file:
            for doc in found:
                ents = [[e.start_char, e.end_char, e.label_] for e in doc.ents]
                file.write(json.dumps({"text": doc.text, "entities": ents}) + "\n")
        return sum(len(doc.ents) for doc in found)

    told("spacy", "spans.jsonl", docs)


def try_trainers() -> None:
    """SetFit and TRL: a step of a tiny model each, which is made here."""
    import datasets

    datasets.disable_progress_bars()

    def setfit() -> int:
        from sentence_transformers import SentenceTransformer, models
        from setfit import SetFitModel, Trainer, TrainingArguments
        from tiny import bert

        home = str(bert(OUT / "bert"))
        body = SentenceTransformer(modules=[word := models.Transformer(home, max_seq_length=32),
                                            models.Pooling(word.get_word_embedding_dimension())],
                                   device="cpu")  # fmt: skip
        from sklearn.linear_model import LogisticRegression

        data = datasets.load_dataset(str(HERE / "carded"), split="train").select(range(8))
        asked = TrainingArguments(str(OUT / "setfit"), batch_size=4, num_epochs=1, max_steps=1,
                                  report_to="none", save_strategy="no")  # fmt: skip
        model = SetFitModel(body, LogisticRegression(), labels=["a", "b"])
        trainer = Trainer(model, asked, train_dataset=data.select_columns(["text", "label"]))
        trainer.train()
        return len(model.predict(["a text"]))

    def sft() -> int:
        from tiny import gpt
        from trl import SFTConfig, SFTTrainer

        data = datasets.load_dataset("json", data_files=str(HERE / "trl.jsonl"), split="train")
        model, tokenizer = gpt()
        asked = SFTConfig(
            str(OUT / "sft"), max_steps=1, per_device_train_batch_size=2, use_cpu=True, bf16=False,
            report_to="none", save_strategy="no",
        )  # fmt: skip
        trainer = SFTTrainer(model, asked, train_dataset=data, processing_class=tokenizer)
        trainer.train()
        return trainer.state.global_step

    told("setfit", "nested.jsonl with the card", setfit)
    told("trl", "trl.jsonl", sft)


if __name__ == "__main__":
    OUT.mkdir(exist_ok=True)
    for part in sys.argv[2:]:
        globals()[f"try_{part}"]()
