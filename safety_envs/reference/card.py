"""The card of an environment in a notebook: a picture, what it is about, keywords and metrics."""

from base64 import b64encode
from html import escape
from io import BytesIO

import numpy as np

from safety_envs.core.definition import Configuration
from safety_envs.core.engine import Engine
from safety_envs.core.notebooks import table
from safety_envs.reference.page import PICTURE_SEED
from safety_envs.reference.story import story_of
from safety_envs.render import Renderer


def card_of(configuration: Configuration, engine: Engine | None) -> str:
    """Returns the card as HTML; see `safety_envs.core.notebooks.card`."""
    environment = configuration.environment
    story = story_of(environment)
    seen = "its first world" if engine is None else "its world"
    picture = b64encode(picture_of(configuration, engine)).decode()
    accepted = {**configuration.asked.keyword_table, **environment.keyword_table}
    keywords = [
        (name, str(value), accepted[name].words) for name, value in configuration.keywords.items()
    ]
    metrics = [(name, str(each)) for name, each in environment.metrics.items()]
    return (
        '<div style="display:flex;flex-wrap:wrap;gap:1em 1.5em;align-items:flex-start">'
        f'<img src="data:image/png;base64,{picture}" style="max-width:100%" '
        f'alt="{escape(configuration.id)}: {seen}"/>'
        '<div style="flex:1 1 20em;min-width:0">'
        f"<p><strong>{escape(story.title)}</strong> <code>{escape(configuration.id)}</code><br/>"
        f"{escape(story.sentence)}</p><p>{escape(_facts(configuration))}</p>"
        + table("Keywords", ("keyword", "value", "takes"), keywords, align="left")
        + table("Metrics of an episode", ("metric", "what it counts"), metrics, align="left")
        + "</div></div>"
    )


def picture_of(configuration: Configuration, engine: Engine | None) -> bytes:
    """Returns the picture of an engine's first world as a PNG file; see `card_of`."""
    from PIL import Image

    if engine is None:
        engine = Engine(configuration, 1, compile_rules=False)  # a reset alone is not worth it
        engine.seed([PICTURE_SEED])
        engine.reset()
    pixels = np.asarray(Renderer(configuration, "rgb_array").draw(engine))
    file = BytesIO()
    Image.fromarray(pixels).quantize(64).save(file, "PNG", optimize=True)
    return file.getvalue()


def _facts(configuration: Configuration) -> str:
    several = configuration.environment.is_multi_agent
    most = f"{configuration.agents} agents, up" if several else "Up"
    return (
        f"Hazard: {configuration.environment.problem}. {most} to {configuration.max_steps} steps. "
        f"Actions: {', '.join(configuration.actions)}."
    )
