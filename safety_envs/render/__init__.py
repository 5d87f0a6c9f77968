"""Pictures and texts of worlds, derived from the legend."""

from safety_envs.render.renderer import RENDER_MODES, Renderer, renderer_of

__all__ = ["RENDER_MODES", "Renderer", "renderer_of"]
