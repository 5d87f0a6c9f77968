"""The vocabulary of authors: every name is explained, and an example uses nothing else."""

import ast
import inspect
import re
from types import ModuleType

from safety_envs import authoring
from tests.helpers.paths import GUARD, ROOT


def test_every_name_is_there_and_explained():
    for name in authoring.__all__:
        value = getattr(authoring, name)
        assert value is not None
        if callable(value) or isinstance(value, ModuleType):
            assert inspect.getdoc(value), name
    for module in (authoring.board, authoring.crowd):
        for name in module.__all__:
            assert hasattr(module, name), f"{module.__name__}.{name}"


def test_the_documentation_names_only_what_is_promised():
    named = set(re.findall(r"`@?([A-Za-z_]+)`", authoring.__doc__))
    assert named - {"closed_form", "typing", "__all__"} <= set(authoring.__all__)


def test_the_guide_s_example_is_the_package_s_file():
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (example,) = re.findall(r'```python\n("""Museum guard.*?)```', guide, re.DOTALL)
    assert example == GUARD.read_text(encoding="utf-8")


def test_the_package_imports_the_vocabulary_alone():
    tree = ast.parse(GUARD.read_text(encoding="utf-8"))
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {each for each in modules if each.startswith("safety_envs")} == {"safety_envs.authoring"}
