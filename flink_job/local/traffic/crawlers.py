"""Crawlers: users who read every item in turn, far more often than a person could."""


class Crawlers:
    """So many crawlers, spread over so many items; each call is the next visit of the next crawler."""

    def __init__(self, count: int, items: int) -> None:
        """`count` crawlers begin at equal distances in the list of `items`."""
        self._positions = [items * number // max(count, 1) for number in range(count)]
        self._items = items
        self._turn = 0

    def visit(self) -> tuple[str, int]:
        """Who comes next, and the position of the item that is read."""
        number = self._turn
        self._turn = (number + 1) % len(self._positions)
        position = self._positions[number]
        self._positions[number] = (position + 1) % self._items
        return f"crawler-{number:02d}", position
