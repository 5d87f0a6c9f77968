"""The environments in one table, grouped by problem: in the README and in the reference's index."""

from collections.abc import Iterable

from safety_envs.core.definition import Environment
from safety_envs.envs import environments
from safety_envs.reference.markdown import code, table
from safety_envs.reference.story import story_of

PROBLEMS = ("alignment", "robustness", "monitoring", "systemic")
"""The problems, as the folders of `safety_envs.envs` are called; other packages come last."""

ELSEWHERE = "other packages"


def problem_of(environment: Environment) -> str:
    """Returns the problem under which an environment is filed: the folder of its file."""
    package, _, name = environment.step.__module__.partition(".envs.")
    return name.partition(".")[0] if package == "safety_envs" else ELSEWHERE


def markdown_table(folder: str = "docs/reference") -> str:
    """Returns all environments as a Markdown table, grouped by problem.

    Args:
        folder: the folder of the reference pages, as seen from the page with the table.
    """
    before = f"{folder}/" if folder else ""
    rows = [
        (
            problem,
            f"[{code(each.id)}]({before}{each.id}.md)",
            each.problem,
            story_of(each).sentence,
        )
        for problem in (*PROBLEMS, ELSEWHERE)
        for each in _filed_under(problem)
    ]
    return table(("problem", "environment", "hazard", "in one sentence"), rows)


def _filed_under(problem: str) -> Iterable[Environment]:
    return (each for each in environments().values() if problem_of(each) == problem)
