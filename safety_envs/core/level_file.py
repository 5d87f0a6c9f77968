"""Level files: text files of maps that lie beside the module of their environment."""

from importlib.resources import files


def read_maps(package: str | None, name: str) -> tuple[str, ...]:
    """Returns the maps of a file, which blank lines separate.

    Args:
        package: where the file lies; an environment's module passes its `__package__`.
        name: the file's name.
    """
    text = (files(package or "") / name).read_text(encoding="utf-8")
    return tuple(text.strip("\n").split("\n\n"))
