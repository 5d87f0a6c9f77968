"""Experiments: conditions, how often each is run, and what is said of the results."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

from benchmarks.harness.claim import Claim
from benchmarks.harness.condition import Condition
from safety_envs import SafetyEnvsError

FIRST_EPISODE = 1_000_000
"""The seed of the first held-out episode, far from those of training and tuning."""


@dataclass(frozen=True)
class Experiment:
    """A study that can be run, resumed, and written up.

    Attributes:
        name: lower-case letters, digits and underscores; the name of its folders.
        title: of the page.
        conditions: the rows.
        seeds: independent runs of each condition, seeds 0, 1, ...
        episodes: held-out episodes for each run; the same for all.
        claims: what it is expected to show.
        figures: names of figures, see `benchmarks.report.figures.FIGURES`.
        introduction: Markdown, at the top of the page.
        tuned: what the settings were tuned on, in a sentence.
        remarks: task -> Markdown below its table.
        reference: what a command line calls it: the path of its file; its name if empty.
    """

    name: str
    title: str
    conditions: tuple[Condition, ...]
    seeds: int = 10
    episodes: int = 100
    claims: tuple[Claim, ...] = ()
    figures: tuple[str, ...] = ("leaderboard", "reward_and_performance", "curves", "runs")
    introduction: str = ""
    tuned: str = "The settings are the defaults of `agents/training/settings.py`."
    remarks: Mapping[str, str] = field(default_factory=dict)
    reference: str = ""

    def __post_init__(self) -> None:
        for name in ("seeds", "episodes"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise SafetyEnvsError(f"{name} must be a whole number of at least 1, got {value!r}")
        rows = [(condition.task, condition.label) for condition in self.conditions]
        if twice := sorted({row for row in rows if rows.count(row) > 1}):
            raise SafetyEnvsError(
                f"experiment {self.name!r} has two rows {twice[0][1]!r} for {twice[0][0]}: give "
                "each condition a label of its own"
            )

    def runs(self) -> Iterator[tuple[Condition, int]]:
        """Yields every condition with every seed."""
        for condition in self.conditions:
            for seed in range(self.seeds if condition.seeds is None else condition.seeds):
                yield condition, seed

    @property
    def episode_seeds(self) -> list[int]:
        """The seeds of the held-out episodes."""
        return [FIRST_EPISODE + number for number in range(self.episodes)]

    def part(self, tasks: Collection[str] = (), labels: Collection[str] = ()) -> "Experiment":
        """Returns the experiment with some of its rows, and the claims that rest on these alone.

        Args:
            tasks: which; all if empty.
            labels: which; all if empty.

        Raises:
            SafetyEnvsError: there is no such task or label, or no row has both.
        """
        for name, asked, known in (
            ("task", tasks, [each.task for each in self.conditions]),
            ("label", labels, [each.label for each in self.conditions]),
        ):
            if unknown := sorted(set(asked) - set(known)):
                raise SafetyEnvsError(
                    f"experiment {self.name!r} has no {name} {unknown[0]!r}. "
                    f"Known: {', '.join(dict.fromkeys(known))}."
                )
        kept = tuple(
            each
            for each in self.conditions
            if (not tasks or each.task in tasks) and (not labels or each.label in labels)
        )
        if not kept:
            raise SafetyEnvsError(f"experiment {self.name!r} has no row of that task and label")
        rows = {(each.task, each.label) for each in kept}
        claims = tuple(claim for claim in self.claims if set(claim.rows) <= rows)
        return replace(self, conditions=kept, claims=claims)

    def smaller(
        self, *, seeds: int | None = None, steps: int | None = None, episodes: int | None = None
    ) -> "Experiment":
        """Returns the experiment with other numbers of seeds, steps of training, and episodes."""
        conditions = tuple(_smaller(each, seeds, steps) for each in self.conditions)
        return replace(
            self,
            conditions=conditions,
            seeds=self.seeds if seeds is None else seeds,
            episodes=self.episodes if episodes is None else episodes,
        )


def _smaller(condition: Condition, seeds: int | None, steps: int | None) -> Condition:
    if steps is not None and condition.learns:
        condition = replace(condition, training={**condition.training, "steps": steps})
    if seeds is not None and condition.seeds is not None:
        condition = replace(condition, seeds=min(condition.seeds, seeds))
    return condition
