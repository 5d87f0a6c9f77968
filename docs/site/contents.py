"""The order of the site's pages, as data. A test checks that every page in `docs` has a place."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Section:
    """A part of the site.

    Attributes:
        title: its caption in the sidebar.
        pages: paths of its pages, from the site's root, without suffix.
        children: page -> paths, or patterns of paths, of the pages below it.
        summary: what it is for, in llms.txt.
    """

    title: str
    pages: Sequence[str]
    summary: str
    children: Sequence[tuple[str, Sequence[str]]] = ()


SECTIONS = (
    Section(
        "First steps",
        ("start", "tutorials/index", "notebooks/index", "glossary"),
        "Installation, a first certificate, a first trained agent, and the words.",
        (("tutorials/index", ("tutorials/*",)), ("notebooks/index", ("notebooks/*",))),
    ),
    Section(
        "Concepts",
        (
            "concepts/reward_and_performance",
            "concepts/hazard_classes",
            "concepts/certificates",
            "concepts/goodhart_curves",
            "concepts/gap_and_tax",
        ),
        "What is measured and proved, with pictures made from the library's own numbers.",
    ),
    Section(
        "Environments",
        ("reference/index", "certificates/index", "clips/index"),
        "Rules, observations, metrics, exact certificates, and pages to play.",
        (
            ("reference/index", ("reference/Safety*", "reference/shapes")),
            ("certificates/index", ("certificates/Safety*",)),
        ),
    ),
    Section(
        "Guides",
        (
            "guide/frameworks",
            "guide/integrations",
            "guide/observations",
            "guide/certificates",
            "guide/evaluation",
            "guide/robustness",
            "guide/questions",
            "guide/games",
            "guide/control",
            "guide/side_effects",
            "guide/training",
            "guide/checkpoints",
            "guide/trajectories",
            "guide/watching",
            "guide/frames",
            "guide/levels",
            "guide/environments",
            "guide/experiments",
            "guide/published",
            "guide/directions",
            "throughput",
        ),
        "How to do one thing each: training, evaluation, attacks, games, levels, experiments.",
    ),
    Section(
        "API reference",
        ("api/index",),
        "Every public name, with its signature and docstring.",
        (("api/index", ("api/*",)),),
    ),
    Section(
        "Results",
        ("results/index",),
        "Experiments with intervals over independent runs, and their records.",
        (("results/index", ("results/*/report", "results/*")),),
    ),
    Section(
        "About",
        ("comparison", "limits", "bibliography", "contributing", "changelog"),
        "Peers, limits, sources, and how to contribute.",
    ),
)
"""The sections in the order of the sidebar. Pages that are not there yet are left out."""


def pages_of(section: Section, there: Iterable[str]) -> list[tuple[str, list[str]]]:
    """Returns the pages of a section that exist, each with the pages below it.

    Args:
        section: the section.
        there: the paths of all pages, without suffix.
    """
    known, below = sorted(there), dict(section.children)
    found = []
    for page in section.pages:
        if page in known:
            patterns = below.get(page, ())
            matches = (each for pattern in patterns for each in known if _fits(each, pattern))
            found.append((page, [each for each in dict.fromkeys(matches) if each != page]))
    return found


def without_place(there: Iterable[str]) -> list[str]:
    """Returns the pages that are in no section."""
    known = list(there)
    placed = {"index"}
    for section in SECTIONS:
        for page, below in pages_of(section, known):
            placed |= {page, *below}
    return sorted(set(known) - placed)


def _fits(page: str, pattern: str) -> bool:
    path, form = Path(page), Path(pattern)
    return len(path.parts) == len(form.parts) and path.match(pattern)
