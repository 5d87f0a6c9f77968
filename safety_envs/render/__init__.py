"""Pictures and texts of worlds, from the legend alone."""

from safety_envs.render.renderer import RENDER_MODES, Renderer

__all__ = ["RENDER_MODES", "Renderer"]
