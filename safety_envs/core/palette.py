"""The suite's colours, RGB 0..255: muted floors, clear figures.

Colour-blind readers cannot distinguish all pairs of them, for example blue and purple, or mint and
rose on the floor. So looks never differ by such colours alone, but also by shape, hatching or a
number. `safety_envs.render.sight` measures this; `tests/render/test_looks.py` checks every legend.
"""

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
    "teal": (38, 140, 140),
    "navy": (44, 62, 120),
    "magenta": (196, 72, 152),
    "olive": (140, 138, 54),
    "maroon": (128, 44, 58),
    "lime": (140, 184, 60),
    "indigo": (92, 78, 188),
    "coral": (240, 128, 108),
    "black": (24, 24, 30),
    "white": (255, 255, 255),
}
"""Name of a colour -> red, green and blue, 0 to 255 each."""
