"""Markdown: tables and code."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Returns a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def code(text: str) -> str:
    """Returns text as inline code that may stand in a table: a bar and a backtick are escaped."""
    fence = "`` " if "`" in text else "`"
    return (fence + text + fence[::-1]).replace("|", "\\|")


def block(text: str, language: str = "") -> str:
    """Returns text as a block of code."""
    return f"```{language}\n{text}\n```"


def keywords_in_call(keywords: Mapping[str, Any]) -> str:
    """Returns keywords as they follow the first argument of a call: `, form="matrix", size=8`.

    Strings stand in double quotes, as formatters write them.
    """
    texts = {k: json.dumps(v) if isinstance(v, str) else repr(v) for k, v in keywords.items()}
    return "".join(f", {name}={text}" for name, text in texts.items())
