"""TextBlob's pattern tagger: small and fast, no model to download."""

from textblob.en.taggers import PatternTagger

from dataaug.lexicon.taggers import Tagger, locate


def load() -> Tagger:
    """Build the tagger."""
    tagger = PatternTagger()
    return lambda texts: [locate(text, tagger.tag(text, tokenize=True)) for text in texts]
