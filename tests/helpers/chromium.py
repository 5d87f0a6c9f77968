"""Headless Chromium without a driver: its own protocol, over two pipes."""

import base64
import json
import os
import select
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--hide-scrollbars", "--disable-dev-shm-usage", "--remote-debugging-pipe",
)  # fmt: skip
SLOW = 60.0  # seconds that an answer may take


class Chromium:
    """A browser with one tab, for a `with` block.

    Attributes:
        events: all that the tab has reported, (name, parameters).
    """

    def __init__(self, profile: Path) -> None:
        self._profile = profile
        self.events: list[tuple[str, dict[str, Any]]] = []
        self._count, self._session, self._unread = 0, None, b""

    def __enter__(self):
        (their_in, self._out), (self._in, their_out) = os.pipe(), os.pipe()
        command = [CHROMIUM, *FLAGS, f"--user-data-dir={self._profile}", "about:blank"]
        # Chromium reads from descriptor 3 and writes to 4; the shell puts ours there.
        script = f'exec "$@" 3<&{their_in} 4>&{their_out}'
        self._process = subprocess.Popen(
            ["bash", "-c", script, "chromium", *command],
            pass_fds=(their_in, their_out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(their_in)
        os.close(their_out)
        tab = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=tab, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        return self

    def __exit__(self, *error):
        self._session = None
        try:
            self.call("Browser.close")
        except (OSError, TimeoutError):
            self._process.kill()
        self._process.wait(timeout=30)
        os.close(self._out)
        os.close(self._in)

    def call(self, method, **parameters):
        """Returns the answer to a command of the DevTools protocol."""
        self._count += 1
        message = {"id": self._count, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        return self._wait(lambda found: found.get("id") == self._count)["result"]

    def open(self, path, *, width=1280, height=900, dark=False):
        """Opens a file in a window of a size, and forgets earlier events."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=width < 600,
        )  # fmt: skip
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        self.events.clear()
        self.call("Page.navigate", url=path.resolve().as_uri())
        loaded = "Page.loadEventFired"
        if not any(name == loaded for name, _ in self.events):
            self._wait(lambda found: found.get("method") == loaded)

    def evaluate(self, expression):
        """Returns the value of a JavaScript expression."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def screenshot(self, path, *, top=0, height=None):
        """Writes a picture of the page, or of `height` pixels from `top` on."""
        width = self.evaluate("innerWidth")
        height = height or self.evaluate("document.documentElement.scrollHeight")
        clip = {"x": 0, "y": top, "width": width, "height": height, "scale": 1}
        answer = self.call("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(answer["data"]))

    def _wait(self, wanted):
        until = time.monotonic() + SLOW
        while True:
            head, zero, rest = self._unread.partition(b"\0")
            if zero:
                self._unread = rest
                found = json.loads(head)
                if "method" in found:
                    self.events.append((found["method"], found.get("params", {})))
                assert "error" not in found, found
                if wanted(found):
                    return found
            elif not select.select([self._in], [], [], max(0.0, until - time.monotonic()))[0]:
                raise TimeoutError("Chromium does not answer")
            elif data := os.read(self._in, 1 << 20):
                self._unread += data
            else:
                raise OSError("Chromium has ended")
