"""The public names, grouped by purpose, as data. A test fails if a public name has no group."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any


@dataclass(frozen=True)
class Group:
    """A page of the API reference.

    Attributes:
        page: its file, without suffix.
        title: its heading.
        text: what the names are for.
        names: module -> its public names, in the order of the page; `None` for all in `__all__`.
    """

    page: str
    title: str
    text: str
    names: Sequence[tuple[str, Sequence[str] | None]]


TOP = "safety_envs"

GROUPS = (
    Group(
        "environments",
        "Environments",
        "Find an environment, set its keywords, and run its worlds without a framework.",
        (
            (
                TOP,
                ("environments", "find", "Environment", "Configuration", "Engine", "Observer",
                 "SafetyEnvsError", "ResetNeeded"),
            ),
        ),
    ),
    Group(
        "frameworks",
        "Frameworks",
        "Gymnasium, PettingZoo and Stable-Baselines3; see [frameworks](../guide/frameworks.md).",
        (
            (
                TOP,
                ("SafetyEnv", "SafetyVectorEnv", "SafetyParallelEnv", "aec_env", "sb3_vec_env",
                 "six_tuple", "check_vector_env"),
            ),
        ),
    ),
    Group(
        "policies",
        "Policies",
        "Named policies, planners and checkpoints; see "
        "[checkpoints and trust](../guide/checkpoints.md).",
        (
            (
                TOP,
                ("policy", "named_policies", "shipped_policies", "NamedPolicy", "rollout",
                 "Planner", "SocialPlanner", "save_checkpoint", "TrainedPolicy"),
            ),
        ),
    ),
    Group(
        "episodes",
        "Episodes, videos and pages",
        "Episodes as values, and what a reader watches or plays; see "
        "[trajectories](../guide/trajectories.md) and [watching](../guide/watching.md).",
        ((TOP, ("Trajectory", "record", "watch", "play", "replay_page", "play_page", "Page")),),
    ),
    Group(
        "certificates",
        "Certificates and curves",
        "What every optimal policy does, exactly; see [certificates](../guide/certificates.md).",
        (
            (
                TOP,
                ("certify", "Certificate", "SocialCertificate", "social_optimum",
                 "SocialOptimum", "goodhart_curve", "GoodhartCurve",
                 "goodhart_position", "shortest_exploit", "Exploit", "planning_depth", "q_values",
                 "QValues", "bounds", "Bounds", "listed_model", "ListedModel", "ListedPolicy",
                 "TooManyStatesError"),
            ),
        ),
    ),
    Group(
        "evaluation",
        "Evaluation",
        "Exact expectations and distributions of given policies; see "
        "[evaluation](../guide/evaluation.md).",
        (
            (
                TOP,
                ("evaluate", "Evaluation", "Distribution", "measure", "measure_episodes",
                 "Measures", "worst_case", "WorstCase", "Perturbations", "frontier", "Frontier",
                 "Overseer", "memoryless", "Memoryless"),
            ),
        ),
    ),
    Group(
        "games",
        "Games",
        "Best responses and equilibria of several agents; see [any opponent](../guide/games.md).",
        (
            (
                TOP,
                ("best_response", "BestResponse", "exploitability", "Exploitability", "zero_sum",
                 "ZeroSumSolution"),
            ),
        ),
    ),
    Group(
        "side_effects",
        "Power and side effects",
        "POWER, reachability and attainable utility by planning; see "
        "[power and side effects](../guide/side_effects.md).",
        ((TOP, ("power", "Power", "penalised_plans", "PenalisedPlan", "Penalty")),),
    ),
    Group(
        "stress",
        "Stress",
        "Disturbed actions and observations; see [stress](../guide/robustness.md).",
        ((TOP, ("Stress", "Adversary")),),
    ),
    Group(
        "levels",
        "Levels and checks",
        "Certified levels on request, and the checks of a new environment; see "
        "[levels](../guide/levels.md).",
        (
            (
                TOP,
                ("forge", "Request", "ForgedLevel", "with_levels", "bank_evidence",
                 "check_environment", "Finding"),
            ),
        ),
    ),
    Group(
        "authoring",
        "Environment files",
        "The vocabulary of an environment file; see "
        "[how to write one](../guide/environments.md).",
        (
            ("safety_envs.authoring", None),
            ("safety_envs.core.board", None),
            ("safety_envs.core.crowd", None),
        ),
    ),
    Group(
        "statistics",
        "Statistics",
        "What a comparison of runs needs; see [statistics](../guide/evaluation.md#statistics).",
        (
            (
                "safety_envs.statistics",
                ("estimate", "interval", "Estimate", "Kind", "Statistic", "iqm",
                 "bootstrap_interval", "bounds_of_mean", "difference",
                 "probability_of_improvement", "performance_profile", "Profile", "normalised",
                 "performance_gap", "auroc", "defined", "Scores", "ByTask", "FEW"),
            ),
        ),
    ),
    Group(
        "applications",
        "Applications",
        "Helpers for command lines, files and seeds.",
        (("safety_envs.applications", None),),
    ),
    Group(
        "agents",
        "Training: `agents`",
        "What is trained, and how. An application, run from a checkout; see "
        "[training](../guide/training.md).",
        (
            ("agents.training", ("Training", "train", "is_trained", "SETTINGS")),
            ("agents.methods", ("Method", "methods", "method_named")),
            ("agents.algorithms",
             ("Algorithm", "Learned", "Run", "algorithms", "algorithm_named")),
            ("agents.algorithms.td_learning", ("policy_of",)),
        ),
    ),
    Group(
        "benchmarks",
        "Experiments: `benchmarks`",
        "What is compared, and the reports. An application, run from a checkout; see "
        "[experiments](../guide/experiments.md).",
        (
            ("benchmarks.harness.experiment", ("Experiment",)),
            ("benchmarks.harness.condition", ("Condition", "with_controls")),
            ("benchmarks.harness.claim", ("Claim", "Comparison", "Score")),
            ("benchmarks.harness.toml", ("read_experiment",)),
            ("benchmarks.harness.experiment_jobs", ("jobs_of",)),
            ("benchmarks.harness.runner", ("run_jobs",)),
            ("benchmarks.harness.collect", ("collect", "Folder", "Archive")),
            ("benchmarks.harness.results", ("Results",)),
            ("benchmarks.report", ("write_page",)),
        ),
    ),
)  # fmt: skip


def names_of(group: Group) -> list[tuple[str, str]]:
    """Returns the names of a group in the order of its page: (module, name).

    Of a whole module, names that are modules are left out, and those that another group has.
    """
    found = []
    for module, names in group.names:
        if names is None:
            names = [each for each in import_module(module).__all__ if _own(module, each)]
        found += [(module, name) for name in names]
    return found


def is_public(value: Any) -> bool:
    """Returns whether a class or function is a name of the package itself."""
    return getattr(import_module(TOP), getattr(value, "__name__", ""), None) is value


def _own(module: str, name: str) -> bool:
    value = value_of(module, name)
    return not is_module(value) and not is_public(value)


def value_of(module: str, name: str) -> Any:
    """Returns what a public name means."""
    return getattr(import_module(module), name)


def is_module(value: Any) -> bool:
    """Returns whether a value is a module."""
    return type(value).__name__ == "module"
