"""The documentation site: `python -m docs.site` builds it in `build/docs` from the pages in `docs`.

`staging` copies the pages and adds what only the site has; Sphinx then reads the copies. The rest
of the package makes the parts: pages of the API, pages to play, lists of links, and checks.
"""
