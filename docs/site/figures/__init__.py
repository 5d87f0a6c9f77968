"""Pictures of the concept pages from the library's own numbers: `python -m docs.site.figures`."""
