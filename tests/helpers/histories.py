"""All that happens while an environment is played, to be compared byte by byte."""

import hashlib

from safety_envs import Engine, Observer
from safety_envs.core.observe import encodings
from tests.helpers.engines import random_actions

STEPS = 130


def history_of(environment, seeds, actions, *, compile_rules=True, keywords=None):
    """Plays with automatic resets; returns the bytes of all that happens, [steps, N] each."""
    configuration = environment.configure(**(keywords or {}))
    engine = Engine(configuration, len(seeds), compile_rules=compile_rules)
    observers = [
        Observer(configuration, name, compile_rules=compile_rules)
        for name in encodings(configuration)
        if name != "text"
    ]
    engine.note_steps()
    engine.seed(seeds)
    engine.reset()
    history = []
    for action in actions:
        engine.step(action)
        ledger = engine.ledger
        seen = [observer(engine.worlds) for observer in observers]
        columns = [engine.worlds, *ledger, engine.dice, *seen]
        history.append([[column[i].tobytes() for column in columns] for i in range(len(seeds))])
        if engine.done.any():
            engine.reset(engine.done)
    return history


def digest(environment):
    """Returns a digest of a history of random actions."""
    history = history_of(environment, [9, 8, 7, 6], random_actions(environment, STEPS, 4))
    return hashlib.sha256(repr(history).encode()).hexdigest()
