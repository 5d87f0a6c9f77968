"""What a key does: the part of the program that the terminal and the window share."""

import math
from collections.abc import Callable
from pathlib import Path

from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.infos import STEP_KEYS
from safety_envs.core.metric import NOT_YET
from safety_envs.playing.keys import COMMANDS, SYNONYMS, Keys
from safety_envs.playing.session import Session
from safety_envs.playing.story import story_text, write_story
from safety_envs.playing.values import Adviser, Worth

MOST_NAMED = 3
"""If people play more agents, the message does not say what each of them did."""

THINKS = "Computing what each action is worth, exactly. This may take a while."


class Console:
    """A session at the keyboard: what keys do, and what is asked to be shown.

    Args:
        session: the game.
        save: the file of the replay, a `.npz` file; None if nobody asked for one.
        story: the file of the story.
        values: show what each action is worth from the start.

    Attributes:
        session: the game.
        keys: the keys of the actions.
        revealed: whether the hidden performance and hidden fields are shown.
        valued: whether what each action is worth is shown.
        message: what the last key did, in a sentence.
        done: whether the program is to end.
        written: the files that have been written.
    """

    def __init__(
        self,
        session: Session,
        save: Path | None = None,
        story: Path | None = None,
        values: bool = False,
    ) -> None:
        self.session = session
        self.keys = Keys(session.configuration.actions)
        self.revealed, self.valued, self.done = False, values, False
        self.written: list[Path] = []
        self.message = "Choose an action."
        self._adviser = Adviser(session)
        self._save, self._story = save, story
        self._episodes = 1
        self._worth: Worth | str | None = None
        self._solved: set[int] = set()  # seeds

    @property
    def thinks(self) -> bool:
        """Whether showing the values means to solve the environment first, which takes a while."""
        wanted = self.valued and not self.session.ended and self._worth is None
        return wanted and self.session.seed not in self._solved

    @property
    def worth(self) -> Worth | str | None:
        """What each action is worth, or the reason why nobody knows; None if nobody asked."""
        if not self.valued or self.session.ended:
            return None
        if self._worth is None:
            self._worth = self._adviser.worth_now()
            self._solved.add(self.session.seed)
        return self._worth

    @property
    def worth_in_words(self) -> str:
        """What there is to say of the values: what they are, or why there are none."""
        if self.session.ended:
            return self._adviser.best_in_words() or ""
        if isinstance(self.worth, str):
            return f"Nobody knows what the actions are worth: {self.worth}."
        return "The most that can still be earned after each action, in expectation."

    @property
    def totals(self) -> list[str]:
        """The step, the rewards and, if they are revealed, the metrics so far, in words."""
        session = self.session
        parts = [f"step {session.step} of {session.configuration.max_steps}"]
        if session.is_multi_agent:
            own = [f"{agent}: {session.rewards[agent]:.4g}" for agent in session.me]
            parts.append(f"reward of agent {', '.join(own)}")
        else:
            parts.append(f"reward {session.rewards[0]:.4g}")
        return [*parts, *(self.metrics if self.revealed else ["performance hidden"])]

    @property
    def metrics(self) -> list[str]:
        """The hidden performance and the other metrics so far, in words."""
        info = self.session.info
        found = [f"performance {info['performance']:.4g}"]
        for name, metric in self.session.configuration.environment.metrics.items():
            if name in info and name not in ("performance", *STEP_KEYS):
                value = metric.from_info(float(info[name]))
                text = "none yet" if math.isnan(value) else f"{value + 0.0:.4g}"
                found.append(f"{name.replace('_', ' ')} {text}")
        return found

    def press(self, key: str) -> None:
        """Does what a key does; a key without a meaning changes the message alone."""
        key = SYNONYMS.get(key, key)
        if key in self.keys.action_of:
            self._act(self.keys.action_of[key])
        elif key in COMMANDS:
            self._commands()[key]()
        elif key.lower() in self.keys.action_of:  # caps lock
            self._act(self.keys.action_of[key.lower()])
        else:
            name = f"{key!r}" if len(key) == 1 else key.capitalize()
            self.message = f"{name} does nothing here: the keys are listed."

    def leave(self) -> None:
        """Writes the files that were asked for, if a step has been taken.

        Raises:
            SafetyEnvsError: a file cannot be written.
        """
        if self.session.step:
            self._write(self._save, self._story)
            self._episodes += 1

    def _commands(self) -> dict[str, Callable[[], None]]:
        return {
            "tab": self._reveal,
            "backspace": self._undo,
            "home": self._restart,
            "ctrl-n": self._next,
            "?": self._value,
            "ctrl-s": self._keep,
            "ctrl-q": self._quit,
        }

    def _act(self, action: int) -> None:
        session = self.session
        if session.ended:
            self.message = "Backspace undoes a step, Home restarts."
            return
        agent, step = session.turn, session.step
        before = session.info["performance"]
        session.act(action)
        self._worth = None
        if session.step == step:
            self.message = f"Agent {agent} has chosen."
            return
        self.message = self._of_step(before)

    def _of_step(self, before: float) -> str:
        """Returns what the last step did, given the performance before it."""
        session = self.session
        rewards, info = session.engine.ledger.rewards[0], session.info
        if len(session.me) > MOST_NAMED:
            text = f"all that people play are paid {signed(rewards[list(session.me)].sum())}"
        else:
            text = ", ".join(self._of_agent(agent, float(rewards[agent])) for agent in session.me)
        executed = int(info.get("executed_action", session.last_actions[0]))
        if executed not in (session.last_actions[0], NOT_YET):
            text += f", and became {session.configuration.actions[executed]}"
        if self.revealed:
            text += f", worth {signed(info['performance'] - before)}"
        return f"{text[:1].upper()}{text[1:]}."

    def _of_agent(self, agent: int, reward: float) -> str:
        name = self.session.configuration.actions[self.session.last_actions[agent]]
        who = f"agent {agent}: " if self.session.is_multi_agent else ""
        return f"{who}{name} pays {signed(reward)}"

    @property
    def said(self) -> str:
        """The message and, after the end of the episode, how it has ended."""
        if not self.session.ended:
            return self.message
        steps = f"{self.session.step} step{'s' * (self.session.step != 1)}"
        by = "the step limit ended it" if self.session.truncated else "a rule ended it"
        shown = "" if self.revealed else " Tab shows the hidden performance."
        return f"{self.message} The episode has ended after {steps}: {by}.{shown}"

    def _reveal(self) -> None:
        self.revealed = not self.revealed
        now = "shown" if self.revealed else "hidden again"
        self.message = f"The hidden performance is {now}."

    def _undo(self) -> None:
        undone = self.session.undo()
        self._worth = None
        self.message = "The last choice is undone." if undone else "There is nothing to undo."

    def _restart(self) -> None:
        self._begin(self.session.seed, "The episode begins again.")

    def _next(self) -> None:
        seed = self.session.seed + 1
        self._begin(seed, f"A new episode, of seed {seed}.")

    def _begin(self, seed: int, message: str) -> None:
        try:
            self.leave()
        except SafetyEnvsError as error:
            self.message = f"Not saved, so you are still here: {error}."
            return
        self.session.restart(seed)
        self._worth = None
        self.message = message

    def _value(self) -> None:
        self.valued = not self.valued
        self.message = "What each action is worth." if self.valued else "Values are hidden again."

    def _keep(self) -> None:
        name = f"{self.session.configuration.id}-seed{self.session.seed}"
        save, story = self._save or Path(f"{name}.npz"), self._story or Path(f"{name}.txt")
        try:
            paths = self._write(save, story)
            self.message = f"Saved as {' and '.join(map(str, paths))}."
        except SafetyEnvsError as error:
            self.message = f"Not saved: {error}."

    def _quit(self) -> None:
        self.done = True

    def _write(self, save: Path | None, story: Path | None) -> list[Path]:
        """Writes a replay and a story; later episodes get a number of their own."""
        trajectory, paths = self.session.trajectory, []
        if save:
            paths.append(_numbered(save, self._episodes))
            trajectory.save(paths[-1])
        if story:
            paths.append(_numbered(story, self._episodes))
            write_story(story_text(trajectory, self.keys.letters), paths[-1])
        self.written += [path for path in paths if path not in self.written]
        return paths


def signed(value: float) -> str:
    """Returns a number with its sign; 0 has none."""
    return f"{value + 0.0:+.4g}" if value else "0"


def _numbered(path: Path, number: int) -> Path:
    """Returns the path of an episode: "game.npz", then "game-2.npz"."""
    return path if number == 1 else path.with_stem(f"{path.stem}-{number}")
