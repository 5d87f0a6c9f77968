"""The libraries, as data."""

from collections.abc import Sequence
from dataclasses import dataclass

OURS = ("gymnasium", "numpy", "numba", "llvmlite", "pettingzoo", "stable_baselines3", "torch")
"""What an installation with a library takes from constraints.txt.

The rest of that file holds releases that some libraries do not allow and our package does not need.
"""


@dataclass(frozen=True)
class Library:
    """A library and its tests.

    Attributes:
        packages: what pip installs beside us, with the releases that were tested.
        tests: a file, or a test in it, in pytest's words.
        free: names of `OURS` that the library pins to another release.
        without_dependencies: what is installed as it is, whatever it asks for.
        ignored: warnings between its own dependencies, in pytest's words.
    """

    packages: Sequence[str]
    tests: str
    free: Sequence[str] = ()
    without_dependencies: Sequence[str] = ()
    ignored: Sequence[str] = ()


READERS = "tests/adapters/test_other_libraries.py"

LIBRARIES = {
    "rl_zoo": Library(["rl_zoo3==2.9.2"], "tests/integrations/test_rl_zoo.py"),
    "tianshou": Library(["tianshou==2.0.1"], "tests/integrations/test_tianshou.py"),
    "rllib": Library(["ray[rllib]==2.60.0"], "tests/integrations/test_rllib.py", ["gymnasium"]),
    "pufferlib": Library(  # it pins another torch
        ["psutil", "rich", "rich-argparse"],
        "tests/integrations/test_pufferlib.py",
        without_dependencies=["pufferlib-core==3.0.23"],
    ),
    "sbx": Library(
        ["sbx-rl==0.28.0", "stable_baselines3", "tensorboard", "cloudpickle", "tqdm"],
        "tests/agents/test_sbx.py",
        ignored=["ignore:jax:DeprecationWarning"],  # TensorFlow Probability asks for old names
    ),
    "torchrl": Library(["torchrl==0.14.1", "tensordict==0.14.3"], READERS),
    "supersuit": Library(["supersuit==3.11.0"], READERS),
    "minari": Library(["minari[create,hdf5]==0.5.4"], READERS),
}
