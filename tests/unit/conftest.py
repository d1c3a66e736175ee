"""What tests of the API share: a store in memory, a clock that is set by hand, and no log."""

import logging
from collections.abc import Iterator

import pytest
from held import HeldDeltas, Ticks


@pytest.fixture
def quiet() -> Iterator[None]:
    logging.disable(logging.ERROR)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def clock() -> Ticks:
    return Ticks()


@pytest.fixture
def held() -> HeldDeltas:
    return HeldDeltas()
