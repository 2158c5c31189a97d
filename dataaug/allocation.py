"""Share out a number of rows among labels or strata, in whole rows."""

from collections.abc import Mapping, Sequence

from dataaug.errors import UsageError


def capped(total: int, weights: Mapping[int, int], limits: Mapping[int, int]) -> dict[int, int]:
    """Share out a total by weights, no more to any than its limit; for ``mix``.

    By largest remainders; what a full label can't take goes to the others by their weights.

    Args:
        total: rows to share out.
        weights: what the shares follow, by code.
        limits: rows that each code has.

    Returns:
        rows of each code; fewer than the total in all where the limits are less.
    """
    quota = dict.fromkeys(weights, 0)
    open_ = {code for code in weights if limits[code] > 0}
    left = total
    while left and open_:
        sum_ = sum(weights[code] for code in open_)
        shares = {code: left * (weights[code] / sum_ if sum_ else 1 / len(open_)) for code in open_}
        given = 0
        for code in sorted(open_):
            step = min(int(shares[code]), limits[code] - quota[code])
            quota[code] += step
            given += step
        if not given:
            order = sorted(open_, key=lambda code: (-(shares[code] % 1), code))
            for code in order[:left]:
                quota[code] += 1
                given += 1
        left -= given
        open_ = {code for code in open_ if quota[code] < limits[code]}
    return quota


def held_out(
    total: int, sizes: Mapping[str | None, int], groups: Mapping[str | None, int]
) -> dict[str | None, int]:
    """Share out test rows among labels by largest remainders; for ``split``.

    A label that can be on both sides (two groups at least) gets one test row if the total allows
    it, and every label keeps one row in the train part.

    Args:
        total: test rows to share out.
        sizes: rows of each label.
        groups: groups of rows that stay together, of each label.
    """
    rows = sum(sizes.values())
    shares = {name: total * size / rows for name, size in sizes.items()}
    quota = {name: int(share) for name, share in shares.items()}
    order = sorted(shares, key=lambda name: (-(shares[name] % 1), str(name)))
    for name in order[: total - sum(quota.values())]:
        quota[name] += 1
    splittable = [name for name in sizes if groups[name] > 1]
    if total >= len(splittable):
        for name in splittable:
            quota[name] = max(1, quota[name])
    return {
        name: min(count, sizes[name] - 1) if groups[name] > 1 else 0
        for name, count in quota.items()
    }


def each_shown(count: int, rows: Sequence[int], names: Sequence[tuple[str, ...]]) -> list[int]:
    """Share out the rows of a sample: one for each stratum, the rest by largest remainder.

    Args:
        count: rows of the sample, as many as there are at most.
        rows: rows of each stratum.
        names: their names, which order what is equal; the numbers depend on the order of the rows.

    Raises:
        UsageError: there are more strata than rows to share out.
    """
    total = sum(rows)
    count = min(count, total)
    if count < len(rows):
        raise UsageError(
            f"-n {count} rows can't show each of {len(rows)} strata: ask for at least {len(rows)}, "
            "or stratify by less"
        )
    exact = [count * own / total for own in rows]
    shares = [min(own, max(1, int(part))) for own, part in zip(rows, exact, strict=True)]
    order = sorted(range(len(rows)), key=lambda n: (shares[n] - exact[n], names[n]))
    while sum(shares) < count:
        for number in order:
            if shares[number] < rows[number] and sum(shares) < count:
                shares[number] += 1
    while sum(shares) > count:  # the ones that were lifted to a row of their own pushed it over
        for number in reversed(order):
            if shares[number] > 1 and sum(shares) > count:
                shares[number] -= 1
    return shares
