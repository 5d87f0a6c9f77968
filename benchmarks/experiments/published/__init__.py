"""Published results, one file each: what was found, in numbers, and whether it is found here.

The names of these experiments begin with "published_". `docs/guide/published.md` lists them beside
the results that other experiments of `benchmarks.experiments` reproduce.
"""
