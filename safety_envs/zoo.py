"""PettingZoo's older convention: `from safety_envs.zoo import commons_harvest_v0`.

Every multi-agent environment is a module here, named in lower case. Its functions are
`parallel_env(**options)` and, for the AEC API, `env(**options)`, also called `raw_env`.
"""

import re
from functools import cache, partial
from types import ModuleType

from safety_envs.adapters.pettingzoo_env import SafetyParallelEnv, aec_env
from safety_envs.core.errors import did_you_mean
from safety_envs.envs import environments


def module_names() -> dict[str, str]:
    """Returns the modules' names and the ids of their environments."""
    return {
        f"{re.sub('(?<!^)(?=[A-Z])', '_', it.name).lower()}_{it.id.rpartition('-')[2]}": it.id
        for it in environments().values()
        if it.is_multi_agent
    }


@cache
def _module(name: str) -> ModuleType:
    environment = module_names()[name]
    module = ModuleType(f"{__name__}.{name}", f"{environment} with PettingZoo's two APIs.")
    vars(module).update(
        parallel_env=partial(SafetyParallelEnv, environment),
        env=partial(aec_env, environment),
        raw_env=partial(aec_env, environment),
    )
    return module


def __getattr__(name: str) -> ModuleType:
    if name.startswith("__") or name not in module_names():
        raise AttributeError(f"no environment {name!r} here. {did_you_mean(name, module_names())}")
    return _module(name)


def __dir__() -> list[str]:
    return sorted(module_names())
