"""Many small messy sentences for tests that need hundreds of rows."""

from random import Random

from making import made, real

OPENINGS = """i want;please;could you;why is;hello, i need;can i;my problem is that i want;hi there,
when can i;what happens if i want;is it possible;nobody told me how;we would like;tell me how;since
monday i try;so;honestly i need;sorry but i need;any chance""".replace("\n", " ").split(";")
THINGS = {
    "refund": "refund money payment cash voucher credit charge fee amount invoice receipt price",
    "delivery": "parcel package courier box delivery shipment tracking address truck van mail",
    "account": "password login account email profile username settings security code phone app",
}
VERBS = """get back;change;find;lose;return;check;understand;see;cancel;update;remove;explain;fix;
follow;receive;replace""".replace("\n", "").split(";")
ENDS = """today;as soon as you can;before friday;because my sister asked;without waiting again;like
last time;for the second time;on my old phone;in the shop near me;and nobody answers;from spain;
after two weeks;with the blue kettle;or not at all;at work""".replace("\n", " ").split(";")


def sentence(label, random):
    """Return a sentence: careful or careless, short or long."""
    words = [
        random.choice(OPENINGS),
        random.choice(VERBS),
        random.choice(("my", "the", "a", "this")),
    ]
    words += [random.choice(THINGS[label].split())]
    for _ in range(random.choice((0, 1, 1, 2))):
        words.append(random.choice(ENDS).strip())
    if random.random() < 0.3:
        words.append(f"order {random.randrange(10_000)}")
    text = " ".join(words)
    if random.random() < 0.7:
        text = text[0].upper() + text[1:]
    return text + random.choice(("", ".", "?", "!", ".", "?"))


def real_rows(count=300, seed=0, labels=tuple(THINGS)):
    """Return real rows, a label in turn."""
    random = Random(seed)
    return [
        real(sentence(label, random), label, id=f"{seed}-{number}")
        for number in range(count)
        for label in [labels[number % len(labels)]]
    ]


def synthetic_rows(
    change=lambda text, _: text, count=300, seed=1, labels=tuple(THINGS), method="a"
):
    """Return rows without parents: like real ones, but for a change to each text."""
    return [
        made(change(row.text, number), row.label, name=f"{method}-{seed}-{number}", method=method)
        for number, row in enumerate(real_rows(count, seed, labels))
    ]
