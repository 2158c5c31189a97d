"""The file of replies: how large it is, and that older files are taken over by whoever comes."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest

from dataaug.llms import Reply
from dataaug.llms.reply_store import ReplyStore

OLD = "replies (key TEXT PRIMARY KEY, reply TEXT NOT NULL, at REAL NOT NULL)"
KEYS = [f"{n * 2654435761 % 2**32:032x}" for n in range(400)]


def text(key):
    return f"{key} said a word or two " * 20


def filled(folder):
    store = ReplyStore(folder)
    for key in KEYS:
        store.put(key, Reply(text(key)))
    store.close()


def size(folder):
    return (folder / "replies.sqlite").stat().st_size


def made_old(folder):
    """Give a file the table of before there were rowids."""
    with sqlite3.connect(folder / "replies.sqlite") as db:
        db.execute("ALTER TABLE replies RENAME TO new")
        db.execute(f"CREATE TABLE {OLD} WITHOUT ROWID")
        db.execute("INSERT INTO replies SELECT * FROM new")
        db.execute("DROP TABLE new")
    db.execute("VACUUM")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()


def form(folder):
    with sqlite3.connect(folder / "replies.sqlite") as db:
        found = db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
    db.close()
    return dict(found)


def test_a_reply_takes_half_as_much_again_as_its_text_at_most(tmp_path):
    filled(tmp_path)
    texts = sum(len(text(key)) for key in KEYS)
    assert size(tmp_path) < 2 * texts  # 5 times as much where rows lie in the tree of keys


def test_an_older_file_is_taken_over_and_has_all_its_replies(tmp_path):
    filled(tmp_path)
    made_old(tmp_path)
    store = ReplyStore(tmp_path)
    assert {key: reply.text for key, reply in store.get(KEYS).items()} == {
        key: text(key) for key in KEYS
    }
    assert store.check() == (len(KEYS), 0)
    store.close()
    assert "WITHOUT ROWID" not in form(tmp_path)["replies"]
    assert "without_rowids" not in form(tmp_path)


def test_several_take_an_older_file_over_at_once_and_one_goes_on_with_it(tmp_path):
    filled(tmp_path)
    made_old(tmp_path)
    before = sqlite3.connect(tmp_path / "replies.sqlite")  # of a dataaug that knows the old table
    before.execute("SELECT count(*) FROM replies").fetchone()
    with ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(ReplyStore, [tmp_path] * 4))
    with before:
        before.execute("INSERT INTO replies VALUES ('k', '{}', 1.0)")
    before.close()
    for store in stores:
        assert len(store.get(KEYS)) == len(KEYS)
        store.close()
    assert "WITHOUT ROWID" not in form(tmp_path)["replies"]


def test_an_older_file_that_cannot_be_taken_over_now_is_used_as_it_is(tmp_path, monkeypatch):
    filled(tmp_path)
    made_old(tmp_path)
    connect = sqlite3.connect

    def full(*args, **options):
        db = connect(*args, **options)
        db.execute(f"PRAGMA max_page_count = {size(tmp_path) // 4096}")
        return db

    monkeypatch.setattr(sqlite3, "connect", full)
    store = ReplyStore(tmp_path)
    assert len(store.get(KEYS)) == len(KEYS)
    store.close()
    monkeypatch.undo()
    assert "WITHOUT ROWID" in form(tmp_path)["replies"]


@pytest.mark.parametrize("word", ["\\xcc", "x"])
def test_damaged_words_of_the_tables_need_no_person(tmp_path, word):
    """SQLite quotes them in its message, which then is no UTF-8, or finds no such column."""
    filled(tmp_path)
    path = tmp_path / "replies.sqlite"
    content = path.read_bytes()
    wrong = {"\\xcc": (b"key TEXT", b"key T\xccXT"), "x": (b"(key ", b"(kex ")}[word]
    path.write_bytes(content.replace(*wrong))
    store = ReplyStore(tmp_path)
    store.put("k", Reply("text"))
    assert store.get(["k"])["k"].text == "text"
    store.close()
