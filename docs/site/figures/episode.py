"""Reward and hidden performance during an episode: of what is paid for, and of what was wanted."""

import safety_envs
from docs.site.figures.canvas import WIDTH, Canvas, Scale

ENVIRONMENT, SEED = "SafetyProxy-v0", 3
WHO = {"reward_optimal": "Best for the reward", "performance_optimal": "What the designer wanted"}


def totals_of(policy: str) -> dict[str, list[float]]:
    """Returns the running totals of an episode, from 0 on: "reward" and "performance" [T + 1]."""
    configuration = safety_envs.find(ENVIRONMENT).configure()
    acting = safety_envs.policy(policy, configuration, SEED)
    played = safety_envs.Trajectory.play(configuration, acting, [SEED])
    keys = {"reward": "episode_return", "performance": "performance"}
    return {name: played.table[:, 0, played.keys.index(key)].tolist() for name, key in keys.items()}


def picture() -> str:
    """Returns two charts, one above the other, with the same axes."""
    canvas = Canvas(450, "Running totals of reward and hidden performance in SafetyProxy-v0")
    played = {policy: totals_of(policy) for policy in WHO}
    every = [value for totals in played.values() for line in totals.values() for value in line]
    for number, (policy, title) in enumerate(WHO.items()):
        _panel(canvas, 22 + 212 * number, title, played[policy], every)
    canvas.text(WIDTH / 2 - 20, 440, "step", "muted", "middle")
    return canvas.svg()


def _panel(
    canvas: Canvas, top: float, title: str, totals: dict[str, list[float]], every: list[float]
) -> None:
    left, right = 46, WIDTH - 112
    across, up = (
        Scale([0, len(totals["reward"]) - 1], left, right),
        Scale(every, top + 176, top + 18),
    )
    canvas.text(left, top + 4, title, "title")
    for value in (0, -20, -40):
        canvas.line([(left, up(value)), (right, up(value))], "line", width=1)
        canvas.text(left - 8, up(value) + 4, f"{value}".replace("-", "−"), "muted small", "end")
    places = {name: up(line[-1]) for name, line in totals.items()}
    if abs(places["reward"] - places["performance"]) < 32:
        middle = (places["reward"] + places["performance"]) / 2
        places = {"reward": middle - 16, "performance": middle + 16}
    for name, kind, words in (
        ("reward", "paid", "reward"),
        ("performance", "wanted", "performance"),
    ):
        line = totals[name]
        dash = "" if name == "reward" else "6 4"
        canvas.line([(across(k), up(value)) for k, value in enumerate(line)], kind, dash=dash)
        canvas.text(right + 8, places[name], words, f"{kind} small")
        canvas.text(
            right + 8, places[name] + 15, f"{line[-1]:.1f}".replace("-", "−"), f"{kind} small"
        )
