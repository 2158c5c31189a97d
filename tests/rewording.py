"""A model that rewords any text, for a scripted server: two neighbouring words change places.

What comes out is word salad, but keeps every number, name and negation, so that what a method does
around its model can be tested on any text.
"""

import json
import re
from random import Random

_TEXT = re.compile(r"The text, as a JSON string:\n(.*)\n")


def reworded(asked):
    """Answer a request of the paraphrase method with as many items as it asks for."""
    text = json.loads(_TEXT.search(asked.prompt).group(1))
    wanted = asked.schema["properties"]["items"]["minItems"] if asked.schema else 3
    rng = Random(f"{text}{asked.seed}")
    return [_swapped(text, rng) for _ in range(wanted)]


def _swapped(text, rng):
    parts = re.split(r"(\s+)", text.strip())
    words = parts[::2]
    if len(words) < 3:
        return f"{text} {text}"
    place = rng.randrange(len(words) - 2)  # the last word keeps the punctuation at the end
    words[place], words[place + 1] = words[place + 1], words[place]
    parts[::2] = words
    return "".join(parts)
