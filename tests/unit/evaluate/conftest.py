"""One small log of a made world, what is known of it, and the report on it: made once, as they take seconds."""

import datetime

import pytest

from flink_job.evaluate.evaluate import Order, evaluate
from flink_job.evaluate.ground import Ground
from flink_job.evaluate.ground import ground as laid_out
from flink_job.evaluate.log import Log
from flink_job.evaluate.occasions import Occasions
from flink_job.evaluate.penchant import Penchant
from flink_job.evaluate.report import Report
from flink_job.evaluate.simulated import simulated
from flink_job.local.traffic.items import load as load_items
from flink_job.local.traffic.traffic import Traffic
from udfs.catalogues.catalogue import load
from udfs.model.decay import Decay
from udfs.model.priors import from_catalogue

END = datetime.date(2026, 11, 1)
DAYS = 10


@pytest.fixture(scope="session")
def log() -> Log:
    kind = Traffic(seed=3, users=40, rate=4_000 / (DAYS * 86_400))
    return simulated(load_items(load("films")), kind, 4_000, DAYS, END)


@pytest.fixture(scope="session")
def ground(log: Log) -> Ground:
    return laid_out(log)


@pytest.fixture(scope="session")
def model(ground: Ground) -> Penchant:
    catalogue = ground.log.catalogue
    return Penchant(catalogue, ground.space, ground.by_user, from_catalogue(catalogue), Decay())


@pytest.fixture(scope="session")
def test_period(ground: Ground) -> Occasions:
    return ground.occasions(ground.split.test)


@pytest.fixture(scope="session")
def report(log: Log) -> Report:
    return evaluate(log, Order(half_lives=(0.0, 30.0)), lambda said: None)
