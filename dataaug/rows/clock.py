"""The time that stands in what a run writes, so that a build can be repeated byte for byte."""

import os
import time


def moment() -> float:
    """Return the seconds since 1970-01-01 UTC; those of ``SOURCE_DATE_EPOCH`` where it is set.

    Source: reproducible-builds.org, "SOURCE_DATE_EPOCH specification" 1.1. What is no whole number
    counts as not set: a wrong date in a page is worth no refusal.
    """
    said = os.environ.get("SOURCE_DATE_EPOCH", "")
    return float(said) if said.isdecimal() else time.time()
