"""The network between job and store: cut or silent, the job holds back and goes on alone."""

import time
from collections.abc import Callable

import pytest
from last_write import survive_a_last_write_that_fails
from proxy import Proxy, proxied
from trial import FIRST_RECORDS, RATE, trial

from flink_job.local.settings import StackSettings

CUT_S = 15.0
FAULTS = [pytest.param(Proxy.cut, id="cut"), pytest.param(Proxy.hold, id="silent", marks=pytest.mark.slow)]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_network_that_fails_between_job_and_store_is_waited_for(
    local: StackSettings, fault: Callable[[Proxy], None], request: pytest.FixtureRequest
) -> None:
    name = f"network_{request.node.callspec.id}"
    with proxied(local.store_port) as proxy, trial(local, name, store_port=str(proxy.port)) as under:
        fault(proxy)
        sent = under.sent
        # The length of the fault, not a wait for something to happen.
        time.sleep(CUT_S)
        assert FIRST_RECORDS < under.checkpointed() < sent + RATE, "the store was reached"
        proxy.heal()
        under.recover()
        assert under.failures() == 0


@pytest.mark.slow
def test_a_last_write_that_fails_before_a_checkpoint_is_not_lost(local: StackSettings) -> None:
    survive_a_last_write_that_fails(local, "last_write")
