"""The table of environments, grouped by problem, for the README and the reference's index."""

from collections.abc import Iterable

from safety_envs.core.definition import Environment
from safety_envs.envs import environments
from safety_envs.reference.markdown import code, table
from safety_envs.reference.story import story_of

PROBLEMS = ("alignment", "robustness", "monitoring", "systemic")
"""The problems, which are folders of `safety_envs.envs`; other packages come last."""

ELSEWHERE = "other packages"


def problem_of(environment: Environment) -> str:
    """Returns the problem of an environment, which is the folder of its file."""
    package, _, name = environment.step.__module__.partition(".envs.")
    return name.partition(".")[0] if package == "safety_envs" else ELSEWHERE


def markdown_table(folder: str = "docs/reference") -> str:
    """Returns all environments as a Markdown table, grouped by problem.

    Args:
        folder: the folder of the reference pages, relative to the page with the table.
    """
    before = f"{folder}/" if folder else ""
    rows = []
    for problem in (*PROBLEMS, ELSEWHERE):
        for number, each in enumerate(_filed_under(problem)):
            link = f"[{code(each.id)}]({before}{each.id}.md)"
            first = f"**{problem}**" if number == 0 else ""
            rows.append((first, link, each.problem, story_of(each).sentence))
    return table(("problem", "environment", "hazard", "in one sentence"), rows)


def _filed_under(problem: str) -> Iterable[Environment]:
    return (each for each in environments().values() if problem_of(each) == problem)
