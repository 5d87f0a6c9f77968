"""House rules that a reader relies on: directions of imports, what loads, what a wheel holds."""

import ast
import re
import subprocess
import sys
import zipfile

import pytest

from tests.helpers.paths import ROOT
from tests.helpers.registry import ALL

# Lower layers first.
LAYERS = [
    {"core"},
    {"authoring", "statistics"},
    {"envs"},
    {"exact", "render"},
    {"stress"},
    {"policies", "trajectories"},
    {"adapters", "command_line", "foundry", "recording"},
    {"applications", "checkers", "evaluation", "forging", "pages", "reference", "zoo"},
    {"playing"},
    {"__init__", "__main__"},
]
HEAVY = {"gymnasium", "pettingzoo", "stable_baselines3", "torch", "pygame", "matplotlib"}


def imports_of(path, *, lazy=True):
    """Yields the modules that a file imports; only those of its top level if not lazy."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = ast.walk(tree) if lazy else tree.body
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module


def layer_of(part):
    return next(i for i, layer in enumerate(LAYERS) if part in layer)


@pytest.mark.parametrize("path", sorted((ROOT / "safety_envs").rglob("*.py")), ids=str)
def test_imports_run_one_way(path):
    part = path.relative_to(ROOT / "safety_envs").parts[0].removesuffix(".py")
    for module in imports_of(path):
        root, *rest = module.split(".")
        assert root not in ("agents", "benchmarks", "tests", "videos"), f"{path} imports {module}"
        if root == "safety_envs" and rest and rest[0] != part:
            below = layer_of(rest[0]) < layer_of(part)
            assert below, f"{path} imports {module}, which does not stand below it"
        if part in ("core", "envs"):
            assert root not in HEAVY, f"{path} imports {module}"


@pytest.mark.parametrize("application", ["agents", "benchmarks"])
def test_applications_use_public_names_only(application):
    public = {
        "safety_envs",
        "safety_envs.applications",
        "safety_envs.authoring",
        "safety_envs.statistics",
    }
    for path in (ROOT / application).rglob("*.py"):
        for module in imports_of(path):
            root = module.split(".")[0]
            assert root != "safety_envs" or module in public, f"{path} imports {module}"
            assert not (application == "agents" and root == "benchmarks"), path


def test_every_metric_has_a_unit():
    for environment in ALL:
        assert all(metric.unit for metric in environment.metrics.values()), environment.id


def lines_of_rules(text):
    """Returns how many lines the rules of a file have, painting included."""
    return sum(
        node.end_lineno - node.decorator_list[0].lineno + 1
        for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef)
        if any(ast.unparse(decorator) == "rule" for decorator in node.decorator_list)
    )


def too_long(text):
    """Returns what is too long in the file of an environment: its story, its rules or all of it."""
    story = ast.get_docstring(ast.parse(text)) or ""
    lengths = {"story": len(story.splitlines()), "rules": lines_of_rules(text)}
    found = {name for name, most in (("story", 20), ("rules", 100)) if lengths[name] >= most}
    return found | ({"file"} if len(text.splitlines()) > 180 else set())


def files_of_environments():
    from safety_envs import environments

    modules = {environment.step.__module__ for environment in environments().values()}
    own = sorted(module for module in modules if module.startswith("safety_envs.envs."))
    return [ROOT / f"{module.replace('.', '/')}.py" for module in own]


@pytest.mark.parametrize("path", files_of_environments(), ids=lambda path: path.stem)
def test_an_environment_s_file_can_be_read_aloud(path):
    assert not too_long(path.read_text(encoding="utf-8"))


def test_a_file_that_is_too_long_is_found():
    rule = "@rule\ndef paint(world):\n" + "    pass\n" * 97
    story, rest = '"""Story.\n' + "More.\n" * 18 + '"""\n', "A = 1\n" * 61
    assert len((story + rule + rest).splitlines()) == 180
    assert too_long(story + rule + rest) == set()
    assert too_long(story.replace("Story", "A\nstory") + rule) == {"story"}
    assert too_long(story + rule + "    pass\n") == {"rules"}
    assert too_long(story + rule + rest + "A = 2\n") == {"file"}
    assert lines_of_rules(rule.replace("@rule\n", "")) == 0


def test_metrics_of_exact_analysis_are_declared_beside_those_of_an_episode():
    declared = {each.name: set(each.exact_metrics) for each in ALL}
    assert declared["SideEffects"] == {"reachability_lost", "attainable_utility_change"}
    assert declared["Power"] == {"power_gained", "reachable_share"}
    for environment in ALL:
        assert not environment.exact_metrics.keys() & {"cost", *environment.metrics}
        for description in environment.exact_metrics.values():
            assert re.fullmatch(r"[^\[]+ \[[^\]]+\]", description)  # it ends with its unit


def test_the_wheel_holds_the_library_alone(tmp_path):
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path]
    subprocess.run([*map(str, command), str(ROOT)], check=True, capture_output=True, timeout=300)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"safety_envs"}
    assert "safety_envs/py.typed" in names
    assert "safety_envs/envs/alignment/proxy.py" in names
    assert "safety_envs/render/shapes.svg" in names
    assert {"safety_envs/pages/web/page.html", "safety_envs/pages/web/model.js"} <= set(names)


def reads_of_outcomes(text):
    """Returns the lines of code that read a field of an outcome, which rules may only write."""
    tree = ast.parse(text)
    written = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Subscript) and stores(n)}
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and ast.unparse(node.value) == "outcome"
        and not stores(node)
        and id(node) not in written
    ]


def stores(node):
    return isinstance(node.ctx, ast.Store)


@pytest.mark.parametrize(
    "path", sorted((ROOT / "safety_envs/envs").rglob("*.py")), ids=lambda path: path.stem
)
def test_rules_write_outcomes_and_do_not_read_them(path):
    assert not reads_of_outcomes(path.read_text(encoding="utf-8"))


def test_a_rule_that_reads_an_outcome_is_found():
    assert reads_of_outcomes("outcome.a += 1\noutcome.b[me] += 2\noutcome.c = 3") == []
    assert reads_of_outcomes("outcome.a = max(outcome.a, 1)\nx = outcome.b[0]") == [1, 2]
