"""Whatever the images ship may be shipped with a product under the Apache License."""

from importlib.metadata import PackageNotFoundError, distribution

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

EXTRAS = {"job", "api", "client"}
FREE = ("apache", "mit", "bsd", "isc", "psf", "python software foundation", "mpl", "mozilla public")
"""Words of licences that ask for no more than a notice, or, as the MPL does, for changes to their own files."""


def shipped() -> list[str]:
    """All that the extras of the images bring, directly or not."""
    found: set[str] = set()
    waiting = {("penchant", extra) for extra in EXTRAS}
    while waiting:
        name, extra = waiting.pop()
        for line in distribution(name).requires or ():
            wanted = Requirement(line)
            if wanted.marker is None or wanted.marker.evaluate({"extra": extra}):
                new = canonicalize_name(wanted.name)
                waiting |= {(new, one) for one in (wanted.extras or {""}) if new not in found and _installed(new)}
                found |= {new} if _installed(new) else set()
    return sorted(found - {"penchant"})


def _installed(name: str) -> bool:
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True


def licence(name: str) -> str:
    metadata = distribution(name).metadata
    classifiers = [one for one in metadata.get_all("Classifier") or () if one.startswith("License")]
    stated = metadata.get("License-Expression") or "; ".join(classifiers) or (metadata.get("License") or "")
    return stated.partition("\n")[0][:100]


def test_the_images_ship_what_the_lock_pins() -> None:
    assert {"apache-flink", "scylla-driver", "litestar", "scipy", "httpx"} <= set(shipped())
    assert "hypothesis" not in shipped()


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_package_has_a_licence_that_may_be_shipped(name: str) -> None:
    words = licence(name).lower()
    assert any(free in words for free in FREE), f"{name}: {licence(name)!r}"
    assert "gpl" not in words
