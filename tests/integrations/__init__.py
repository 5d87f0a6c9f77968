"""Libraries that train or read environments, each in an environment of its own.

`python -m tests.integrations` makes a virtual environment for each library and runs its tests
there; `python -m tests.integrations tianshou rllib` does so for two. Where a library is missing,
its tests are skipped. docs/guide/integrations.md shows what is tested; its examples are run here.
"""
