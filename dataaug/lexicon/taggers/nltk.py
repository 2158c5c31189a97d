"""nltk's averaged perceptron, where its data is installed."""

import nltk

from dataaug.errors import MissingError
from dataaug.lexicon.taggers import Tagger
from dataaug.text.words import words


def load() -> Tagger:
    """Build the tagger.

    Raises:
        MissingError: nltk's tagger data is not installed.
    """
    try:
        nltk.pos_tag(["word"])
    except LookupError as error:
        raise MissingError(
            "tagger nltk needs its data: python -m nltk.downloader averaged_perceptron_tagger_eng"
        ) from error

    def tag(text: str) -> dict[int, str]:
        found = words(text)
        tagged = nltk.pos_tag([word.text for word in found])
        return {word.start: tag for word, (_, tag) in zip(found, tagged, strict=True)}

    return lambda texts: [tag(text) for text in texts]
