"""Share out a number of rows among labels, strata or makers, in whole rows."""

from collections.abc import Hashable, Mapping
from typing import Any, TypeVar

K = TypeVar("K", bound=Hashable)


def shares(
    total: int,
    weights: Mapping[K, int],
    *,
    floors: Mapping[K, int] | None = None,
    caps: Mapping[K, int] | None = None,
) -> dict[K, int]:
    """Share out a total by weights, by Hamilton's method of largest remainders.

    Each name has a quota, and the *quota rule* holds: it gets its quota rounded down or up. Where
    no bound binds, the quota is ``total * weight / sum of weights``. Where bounds bind, it is
    ``min(max(floor, r * weight), cap)`` with the one rate r for all names at which the quotas add
    up to the total: what a full name can't take goes to the others by their weights, and what a
    floor takes comes from the others by theirs. Bounds are whole numbers, so rounding a quota
    never breaks one. Names without weight get no more than their floors before all others are
    full; then they share the rest equally. Equal remainders go by name (None first), never by the
    order of the mapping. All of it is reckoned in integers, so that no remainder is rounded.

    Source: Hamilton's method and the quota rule as in Balinski & Young, Fair Representation (2nd
    ed. 2001); proportional shares within bounds as in Gabler, Ganninger & Münnich, Optimal
    allocation of the sample size to strata under box constraints (Metrika 75, 2012).

    Args:
        total: rows to share out, 0 or more.
        weights: what the shares follow, 0 or more for each name. Names sort among each other.
        floors: the least that a name gets; 0 for names that are not in it.
        caps: the most that a name gets; no cap for names that are not in it.

    Returns:
        rows of each name, in the order of the weights; less than the total in all where the caps
        add up to less.

    Raises:
        ValueError: the floors add up to more than the total, or one is above its cap.
    """
    least = {name: (floors or {}).get(name, 0) for name in weights}
    most = {name: (caps or {}).get(name, total) for name in weights}
    if any(least[name] > most[name] for name in weights):
        raise ValueError("a floor is above its cap")
    if sum(least.values()) > total:
        raise ValueError(f"floors of {sum(least.values())} rows where {total} are shared out")
    heavy = {name: weight for name, weight in weights.items() if weight}
    light = {name: 1 for name, weight in weights.items() if not weight}
    spare = total - sum(most[name] for name in heavy)
    rest = max(sum(least[name] for name in light), spare)
    found = _hamilton(total - rest, heavy, least, most) | _hamilton(rest, light, least, most)
    return {name: found[name] for name in weights}


def _hamilton(
    total: int, weights: Mapping[K, int], least: Mapping[K, int], most: Mapping[K, int]
) -> dict[K, int]:
    """Share out a total among names of positive weight, within bounds that leave room for it."""
    total = min(total, sum(most[name] for name in weights))
    found = _bound(total, weights, least, most)
    free = {name: weight for name, weight in weights.items() if name not in found}
    left, whole = total - sum(found.values()), sum(free.values())
    remainders = {}
    for name, weight in free.items():
        found[name], remainders[name] = divmod(left * weight, whole)
    over = total - sum(found.values())
    for name in sorted(free, key=lambda name: (-remainders[name], _order(name)))[:over]:
        found[name] += 1
    return found


def _bound(
    total: int, weights: Mapping[K, int], least: Mapping[K, int], most: Mapping[K, int]
) -> dict[K, int]:
    """Return the shares of the names whose quota is a floor or a cap.

    Names are settled in rounds. If the caps take away more than the floors add, the true rate is
    above the one of this round, so that who is over a cap now stays so; else it is below.
    """
    bound: dict[K, int] = {}
    free = dict(weights)
    while free:
        left, whole = total - sum(bound.values()), sum(free.values())
        over = {name: left * own - most[name] * whole for name, own in free.items()}
        under = {name: least[name] * whole - left * own for name, own in free.items()}
        excess = sum(by for by in over.values() if by > 0)
        lack = sum(by for by in under.values() if by > 0)
        if not excess and not lack:
            break
        side, limit = (over, most) if excess >= lack else (under, least)
        for name in [name for name in free if side[name] > 0]:
            bound[name] = limit[name]
            del free[name]
    return bound


def _order(name: Any) -> tuple[bool, Any]:
    return (name is not None, name)
