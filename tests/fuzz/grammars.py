"""Grammars of what comes from outside: rows, replies, answers of servers, prompts, ledgers, files.

Each is a strategy of hypothesis whose values are plain Python literals, so that a value that found
a fault can be kept in ``corpus/`` as one line.
"""

import json

from hypothesis import strategies as st

WORDS = (
    "My parcel broke",
    "It's late",
    "nobody rang",
    "I won't pay",
    "the card's gone",
    "ok then",
    "wo ist mein Geld",
    "пришлите деньги",
    "コードをください",
    "x",
)
words = st.sampled_from(WORDS)
odd = st.text(st.characters(codec="utf-8"), max_size=8)
numbers = st.sampled_from(
    [
        "0",
        "-0",
        "1.0",
        "1",
        "1e5",
        "1E400",
        "-1e-400",
        "9223372036854775807",
        "18446744073709551616",
        "1" + "0" * 400,
        "0.1000000000000000055",
        "2.50",
    ]
)
depths = st.sampled_from([1, 2, 17, 100, 250, 253, 254, 255, 300, 500, 900, 990, 1020, 1024, 1500])


def _deep(parts):
    opening, closing, inner, depth = parts
    return opening * depth + inner + closing * depth


def quoted(text, *, ascii_only=False):
    return json.dumps(text, ensure_ascii=ascii_only)


strings = st.one_of(
    st.builds(quoted, st.one_of(words, odd), ascii_only=st.booleans()),
    st.sampled_from(['"\\u0000"', '"a\\/b"']),
)
unsound = st.sampled_from(
    ['"\\ud800"', '"\\x"', '"', "01", "NaN", "-", "", "\u00a01", "[1,]", '"\ud7ff\x00"']
)
scalars = st.one_of(strings, numbers, st.sampled_from(["true", "false", "null"]))
deep = st.tuples(st.just("["), st.just("]"), scalars, depths).map(_deep) | st.tuples(
    st.just('{"a":'), st.just("}"), scalars, depths
).map(_deep)
blanks = st.sampled_from(["", "", "", " ", "\t"])


def _object(pairs, blank):
    return "{" + ("," + blank).join(f"{key}{blank}:{value}" for key, value in pairs) + "}"


def _objects(keys, values):
    return st.builds(_object, st.lists(st.tuples(keys, values), max_size=5), blanks)


values = st.recursive(
    scalars | deep,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda each: "[" + ",".join(each) + "]"),
        _objects(strings, inner),
    ),
    max_leaves=6,
)
names = st.sampled_from(
    ['"text"', '"label"', '"id"', '"_aug"', '"spans"', '"meta"', '"\\u0074ext"']
)
provenance = st.sampled_from(
    [
        '{"id":"m","origin":"synthetic"}',
        '{"id":"m","origin":"synthetic","parent":"p","root":"p"}',
        '{"id":5,"origin":"synthetic"}',
        '{"id":"m"}',
        '{"id":"m","origin":"synthetic","method":7}',
    ]
)


def _row(text, more, aug):
    pairs = [('"text"', text), *more, *([('"_aug"', aug)] if aug else [])]
    return _object(pairs, "").encode("utf-8", "surrogatepass").replace(b"\n", b"")


def _cut(line, at, byte):
    if at is None or not line:
        return line
    place = at % len(line)
    return line[:place] if byte is None else line[:place] + bytes([byte]) + line[place + 1 :]


_usual = st.integers(0, 9)


def _mostly(usual, other):
    """Return nine values of one kind to each of another."""
    return _usual.flatmap(lambda number: usual if number else other)


lines = st.builds(
    _cut,
    st.builds(
        _row,
        _mostly(strings, st.one_of(values, unsound)),
        st.lists(st.tuples(names, _mostly(st.one_of(values, deep), unsound)), max_size=3),
        _mostly(st.none(), provenance),
    ),
    st.sampled_from([*[None] * 12, 0, 1, 7, 30]),
    st.none() | st.sampled_from([0, 9, 34, 92, 123, 125, 255]),
)
rows = st.lists(lines, min_size=1, max_size=4)


def _flat(pairs, inside):
    inner = _object(inside, "")
    return _object(
        [('"text"', '"a"'), *pairs, *([('"meta"', inner)] if inside else [])], ""
    ).encode()


_few = st.lists(
    st.tuples(
        st.sampled_from(['"a"', '"b"', '"c"', '"\\u0061"']), st.sampled_from(["1", '"\\":"'])
    ),
    max_size=4,
)
keys = st.builds(_flat, _few, _few)
"""Rows of a few keys, of which some stand twice in one object."""

# ---- replies of a language model

