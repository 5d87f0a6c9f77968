"""The generated reference: a page per environment, made from its definition."""

from safety_envs.reference.overview import markdown_table
from safety_envs.reference.write import write_reference

__all__ = ["markdown_table", "write_reference"]
