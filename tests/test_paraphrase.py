"""paraphrase: what it asks for, and which answers become variants."""

import pytest
from llm_server import Answer, Server, filtered, refusal
from rewording import reworded

from dataaug import plugins
from dataaug.augmentation.methods import Nothing, Request, Variant
from dataaug.errors import UsageError
from dataaug.llms import Caps, Connection
from dataaug.plugins import Spec
from dataaug.sessions import Session, Settings
from dataaug.text.protection import Protector
from dataaug.text.segments import unspaced

TEXT = "I don't know why my 2 cards from Barclays were declined at {shop}"
GOOD = [
    "My 2 Barclays cards were not accepted at {shop}, no idea why",
    "Why were two cards from Barclays declined at {shop}? I don't know",
    "At {shop} they would not take my 2 cards from Barclays",
    "No idea why {shop} didn't accept my 2 cards (Barclays)",
]


@pytest.fixture
def server():
    with Server(reworded) as listening:
        yield listening


def connected(server, caps):
    spec = Spec("openai", {"model": "m", "base_url": server.url})
    return Settings(Connection(spec, "off", caps))


@pytest.fixture
def ask(server):
    """Return a function that asks for variants of a text."""
    yield_caps = Caps()

    def asked(text=TEXT, count=1, caps=yield_caps, **options):
        with Session(connected(server, caps)):
            method = plugins.load("methods", Spec("paraphrase", options))
            (found,) = method([Request(text, count, 7, Protector()(text))])
        return list(found)

    return asked


@pytest.mark.parametrize(
    ("level", "said"),
    [("low", "Slightly reword this text"), ("moderate", "a different sentence structure"),
     ("high", "in a completely different way")],
)  # fmt: skip
def test_levels_ask_with_the_words_of_the_seed(server, ask, level, said):
    ask(level=level)
    assert said in server.asked[0].prompt


def test_protected_words_are_named_in_the_prompt(server, ask):
    ask()
    assert "Keep these as they are: \"don't\", '2', 'Barclays', '{shop}'." in server.asked[0].prompt


def test_one_request_gives_several_variants(server, ask):
    server.answer = lambda _: GOOD[:3]
    found = ask(count=3)
    assert [answer.text for answer in found] == GOOD[:3]
    assert len(server.asked) == 1
    assert found[0].notes["model"] == "m-2026"
    assert [answer.notes["item"] for answer in found] == [0, 1, 2]


def test_a_version_in_another_language_is_none(server, ask):
    server.answer = lambda _: [
        "La carte que vous avez envoyée la semaine dernière est arrivée et marche bien partout",
        "Die Karte von letzter Woche ist da und geht in jedem Laden gut, vielen Dank",
    ]
    text = "The card that you sent last week has arrived and works well in every shop"
    assert [outcome.reason for outcome in ask(text)] == ["wrong_language"]
    server.answer = lambda _: ["Last week's card is here and it works fine in all of the shops"]
    assert len(ask(text)) == len([v for v in ask(text) if isinstance(v, Variant)])


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("My 3 cards from Barclays were not accepted at {shop}", "number_changed"),
        ("My 2 cards from Lloyds were not accepted at {shop}", "name_lost"),
        ("My 2 cards from Barclays were declined at {shop}, I know why", "negation_changed"),
        ("My 2 cards from Barclays were not accepted at the shop", "placeholder_lost"),
        (f"As a question: {TEXT}", "unchanged"),
        (f"{TEXT} !", "unchanged"),
        ("I'm sorry, I can't help with that.", "refusal"),
    ],
)
def test_bad_variants_are_made_up_for_and_named(server, ask, bad, reason):
    server.script(_items([bad] * 3))
    server.answer = lambda _: GOOD
    (found,) = ask()
    assert isinstance(found, Variant)
    assert found.text in GOOD
    server.answer = lambda _: [bad]
    (nothing,) = ask(text=TEXT)
    assert isinstance(nothing, Nothing)
    assert nothing.reason == reason


@pytest.mark.parametrize(
    ("bad", "reason"),
    [("how long", "too_short"), (f"delivery takes {'very ' * 60}long", "too_long")],
)
def test_variants_that_tell_far_less_or_more_are_rejected(server, ask, bad, reason):
    server.answer = lambda _: [bad]
    (nothing,) = ask("how long does the delivery of my new card take please")
    assert nothing.reason == reason


def _items(texts):
    import json

    return Answer(json.dumps({"items": texts}))


def test_variants_of_later_requests_differ_from_earlier_ones(server, ask):
    server.answer = lambda asked: GOOD[:2] if asked.number == 0 else GOOD
    found = ask(count=4)
    assert sorted(answer.text for answer in found) == sorted(GOOD)


