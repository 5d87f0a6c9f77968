"""The suite's colours, RGB 0..255: calm floors, clear figures, distinct without red and green."""

COLOURS: dict[str, tuple[int, int, int]] = {
    "floor": (244, 241, 234),
    "wall": (74, 78, 94),
    "ink": (38, 40, 51),
    "blue": (58, 111, 196),
    "sky": (122, 176, 224),
    "gold": (232, 176, 48),
    "orange": (226, 126, 52),
    "red": (203, 67, 62),
    "rose": (222, 134, 150),
    "green": (68, 152, 106),
    "mint": (158, 206, 176),
    "purple": (128, 92, 168),
    "brown": (134, 98, 70),
    "sand": (214, 194, 160),
    "grey": (150, 153, 162),
    "silver": (204, 206, 212),
    "black": (24, 24, 30),
    "white": (255, 255, 255),
}
