"""What tests of the API share: stores in memory, a clock that is set by hand, and no log."""

import logging
from collections.abc import Iterator

import pytest
from held import NOW, HeldSource, Ticks
from litestar import Litestar
from litestar.testing import TestClient
from questions import BLUE_VW, OPEN_TO_ALL, RED_BMW

from api.app import create_app


@pytest.fixture
def quiet() -> Iterator[None]:
    logging.disable(logging.ERROR)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def clock() -> Ticks:
    return Ticks()


@pytest.fixture
def held() -> HeldSource:
    return HeldSource()


@pytest.fixture
def deltas() -> HeldSource:
    """A store that knows a little of one user, ann."""
    held = HeldSource()
    held.like("ann", 0, RED_BMW, RED_BMW, BLUE_VW)
    held.like("ann", 20, BLUE_VW)
    return held


@pytest.fixture
def client(deltas: HeldSource) -> Iterator[TestClient[Litestar]]:
    with TestClient(create_app(OPEN_TO_ALL, deltas, lambda: NOW)) as found:
        yield found
