"""Checks of arguments that several APIs share."""

from typing import Any

from safety_envs.core.errors import SafetyEnvsError, did_you_mean
from safety_envs.render import RENDER_MODES


def checked_render_mode(render_mode: Any) -> str | None:
    """Returns a render mode, or None for no rendering.

    Raises:
        SafetyEnvsError: an unknown mode.
    """
    if render_mode is not None and render_mode not in RENDER_MODES:
        raise SafetyEnvsError(
            f"unknown render_mode {render_mode!r}. {did_you_mean(str(render_mode), RENDER_MODES)}"
        )
    return render_mode  # type: ignore[no-any-return]  # it is one of those


def checked_options(options: Any) -> dict[str, Any]:
    """Returns the options of a reset, empty if there are none.

    Raises:
        SafetyEnvsError: they are not a dictionary.
    """
    if options is not None and not isinstance(options, dict):
        raise SafetyEnvsError(f"options must be a dictionary or None, got {options!r}")
    return options or {}
