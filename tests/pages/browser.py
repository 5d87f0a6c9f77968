"""What tests of pages in Chromium share: opening them, keys, and a check of accessibility."""

import gzip
import json
import time

from tests.helpers.paths import DATA

COMPLAINTS = ("Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled")
WINDOWS = {"wide": (1280, False), "phone": (360, False), "dark": (1280, True)}
KEYS = {
    "ArrowRight": ("ArrowRight", 39), "ArrowLeft": ("ArrowLeft", 37), "ArrowUp": ("ArrowUp", 38),
    "ArrowDown": ("ArrowDown", 40), "Home": ("Home", 36), "End": ("End", 35), " ": ("Space", 32),
    "Tab": ("Tab", 9), "Enter": ("Enter", 13),
}  # fmt: skip
AXE = DATA / "axe-core" / "axe.min.js.gz"


def opened(browser, path, window="wide"):
    """Opens a page in a window, and waits until its scripts have run."""
    width, dark = WINDOWS[window]
    browser.open(path, width=width, dark=dark)
    wait_for(browser, "'ready' in document.documentElement.dataset")


def wait_for(browser, condition):
    """Waits until a condition of the page holds."""
    until = time.monotonic() + 60
    while not browser.evaluate(condition):
        assert time.monotonic() < until, (condition, complaints(browser))
        time.sleep(0.05)


def complaints(browser):
    """Returns what the page has written to the console, errors of the policy included."""
    return [event for event in browser.events if event[0] in COMPLAINTS]


def asked(browser):
    """Returns the addresses that the page has asked for."""
    requests = [found for name, found in browser.events if name == "Network.requestWillBeSent"]
    urls = {each["request"]["url"] for each in requests}
    return {url for url in urls if not url.startswith("data:")}


def press(browser, *keys):
    """Presses keys, as a keyboard does."""
    for key in keys:
        code, number = KEYS[key] if key in KEYS else (f"Key{key.upper()}", ord(key.upper()))
        text = {" ": " ", "Enter": "\r"}.get(key, key if len(key) == 1 else "")
        event = {"key": key, "code": code, "windowsVirtualKeyCode": number}
        browser.call("Input.dispatchKeyEvent", type="keyDown", text=text, **event)
        browser.call("Input.dispatchKeyEvent", type="keyUp", **event)


def faults(browser):
    """Returns what axe-core finds wrong: (rule, the first element)."""
    browser.evaluate(gzip.decompress(AXE.read_bytes()).decode() + "; 0")
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}
    still = "<style>*{transition:none!important}</style>"
    browser.evaluate(f"document.head.insertAdjacentHTML('beforeend', {json.dumps(still)})")
    browser.evaluate(
        f"axe.run({json.dumps(rules)}).then(found => {{ window.found = found.violations }}); 0"
    )
    wait_for(browser, "'found' in window")
    return browser.evaluate("found.map(each => [each.id, each.nodes[0].html, each.nodes.length])")


def numbers(browser, selector):
    """Returns the exact numbers that elements show."""
    found = browser.evaluate(
        f"[...document.querySelectorAll({json.dumps(selector)})].map(each => each.dataset.value)"
    )
    return [float(value) for value in found]
