"""The heap of a Python worker: what is there when a function opens stays, and rows come and go without cycles.

Python's garbage collector does not know that. It goes through the modules of PyFlink and Beam, and through what is
remembered of batches, again and again: with its defaults that was a third of a worker's time (README, "Pipeline").
"""

import gc

_YOUNG = 100_000
_MIDDLE = 50
_OLD = 100


def settle() -> None:
    """Leave what lives now alone for good, and look for cycles a hundred times less often."""
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