def test_taboo_forbids_words_of_the_text_and_then_those_of_earlier_variants(server, ask):
    server.answer = lambda asked: GOOD[:1] if asked.number == 0 else GOOD[1:]
    ask(count=3, diversity="taboo")
    first, second = (asked.prompt for asked in server.asked[:2])
    assert "Do not use these words: cards" in first
    assert "barclays" not in first.partition("Do not use")[2]
    assert "accepted" in second.partition("Do not use")[2]


def test_hints_give_each_version_a_way_of_its_own(server, ask):
    ask(diversity="hints")
    (ways,) = [line for line in server.asked[0].prompt.splitlines() if "in these ways" in line]
    parts = ways.partition("order: ")[2].rstrip(".").split("; ")
    assert len(set(parts)) == 3
    ask(diversity="none")
    assert "in these ways" not in server.asked[-1].prompt


def test_refused_text_is_a_reject_and_its_neighbour_is_not(server):
    server.answer = lambda asked: filtered() if "poison" in asked.prompt else reworded(asked)
    method = plugins.load("methods", Spec("paraphrase"))
    poison = "How do I put poison into the soup of my neighbour"
    with Session(connected(server, Caps())):
        found = method([Request(text, 1, 7, Protector()(text)) for text in (poison, TEXT)])
    assert found[0] == [Nothing("refused", found[0][0].detail)]
    assert isinstance(found[1][0], Variant)


def test_refusals_in_words_are_no_variants(server, ask):
    server.answer = lambda _: refusal()
    assert ask()[0].reason == "refused"


def test_cap_leaves_the_rest_with_its_reason(server, ask):
    found = ask(count=9, caps=Caps(requests=2))
    assert sum(isinstance(answer, Variant) for answer in found) == 6
    assert {answer.reason for answer in found if isinstance(answer, Nothing)} == {"over_budget"}
    assert len(server.asked) == 2


def test_without_a_model_it_says_which_option_is_missing():
    method = plugins.load("methods", Spec("paraphrase"))
    with pytest.raises(UsageError, match="--model"):
        method([Request(TEXT, 1, 7)])


@pytest.mark.parametrize("options", [{"level": "extreme"}, {"diversity": "much"}, {"items": "0"}])
def test_unknown_settings_are_refused(options):
    with pytest.raises(UsageError, match=r"paraphrase"):
        plugins.load("methods", Spec("paraphrase", options))


def test_augment_command_paraphrases_and_a_rerun_costs_nothing(server, cli, tmp_path):
    row = b'{"id": "r%d", "text": "my %d cards were declined at the shop today"}\n'
    rows = b"".join(row % (n, n) for n in range(20, 30))
    ask = ("augment", "-m", "paraphrase", "-n", 2, "--model", "m", "--base-url", server.url)
    first = cli(*ask, "--cache", tmp_path / "cache", stdin=rows)
    assert first.code == 0, first.err
    assert len(first.rows) == 30
    paid = len(server.paid)
    again = cli(*ask, "--cache", tmp_path / "cache", "--concurrency", 1, stdin=rows)
    assert (again.out, len(server.paid)) == (first.out, paid)
    assert cli(*ask, "--workers", 2, stdin=rows).code == 2


CHINESE = "我的订单还没有到请帮我查一下物流信息谢谢你们" * 8
THAI = "ฉันต้องการคืนเงินเพราะสินค้าชำรุด" * 6


@pytest.mark.parametrize("text", [CHINESE, THAI], ids=["Chinese", "Thai"])
def test_texts_without_blanks_get_tokens_by_their_length(server, ask, text):
    server.answer = lambda _: [text[::-1]]
    ask(text, items=3)
    assert server.asked[0].body["max_tokens"] >= 3 * 2 * 1.5 * unspaced(text)
    assert ask(text, max_words=20)[0].reason == "too_long"


def test_a_text_without_blanks_that_is_all_protected_is_left_alone(ask):
    found = ask("{我的订单}")
    assert [answer.reason for answer in found] == ["no_candidate"]


def test_a_longer_text_around_one_word_is_a_variant(server, ask):
    server.answer = lambda _: ["Refund", "refund.", "I would like my money, a refund"]
    assert [answer.text for answer in ask("refund")] == ["I would like my money, a refund"]


def test_the_words_of_a_text_inside_longer_words_are_no_copy(server, ask):
    server.answer = lambda _: ["My new art gallery opened", "Oh, new art, wow"]
    found = ask("new art", count=2)
    assert [getattr(answer, "reason", "") for answer in found] == ["unchanged"] * 2
    server.answer = lambda _: ["The renew artist came"]
    assert [answer.text for answer in ask("new art")] == ["The renew artist came"]
