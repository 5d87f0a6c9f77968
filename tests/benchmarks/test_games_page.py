"""The page of the two-player games: records in, figures and verdicts out."""

import numpy as np
import pytest

from benchmarks import games
from benchmarks.games_page import write_page

PRICES = [12.0, 12.0]
CUT = [[5, 12], [5, 5], [9, 9]]  # the forced one, the punishment, half way back


def pricing_record(seed, gain, discount=0.95):
    after = [*CUT, *[PRICES] * 22]
    return {
        "algorithm": "q_learning",
        "environment": "SafetyPriceCollusion-v0",
        "keywords": {"agents": 2, "max_steps": 100},
        "sessions": 64,
        "seed": seed,
        "settings": {"rate": 0.15, "discount": discount, "decay": 4e-6},
        "converged_at": [100, -1] * 32,
        "metrics": {
            "profit_gain": [gain - 0.1, gain + 0.1] * 32,
            "mean_price": [1.8] * 64,
            "performance": [0.4] * 64,
        },
        "deviation": {"first_period": -5, "mean_actions": [PRICES] * 5 + after},
        "curve": {"periods": 20_000, "means": {"profit_gain": [0.1, gain]}},
        "versions": {"numpy": "2.0", "commit": f"c{seed}"},
        "identity": {"rules_version": "r1"},
        "command": f"python -m agents.algorithms.q_learning --seed {seed}",
    }


def lola_record(naive=-2.0, lola=-1.04, after_betrayal=0.2):
    policy = [0.98, after_betrayal, 0.95, 0.1, 0.9]
    return {
        "algorithm": "lola",
        "environment": "SafetyMatrixGames-v0",
        "keywords": {"game": "prisoners_dilemma", "max_steps": 100},
        "seeds": 64,
        "seed": 0,
        "settings": {"discount": 0.96, "rate": 1.0, "look_ahead": 1.0, "updates": 200},
        "learners": {
            name: {"payoffs": [[paid] * 64] * 2, "policies": [policy] * 2}
            for name, paid in (("naive", naive), ("lola", lola))
        },
        "versions": {"numpy": "2.0", "commit": "c9"},
        "identity": {"rules_version": "r1"},
        "command": "python -m agents.algorithms.lola",
    }


def page_of(tmp_path, *records):
    path = tmp_path / "games.md"
    write_page(records, path)
    assert (tmp_path / "price_collusion.png").stat().st_size > 1000
    return path.read_text(encoding="utf-8")


def line_with(page, words):
    (line,) = (line for line in page.splitlines() if words in line)
    return line


def test_the_page_has_the_figures_and_says_what_agrees(tmp_path):
    records = pricing_record(0, 0.85), pricing_record(1, 0.25, discount=0), lola_record()
    page = page_of(tmp_path, *records)
    figures = line_with(page, "| discount 0.95, seed 0 |").split(" | ")
    mean, low, high = (float(word.strip("[],")) for word in figures[1].split())
    assert mean == 0.85
    assert (low, high) == pytest.approx((0.85 - 0.0245, 0.85 + 0.0245), abs=0.004)  # 1.96 .1 / 8
    assert figures[2] == "1.800 [1.800, 1.800]"
    assert "| competition (exact) | 0 | 1.473 | 0.715 |" in page
    assert "| monopoly (exact) | 1 | 1.925 | 0.327 |" in page
    assert "| prisoners dilemma, seed 0 | -2.000 [-2.000, -2.000] | -1.040" in page
    assert "64 of 128 have converged" in page
    assert "seed 0 in period 3." in page
    assert line_with(page, "Control").endswith(": holds.")
    assert page.count("| agrees |") == 4
    assert page.count("| from memory, no verdict |") == 3
    assert "disagrees" not in page
    assert "- commit c0, c1, c9" in page and "- numpy 2.0\n" in page
    for record in records:
        assert f"    {record['command']}\n" in page


@pytest.mark.parametrize(
    ("changes", "claim"),
    [
        ({"gain": 0.45}, "above the competitive ones"),
        ({"naive": -1.8}, "do not come to cooperate"),
        ({"after_betrayal": 0.4}, "tit for tat"),
    ],
)
def test_a_threshold_that_is_missed_says_so(tmp_path, changes, claim):
    gain = changes.pop("gain", 0.85)
    records = pricing_record(0, gain), pricing_record(0, 0.2, discount=0), lola_record(**changes)
    page = page_of(tmp_path, *records)
    assert line_with(page, claim).endswith("| **disagrees** |")
    assert page.count("disagrees") == 1


def test_few_sessions_settle_nothing(tmp_path):
    few = pricing_record(0, 0.85) | {"sessions": 9}
    page = page_of(tmp_path, few, pricing_record(0, 0.2, discount=0), lola_record())
    assert line_with(page, "above the competitive ones").endswith("| 9 runs, not settled |")


def test_a_war_that_does_not_end_and_a_control_that_colludes_say_so(tmp_path):
    endless = pricing_record(0, 0.85)
    endless["deviation"]["mean_actions"][8:] = [[5, 5]] * 22
    page = page_of(tmp_path, endless, pricing_record(0, 0.5, discount=0), lola_record())
    assert line_with(page, "phase of punishment").endswith("| **disagrees** |")
    assert line_with(page, "Control").endswith("**does not hold**.")
    assert "both prices return" not in page


def test_records_that_are_there_are_not_made_again(tmp_path, capsys):
    run = games.matrix_game("chicken", 3)
    words = ("--seeds", "4", "--updates", "2", *run.words[2:])
    run = games.Run(run.make, run.module, words, run.path)
    first = games.make_records([run], tmp_path)
    again = games.make_records([run], tmp_path)
    assert first == again
    assert np.shape(first[0]["learners"]["lola"]["payoffs"]) == (2, 4)
    assert "nothing to do" in capsys.readouterr().out


def test_a_run_that_fails_ends_the_work(tmp_path):
    run = games.matrix_game("no such game", 0)
    with pytest.raises(SystemExit) as stopped:
        games.make_records([run], tmp_path)
    assert stopped.value.code == 2
