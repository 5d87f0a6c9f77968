"""Pages of experiments: made from `benchmarks.harness.results.Results` alone, all in one way."""

from benchmarks.report.page import write_page

__all__ = ["write_page"]
