"""Statistics: interquartile means, confidence intervals, comparisons of runs.

Interquartile means and their bootstrap, probabilities of improvement and performance profiles
follow Agarwal et al. 2021, "Deep reinforcement learning at the edge of the statistical precipice".
Scores are arrays [runs, tasks]: one number for each independent run of each task. Where tasks have
different numbers of runs, they are a mapping: task -> runs. Every task then weighs the same.

NumPy sorts NaN as if it were the best score. So the functions raise an error for scores that are
not finite. `defined` removes NaN and counts it. Functions that return an `Estimate` do this
automatically.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from safety_envs.core.errors import SafetyEnvsError

Scores = npt.NDArray[np.float64]
ByTask = Mapping[Any, npt.ArrayLike]
"""Task -> its runs."""
Statistic = Callable[[Any], float]
FEW = 8
"""With fewer runs, bootstrap intervals are too narrow: with three runs they are [min, max]."""


def defined(scores: npt.ArrayLike) -> tuple[Scores, int]:
    """Returns the scores that are not NaN, in one row, and the number of the others."""
    row = np.asarray(scores, np.float64).ravel()
    kept = row[~np.isnan(row)]
    return kept, int(row.size - kept.size)


def iqm(scores: npt.ArrayLike | ByTask) -> float:
    """Returns the interquartile mean: the mean of the middle half of all scores; NaN for none.

    A quarter of the scores, rounded down, is dropped at each end. If tasks have different numbers
    of runs, a score has a weight of one over its task's number, and a quarter of the weight is
    dropped at each end.

    Raises:
        SafetyEnvsError: scores that are not finite.
    """
    if isinstance(scores, Mapping):
        tasks = _tasks(scores)
        if len({len(runs) for runs in tasks}) > 1:
            return _weighted_iqm(tasks)
        scores = np.array(tasks)
    ordered = np.sort(_finite(scores).ravel())
    if not ordered.size:
        return float("nan")
    cut = ordered.size // 4
    return float(ordered[cut : ordered.size - cut].mean())


def bootstrap_interval(
    scores: npt.ArrayLike | ByTask,
    statistic: Statistic = iqm,
    *,
    confidence: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> tuple[float, float]:
    """Returns a stratified percentile-bootstrap interval of a statistic.

    Runs are resampled with replacement within each task, so every resample has the original number
    of runs of each task. The interval is too narrow for few runs; see `interval`.

    Args:
        scores: [runs, tasks], or [runs] for one task, or task -> runs.
        statistic: a function of resampled scores, in the format of `scores`.
        confidence: the share of resamples within the interval.
        resamples: the number of resamples.
        seed: the seed for resampling.

    Raises:
        SafetyEnvsError: no scores, scores that are not finite, or scores with more than two axes.
    """
    tail, random = _tail(confidence), np.random.default_rng(seed)
    return _middle([statistic(drawn) for drawn in _resamples(scores, resamples, random)], tail)


def interval(
    scores: npt.ArrayLike | ByTask,
    statistic: Statistic = iqm,
    *,
    confidence: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> tuple[float, float]:
    """Returns a confidence interval with about the nominal coverage for any number of runs.

    With fewer than eight runs of any task it is Student's interval of the mean (with several tasks,
    of the mean of their means, with Welch's degrees of freedom). With eight or more it is the
    bootstrap interval of the statistic. For normal scores the coverage of 95 % intervals is .95
    with 2 to 7 runs, and .93 for the interquartile mean with 8 to 12 runs (measured in the tests).

    Args:
        scores: [runs, tasks], or [runs] for one task, or task -> runs.
        statistic: a function of scores in the format of `scores`, used with eight or more runs.
        confidence: the nominal coverage.
        resamples: the number of bootstrap resamples.
        seed: the seed for resampling.

    Returns:
        The ends of the interval; NaN and NaN for a single run, which has no spread.

    Raises:
        SafetyEnvsError: the errors of `bootstrap_interval`.
    """
    tasks = _tasks(scores)
    if _fewest(tasks) >= FEW:
        return bootstrap_interval(
            scores, statistic, confidence=confidence, resamples=resamples, seed=seed
        )
    mean = float(np.mean([runs.mean() for runs in tasks]))
    reach = _student_reach(tasks, [1 / len(tasks)] * len(tasks), _tail(confidence))
    return mean - reach, mean + reach


Kind = Literal["t", "bootstrap", "known", "none"]


class Estimate(NamedTuple):
    """An estimate of one number from runs, or of a difference of two.

    Attributes:
        value: the mean of fewer than eight runs, the statistic of eight or more; NaN for none.
        low, high: the 95 % interval; NaN if there are not enough runs for one.
        runs: the number of runs with a defined score: the smallest over tasks and sides.
        left_out: the number of runs without.
    """

    value: float
    low: float
    high: float
    runs: int
    left_out: int

    @property
    def has_interval(self) -> bool:
        """Whether there are enough runs for an interval."""
        return not math.isnan(self.low)

    @property
    def kind(self) -> Kind:
        """The kind of interval: Student's "t", the "bootstrap", of "known" numbers, or "none"."""
        if not self.has_interval:
            return "none"
        if self.runs == 0:
            return "known"
        return "t" if self.runs < FEW else "bootstrap"

    def is_apart_from(self, other: "Estimate") -> bool:
        """Whether both have intervals, and the intervals do not overlap."""
        both = self.has_interval and other.has_interval
        return both and (self.low > other.high or other.low > self.high)


