"""Seeds that follow from names, so that results depend on no order, batch or worker."""

from collections.abc import Callable
from hashlib import blake2b

# JSON readers in JavaScript keep integers exactly up to 2**53, and seeds are written into rows.
_BITS = 53


def _join(names: tuple[str, ...]) -> bytes:
    # A length in front of every name keeps ("ab", "c") apart from ("a", "bc").
    joined = ""
    for name in names:
        joined = f"{joined}{len(name)}:{name}"
    return joined.encode("utf-8", "surrogatepass")


def derive(seed: int, *names: str) -> int:
    """Return a seed in [0, 2**53) that depends on ``seed`` and ``names`` alone.

    The same arguments give the same number in every process and on every machine.
    """
    digest = blake2b(_join((str(seed), *names)), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> (64 - _BITS)


def derive_each(seed: int, *names: str) -> Callable[[str], int]:
    """Return a function that gives ``derive(seed, *names, last)`` for many last names, faster."""
    begun = _join((str(seed), *names)).decode("utf-8", "surrogatepass")

    def one(last: str) -> int:
        whole = f"{begun}{len(last)}:{last}".encode("utf-8", "surrogatepass")
        return int.from_bytes(blake2b(whole, digest_size=8).digest(), "big") >> (64 - _BITS)

    return one


def fingerprint(*names: str) -> str:
    """Return a 16-character hexadecimal name for ``names`` (64 bits of BLAKE2b)."""
    return blake2b(_join(names), digest_size=8).hexdigest()


def fingerprint_bytes(line: bytes) -> str:
    """Return a 16-character hexadecimal name for the bytes of a row."""
    return blake2b(line, digest_size=8).hexdigest()
