"""How every command line of this checkout ends: 0, 2 after a mistake, 130 after Ctrl-C."""

import sys
from collections.abc import Callable
from functools import wraps

from safety_envs import SafetyEnvsError

MISTAKE = 2
INTERRUPTED = 130
"""What shells report of a program that was interrupted: 128 and the number of the signal."""

Main = Callable[[list[str] | None], int]


def command_line(main: Main) -> Callable[..., int]:
    """Lets a command line end with one line and a status where it would end with a traceback.

    Args:
        main: takes the arguments (those of the process if None) and returns the exit status.
    """

    @wraps(main)
    def run(arguments: list[str] | None = None) -> int:
        try:
            return main(arguments)
        except SafetyEnvsError as error:
            print(f"error: {error}", file=sys.stderr)
            return MISTAKE
        except KeyboardInterrupt:
            # Where the interrupt passed through an `exec` of text (a named tuple in an import),
            # Python remembers it and dies by the signal at exit; another `exec` makes it forget.
            exec("")
            print("interrupted: what has finished is saved", file=sys.stderr)
            return INTERRUPTED

    return run