def estimate(scores: npt.ArrayLike | ByTask, statistic: Statistic = iqm) -> Estimate:
    """Returns an estimate with its interval, from runs of one task, [runs], or from task -> runs.

    NaN scores are left out. With several tasks the mean is the mean of the tasks' means.

    Raises:
        SafetyEnvsError: an infinite score.
    """
    given = scores if isinstance(scores, Mapping) else {"": scores}
    split = {task: defined(runs) for task, runs in given.items()}
    kept = {task: _finite(runs) for task, (runs, _) in split.items()}
    left_out = sum(number for _, number in split.values())
    fewest = _fewest(kept.values())
    if not fewest:
        return Estimate(math.nan, math.nan, math.nan, 0, left_out)
    form: Any = kept if isinstance(scores, Mapping) else kept[""]
    means = [float(runs.mean()) for runs in kept.values()]
    value = float(np.mean(means)) if fewest < FEW else float(statistic(form))
    return Estimate(value, *interval(form, statistic), fewest, left_out)


def difference(
    scores_a: npt.ArrayLike,
    scores_b: npt.ArrayLike,
    statistic: Statistic = iqm,
    *,
    resamples: int = 2000,
    seed: int = 0,
) -> Estimate:
    """Returns by how much one group of independent runs of a task is above another.

    Below eight runs in either group it is the difference of the means, with Welch's interval (Welch
    1947, "The generalization of Student's problem when several different population variances are
    involved"):

        mean(a) - mean(b) +- t(v) sqrt(var(a) / n + var(b) / m)

    with Welch's degrees of freedom v. From eight on it is the difference of the statistics, with
    the percentile bootstrap in which both groups are resampled. For normal scores the intervals
    cover from .92 to .98 (measured, see the tests), but Welch's only .88 for two runs beside
    twenty. NaN scores are left out.

    A number in place of a group is known: it has no spread. That is what the exact value of a
    planner or of the uniform policy is. An array of one run is an estimate without a known spread,
    so there is no interval.

    Args:
        scores_a: [runs], or a number that is known.
        scores_b: the same of the other group.
        statistic: of runs, from eight on.
        resamples: of the bootstrap.
        seed: for the resampling.

    Raises:
        SafetyEnvsError: an infinite score, or scores of several tasks.
    """
    sides = [_side(scores_a), _side(scores_b)]
    groups = [_finite(runs) for runs, _ in sides]
    left_out = sum(number for _, number in sides)
    if not all(len(runs) for runs in groups):
        return Estimate(math.nan, math.nan, math.nan, 0, left_out)
    uncertain = [k for k, scores in enumerate((scores_a, scores_b)) if np.ndim(scores)]
    fewest = min((len(groups[k]) for k in uncertain), default=0)
    if fewest < FEW:
        signs = [1.0, -1.0]
        value = float(groups[0].mean() - groups[1].mean())
        reach = _student_reach(
            [groups[k] for k in uncertain], [signs[k] for k in uncertain], _tail(0.95)
        )
        return Estimate(value, value - reach, value + reach, fewest, left_out)
    random = np.random.default_rng(seed)
    values = [
        np.array([statistic(drawn) for drawn in _resamples(runs, resamples, random)])
        for runs in groups
    ]
    value = float(statistic(groups[0]) - statistic(groups[1]))
    return Estimate(value, *_middle(values[0] - values[1], _tail(0.95)), fewest, left_out)


