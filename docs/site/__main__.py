"""Builds the documentation site: `python -m docs.site`, which `make docs` calls."""

import argparse
import shutil
import subprocess
import sys
import time
from pathlib import Path

from docs.site import built, environment_pages, llms, staging
from safety_envs.applications import write_atomically

ROOT = staging.ROOT
STAGED, CACHE = ROOT / "build" / "docs-pages", ROOT / "build" / "docs-players"
DOCTREES = ROOT / "build" / "docs-doctrees"


def main(arguments: list[str] | None = None) -> int:
    """Builds the site and checks it.

    Returns:
        The exit status: 0, or 1 if Sphinx warns, a link leads nowhere or something is loaded from
        the network.
    """
    parser = argparse.ArgumentParser(prog="python -m docs.site", description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "docs")
    parser.add_argument(
        "--without-players", action="store_true", help="no pages to play and to watch: faster"
    )
    options = parser.parse_args(arguments)
    began = time.perf_counter()
    out = options.out.resolve()
    if (out / "objects.inv").exists():  # a site of an earlier call: pages may be gone
        shutil.rmtree(out)
    made = None if options.without_players else environment_pages.players(CACHE, out)
    pages = staging.staged(players=made)
    staging.write(pages, STAGED)
    # Its own process: a build imports the whole library, and Sphinx changes global state.
    # It reads everything again (-E): what is kept of an earlier build would hide its warnings.
    command = [sys.executable, "-m", "sphinx", "-E", "-W", "--keep-going", "-n", "-q", "-c"]
    places = [ROOT / "docs", "-d", DOCTREES, STAGED, out]
    status = subprocess.run([*command, *map(str, places)], check=False, cwd=ROOT).returncode
    if status:
        print("the builder warns: see above", file=sys.stderr)
        return 1
    _finish(pages, out)
    faults = built.faults_of(out)
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"{out / 'index.html'} in {time.perf_counter() - began:.0f} s")
    return 1 if faults else 0


def _finish(pages: staging.Pages, out: Path) -> None:
    """Adds what no builder makes: Markdown beside the pages, and the lists for language models."""
    markdown = llms.markdown_of(pages)
    for path, text in markdown.items():
        write_atomically(out / path, text)
    write_atomically(out / "llms.txt", llms.llms_txt(markdown))
    write_atomically(out / "llms-full.txt", llms.llms_full_txt(markdown))


if __name__ == "__main__":
    sys.exit(main())
