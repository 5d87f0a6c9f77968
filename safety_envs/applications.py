"""Helpers for applications: training scripts, benchmarks and other command lines.

- `add_environment_argument` and `parse_keywords` read an environment and its keywords from a
  command line.
- `algorithm_class` returns the class that Stable-Baselines3 or sb3-contrib has for an algorithm.
- `compiled` returns the machine code of a loop over arrays; it may call rules.
- `Card` and `ShippedPolicy` are a trained policy as data; see `safety_envs.shipped_policies`.
- `atomic_file` and `write_atomically` write files completely or not at all.
- `did_you_mean` suggests known names in error messages.
- `enumerate_model`, `starts_of` and `expected_values` are the steps of the exact solver, for those
  who measure them.
- `PluginTable` is a table that other packages can extend by entry points.
- `rules_version` identifies the code that produced a result.
- `spread_seed` derives independent seeds from one.
- `usable_processors` counts the processors that this process may use.
"""

from safety_envs.adapters.sb3_network import algorithm_class
from safety_envs.command_line import add_environment_argument, parse_keywords
from safety_envs.core.compile import compiled
from safety_envs.core.dice import spread_seed
from safety_envs.core.errors import did_you_mean
from safety_envs.core.files import atomic_file, write_atomically
from safety_envs.core.plugins import PluginTable
from safety_envs.core.processors import usable_processors
from safety_envs.core.rules import rules_version
from safety_envs.exact.models.model import enumerate_model, starts_of
from safety_envs.exact.optima.solve import expected_values
from safety_envs.policies.shipped import Card, ShippedPolicy

__all__ = [
    "Card",
    "PluginTable",
    "ShippedPolicy",
    "add_environment_argument",
    "algorithm_class",
    "atomic_file",
    "compiled",
    "did_you_mean",
    "enumerate_model",
    "expected_values",
    "parse_keywords",
    "rules_version",
    "spread_seed",
    "starts_of",
    "usable_processors",
    "write_atomically",
]
