"""The bibliography: every work that is cited, and who cites it. `python -m docs.site.bibliography`.

It is made from the sources of environments, the docstrings of methods and solvers, and the guides.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import safety_envs
from docs.site.works import CHECKED, WORKS, Work
from safety_envs.applications import write_atomically
from safety_envs.reference.story import story_of

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "bibliography.md"

CITATION = re.compile(r"(?:[A-Z][\w'’-]+|\bal\.),? \(?(?:19|20)\d\d\b\)?")
"""The end of a citation: a name, and a year."""

HEAD = """<!-- made by `python -m docs.site.bibliography`: do not edit -->

# Bibliography

The works that environments, methods, solvers and guides cite, with the places that cite them. What
was read of a work is said where it is cited; this list only says what the work is. Authors, years
and places of publication were entered from memory. Those with a ✓ were then compared with the
reference lists of other authors, as found in public repositories.

"""


def citing() -> Mapping[str, str]:
    """Returns the text of everything that cites: a link as Markdown -> text in one line."""
    found = {
        f"[{environment.name}](reference/{environment.id}.md)": story_of(environment).source
        for environment in safety_envs.environments().values()
    }
    for folder in ("agents/methods", "agents/algorithms"):
        for file in sorted((ROOT / folder).glob("*.py")):
            found[f"`{file.stem}`"] = file.read_text(encoding="utf-8")
    for file in sorted((ROOT / "docs" / "guide").glob("*.md")):
        text = file.read_text(encoding="utf-8")
        title = re.search(r"^# (.+)$", text, re.MULTILINE)
        found[f"[{title[1] if title else file.stem}](guide/{file.name})"] = text
    for part in ("exact", "evaluation", "statistics", "stress"):
        files = sorted((ROOT / "safety_envs" / part).rglob("*.py"))
        found[f"`safety_envs.{part}`"] = " ".join(
            file.read_text(encoding="utf-8") for file in files
        )
    return {link: " ".join(text.split()) for link, text in found.items()}


def missing_in(text: str) -> list[str]:
    """Returns the citations in a text that no work of the bibliography covers."""
    line = " ".join(text.split())
    for work in WORKS:
        for form in work.cited:
            line = line.replace(form, "")
    return CITATION.findall(line)


def page() -> str:
    """Returns the page as Markdown."""
    texts = citing()
    return HEAD + "\n".join(_entries(texts)) + "\n"


def _entries(texts: Mapping[str, str]) -> Iterator[str]:
    for work in sorted(WORKS, key=lambda each: (each.authors.lower(), each.year)):
        title = f"[{work.title}]({work.link})" if work.link else work.title
        users = [link for link, text in texts.items() if any(form in text for form in work.cited)]
        mark = " ✓" * (work.cited[0] in CHECKED)
        yield f"- {work.authors} ({work.year}). *{title}*. {work.where}.{mark}{_cited_by(users)}"


def _cited_by(users: list[str]) -> str:
    return f"\n  Cited by {', '.join(users)}." if users else ""


def unused() -> list[Work]:
    """Returns the works that nothing cites."""
    texts = citing().values()
    return [
        work for work in WORKS if not any(form in text for form in work.cited for text in texts)
    ]


if __name__ == "__main__":
    write_atomically(PAGE, page())
    sys.exit(0)
