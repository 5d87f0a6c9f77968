"""The HTML page in a real browser, from disk: nothing is missing, loaded, cut off or too wide."""

import pytest

from benchmarks.report import write_page
from benchmarks.report.palette import INKS
from tests.benchmarks.pages import trial
from tests.helpers.chromium import CHROMIUM, Chromium

FIGURES = ("leaderboard", "reward_and_performance", "curves", "runs")
WINDOWS = {"wide": (1280, False), "phone": (360, False), "dark": (1280, True)}
COMPLAINTS = ("Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled")
PANELS = """
[...document.querySelectorAll(".panel > svg")].map(svg => {
  const box = svg.getBoundingClientRect(), drawn = svg.getBBox(), view = svg.viewBox.baseVal;
  return {
    left: box.left, right: box.right, height: box.height,
    marks: svg.querySelectorAll(".agent path, .agent use").length,
    room: [drawn.x - view.x, view.x + view.width - drawn.x - drawn.width],
  };
})
"""
TEXT_SIZES = """
[...document.querySelectorAll(".panel text")].map(text =>
  parseFloat(getComputedStyle(text).fontSize) * text.ownerSVGElement.getScreenCTM().a)
"""
TOO_WIDE = """
[...document.querySelectorAll(".scroll")].filter(each => each.scrollWidth > each.clientWidth).length
"""
OPACITIES = """
document.head.insertAdjacentHTML("beforeend", "<style>*{transition:none!important}</style>");
[3, 4].map(number => document.querySelector("#figure-curves .agent.a" + number))
  .map(each => getComputedStyle(each).opacity)
"""
CLICK = "document.querySelector('#figure-curves .legend button').click()"
TABLES_ARE_LABELLED = """
[...document.querySelectorAll("table")].every(table =>
  table.caption.textContent.trim()
  && table.querySelectorAll("thead th[scope=col]").length === table.rows[1].cells.length
  && [...table.tBodies[0].rows].every(row => row.cells[0].matches("th[scope=row]")))
"""
IDS = "[...document.querySelectorAll('[id]')].map(each => each.id)"

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="Chromium is not installed: apt-get install chromium"
)


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    (folder / "alone").mkdir()  # without the other files of the page
    write_page(trial(figures=FIGURES, introduction="A *word*."), folder)
    return (folder / "report.html").rename(folder / "alone" / "report.html")


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with Chromium(tmp_path_factory.mktemp("profile")) as found:
        yield found


def rgb(colour):
    return "rgb({}, {}, {})".format(*(int(colour[k : k + 2], 16) for k in (1, 3, 5)))


@pytest.mark.parametrize("window", WINDOWS)
def test_the_page_works_from_disk(browser, page, window):
    width, dark = WINDOWS[window]
    browser.open(page, width=width, dark=dark)
    assert [event for event in browser.events if event[0] in COMPLAINTS] == []
    requests = [found for name, found in browser.events if name == "Network.requestWillBeSent"]
    asked = {each["request"]["url"] for each in requests}
    assert {url for url in asked if not url.startswith("data:")} == {page.resolve().as_uri()}
    assert browser.evaluate("document.documentElement.scrollWidth") <= width
    paper = INKS["paper"].dark if dark else INKS["paper"].light
    assert browser.evaluate("getComputedStyle(document.body).backgroundColor") == rgb(paper)


@pytest.mark.parametrize("window", WINDOWS)
def test_all_figures_are_seen_whole(browser, page, window):
    width, dark = WINDOWS[window]
    browser.open(page, width=width, dark=dark)
    panels = browser.evaluate(PANELS)
    assert len(panels) == 3 + 2 + 4 + 2
    for panel in panels:
        assert panel["left"] >= 0 and panel["right"] <= width
        assert panel["height"] > 100 and panel["marks"] > 1
        assert min(panel["room"]) > -1
    assert browser.evaluate("document.querySelectorAll('figcaption').length") == len(FIGURES)


def test_a_phone_shows_text_large_enough_and_tables_in_boxes_that_scroll(browser, page):
    browser.open(page, width=360)
    assert min(browser.evaluate(TEXT_SIZES)) >= 9
    assert browser.evaluate(TOO_WIDE) >= 3  # the leaderboard and both tasks


def test_a_click_on_an_agent_dims_the_others_and_a_second_click_ends_it(browser, page):
    browser.open(page)
    assert browser.evaluate(OPACITIES) == ["1", "1"]
    browser.evaluate(CLICK)
    assert browser.evaluate(OPACITIES) == ["1", "0.08"]
    assert browser.evaluate("document.querySelectorAll('button[aria-pressed=true]').length") == 2
    browser.evaluate(CLICK)
    assert browser.evaluate(OPACITIES) == ["1", "1"]


def test_what_is_on_the_page_has_names_for_those_who_hear_it(browser, page):
    browser.open(page)
    assert browser.evaluate(TABLES_ARE_LABELLED)
    labels = "[...document.querySelectorAll('[role=img]')].map(each => each.ariaLabel)"
    assert all(browser.evaluate(labels))
    ids = browser.evaluate(IDS)
    assert len(ids) == len(set(ids))
