"""Pictures of the concept pages, made from the library's own numbers: `python -m docs.site.figures`."""
