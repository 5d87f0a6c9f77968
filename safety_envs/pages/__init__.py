"""Pages for a browser, each one file: episodes to watch, and hazards to play."""

from safety_envs.pages.page import Page
from safety_envs.pages.playable import play_page
from safety_envs.pages.watching import replay_page, watch

__all__ = ["Page", "play_page", "replay_page", "watch"]
