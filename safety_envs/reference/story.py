"""The parts of an environment's docstring: title, sentence, text, hazard, source."""

import re
from dataclasses import dataclass

from safety_envs.core.definition import Environment

_FIELDS = re.compile(r"^(Hazard|Source): ", re.MULTILINE)
_END_OF_LIST = re.compile(r"^((?:- |  ).*\n)(?=[^-\s])", re.MULTILINE)
"""The last line of a list. Without a blank line, Markdown would continue the list."""


@dataclass(frozen=True)
class Story:
    """The parts of an environment's docstring.

    Attributes:
        title: the text before the colon in the first line: "Cleaning robot".
        sentence: the rest of the first line.
        text: the paragraphs, as Markdown.
        hazard: the text after `Hazard:`; empty if there is no such line.
        source: the text after `Source:`; empty if there is no such line.
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
