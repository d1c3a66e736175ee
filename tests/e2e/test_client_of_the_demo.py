"""The typed client against a demo that streams."""

from pathlib import Path

import pytest
from demonstrated import BUSY, demo, demo_environ
from everything import each

from api.client import Client


@pytest.mark.slow
def test_a_running_demo_answers_every_call(tmp_path: Path) -> None:
    with demo(demo_environ(tmp_path)) as place, Client(place.url, place.key) as client:
        answers = {name: client.send(call) for name, call in each(BUSY).items()}
        assert answers["profile"].evidence == "some"
        assert answers["history"].days
        assert {score.id for score in answers["scores"].scores} == {"a", "b"}
        assert answers["erase"].user_ids == [BUSY]
