"""The window: a picture of the world beside a panel, in any size."""

from typing import Any

from safety_envs.core.palette import COLOURS
from safety_envs.playing import panel, scene
from safety_envs.playing.console import THINKS, Console
from safety_envs.playing.panel import Panel
from safety_envs.playing.pen import KEY_FILL, Pen
from safety_envs.playing.scene import Scene

MARGIN = 20
FRAMES_PER_SECOND = 30
WIDTH = 3 * MARGIN + scene.WIDTH + panel.WIDTH
SHARE = 0.88
"""The largest share of the screen that a new window takes."""

MOST_SCALE = 1.6
"""The largest scale of a new window; a person may enlarge it further."""

NAMES = {
    "return": "enter", "keypad enter": "enter", "left arrow": "left", "right arrow": "right",
}  # fmt: skip


class Window:
    """A window in which a game is played.

    Args:
        console: the game.

    Raises:
        pygame.error: there is no display.
    """

    def __init__(self, console: Console) -> None:
        import pygame

        self.console = console
        self._panel, self._scene = Panel(console), Scene(console)
        still = Pen(None, 1.0)
        inner = max(self._panel.height(still), self._scene.height(still))
        self.size = (float(WIDTH), inner + 2 * MARGIN)
        pygame.display.init()
        wide, tall = pygame.display.get_desktop_sizes()[0]
        scale = min(SHARE * wide / self.size[0], SHARE * tall / self.size[1], MOST_SCALE)
        asked = (round(self.size[0] * scale), round(self.size[1] * scale))
        self._window = pygame.display.set_mode(asked, pygame.RESIZABLE)
        pygame.display.set_caption(f"{console.session.configuration.id}: play")
        pygame.key.set_repeat()  # one key press is one step

    @classmethod
    def opened(cls, console: Console) -> bool:
        """Plays in a window until it is closed; returns whether there was a display for one."""
        import pygame

        try:
            window = cls(console)
        except pygame.error:
            pygame.display.quit()
            return False
        try:
            window.run()
        finally:
            pygame.display.quit()
        return True

    def run(self) -> None:
        """Plays until the person quits."""
        import pygame

        clock = pygame.time.Clock()
        self.draw()
        while not self.console.done:
            events = pygame.event.get()
            for event in events:
                self.take(event)
            if events:
                self.draw()
            clock.tick(FRAMES_PER_SECOND)

    def take(self, event: Any) -> None:
        """Does what an event asks for."""
        import pygame

        if event.type == pygame.QUIT:
            self.console.press("close")
        elif event.type == pygame.KEYDOWN and (key := key_of(event)):
            self.console.press(key)

    def draw(self) -> None:
        """Draws the game in the middle of the window."""
        import pygame

        self._window = pygame.display.get_surface() or self._window
        if self.console.thinks:
            self._say(THINKS)
        picture = self.picture(self._window.get_size())
        self._window.blit(picture, (0, 0))
        pygame.display.flip()

    def _say(self, words: str) -> None:
        """Shows a sentence over the picture, while the program computes."""
        import pygame

        pen = Pen(self._window, self._window.get_width() / self.size[0])
        pen.box(MARGIN, MARGIN, pen.width(words) + 2 * MARGIN, 2 * MARGIN, KEY_FILL)
        pen.text(2 * MARGIN, 2 * MARGIN, words)
        pygame.display.flip()

    def picture(self, size: tuple[int, int]) -> Any:
        """Returns the game as a `pygame.Surface` of a size in pixels."""
        import pygame

        surface = pygame.Surface(size)
        surface.fill(COLOURS["ink"])
        scale = max(0.1, min(size[0] / self.size[0], size[1] / self.size[1]))
        pen = Pen(surface, scale)
        left = (size[0] / scale - self.size[0]) / 2 + MARGIN
        top = (size[1] / scale - self.size[1]) / 2 + MARGIN
        height = self.size[1] - 2 * MARGIN
        self._scene.draw(pen, left, top, height)
        self._panel.draw(pen, left + scene.WIDTH + MARGIN, top, height)
        return surface


def key_of(event: Any) -> str:
    """Returns the name of a pressed key; "" for Shift and other keys that only change others."""
    import pygame

    name = pygame.key.name(event.key)
    if name.endswith((" shift", " ctrl", " alt", " meta", "lock")) or not name:
        return ""
    if event.mod & pygame.KMOD_CTRL:
        return f"ctrl-{name}"
    typed = event.unicode
    if len(typed) == 1 and typed.isprintable() and typed != " ":
        return str(typed)
    return NAMES.get(name, name)
