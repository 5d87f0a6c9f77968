"""Markdown: tables and code."""

from collections.abc import Iterable, Sequence


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