def probability_of_improvement(
    scores_a: npt.ArrayLike | ByTask,
    scores_b: npt.ArrayLike | ByTask,
    *,
    resamples: int = 2000,
    seed: int = 0,
) -> Estimate:
    """Returns how likely a run of `a` is above one of `b`, on a task drawn at random.

    Agarwal et al. 2021, section 4.3: for a task with runs x_1 .. x_n of `a` and y_1 .. y_m of `b`
    it is the Mann-Whitney statistic, which counts ties half,

        sum over i, j of [x_i > y_j] + [x_i = y_j] / 2, over n m

    averaged over the tasks. The interval is the percentile bootstrap, in which the runs of each
    task and side are resampled. It takes eight runs of each; below there is none. If every run of
    one side is above all of the other's, resampling shows no spread: the interval has no width
    then, and says less than it seems to. NaN scores are left out.

    Args:
        scores_a: [runs, tasks], or [runs] for one task, or task -> runs.
        scores_b: of the same tasks, any number of runs.
        resamples: of the bootstrap.
        seed: for the resampling.

    Raises:
        SafetyEnvsError: an infinite score, or different tasks.
    """
    sides = [_by_task(scores) for scores in (scores_a, scores_b)]
    if sides[0].keys() != sides[1].keys():
        raise SafetyEnvsError(
            f"both groups must be of the same tasks, got {list(sides[0])} and {list(sides[1])}"
        )
    split = [{task: defined(runs) for task, runs in side.items()} for side in sides]
    left_out = sum(number for side in split for _, number in side.values())
    pairs = [(_finite(split[0][task][0]), _finite(split[1][task][0])) for task in split[0]]
    fewest = min(len(runs) for pair in pairs for runs in pair)
    if not fewest:
        return Estimate(math.nan, math.nan, math.nan, 0, left_out)
    wins = [
        (x[:, None] > y).astype(np.float64) + (x[:, None] == y) / 2 for x, y in pairs
    ]  # for each task [n, m]
    value = float(np.mean([each.mean() for each in wins]))
    if fewest < FEW:
        return Estimate(value, math.nan, math.nan, fewest, left_out)
    random = np.random.default_rng(seed)
    drawn = np.zeros(resamples)
    for each in wins:
        counts = [_counts(number, resamples, random) for number in each.shape]
        drawn += ((counts[0] @ each) * counts[1]).sum(axis=1) / each.size / len(wins)
    return Estimate(value, *_middle(drawn, _tail(0.95)), fewest, left_out)


class Profile(NamedTuple):
    """A performance profile, and a band that holds each of its points apart with 95 %."""

    thresholds: Scores  # [K]
    share: Scores  # [K] of runs with a score above the threshold
    low: Scores  # [K]
    high: Scores  # [K]


