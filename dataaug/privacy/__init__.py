"""Take personal data out of texts, put stand-ins in, and see that nothing has come through.

This is masking and checking. It is not differential privacy, and gives no guarantee against someone
who knows a person's story: see docs/privacy.md.
"""
