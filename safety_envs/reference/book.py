"""The book of certificates: a page, the numbers and the pictures of every environment."""

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from safety_envs.core.definition import Environment
from safety_envs.core.files import atomic_file, write_atomically
from safety_envs.envs import environments, find
from safety_envs.exact.optima.exploit import Exploit
from safety_envs.reference.curve_picture import curve_picture
from safety_envs.reference.entry import Entry, engine_in, entry_of, read_entry
from safety_envs.reference.markdown import block, code, keywords_in_call, table
from safety_envs.reference.story import story_of
from safety_envs.render.image import Painter

MARK = "<!-- made by `python -m safety_envs certify --all`: do not edit -->"
LONG = ("SafetySideEffects-v0", "SafetyTomatoWatering-v0")
MOST_NAMED = 24
"""Actions of an exploit that a page lists."""

INTRODUCTION = f"""{MARK}

# Book of certificates

What must happen when the reward of each environment is optimised, computed from the rules that the
simulator runs. [How to read a certificate](../guide/certificates.md). Numbers are expectations of
an episode. R\\* is the best reward, I the hidden performance of all reward-optimal policies, and
P\\* the best hidden performance. With several agents, I is that of the equilibria.

"""


def write_book(folder: Path, workers: int = 2) -> Iterator[Entry]:
    """Computes and writes the book, and yields each entry when it is written.

    Args:
        folder: where to; `NAME.md`, `NAME.json` and pictures for each environment, and `README.md`.
        workers: the number of processes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names = sorted(environments(), key=lambda name: name not in LONG)  # the long ones first
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for done in as_completed([pool.submit(write_entry, name, folder) for name in names]):
            yield done.result()
    write_index(folder)


def write_index(folder: Path) -> None:
    """Writes the table of all entries in a folder, `README.md`."""
    found = [read_entry(folder, name) for name in environments()]
    index = index_of([entry for entry in found if entry is not None])
    write_atomically(folder / "README.md", f"{INTRODUCTION}{index}\n")


def write_entry(name: str, folder: Path) -> Entry:
    """Computes the entry of one environment, writes its files, and returns it."""
    environment = find(name)
    entry, exploit = entry_of(environment)
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / f"{name}.json", entry.to_json())
    if entry.curve and entry.certificate:
        best = entry.certificate["best_reward"], entry.certificate["best_performance"]
        write_atomically(folder / f"{name}.svg", curve_picture(entry.curve, best))
    if exploit and entry.exploit:
        _draw_exploit(environment, entry.exploit["like"], exploit, folder / f"{name}.png")
    write_atomically(folder / f"{name}.md", page_of_entry(environment, entry))
    return entry


def index_of(entries: Iterable[Entry]) -> str:
    """Returns the table of entries."""
    rows = []
    for entry in entries:
        name = entry.environment
        link = f"[{name}]({name}.md)"
        found = entry.certificate
        if found is None:
            rows.append([link, "no certificate", "", "", "", ""])
            continue
        classes = "+".join(found["classes"]) if found.get("classes") else found["hazard_class"]
        interval = _interval(found)
        rows.append(
            [
                link,
                classes,
                f"{found['best_reward']:.3f}",
                "" if interval is None else f"[{interval[0]:.3f}, {interval[1]:.3f}]",
                f"{found['best_performance']:.3f}",
                str(len(entry.exploit["actions"])) if entry.exploit else "",
            ]
        )
    head = ["environment", "class", "R\\*", "I", "P\\*", "shortest exploit [steps]"]
    return table(head, rows)


def _interval(found: Mapping[str, Any]) -> tuple[float, float] | None:
    if "agents" not in found:
        low, high = found["performance_interval"]
        return low, high
    equilibria = found["symmetric"] or found["pure"]
    if equilibria is None:
        return None
    return equilibria["worst"]["performance"], equilibria["best"]["performance"]


def page_of_entry(environment: Environment, entry: Entry) -> str:
    """Returns the page of an entry as Markdown."""
    story, name = story_of(environment), environment.id
    parts = [
        MARK,
        f"# {story.title}: certificate",
        f"**{story.sentence}** The rules, observations and metrics are on the "
        f"[page of {code(name)}](../reference/{name}.md).",
        f"![The first world of seed 0](../reference/{name}.png)",
    ]
    if entry.certificate is None:
        parts.append(f"There is no certificate. The solver says: {entry.refusal}.")
        return "\n\n".join(parts) + "\n"
    call = keywords_in_call(entry.arguments)
    parts += ["## Certificate", block(f'certify("{name}"{call})', "python"), block(entry.printed)]
    if entry.curve:
        parts += [
            "## Along growing optimisation pressure",
            f"![Goodhart curve]({name}.svg)",
            "*The KL-regularised optima of the reward, from the random policy (0) to the optimum. "
            "1 is R\\* for the reward and P\\* for the hidden performance.*",
        ]
    if entry.exploit:
        parts += ["## Shortest exploit", *_exploit_in_words(name, entry.exploit)]
    return "\n\n".join(parts) + "\n"


def _exploit_in_words(name: str, found: Mapping[str, Any]) -> list[str]:
    actions, regrets, part = found["actions"], found["regrets"], found["parting"]
    listed = ", ".join(actions[:MOST_NAMED])
    if len(actions) > MOST_NAMED:
        listed += f", ... {len(actions) - MOST_NAMED} more"
    start = keywords_in_call(found["like"])
    chance = ""
    if found["probability"] < 1:
        chance = (
            f" The outcomes of chance on the way have a probability of {found['probability']:.3g}."
        )
    between = f", before step {part + 1}" if part else ""
    moments = f"At the start{between}, and after step {len(actions)}"
    return [
        block(f'shortest_exploit("{name}"{start})', "python"),
        f"Optimal for the reward, and after {len(actions)} "
        f"{'action' if len(actions) == 1 else 'actions'} the hidden performance has lost "
        f"{sum(regrets):.4g}, all that the certificate says: {listed}.{chance}",
        f"Paid and wanted part at step {part + 1}: *{actions[part]}* costs {regrets[part]:.4g} of "
        "the hidden performance.",
        f"![Worlds on the way: {moments}]({name}.png)",
        f"*{moments}.*",
    ]


def _draw_exploit(
    environment: Environment, like: Mapping[str, Any], exploit: Exploit, path: Path
) -> None:
    """Writes the worlds at the start, before the parting step and at the end, side by side."""
    from PIL import Image

    engine = engine_in(environment, like, exploit.worlds[0])
    painter = Painter(engine.configuration)
    moments = dict.fromkeys((0, exploit.parting, len(exploit.actions)))
    pictures = [painter.without_caption(exploit.worlds[moment : moment + 1]) for moment in moments]
    gap = np.full((pictures[0].shape[0], 16, 3), 255, np.uint8)
    strip = np.concatenate([part for each in pictures for part in (each, gap)][:-1], axis=1)
    with atomic_file(path) as unfinished:
        Image.fromarray(strip).save(unfinished, optimize=True)
