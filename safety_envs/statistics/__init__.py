"""Statistics: interquartile means, confidence intervals, comparisons of runs.

Interquartile means and their bootstrap, probabilities of improvement and performance profiles
follow Agarwal et al. 2021, "Deep reinforcement learning at the edge of the statistical precipice".
Scores are arrays [runs, tasks]: one number for each independent run of each task. Where tasks have
different numbers of runs, they are a mapping: task -> runs. Every task then weighs the same.

NumPy sorts NaN as if it were the best score. So the functions raise an error for scores that are
not finite. `defined` removes NaN and counts it. Functions that return an `Estimate` do this
automatically.
"""

from safety_envs.statistics.bounded import bounds_of_mean as bounds_of_mean
from safety_envs.statistics.comparisons import difference as difference
from safety_envs.statistics.comparisons import (
    probability_of_improvement as probability_of_improvement,
)
from safety_envs.statistics.detection import auroc as auroc
from safety_envs.statistics.estimates import Estimate as Estimate
from safety_envs.statistics.estimates import Kind as Kind
from safety_envs.statistics.estimates import Statistic as Statistic
from safety_envs.statistics.estimates import bootstrap_interval as bootstrap_interval
from safety_envs.statistics.estimates import estimate as estimate
from safety_envs.statistics.estimates import interval as interval
from safety_envs.statistics.estimates import iqm as iqm
from safety_envs.statistics.profiles import Profile as Profile
from safety_envs.statistics.profiles import performance_profile as performance_profile
from safety_envs.statistics.scales import normalised as normalised
from safety_envs.statistics.scales import performance_gap as performance_gap
from safety_envs.statistics.scores import FEW as FEW
from safety_envs.statistics.scores import ByTask as ByTask
from safety_envs.statistics.scores import Scores as Scores
from safety_envs.statistics.scores import defined as defined
