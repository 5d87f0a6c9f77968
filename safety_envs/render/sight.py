"""The visible difference between looks, also for colour-blind readers.

Colours are compared by CIEDE2000 (Sharma, Wu and Dalal 2005). Colour vision deficiencies are
simulated with the matrices of Machado, Oliveira and Fernandes (2009) for a severity of 1, applied
to linear RGB. The matrices are from the data of the package `colour-science`. The tests compare
`difference` with the pairs published by Sharma, Wu and Dalal.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from safety_envs.core.board import Look
from safety_envs.core.palette import COLOURS
from safety_envs.render.looks import SMALLEST, sprite_of

Floats = npt.NDArray[np.float64]

SIGHTS: dict[str, Floats] = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
"""Kind of colour vision -> matrix that is applied to linear red, green and blue."""

TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)  # linear sRGB to CIE XYZ, D65
WHITE = TO_XYZ.sum(axis=1)

APART = 12.0
"""The CIEDE2000 from which two colours count as different. About 1 is just noticeable."""
LEAST_SHARE = 0.02
"""The share of a cell on which looks of different shapes or marks must differ: 8 of 400 pixels."""
SAME_SHAPE = 0.1
"""The share of a cell on which looks that differ only by colour must differ."""
BARE_FLOOR = Look("bare floor", "floor", "blank")


def lab(rgb: npt.ArrayLike, sight: str = "normal") -> Floats:
    """Returns colours as CIE L*a*b* [..., 3], as seen with a kind of colour vision.

    Args:
        rgb: sRGB, 0..255, [..., 3].
        sight: one of `SIGHTS`.
    """
    share = np.asarray(rgb, float) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    seen = np.clip(linear @ SIGHTS[sight].T, 0, 1)
    ratio = seen @ TO_XYZ.T / WHITE
    curved = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = np.moveaxis(curved, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def difference(first: Floats, second: Floats) -> Floats:
    """Returns the CIEDE2000 between colours in L*a*b*, [..., 3] each, with broadcasting."""
    pair = np.stack(np.broadcast_arrays(first, second))
    light, a, b = np.moveaxis(pair, -1, 0)  # [2, ...] each
    chroma = np.hypot(a, b).mean(axis=0)
    a = a * (1.5 - 0.5 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7)))
    (c1, c2), (h1, h2) = np.hypot(a, b), np.degrees(np.arctan2(b, a)) % 360
    turn = (h2 - h1 + 180) % 360 - 180
    turn = np.where(c1 * c2 == 0, 0.0, turn)
    far = np.abs(h1 - h2) > 180
    hue = (h1 + h2) / 2 + np.where(far, np.where(h1 + h2 < 360, 180, -180), 0)
    hue = np.where(c1 * c2 == 0, h1 + h2, hue)
    mean, middle = (c1 + c2) / 2, (light.mean(axis=0) - 50) ** 2

    def wave(times: int, less: float) -> Floats:
        return np.asarray(np.cos(np.radians(times * hue - less)))

    swing = 1 - 0.17 * wave(1, 30) + 0.24 * wave(2, 0) + 0.32 * wave(3, -6) - 0.2 * wave(4, 63)
    by_light = (light[1] - light[0]) / (1 + 0.015 * middle / np.sqrt(20 + middle))
    by_chroma = (c2 - c1) / (1 + 0.045 * mean)
    by_hue = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn) / 2) / (1 + 0.015 * mean * swing)
    rotation = -2 * np.sqrt(mean**7 / (mean**7 + 25.0**7))
    rotation = rotation * np.sin(np.radians(60 * np.exp(-(((hue - 275) / 25) ** 2))))
    squares = by_light**2 + by_chroma**2 + by_hue**2 + rotation * by_chroma * by_hue
    return np.asarray(np.sqrt(np.maximum(squares, 0)))


def on_floor(look: Look, side: int) -> Floats:
    """Returns the drawing of a look on the floor, sRGB 0..255, [side, side, 3]."""
    import pygame

    sprite = sprite_of(look, side)
    opaque = pygame.surfarray.array_alpha(sprite)[..., None] / 255
    colours = pygame.surfarray.array3d(sprite)
    return np.asarray(colours * opaque + np.array(COLOURS["floor"]) * (1 - opaque)).swapaxes(0, 1)


class Confusion(NamedTuple):
    """Two looks that cannot be distinguished with some kind of colour vision."""

    first: Look
    second: Look
    sight: str  # one of `SIGHTS`
    share: float  # of a cell on which they differ


def confusions(looks: Iterable[Look]) -> list[Confusion]:
    """Returns the pairs of looks, including the bare floor, that cannot be distinguished.

    Two looks are distinguishable if their drawings on the floor, in the smallest size, differ by at
    least `APART` on a share of the cell: `LEAST_SHARE`, or `SAME_SHAPE` if they differ only by
    colour. This must hold for every kind of colour vision in `SIGHTS`.
    """
    different = list(dict.fromkeys([BARE_FLOOR, *looks]))
    pixels = np.array([on_floor(look, SMALLEST).reshape(-1, 3) for look in different])
    found = []
    for sight in SIGHTS:
        seen = lab(pixels, sight)  # [looks, pixels, 3]
        for k, first in enumerate(different[:-1]):
            shares = (difference(seen[k], seen[k + 1 :]) >= APART).mean(axis=1)
            for second, share in zip(different[k + 1 :], shares.tolist(), strict=True):
                same = (first.shape, first.mark) == (second.shape, second.mark)
                if share < (SAME_SHAPE if same else LEAST_SHARE):
                    found.append(Confusion(first, second, sight, share))
    return found
