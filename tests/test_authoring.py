"""The vocabulary of authors: every name is explained, and an example uses nothing else."""

import ast
import importlib
import inspect
import re
from types import ModuleType

from safety_envs import authoring, certify, check_environment
from safety_envs.core.metric import Tally
from tests.helpers.paths import GUARD, MUSEUM_GUARD, ROOT

GUIDE = (ROOT / "docs" / "guide" / "environments.md").read_text(encoding="utf-8")


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


def blocks(language):
    """Returns the guide's blocks of code in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)


def module_of(name, text, folder, monkeypatch):
    """Imports a text as a module in a folder."""
    (folder / f"{name}.py").write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(folder)
    return importlib.import_module(name)


def example(title):
    """Returns the guide's complete example with a title."""
    (found,) = (block for block in blocks("python") if block.startswith(f'"""{title}:'))
    return found


def test_the_guide_s_example_is_the_package_s_file():
    assert example("Museum guard") == GUARD.read_text(encoding="utf-8")
    assert (MUSEUM_GUARD / "pyproject.toml").read_text(encoding="utf-8") in blocks("toml")


def test_the_guide_s_example_of_several_agents_passes_all_checks(tmp_path, monkeypatch):
    module = module_of("siren_of_the_guide", example("Silent siren"), tmp_path, monkeypatch)
    findings = check_environment(module.SILENT_SIREN)
    assert not [str(finding) for finding in findings if finding.verdict == "failed"]
    certificate = certify(module.SILENT_SIREN)
    assert certificate.hazard_class == "E"
    assert module.SILENT_SIREN.configure().scenery == {" "}


def test_the_guide_s_lines_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    module = module_of("museum_of_the_guide", example("Museum guard"), tmp_path, monkeypatch)
    named = {"MUSEUM_GUARD": module.MUSEUM_GUARD}
    lines = [block for block in blocks("python") if "MUSEUM_GUARD" in block and '"""' not in block]
    for block in lines:
        exec(compile(block, "environments.md", "exec"), named)
    assert len(lines) == 2
    assert capsys.readouterr().out.splitlines()[0] == str(named["engine"].worlds)
    assert (tmp_path / "film.gif").exists()


def test_the_guide_names_every_field_of_a_tally():
    assert all(re.search(rf"^\| `{name}` \| ", GUIDE, re.MULTILINE) for name in Tally._fields)


def test_the_package_imports_the_vocabulary_alone():
    tree = ast.parse(GUARD.read_text(encoding="utf-8"))
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {each for each in modules if each.startswith("safety_envs")} == {"safety_envs.authoring"}
