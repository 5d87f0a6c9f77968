"""Formulas of temporal logic for what must never go wrong, and the automata that watch over them.

    p             the metric p rises in this step
    !f  f & g  f | g  f -> g
    X f           f in the next step, if there is one
    G f           f in every step
    f W g         f until g; forever if g never comes
    F<=k f        f in this step or one of the next k
    G<=k f        f in this step and the next k

What has a bound can be seen to fail, so every formula here is one of safety: a violation shows in
finitely many steps. "F" and "U" without a bound are not available, nor is "!" before W or G.

A formula becomes an automaton by progression: what must hold from the next step on, given what
happens in this one (Bacchus and Kabanza 1998, "Planning for temporally extended goals", from
memory). A state is a positive Boolean combination of obligations, as its minimal clauses, so there
are finitely many. If an episode is ended by its rules, an F<=k that is still open is violated and
all else is kept, as on finite traces (De Giacomo and Vardi 2013, from memory). A step cap violates
nothing.
"""

import re
from collections.abc import Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from safety_envs import SafetyEnvsError

Formula = tuple[Any, ...]
"""("atom", name, wanted), ("and" | "or" | "W", f, g), ("X" | "G", f), ("F<=" | "G<=", k, f)."""
State = frozenset[frozenset[Formula]]
"""Clauses of obligations from the next step on: at least one clause must be kept."""
KEPT: State = frozenset([frozenset()])
VIOLATED: State = frozenset()
MOST_ATOMS, MOST_STATES = 8, 1_000
_TOKEN = re.compile(r"\s*(->|[FG]<=|[()!&|]|[XGW](?![a-z_])|\d+|[a-z][a-z0-9_]*)")


class Automaton(NamedTuple):
    """Watches over a formula; state 0 is its start, state `violated` is absorbing.

    A letter says which atoms are true in a step: bit i stands for atom i.
    """

    atoms: tuple[str, ...]
    after: npt.NDArray[np.int64]  # [states, letters] the next state
    open: npt.NDArray[np.bool_]  # [states] whether an end by the rules violates it
    violated: int


def parsed(text: str) -> Formula:
    """Returns a formula, with negations before atoms alone.

    Raises:
        SafetyEnvsError: it is no formula of the language above.
    """
    found, rest = [], text
    while rest.strip():
        match = _TOKEN.match(rest)
        if match is None:
            raise SafetyEnvsError(f"the formula {text!r} cannot be read at {rest.strip()!r}")
        found.append(match[1])
        rest = rest[match.end() :]
    reader = _Reader(text, found)
    formula = reader.implication()
    if reader.left:
        raise reader.wrong()
    return _pushed(formula, True, text)


class _Reader:
    """Reads tokens by recursive descent; -> binds least, then W, |, &."""

    def __init__(self, text: str, tokens: Sequence[str]) -> None:
        self.text, self.left = text, list(tokens)

    def wrong(self) -> SafetyEnvsError:
        where = f"at {self.left[0]!r}" if self.left else "at its end"
        return SafetyEnvsError(
            f"the formula {self.text!r} is wrong {where}: write metrics, !, &, |, ->, X, G, W, "
            "F<=k, G<=k and brackets; F and U need a bound"
        )

    def take(self, *wanted: str) -> str | None:
        return self.left.pop(0) if self.left and self.left[0] in wanted else None

    def implication(self) -> Formula:
        one = self.until()
        return ("or", ("not", one), self.implication()) if self.take("->") else one

    def until(self) -> Formula:
        one = self.either()
        return ("W", one, self.until()) if self.take("W") else one

    def either(self) -> Formula:
        found = self.both()
        while self.take("|"):
            found = ("or", found, self.both())
        return found

    def both(self) -> Formula:
        found = self.single()
        while self.take("&"):
            found = ("and", found, self.single())
        return found

    def single(self) -> Formula:
        if self.take("!"):
            return ("not", self.single())
        if name := self.take("X", "G"):
            return (name, self.single())
        if name := self.take("F<=", "G<="):
            if not self.left or not self.left[0].isdigit():
                raise self.wrong()
            return (name, int(self.left.pop(0)), self.single())
        if self.take("("):
            found = self.implication()
            if not self.take(")"):
                raise self.wrong()
            return found
        if not self.left or not re.fullmatch(r"[a-z][a-z0-9_]*", self.left[0]):
            raise self.wrong()
        return ("atom", self.left.pop(0), True)


