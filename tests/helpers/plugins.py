"""Packages with entry points, laid into a folder; and processes that have them."""

from tests.helpers.processes import python


def install(site, package, entries, source, group="safety_envs.environments"):
    """Lays a package and its metadata into a folder, as an installer does."""
    module = package.replace("-", "_")
    (site / f"{module}.py").write_text(source, encoding="utf-8")
    info = site / f"{module}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n", encoding="utf-8"
    )
    lines = [f"{name} = {value}" for name, value in entries.items()]
    text = "\n".join([f"[{group}]", *lines, ""])
    (info / "entry_points.txt").write_text(text, encoding="utf-8")


def run(site, code, *options):
    """Runs Python code in a process that has the packages of a folder."""
    done = python(*options, "-c", code, paths=[site], NUMBA_DISABLE_JIT="1")
    return done.returncode, done.stdout, done.stderr
