"""`llms.txt` and `llms-full.txt`: the site for language models, by the convention of llmstxt.org.

`llms.txt` is a list of links with a sentence each. The links lead to the Markdown of the pages,
which stands beside their HTML. `llms-full.txt` holds the pages themselves.
"""

import re
from collections.abc import Iterator, Mapping

from docs.site.api import GROUPS
from docs.site.api_pages import text_of_group
from docs.site.contents import SECTIONS, pages_of

ABOUT = (
    "Reinforcement-learning environments in which the reward is not quite what the designer "
    "wanted, and an exact solver that proves how much that costs. A Python library with the APIs "
    "of Gymnasium, PettingZoo and Stable-Baselines3."
)

NOTE = (
    "Each environment has a reward, which the agent is trained on, and a hidden performance, which "
    "says what the designer wanted. `safety_envs.certify` computes R* (the best reward), I (the "
    "interval of the performance over all reward-optimal policies) and P* (the best performance)."
)

IN_FULL = ("First steps", "Concepts", "Guides", "API reference", "About")
"""The sections of `llms-full.txt`. Of the others it has the index pages."""

_DIRECTIVE = re.compile(r"^(`{3,}|:{4,})\{(?:toctree|grid|raw).*?^\1\n?", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->\n*", re.DOTALL)
_FRONT = re.compile(r"\A---\n.*?\n---\n+", re.DOTALL)


def markdown_of(pages: Mapping[str, str | bytes]) -> dict[str, str]:
    """Returns the Markdown that stands beside the HTML: path -> text, complete as it is.

    Args:
        pages: the files that Sphinx reads.
    """
    found = {
        path: _plain(str(text))
        for path, text in pages.items()
        if path.endswith(".md") and not path.startswith("source/")
    }
    return found | {f"api/{group.page}.md": text_of_group(group) for group in GROUPS}


def llms_txt(markdown: Mapping[str, str]) -> str:
    """Returns the list of pages.

    Args:
        markdown: what `markdown_of` returns.
    """
    parts = [f"# Safety Envs\n\n> {ABOUT}\n\n{NOTE}"]
    for title, summary, pages in _sections(markdown):
        links = "\n".join(f"- [{_title(text)}]({path}){_about(text)}" for path, text in pages)
        parts.append(f"## {title}\n\n{summary}\n\n{links}")
    return "\n\n".join(parts) + "\n"


def llms_full_txt(markdown: Mapping[str, str]) -> str:
    """Returns the pages themselves, each under a line with its path."""
    parts = [f"# Safety Envs\n\n> {ABOUT}\n\n{NOTE}"]
    for title, _, pages in _sections(markdown):
        for path, text in pages:
            if title in IN_FULL or path.endswith("index.md"):
                parts.append(f"<!-- {path} -->\n\n{text.strip()}")
    return "\n\n".join(parts) + "\n"


def _sections(
    markdown: Mapping[str, str],
) -> Iterator[tuple[str, str, list[tuple[str, str]]]]:
    there = [path.removesuffix(".md") for path in markdown]
    for section in SECTIONS:
        found = []
        for page, below in pages_of(section, there):
            found += [(f"{each}.md", markdown[f"{each}.md"]) for each in (page, *below)]
        if found:
            yield section.title, section.summary, found


def _title(text: str) -> str:
    found = re.search(r"^# (.+)$", text, re.MULTILINE)
    return found[1].replace("`", "") if found else "Untitled"


def _about(text: str) -> str:
    """Returns ": " and the first sentence of a page; nothing if it begins with something else."""
    paragraphs = [each.strip() for each in text.split("\n\n")]
    for paragraph in paragraphs[1:6]:
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", " ".join(paragraph.split()))
        words = words.replace("**", "").strip("*")
        if words[:1].isalpha() and len(words) > 20:
            return f": {re.split(r'(?<=[.!?]) ', words)[0]}"
    return ""


def _plain(text: str) -> str:
    return _COMMENT.sub("", _DIRECTIVE.sub("", _FRONT.sub("", text))).strip() + "\n"