def _pushed(formula: Formula, wanted: bool, text: str) -> Formula:
    """Returns a formula, or its negation, with negations before atoms."""
    kind, *parts = formula
    if kind == "not":
        return _pushed(parts[0], not wanted, text)
    if kind == "atom":
        return ("atom", parts[0], wanted)
    if kind in ("G", "W") and not wanted:
        raise SafetyEnvsError(
            f"the formula {text!r} negates {kind}, whose violation never shows for certain: give "
            "what must happen a bound, as in F<=20 goal"
        )
    opposite = {"and": "or", "or": "and", "F<=": "G<=", "G<=": "F<="}
    name = kind if wanted else opposite.get(kind, kind)
    if kind in ("F<=", "G<="):
        return (name, parts[0], _pushed(parts[1], wanted, text))
    return (name, *(_pushed(each, wanted, text) for each in parts))


def atoms_of(formula: Formula) -> set[str]:
    """Returns the names of a formula's atoms."""
    if formula[0] == "atom":
        return {formula[1]}
    parts = [each for each in formula[1:] if isinstance(each, tuple)]
    return set().union(*(atoms_of(each) for each in parts))


def _minimal(clauses: set[frozenset[Formula]]) -> State:
    return frozenset(each for each in clauses if not any(other < each for other in clauses))


def _either(one: State, other: State) -> State:
    return _minimal(set(one | other))


def _both(one: State, other: State) -> State:
    return _minimal({_tight(a | b) for a, b in product(one, other)})


def _tight(clause: frozenset[Formula]) -> frozenset[Formula]:
    """Returns a clause with one bound for each F<=k f and G<=k f, the strictest."""
    bounds: dict[Formula, int] = {}
    for kind, *parts in clause:
        if kind in ("F<=", "G<="):
            strictest = min if kind == "F<=" else max
            key = (kind, parts[1])
            bounds[key] = strictest(parts[0], bounds.get(key, parts[0]))
    kept = {each for each in clause if each[0] not in ("F<=", "G<=")}
    return frozenset(kept | {(kind, steps, inner) for (kind, inner), steps in bounds.items()})


def progressed(formula: Formula, true: frozenset[str]) -> State:
    """Returns what must hold from the next step on, given the atoms that are true in this one."""
    kind = formula[0]
    if kind == "atom":
        return KEPT if (formula[1] in true) == formula[2] else VIOLATED
    if kind in ("and", "or"):
        join = _both if kind == "and" else _either
        return join(progressed(formula[1], true), progressed(formula[2], true))
    if kind == "X":
        return frozenset([frozenset([formula[1]])])
    again: State = frozenset([frozenset([formula])])
    if kind == "G":
        return _both(progressed(formula[1], true), again)
    if kind == "W":
        return _either(progressed(formula[2], true), _both(progressed(formula[1], true), again))
    _, steps, inner = formula
    now = progressed(inner, true)
    if steps == 0:
        return now
    later: State = frozenset([frozenset([(kind, steps - 1, inner)])])
    return _either(now, later) if kind == "F<=" else _both(now, later)


def automaton(text: str) -> Automaton:
    """Returns the automaton of a formula.

    Raises:
        SafetyEnvsError: it is no formula, or too large.
    """
    formula = parsed(text)
    atoms = tuple(sorted(atoms_of(formula)))
    if len(atoms) > MOST_ATOMS:
        raise SafetyEnvsError(f"a formula may have {MOST_ATOMS} metrics, this one has {len(atoms)}")
    letters = [
        frozenset(name for bit, name in enumerate(atoms) if letter >> bit & 1)
        for letter in range(2 ** len(atoms))
    ]
    states: dict[State, int] = {frozenset([frozenset([formula])]): 0}
    rows: list[list[int]] = []
    while len(rows) < len(states):
        state = list(states)[len(rows)]
        rows.append([states.setdefault(_next(state, true), len(states)) for true in letters])
        if len(states) > MOST_STATES:
            raise SafetyEnvsError(f"the formula {text!r} needs more than {MOST_STATES} states")
    violated = states.setdefault(VIOLATED, len(states))
    if violated == len(rows):
        rows.append([violated] * len(letters))
    still_open = [not any(_is_kept_at_end(clause) for clause in state) for state in states]
    return Automaton(atoms, np.array(rows), np.array(still_open), violated)


def _next(state: State, true: frozenset[str]) -> State:
    found = VIOLATED
    for clause in state:
        kept = KEPT
        for obligation in clause:
            kept = _both(kept, progressed(obligation, true))
        found = _either(found, kept)
    return found


def _is_kept_at_end(clause: frozenset[Formula]) -> bool:
    """Whether no obligation of a clause needs a further step."""
    return not any(_needs_a_step(each) for each in clause)


def _needs_a_step(formula: Formula) -> bool:
    if formula[0] == "and":
        return any(map(_needs_a_step, formula[1:]))
    if formula[0] == "or":
        return all(map(_needs_a_step, formula[1:]))
    return bool(formula[0] == "F<=")
