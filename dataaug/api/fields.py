"""Which verbs take several text fields: those that compare rows and make none of their texts."""

SEVERAL = ("filter", "mix", "split")
LISTED = f"{', '.join(SEVERAL[:-1])} and {SEVERAL[-1]}"
