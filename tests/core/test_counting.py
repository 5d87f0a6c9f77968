"""Loops count references only if they must, and rules that make arrays work as before."""

from inspect import ismodule

import numpy as np
import pytest
from numba.core.errors import TypingError

from safety_envs.core.compile import Binding, bound, compiled, rule
from safety_envs.core.counting import makes_arrays
from safety_envs.core.flat import flat
from safety_envs.core.placeholders import eye, observe, own_rules, paint, present, reset, step
from safety_envs.core.scratch import scratch
from tests.helpers.registry import EVERY, id_of


def add(numbers, out):
    for k in range(len(numbers)):
        out[k] += numbers[k]


def add_by_name(numbers, out):
    more = np.zeros(len(numbers))
    for k in range(len(numbers)):
        more[k] = numbers[k]
        out[k] += more[k]


def add_unseen(numbers, out):
    more = numbers + numbers
    for k in range(len(numbers)):
        out[k] += more[k] / 2


def first_half(numbers, out):
    return numbers[: len(numbers) // 2]


@pytest.fixture(autouse=True)
def cold_cache(tmp_path, monkeypatch):
    """Code from a cache cannot be looked at."""
    monkeypatch.setenv("SAFETY_ENVS_CACHE", str(tmp_path))


def counts(loop):
    """Returns whether all machine code of a loop counts references."""
    return all("NRT_" in found.library.get_llvm_str() for found in loop.overloads.values())


@pytest.mark.parametrize(
    ("loop", "expected"), [(add, False), (add_by_name, True), (add_unseen, True)]
)
def test_only_loops_that_make_arrays_count(loop, expected):
    numbers, out = np.arange(6.0), np.ones(6)
    made = compiled(loop)
    made(numbers, out)
    assert (out == numbers + 1).all()
    assert counts(made) == expected


def test_a_loop_may_return_an_array():
    numbers = np.arange(6.0)
    found = compiled(first_half)(numbers, numbers)
    assert (found == numbers[:3]).all() and found.base is not None


def test_names_tell_of_arrays():
    assert makes_arrays([add, add_by_name])
    assert not makes_arrays([add, add_unseen])


def impossible(numbers, out):
    out[0] = numbers.no_such_thing


def test_the_error_of_a_loop_that_cannot_be_compiled_remains():
    numbers = np.arange(6.0)
    with pytest.raises(Exception, match="no_such_thing"):
        compiled(impossible)(numbers, numbers)


@pytest.mark.parametrize("environment", EVERY, ids=id_of)
def test_no_rule_of_an_environment_makes_arrays(environment):
    for placeholder in (step, reset, present, paint, eye, observe):
        rules = own_rules(environment, placeholder)
        for function in rules.values():
            assert not makes_arrays(called_by(function)), f"{function.__name__}: use scratch"


def called_by(function):
    """Returns a rule and all plain rules that it calls."""
    found, waiting = [], [function]
    while waiting:
        function = waiting.pop()
        if function not in found and function is not scratch:
            found.append(function)
            names = function.__code__.co_names
            of_modules = [vars(m) for m in function.__globals__.values() if ismodule(m)]
            for names_of in (function.__globals__, *of_modules):
                waiting += [
                    names_of[n] for n in names if hasattr(names_of.get(n), "__safety_rule__")
                ]
    return found


@rule
def doubled(number):
    room = scratch(number)
    before = 0
    for k in range(number):
        before += room[k]
        room[k] = 2 * k
    total = before
    for k in range(number):
        total += room[k]
    return total


def sum_doubled(out):
    for k in range(len(out)):
        out[k] = doubled(k)


@pytest.mark.parametrize("compile_rules", [True, False])
def test_scratch_is_zero_at_each_call(compile_rules):
    out = np.zeros(300, np.int64)
    bound(sum_doubled, Binding(), compile_rules)(out)
    assert (out == [k * (k - 1) for k in range(300)]).all()


def count_up(table):
    row = flat(table)
    for k in range(len(row)):
        row[k] = k


@pytest.mark.parametrize("compile_rules", [True, False])
def test_flat_is_a_view_of_all_entries(compile_rules):
    table = np.zeros((2, 3, 4), np.int32)
    bound(count_up, Binding(), compile_rules)(table)
    assert (table == np.arange(24).reshape(2, 3, 4)).all()


def test_flat_refuses_what_does_not_lie_in_one_piece():
    with pytest.raises(TypingError, match="lie in one piece"):
        compiled(count_up)(np.zeros((4, 6), np.int32)[:, ::2])
