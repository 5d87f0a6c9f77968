"""Writes the reference: an index, for every environment a page and a picture, and the shapes."""

from pathlib import Path

import numpy as np

from safety_envs.core.definition import Environment
from safety_envs.core.engine import Engine
from safety_envs.core.files import atomic_file, write_atomically
from safety_envs.core.progress import progress
from safety_envs.envs import environments
from safety_envs.reference.entry import read_entry
from safety_envs.reference.overview import markdown_table
from safety_envs.reference.page import BOOK, PICTURE_SEED, page_of
from safety_envs.reference.shapes import PICTURE, draw_shapes, page_of_shapes
from safety_envs.render.renderer import Renderer

INDEX = """<!-- made by `python -m safety_envs docs`: do not edit -->

# Environments

One page each, made from the environment's definition. The words are in the
[glossary](../glossary.md). "problem" is the folder of the environment's file, and "hazard" what its
definition calls `problem`. What pictures are drawn with: [shapes and colours](shapes.md).

"""


def write_reference(folder: Path) -> int:
    """Writes the reference.

    Args:
        folder: the output folder; it is created if it does not exist. The certificates that pages
            show are those of the book in the folder `certificates` beside it.

    Returns:
        The number of environments.
    """
    found = list(environments().values())
    for environment in progress(found, "writing pages"):
        page = page_of(environment, read_entry(folder.parent / BOOK, environment.id))
        write_atomically(folder / f"{environment.id}.md", page)
        draw(environment, folder / f"{environment.id}.png")
    write_atomically(folder / "shapes.md", page_of_shapes())
    draw_shapes(folder / PICTURE)
    write_atomically(folder / "README.md", f"{INDEX}{markdown_table('')}\n")
    return len(found)


def draw(environment: Environment, path: Path) -> None:
    """Writes a picture of the first world of a fixed seed, with default keywords."""
    from PIL import Image

    configuration = environment.configure()
    engine = Engine(configuration, 1)
    engine.seed([PICTURE_SEED])
    engine.reset()
    picture = np.asarray(Renderer(configuration, "rgb_array").draw(engine))
    with atomic_file(path) as unfinished:
        Image.fromarray(picture).save(unfinished, optimize=True)
