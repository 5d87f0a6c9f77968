"""What the site adds to an environment's page: its clip, and the pages to play and to watch."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

import safety_envs
from docs.site.players import Made, playable, watchable
from safety_envs.core.definition import Environment

PLAY = """## Play

{how}

```sh
python -m safety_envs play {id}
```
{frame}
"""

ON_PAGE = """Here arrow keys or digits act. The hidden performance is covered until you press
<kbd>H</kbd>; <kbd>A</kbd> shows what the reward-optimal and the intended policy would do{start}.
In a window or in a terminal:"""

WATCH = """## Watch

{who}{start}.
{frame}
"""

FRAME = """
<p class="player-link"><a href="../{kind}/{id}.html">{verb} {id} in a window of its own</a></p>
<div class="player">
<iframe src="../{kind}/{id}.html" title="{verb} {id}" loading="lazy"></iframe>
</div>
"""

PICTURE = re.compile(r"^!\[The first world[^\n]*\n\n\*The first world[^\n]*\*$", re.MULTILINE)
"""The picture of a reference page, and its caption."""

WHO = {
    ("reward_optimal", "performance_optimal"): "The policy that is best for the reward, beside the "
    "one that is best for the hidden performance, step by step from the same start",
    (
        "equilibrium",
        "cooperative",
    ): "An equilibrium of agents that maximise their own reward, beside "
    "the best that they can reach together, step by step from the same start",
    ("random",): "An episode of the random policy, because no optimum is known",
}


def with_players(text: str, environment: Environment, play: Made, watch: Made) -> str:
    """Returns a reference page with its pages to play and to watch, before its table of actions."""
    name = environment.id
    how = ON_PAGE.format(start=_start(play.arguments))
    if not play.file:
        how = f"In a window or in a terminal ({_reason(environment, play)}):"
    frame = FRAME.format(kind="play", id=name, verb="Play") if play.file else ""
    parts = [PLAY.format(how=how, id=name, frame=frame)]
    if watch.file:
        who = WHO[tuple(watch.arguments["policies"])]
        given = {key: watch.arguments[key] for key in watch.arguments if key != "policies"}
        frame = FRAME.format(kind="watch", id=name, verb="Watch")
        parts.append(WATCH.format(who=who, start=_start({**given, "seed": 0}), frame=frame))
    return text.replace("\n## Actions\n", "\n" + "\n".join(parts) + "\n## Actions\n", 1)


def _reason(environment: Environment, play: Made) -> str:
    """Returns in a phrase why a page to play is missing."""
    if environment.is_multi_agent:
        return "pages to play are for one agent"
    return play.refusal.partition(":")[0].replace(" with {}", "")


def with_clip(text: str, name: str, clips: Path) -> str:
    """Returns a reference page with the environment's clip in place of its picture, if it has one.

    Args:
        text: the page.
        name: the environment's id.
        clips: the folder with ID.webp, and what is played in it, ID.json.
    """
    facts = clips / f"{name}.json"
    if not (clips / f"{name}.webp").exists() or not facts.exists():
        return text
    clip_facts = json.loads(facts.read_text(encoding="utf-8"))
    played, defaults = clip_facts["played"], safety_envs.find(name).configure().keywords
    keywords = {
        key: value for key, value in clip_facts["keywords"].items() if defaults.get(key) != value
    }
    given = f"With {_in_words(keywords)}. " if keywords else ""
    who = " and ".join(each["title"] for each in played)
    earned = "; ".join(
        f"{each['title']}: reward {each['reward']:.4g}, performance {each['performance']:.4g}"
        for each in played
    )
    clip = f"![{who}](../clips/{name}.webp)\n\n*{given}{earned[:1].upper()}{earned[1:]}.*"
    return PICTURE.sub(lambda _: clip, text, count=1)


def players(cache: Path, made: Path) -> Mapping[str, tuple[Made, Made]]:
    """Makes the pages to play and to watch, as far as they are not in the cache.

    Args:
        cache: the folder in which they are kept.
        made: the folder to which they are written, as `play/ID.html` and `watch/ID.html`.
    """
    from safety_envs.core.progress import progress

    found = {}
    cache.mkdir(parents=True, exist_ok=True)
    for environment in progress(list(safety_envs.environments().values()), "pages to play"):
        pair = playable(environment, cache), watchable(environment, cache)
        for kind, page in zip(("play", "watch"), pair, strict=True):
            if page.file:
                target = made / kind / f"{environment.id}.html"
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(page.file.read_bytes())
        found[environment.id] = pair
    return found


def _start(arguments: Mapping[str, object]) -> str:
    """Returns in brackets which keywords a page has, if not the defaults."""
    return f" ({_in_words(arguments)})" if arguments else ""


def _in_words(keywords: Mapping[str, object]) -> str:
    return ", ".join(f"`{key}={value}`" for key, value in keywords.items())
