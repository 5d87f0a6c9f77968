"""A person at a terminal: waits for what is on the screen, then presses the next key."""

import contextlib
import os
import pty
import select
import termios
import threading
import time

from safety_envs.playing.terminal import CLEAR

SLOW = 60.0  # seconds that an answer may take


class Person(threading.Thread):
    """Presses keys on a terminal, each when the program has drawn the game again.

    Args:
        keys: what the terminal sends for each key.

    Attributes:
        slave: the descriptor of the terminal, for the program.
        before: the settings of the terminal.
    """

    def __init__(self, *keys):
        super().__init__(daemon=True)
        self._master, self.slave = pty.openpty()
        self.before = termios.tcgetattr(self.slave)
        os.set_blocking(self._master, False)  # two threads may read, and one finds nothing left
        self._keys, self._seen, self._reading = keys, b"", threading.Lock()

    def run(self):
        for number, key in enumerate(self._keys, 1):
            if not self.waits_for(number):
                return
            os.write(self._master, key.encode())
        self._read_on(0.5)

    def waits_for(self, frames):
        """Waits until so many frames have been drawn to their ends; tells whether they were."""
        end = time.monotonic() + SLOW
        while time.monotonic() < end:
            *_, last = parts = self._seen.split(CLEAR.encode())
            if len(parts) > frames and b"Ctrl-Q quit" in last:
                return True
            self._read_on(0.05)
        return False

    def _read_on(self, seconds):
        while select.select([self._master], [], [], seconds)[0]:
            with self._reading, contextlib.suppress(BlockingIOError):
                self._seen += os.read(self._master, 65536)

    @property
    def settings(self):
        """The settings of the terminal now."""
        return termios.tcgetattr(self.slave)

    @property
    def screen(self):
        """All that was on the terminal."""
        return self._seen.decode()

    @property
    def frames(self):
        """The frames that the person saw."""
        return self.screen.replace("\r\n", "\n").split(CLEAR)[1:]
