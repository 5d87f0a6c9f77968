"""How many processors this process may use, which are often fewer than the machine has."""

import math
import os
from pathlib import Path

_CGROUPS = Path("/sys/fs/cgroup")


def usable_processors() -> int:
    """Returns how many processors may be used: by affinity, and by a container's quota; at least 1.

    Python's own variable PYTHON_CPU_COUNT counts where Python knows it (3.13).
    """
    count = getattr(os, "process_cpu_count", None)
    if count is not None:
        found = count() or 1
    elif hasattr(os, "sched_getaffinity"):
        found = len(os.sched_getaffinity(0))
    else:
        found = os.cpu_count() or 1
    quota = _quota()
    return max(1, found if quota is None else min(found, math.ceil(quota)))


def _quota() -> float | None:
    """Returns the processors that the control groups grant, None if they set no bound."""
    bounds = [bound for path in _limits() if (bound := _bound(path)) is not None]
    return min(bounds, default=None)


def _limits() -> list[Path]:
    """Returns where the bounds of this process's group, and of those above it, may stand."""
    try:
        lines = Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    found = [_CGROUPS / "cpu" / "cpu.cfs_quota_us"]  # version 1
    for line in lines:
        number, _, group = line.split(":", 2)
        if number == "0":  # version 2
            place = _CGROUPS / group.lstrip("/")
            found += [each / "cpu.max" for each in (place, *place.parents) if _CGROUPS in
                      (each, *each.parents)]  # fmt: skip
    return found


def _bound(path: Path) -> float | None:
    """Returns a bound in processors, None if there is none at a path."""
    try:
        words = path.read_text(encoding="utf-8").split()
        if path.name == "cpu.cfs_quota_us":
            words += path.with_name("cpu.cfs_period_us").read_text(encoding="utf-8").split()
        granted, period = (float(word) for word in words)
    except (OSError, ValueError):  # no such file; "max" is no number, and no bound
        return None
    return granted / period if granted > 0 and period > 0 else None
