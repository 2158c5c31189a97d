"""Rows that belong together: groups that are joined link by link."""


class Groups:
    """Groups of the numbers from 0 to below ``size``, each number at first by itself.

    A union-find (Galler & Fischer 1964) that halves the paths it walks, so that even long chains of
    links take about as many steps as there are links.
    """

    def __init__(self, size: int) -> None:
        self._up = list(range(size))

    def find(self, one: int) -> int:
        """Return the number that stands for the group of a number; equal within a group only."""
        up = self._up
        while up[one] != one:
            up[one] = up[up[one]]
            one = up[one]
        return one

    def join(self, one: int, other: int) -> bool:
        """Put the group of ``one`` into that of ``other``; return whether these were two groups."""
        left, right = self.find(one), self.find(other)
        self._up[left] = right
        return left != right

    def members(self) -> list[list[int]]:
        """Return the groups by their least number, and the numbers of each, rising."""
        found: dict[int, list[int]] = {}
        for one in range(len(self._up)):
            found.setdefault(self.find(one), []).append(one)
        return list(found.values())
