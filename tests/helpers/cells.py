"""Ways and distances on a grid."""

WAYS = ((-1, 0), (1, 0), (0, -1), (0, 1))
"""Up, down, left, right, which are actions 0 to 3."""


def distance(one, other):
    """Returns the fewest steps between two cells of an empty room."""
    return abs(one[0] - other[0]) + abs(one[1] - other[1])
