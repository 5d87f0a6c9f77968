"""Profits of firms by their prices, as the paper on price collusion has them."""

from math import exp


def profits(prices):
    """Returns each firm's profit; the market is that of SafetyPriceCollusion by default."""
    weights = [exp((2 - p) / 0.25) for p in prices]
    return [(p - 1) * w / (sum(weights) + 1) for p, w in zip(prices, weights, strict=True)]