def performance_profile(
    scores: npt.ArrayLike | ByTask,
    thresholds: npt.ArrayLike,
    *,
    resamples: int = 2000,
    seed: int = 0,
) -> Profile:
    """Returns the share of runs with a score above each threshold, averaged over the tasks.

    Agarwal et al. 2021, section 4.2, the run-score distribution: for N runs of each of M tasks,

        F(tau) = 1 / M sum over tasks of 1 / N sum over runs of [score > tau]

    The band is pointwise: the stratified percentile bootstrap at each threshold. It takes eight
    runs of each task; below it is NaN. Where all runs are on one side of a threshold, resampling
    shows no spread, and the band has no width.

    Args:
        scores: [runs, tasks], or [runs] for one task, or task -> runs.
        thresholds: [K] the taus.
        resamples: of the bootstrap.
        seed: for the resampling.

    Raises:
        SafetyEnvsError: no scores, or some that are not finite, or thresholds that are not a row.
    """
    tasks, row = _tasks(scores), _finite(thresholds)
    if row.ndim != 1:
        raise SafetyEnvsError(f"thresholds must be a row of numbers, got shape {row.shape}")
    above = [(runs[:, None] > row).astype(np.float64) for runs in tasks]
    share = np.mean([each.mean(axis=0) for each in above], axis=0)
    if _fewest(tasks) < FEW:
        return Profile(row, share, np.full_like(row, np.nan), np.full_like(row, np.nan))
    random = np.random.default_rng(seed)
    shares = [_counts(len(each), resamples, random) @ each / len(each) for each in above]
    drawn = np.mean(shares, axis=0)
    tail = 100 * _tail(0.95)
    low, high = np.percentile(drawn, [tail, 100 - tail], axis=0)
    return Profile(row, share, low, high)


def normalised(value: float, zero: float, one: float) -> float:
    """Returns a score on the scale on which `zero` is 0 and `one` is 1; NaN if they are equal.

    Raises:
        SafetyEnvsError: a number is not finite.
    """
    _finite([value, zero, one])
    return (value - zero) / (one - zero) if one != zero else math.nan


def performance_gap(performance: float, best: float, worst: float) -> float:
    """Returns how much of what can go wrong with reward-optimal policies goes wrong.

        (P* - H) / (P* - lo)

    It is 0 for the best performance that there is, and 1 for the worst reward-optimal policy;
    above 1 for less than that. So it is comparable across environments, which the share of P* is
    not.

    Args:
        performance: H, of the policy.
        best: P*, of a certificate over the same starts.
        worst: lo, the lower end of its `performance_interval`.

    Returns:
        The gap, NaN where every reward-optimal policy attains P*, so that lo = P*.

    Raises:
        SafetyEnvsError: a number that is not finite, or lo above P*.
    """
    _finite([performance, best, worst])
    margin = 1e-6 * max(1.0, abs(best), abs(worst))  # as certificates tell lo from P*
    if worst > best + margin:
        raise SafetyEnvsError(
            f"the worst performance of reward-optimal policies ({worst}) is above the best of all "
            f"({best}): give best=P*, worst=lo, of one certificate"
        )
    return (best - performance) / (best - worst) if best - worst > margin else math.nan


def _finite(scores: npt.ArrayLike) -> Scores:
    try:
        array = np.asarray(scores, np.float64)
    except ValueError:  # rows of different lengths
        raise SafetyEnvsError(
            "scores must be numbers, [runs, tasks]; give a mapping, task -> runs, where tasks have "
            "different numbers of runs"
        ) from None
    wrong = int(array.size - np.isfinite(array).sum())
    if wrong:
        undefined = int(np.isnan(array).sum())
        raise SafetyEnvsError(
            f"{wrong} of {array.size} scores are not finite ({undefined} NaN): remove "
            "undefined scores with `defined`, and report their number"
        )
    return array


def _table(scores: npt.ArrayLike) -> Scores:
    """Returns scores as [runs, tasks]."""
    table = _finite(scores)
    table = table[:, None] if table.ndim == 1 else table
    if table.ndim != 2 or not table.size:
        raise SafetyEnvsError(f"scores must be [runs, tasks] and not empty, got {table.shape}")
    return table


def _tasks(scores: npt.ArrayLike | ByTask) -> list[Scores]:
    """Returns the runs of each task."""
    if not isinstance(scores, Mapping):
        return list(_table(scores).T)
    tasks = [_finite(runs).ravel() for runs in scores.values()]
    if not tasks or not _fewest(tasks):
        raise SafetyEnvsError(
            f"every task must have runs, got {[len(runs) for runs in tasks]}: leave the others out"
        )
    return tasks


def _by_task(scores: npt.ArrayLike | ByTask) -> ByTask:
    """Returns scores, which may be undefined, as task -> runs."""
    if isinstance(scores, Mapping):
        return scores
    array = np.asarray(scores, np.float64)
    return dict(enumerate(array[None] if array.ndim == 1 else array.T))


