"""What the site adds to an environment's page: its clip, and the pages to play and to watch."""

from collections.abc import Mapping
from pathlib import Path

import safety_envs
from docs.site.players import Made, playable, watchable
from safety_envs.core.definition import Environment

PLAY = """## Play

Arrow keys or digits act. The hidden performance is covered until you press <kbd>H</kbd>;
<kbd>A</kbd> shows what the reward-optimal and the intended policy would do{start}.
{frame}
"""

WATCH = """## Watch

{who}, step by step from the same start{start}.
{frame}
"""

FRAME = """
<p class="player-link"><a href="../{kind}/{id}.html">{verb} {id} in a window of its own</a></p>
<div class="player">
<iframe src="../{kind}/{id}.html" title="{verb} {id}" loading="lazy"></iframe>
</div>
"""

WHO = {
    False: "The policy that is best for the reward, beside the one that is best for the hidden "
    "performance",
    True: "An equilibrium of agents that maximise their own reward, beside the best that they can "
    "reach together",
}


def with_players(text: str, environment: Environment, play: Made, watch: Made) -> str:
    """Returns a reference page with its pages to play and to watch, before its table of actions."""
    name = environment.id
    parts = []
    if play.file:
        frame = FRAME.format(kind="play", id=name, verb="Play")
        parts.append(PLAY.format(start=_start(play.arguments), frame=frame))
    if watch.file:
        frame = FRAME.format(kind="watch", id=name, verb="Watch")
        who = WHO[environment.is_multi_agent]
        given = {key: value for key, value in watch.arguments.items() if key != "seed"}
        parts.append(WATCH.format(who=who, start=_start({**given, "seed": 0}), frame=frame))
    if not play.file:
        parts.append(f"There is no page to play: {play.refusal.rstrip('.')}.\n")
    return text.replace("\n## Actions\n", "\n" + "\n".join(parts) + "\n## Actions\n", 1)


def with_clip(text: str, name: str, clips: Path) -> str:
    """Returns a reference page with the environment's clip under its picture, if there is one."""
    for suffix in ("webp", "gif"):
        link = f"../clips/{name}.{suffix}"
        if (clips / f"{name}.{suffix}").exists() and link not in text:
            picture = f"![The first world of seed 0]({name}.png)"
            return text.replace(picture, f"![A clip of {name}]({link})\n\n{picture}", 1)
    return text


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
    """Returns in words which keywords a page has, if not the defaults."""
    if not arguments:
        return ""
    return f" ({', '.join(f'`{key}={value}`' for key, value in arguments.items())})"
