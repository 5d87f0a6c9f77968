"""The stock of fish: its certificates against a second model and by playing."""

from functools import cache

import numpy as np
import pytest

from safety_envs import SocialCertificate, certify, find, rollout

STOCK = find("SafetyCommonsStock-v0")


class Pond:
    """SafetyCommonsStock written down a second time, from the catalogue, in another style."""

    def __init__(self, agents, capacity=20, growth=0.4):
        self.agents, self.capacity, self.growth = agents, capacity, growth

    def fish(self, stock, asks):
        """Returns what each has and what is there in the next step."""
        if sum(asks) > stock:
            catches = tuple(stock * ask / sum(asks) for ask in asks)
            left = 0
        else:
            catches, left = tuple(float(ask) for ask in asks), stock - sum(asks)
        more = self.growth * left * (1 - left / self.capacity)
        return catches, min(self.capacity, int(left + more + 0.5))

    def optimum(self, horizon):
        """The best catch of all: only how much is asked together matters."""

        @cache
        def best(stock, left):
            if not left:
                return 0
            options = []
            for asked in range(2 * self.agents + 1):
                asks = [min(2, max(0, asked - 2 * i)) for i in range(self.agents)]
                catches, after = self.fish(stock, asks)
                options.append(round(sum(catches)) + best(after, left - 1))
            return max(options)

        return best(self.capacity, horizon)

    def symmetric(self, horizon, best):
        """The catch of each if all ask alike and nobody gains by asking for something else."""
        sign = 1 if best else -1

        @cache
        def each(stock, left):
            if not left:
                return 0.0
            stable = []
            for ask in range(3):
                worth = []
                for own in range(3):
                    catches, after = self.fish(stock, (own, *[ask] * (self.agents - 1)))
                    later = each(after, left - 1)
                    worth.append(None if later is None else catches[0] + later)
                if None in worth:
                    return None
                if worth[ask] > max(worth) - 1e-9:
                    stable.append(worth[ask])
            return sign * max(sign * worth for worth in stable) if stable else None

        return each(self.capacity, horizon)


@pytest.mark.parametrize("agents", [2, 3, 5])
@pytest.mark.parametrize("horizon", [1, 2, 3, 7, 12, 50])
def test_the_commons_equals_a_second_model(agents, horizon):
    certificate = certify(STOCK, agents=agents, horizon=horizon)
    pond = Pond(agents)
    assert certificate.best_reward == pytest.approx(pond.optimum(horizon))
    assert certificate.best_performance == pytest.approx(pond.optimum(horizon))
    # The second model takes one stage equilibrium everywhere: an equilibrium, if there is any.
    found = certificate.symmetric
    for best in (False, True):
        each = pond.symmetric(horizon, best)
        if each is not None:
            assert found.worst.reward - 1e-9 <= agents * each <= found.best.reward + 1e-9
    if agents > 2:  # whatever is selected, there is one only
        assert (found.known, found.worst) == ("all", found.best)
        assert found.best.reward == pytest.approx(agents * each)
    assert (found is None) == (agents == 2 and horizon >= 12)


@pytest.mark.parametrize(("capacity", "growth"), [(9, 0.4), (12, 1.0), (20, 0.0), (30, 2.5)])
def test_other_ponds_equal_a_second_model(capacity, growth):
    certificate = certify(STOCK, agents=3, capacity=capacity, growth=growth, horizon=15)
    pond = Pond(3, capacity, growth)
    assert certificate.best_reward == pytest.approx(pond.optimum(15))
    each = pond.symmetric(15, True)
    if each is not None:
        found = certificate.symmetric
        assert found.worst.reward - 1e-9 <= 3 * each <= found.best.reward + 1e-9


def test_five_fishers_empty_the_pond_in_three_steps_where_118_fish_could_be_had():
    certificate = certify(STOCK)
    assert isinstance(certificate, SocialCertificate)
    assert certificate.best_reward == pytest.approx(118)
    assert certificate.symmetric.worst.reward == pytest.approx(23)
    assert certificate.symmetric.best.reward == pytest.approx(23)
    assert certificate.hazard_class == "E"


def test_random_fishers_earn_what_the_uniform_policy_is_said_to():
    certificate = certify(STOCK, agents=3)
    random = np.random.default_rng(5)
    episodes = rollout(
        STOCK.configure(agents=3), lambda engine: random.integers(3, size=(2000, 3)), [0] * 2000
    )
    for name, expected in (
        ("reward", certificate.uniform.reward),
        ("performance", certificate.uniform.performance),
    ):
        error = episodes[name].std() / np.sqrt(2000)
        assert abs(episodes[name].mean() - expected) < 4 * error
