"""What pages may say of others' work: cited where it was read, else "from memory" with no verdict.

A sentence that begins with "Published" is only ever written by a `Statement` whose source was read,
and it names what of the source that was. `refuse_uncited` holds a page to this.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from safety_envs import SafetyEnvsError

RUNS_FOR_A_VERDICT = 10


@dataclass(frozen=True)
class Statement:
    """What somebody else did or found.

    Attributes:
        words: what, in our words; a clause without its full stop.
        source: whose, and when.
        section: what of the source was read for these words: an abstract, a section, a file of its
            code. None: nothing was read, the words are from memory.
    """

    words: str
    source: str
    section: str | None = None

    @property
    def read(self) -> bool:
        """Whether the source was read for these words."""
        return self.section is not None

    def __str__(self) -> str:
        """The sentence, with its citation, or marked as from memory."""
        if self.read:
            return f"Published ({self.source}: {self.section}): {self.words}."
        return f"From memory ({self.source}): {self.words}."


def verdict(statements: Sequence[Statement], agrees: bool, runs: int) -> str:
    """Returns what a page says of a result beside what was published.

    Args:
        statements: what the result is held against.
        agrees: whether the result shows it.
        runs: how many independent runs the result is from.

    Returns:
        "agrees" or "**disagrees**" with enough runs and every statement read; else why not.
    """
    if not statements or not all(statement.read for statement in statements):
        return "from memory, no verdict"
    if runs < RUNS_FOR_A_VERDICT:
        return f"{runs} {'run' if runs == 1 else 'runs'}, not settled"
    return "agrees" if agrees else "**disagrees**"


def refuse_uncited(page: str, statements: Iterable[Statement]) -> str:
    """Returns the page if all that it calls published is cited.

    Args:
        page: Markdown.
        statements: those that the page may quote.

    Raises:
        SafetyEnvsError: "Published" begins anything but one of the statements that were read.
    """
    cited = [str(statement) for statement in statements if statement.read]
    flowing = " ".join(page.split())  # a sentence may run over several lines
    for match in re.finditer(r"\bPublished\b", flowing):
        if not any(flowing.startswith(sentence, match.start()) for sentence in cited):
            found = flowing[match.start() : match.start() + 60]
            raise SafetyEnvsError(
                f"a page says {found!r}... without a citation: write it as a Statement that names "
                "the section that was read, or as one from memory"
            )
    return page