tokens = st.one_of(
    words,
    st.sampled_from(
        [
            "[",
            "]",
            "{",
            "}",
            '"',
            "'",
            ":",
            ",",
            "\n",
            "1. ",
            "2) ",
            "- ",
            "* ",
            "```json\n",
            "```",
            "<think>",
            "</think>",
            "\\",
            '{"items": [',
            '"text": ',
            "{'a': ",
            "Sure!",
            "I'm sorry, ",
            "null",
            "“",
            "”",
            "\u0000",
            "\ud7ff",
            '"type": "object"',
        ]
    ),
    strings,
    unsound,
    deep,
)
noise = st.tuples(
    _mostly(st.lists(tokens, max_size=12).map("".join), deep),
    st.sampled_from(["stop", "length", ""]),
)
"""Text of a reply, and how the model ended."""

texts = st.lists(
    st.sampled_from(
        [
            "My parcel broke in the rain",
            "It's the card that broke",
            "Nobody rang me",
            "I won't pay, I waited all day",
        ]
    ),
    min_size=2,
    max_size=4,
    unique=True,
)
SCHEMA = {"type": "object", "properties": {"items": {"type": "array", "items": {"type": "string"}}}}
FORMS = {
    "asked for": lambda own: quoted({"items": own}),
    "fenced": lambda own: f"Here:\n```json\n{quoted(own)}\n```\nBye.",
    "a list in a string": lambda own: quoted({"items": quoted(own)}),
    "all in a string": lambda own: quoted(quoted({"items": own})),
    "a label beside": lambda own: quoted({"messages": own, "category": "refund"}),
    "schema first": lambda own: quoted(SCHEMA) + "\n" + quoted({"items": own}),
    "two lists": lambda own: quoted(own[:1]) + "\n" + quoted(own[1:]),
    "numbered": lambda own: "\n".join(f"{n}. {text}" for n, text in enumerate(own, 1)),
    "lines of an entry": lambda own: "\n".join(
        f"{n}. {text.replace(' ', chr(10) + '   ', 1)}" for n, text in enumerate(own, 1)
    ),
    "Python": lambda own: "[" + ", ".join(f"'{text}'" for text in own) + "]",
    "Python's objects": lambda own: "\n".join(f"{{'text': {text!r}}}" for text in own),
    "objects": lambda own: quoted([{"text": text, "label": "refund"} for text in own]),
}
forms = st.tuples(st.sampled_from(sorted(FORMS)), texts)
"""The form of a reply and the texts that it holds: these are read, or none."""
nothing = st.sampled_from(
    [
        quoted(SCHEMA),
        quoted({"type": "array", "items": {"type": "string"}}),
        quoted({"name": "reply", "schema": SCHEMA, "strict": True}),
    ]
)
"""Replies that hold the schema and no rows."""

# ---- answers over HTTP

messages = st.one_of(
    st.builds(lambda t: f'{{"content":{t}}}', strings),
    st.builds(
        lambda t: f'{{"content":[{{"type":"text","text":{t}}},{{"type":"image"}}]}}', strings
    ),
    st.builds(lambda t: f'{{"content":null,"reasoning_content":{t}}}', strings),
    st.builds(
        lambda t: f'{{"content":null,"tool_calls":[{{"function":{{"arguments":{t}}}}}]}}', values
    ),
    values,
)
completions = st.builds(
    lambda message, more: f'{{"choices":[{{"message":{message}}}],{more}}}',
    messages,
    st.sampled_from(
        [
            '"usage":null',
            '"usage":{"prompt_tokens":-1}',
            '"usage":{"prompt_tokens":1e99}',
            '"model":3',
            '"error":{"code":429}',
            '"model":"\\ud800"',
        ]
    ),
)
bodies = _mostly(completions, values | st.sampled_from(["", "<html>", "\ufeff{}", "[]"])).map(
    lambda text: text.encode("utf-8", "surrogatepass")
)
waits = st.sampled_from(
    [
        "",
        "0",
        "1",
        "nan",
        "-5",
        "soon",
        "Fri, 31 Dec 99999 23:59:59 GMT",
        "Mon, 01 Jan 0001 00:00:00 +2359",
        "Wed, 21 Oct 2015 07:28:00 GMT",
    ]
)
answers = st.tuples(
    st.sampled_from([200, 200, 200, 400, 403, 404, 422, 429, 500, 503, 307]), bodies, waits, waits
)
"""Status, body, Retry-After and retry-after-ms."""
_heads = st.sampled_from(
    [
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n",
        b"HTTP/1.1 200\r\n",
        b"HTTP/9 ok\r\n",
        b"HTTP/1.1 500 No\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"",
        b"\x00\xff\xfe",
        b"HTTP/1.1 200 OK\r\nX: ",
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n",
    ]
)
wire = st.lists(st.tuples(_heads, bodies).map(b"\r\n".join), min_size=1, max_size=2)
"""All that a server sends in answer to the first requests, byte for byte."""
troubles = st.tuples(
    st.integers(1, 4), st.lists(st.sampled_from([429, 500, 503, 200, 0]), min_size=2, max_size=9)
)
"""A cap on requests, and what the server says to one after another; 0 hangs up."""

# ---- files of people

