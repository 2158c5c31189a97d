"""Write the rows to a file, for people who review in another tool; --verdicts reads it back."""

from dataaug import plugins
from dataaug.errors import UsageError
from dataaug.plugins import Spec
from dataaug.review.formats import AnnotationFormat
from dataaug.review.reviewers import Reviewer
from dataaug.review.session import ReviewSession
from dataaug.rows.atomic import AtomicFile
from dataaug.rows.files import STDIO


def load(*, path: str = "", exchange: str = "jsonl") -> Reviewer:
    """Build the reviewer.

    Args:
        path: the file to write.
        exchange: its format: jsonl, csv, label-studio, argilla, prodigy or doccano.

    Raises:
        UsageError: no file is named, or the format is unknown.
    """
    if path in {"", STDIO}:
        raise UsageError("--review file needs the name of the file to write: --sample FILE")
    return FileReviewer(path, plugins.load("exchanges", Spec(exchange)))


class FileReviewer:
    """Writes the rows that have no verdict of this reviewer yet.

    Attributes:
        path: the file.
    """

    def __init__(self, path: str, form: AnnotationFormat) -> None:
        self.path = path
        self._form = form

    def content(self, session: ReviewSession) -> bytes:
        """Return what the file is to hold."""
        open_items = [item for item in session.items if session.verdict(item) is None]
        return self._form.dumps(open_items, session.about)

    def review(self, session: ReviewSession) -> None:
        """Write the file."""
        file = AtomicFile(self.path)
        try:
            file.write(self.content(session))
            file.commit()
        finally:
            file.discard()
