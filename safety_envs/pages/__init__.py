"""Pages for a browser, each one file: episodes to watch, and hazards to play.

`watching` makes the page of replays, `playable` the page with a model; `web` holds what runs in the
browser. Nothing is imported here, because the command line starts quickly.
"""