prompt = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "{{ text }}",
                "{{ n }}",
                "{{ nope }}",
                "{{",
                "}}",
                "{% if n %}",
                "{% endif %}",
                "{% for r in rows %}",
                "{% endfor %}",
                "\n---\n",
                "{{ n / 0 }}",
                "{{ rows[9] }}",
                "{{ text.nope() }}",
                "{{ n + text }}",
                "{{ 10 ** 5 }}",
                "{# #}",
                "{% raw %}",
                "{{ rows | join }}",
                "{{ text | int + rows }}",
                "{% include 'x' %}",
                "{{ text.__class__.__mro__ }}",
                "{% extends n %}",
                "{{ '%d' % text }}",
            ]
        ),
        odd,
        st.integers(90, 400).map(lambda n: "{{ " + "(" * n + "n" + ")" * n + " }}"),
    ),
    max_size=5,
).map("".join)
said = st.sampled_from(['"ok"', '"bad"', '"skip"', '"no"', '""', "3", "null", '"Accept "'])
_marks = st.one_of(strings, deep, numbers, st.just("null"))
entries = st.builds(
    lambda key, verdict, more: _object([('"key"', key), ('"verdict"', verdict), *more], ""),
    st.one_of(strings, values),
    said,
    st.lists(
        st.tuples(
            st.sampled_from(['"id"', '"label"', '"reason"', '"note"', '"time"', '"reviewer"']),
            _marks,
        ),
        max_size=3,
    ),
)
headers = st.sampled_from(
    [
        '{"spotcheck":1,"data":"d","rows":1,"seed":0,"asked":1}',
        '{"spotcheck":2}',
        '{"spotcheck":null}',
        '{"spotcheck":1,"data":"d","rows":1e3,"seed":0,"asked":1}',
        '{"spotcheck":1}',
        '{"spotcheck":1,"data":"d","rows":1,"seed":0,"asked":1,"stratify":[[1]]}',
    ]
)
ledger = st.lists(
    st.one_of(entries, headers, values, st.builds(lambda k: f'{{"undo":{k}}}', values)), max_size=4
).flatmap(
    lambda each: st.sampled_from(["\n", "\n\n", "\r\n"]).map(
        lambda end: (end.join(each) + end).encode("utf-8", "surrogatepass")
    )
)
_annotated = st.one_of(
    st.builds(
        lambda k, v: (
            f'{{"data":{{"key":{k}}},"annotations":[{{"result":[{{"from_name":"verdict",'
            f'"value":{{"choices":{v}}}}}]}}]}}'
        ),
        _marks,
        st.one_of(values, st.just('["ok"]')),
    ),
    st.builds(
        lambda k, v: (
            f'{{"id":{k},"fields":{{}},"metadata":{{}},"responses":{{"verdict":[{{"value":'
            f'{v},"user_id":{k}}}]}}}}'
        ),
        _marks,
        said,
    ),
    st.builds(lambda k, v: f'{{"meta":{{"key":{k}}},"answer":{v},"note":{k}}}', _marks, said),
    st.builds(
        lambda k, v, m: f'{{"text":"a","key":{k},"verdict":{v},"right_label":{m},"reviewer":{m}}}',
        _marks,
        said,
        _marks,
    ),
    values,
)
_cells = st.one_of(
    strings, said, st.sampled_from(['"a\nb"', "\r", "\x00", "=1", "'", "x" * 140_000, ""])
)
_table = st.lists(st.lists(_cells, max_size=4).map(",".join), max_size=3).map("\n".join)
export = st.one_of(
    st.lists(_annotated, max_size=3).map(lambda each: "[" + ",".join(each) + "]"),
    st.lists(_annotated, max_size=3).map("\n".join),
    st.builds(
        "\n".join,
        st.tuples(
            st.sampled_from(
                [
                    "key,verdict",
                    "key;verdict;note",
                    "verdict",
                    "key\rverdict",
                    "key,verdict,key",
                    '"key,verdict',
                    "k" * 140_000,
                ]
            ),
            _table,
        ),
    ),
).map(lambda text: text.encode("utf-8", "surrogatepass"))

# ---- damage

flips = st.tuples(st.integers(0, 1 << 40), st.integers(1, 60))
"""Bits of a file that are flipped: a seed, and how many."""
changes = st.tuples(st.integers(0, 9), st.sampled_from(["change", "remove", "add", "cut"]))
sizes = st.tuples(st.lists(st.integers(1, 5000), min_size=1, max_size=8), st.integers(2000, 9000))
claims = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.sampled_from(["claim", "claim", "put", "leave"]),
        st.lists(st.integers(0, 3), min_size=1, max_size=3),
    ),
    min_size=2,
    max_size=8,
)
filenames = st.builds(
    lambda letter, count, end: (letter * count)[: (255 - len(end)) // len(letter.encode())] + end,
    st.sampled_from(["a", "é", "字", "😀", " "]),
    st.sampled_from([1, 9, 200, 240, 250, 255]),
    st.sampled_from(["", ".jsonl", ".gz", ".zst"]),
)
failing = st.tuples(st.sampled_from([28, 5, 122]), st.integers(0, 2))
"""An error of the system (no space, input or output, quota) and the call that it comes at."""