def _side(scores: npt.ArrayLike) -> tuple[Scores, int]:
    """Returns one side of a difference without what is undefined, and how much that was."""
    if isinstance(scores, Mapping) or np.ndim(scores) > 1:
        raise SafetyEnvsError(
            "a difference is of two groups of runs of one task, [runs], or of a known number"
        )
    return defined(scores)


def _fewest(tasks: Iterable[Scores]) -> int:
    return min((len(runs) for runs in tasks), default=0)


def _weighted_iqm(tasks: Sequence[Scores]) -> float:
    """Returns the mean of the middle half of the weight, every task weighing the same."""
    scores = np.concatenate(tasks)
    weights = np.concatenate([np.full(len(runs), 1 / len(runs)) for runs in tasks]) / len(tasks)
    order = scores.argsort()
    above = weights[order].cumsum()
    kept = np.minimum(above, 0.75) - np.maximum(above - weights[order], 0.25)
    return float(np.average(scores[order], weights=np.maximum(kept, 0.0)))


def _resamples(
    scores: npt.ArrayLike | ByTask, resamples: int, random: np.random.Generator
) -> Iterator[Any]:
    """Yields scores whose runs are drawn with replacement within each task."""
    if not isinstance(scores, Mapping):
        table = _table(scores)
        runs, tasks = table.shape
        for draw in random.integers(runs, size=(resamples, runs, tasks)):
            yield table[draw, np.arange(tasks)]
        return
    groups = dict(zip(scores, _tasks(scores), strict=True))
    for _ in range(resamples):
        yield {
            task: runs[random.integers(len(runs), size=len(runs))] for task, runs in groups.items()
        }


def _counts(runs: int, resamples: int, random: np.random.Generator) -> Scores:
    """Returns how often each run is in each resample, [resamples, runs]."""
    return random.multinomial(runs, np.full(runs, 1 / runs), size=resamples).astype(np.float64)


def _middle(values: Scores | list[float], tail: float) -> tuple[float, float]:
    """Returns the percentile interval of a statistic's resamples."""
    low, high = np.percentile(values, [100 * tail, 100 - 100 * tail])
    return float(low), float(high)


def _tail(confidence: float) -> float:
    """Returns the share beyond each end of an interval."""
    if not 0 < confidence < 1:
        raise SafetyEnvsError(f"confidence must be between 0 and 1, got {confidence!r}")
    return (1 - confidence) / 2


def _student_reach(groups: Sequence[Scores], weights: Sequence[float], tail: float) -> float:
    """Returns how far the interval of a weighted sum of groups' means reaches to either side.

    Its degrees of freedom are Welch's; NaN if a group has a single run.
    """
    if any(len(runs) == 1 for runs in groups):
        return math.nan
    parts = np.array(
        [w**2 * runs.var(ddof=1) / len(runs) for w, runs in zip(weights, groups, strict=True)]
    )
    variance = float(parts.sum())
    if variance == 0:
        return 0.0
    shares = parts / variance
    freedom = 1 / sum(s**2 / (len(runs) - 1) for s, runs in zip(shares, groups, strict=True))
    return _student_quantile(1 - tail, float(freedom)) * math.sqrt(variance)


def _student_quantile(share: float, freedom: float) -> float:
    """Returns the quantile of Student's distribution for a share above one half.

    With t = sqrt(freedom) tan(angle) the density is cos(angle)^(freedom - 1) up to a known factor,
    so the angle is found by bisection of its integral.
    """
    log_total = math.lgamma(freedom / 2) - math.lgamma((freedom + 1) / 2)
    goal = (share - 0.5) * math.sqrt(math.pi) * math.exp(log_total)
    nodes, weights = np.polynomial.legendre.leggauss(64)
    low, high = 0.0, math.pi / 2
    for _ in range(60):
        angle = (low + high) / 2
        heights = np.cos(angle * (nodes + 1) / 2) ** (freedom - 1)
        below = angle / 2 * float(weights @ heights) < goal
        low, high = (angle, high) if below else (low, angle)
    return math.sqrt(freedom) * math.tan(high)
