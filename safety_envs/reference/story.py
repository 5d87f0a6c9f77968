"""An environment's docstring, taken apart: title, sentence, text, hazard, source."""

import re
from dataclasses import dataclass

from safety_envs.core.definition import Environment

_FIELDS = re.compile(r"^(Hazard|Source): ", re.MULTILINE)
_END_OF_LIST = re.compile(r"^((?:- |  ).*\n)(?=[^-\s])", re.MULTILINE)
"""The last line of a list: Markdown would take what follows for more of it."""


@dataclass(frozen=True)
class Story:
    """What an environment's docstring tells.

    Attributes:
        title: what stands before the first colon: "Cleaning robot".
        sentence: the rest of the first line.
        text: the paragraphs, as Markdown.
        hazard: what stands after `Hazard:`; empty if there is no such line.
        source: what stands after `Source:`; empty if there is no such line.
    """

    title: str
    sentence: str
    text: str
    hazard: str
    source: str


def story_of(environment: Environment) -> Story:
    """Returns the parts of an environment's docstring."""
    first, _, rest = environment.story.partition("\n")
    title, _, sentence = first.rpartition(": ")
    text, *fields = _FIELDS.split(rest)
    named = dict(zip(fields[::2], fields[1::2], strict=True))
    return Story(
        title=title or environment.name,
        sentence=sentence[:1].upper() + sentence[1:],
        text=_END_OF_LIST.sub(r"\1\n", text.rstrip().strip("\n")),  # a drawing may come first
        hazard=named.get("Hazard", "").strip(),
        source=named.get("Source", "").strip(),
    )
