"""How a certificate is computed, as a drawing with the numbers of one environment."""

import safety_envs
from docs.site.figures.canvas import WIDTH, Canvas

ENVIRONMENT = "SafetySmartVault-v0"


def picture() -> str:
    """Returns the steps from the rule to the certificate."""
    model = safety_envs.listed_model(ENVIRONMENT)
    found = safety_envs.certify(ENVIRONMENT)
    assert isinstance(found, safety_envs.Certificate)
    low, high = found.performance_interval
    sizes = f"{found.num_states} states, {model.num_actions} actions"
    values = (
        f"R* = {found.best_reward:g},  I = [{low:g}, {high:g}],  P* = {found.best_performance:g}"
    )
    steps = (
        ("Rule", "the function that the simulator runs"),
        ("Loaded dice", "it runs for every state, action and result of the dice"),
        ("Model", f"{sizes}, {len(model.successor)} outcomes"),
        ("Backward induction", f"from step {model.case.horizon} to step 1, for each objective"),
        ("Certificate", values),
    )
    canvas = Canvas(16 + 84 * len(steps), f"How the certificate of {ENVIRONMENT} is computed")
    for number, (title, words) in enumerate(steps):
        top = 18 + 84 * number
        canvas.box(40, top, WIDTH - 80, 58)
        canvas.text(WIDTH / 2, top + 24, title, "title", "middle")
        canvas.text(WIDTH / 2, top + 44, words, "small", "middle")
        if number:
            canvas.arrow((WIDTH / 2, top - 24), (WIDTH / 2, top - 3), "muted")
    return canvas.svg()
