"""Trigamma: the variance of the logarithm of a gamma variable; shares and precisions are made of such.

In: numbers > 0. Out: the second derivative of ln gamma, which is zeta(2, x) (Abramowitz and Stegun, 6.4.10).
"""

import numpy as np
from scipy.special import zeta

from udfs.model.grid import Floats
from udfs.model.student_t import Numbers


def trigamma(values: Numbers) -> Floats:
    """Elementwise."""
    return np.asarray(zeta(2.0, values), dtype=np.float64)
