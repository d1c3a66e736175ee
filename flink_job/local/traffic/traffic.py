"""The settings of simulated traffic."""

from collections.abc import Mapping
from typing import Annotated

import msgspec

from udfs.errors import SettingsError

Share = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]


class Traffic(msgspec.Struct, frozen=True):
    """What kind of traffic; equal settings and an equal clock give equal bytes."""

    seed: Annotated[int, msgspec.Meta(ge=0, description="fixes the users' tastes and the items' popularity")] = 1
    run: Annotated[str, msgspec.Meta(description="token in every event id; with the seed it fixes what happens")] = "0"
    users: Annotated[int, msgspec.Meta(ge=1, description="users at any one time; who leaves is replaced")] = 2000
    list_size: Annotated[int, msgspec.Meta(ge=4, le=100, description="items on a page")] = 20
    rate: Annotated[float, msgspec.Meta(ge=0.0, description="expected messages per s; 0 = as fast as possible")] = 0.0
    crawlers: Annotated[int, msgspec.Meta(ge=0, le=100, description="users who read every item in turn")] = 0
    crawler_share: Annotated[Share, msgspec.Meta(description="share of all messages that each crawler sends")] = 0.1
    duplicates: Annotated[Share, msgspec.Meta(description="share of messages that repeat an earlier one")] = 0.0
    malformed: Annotated[Share, msgspec.Meta(description="share of messages that are no events, in eight ways")] = 0.0
    out_of_order: Annotated[Share, msgspec.Meta(description="share of events that come 1 to 10 minutes late")] = 0.0
    late: Annotated[Share, msgspec.Meta(description="share of events that come a day late")] = 0.0


def traffic(options: Mapping[str, object]) -> Traffic:
    """Check options and make the settings of them. Raises SettingsError."""
    try:
        made = msgspec.convert(options, Traffic)
    except msgspec.ValidationError as exc:
        message = f"traffic: {exc}"
        raise SettingsError(message) from exc
    odd = made.duplicates + made.malformed + made.crawlers * made.crawler_share
    if odd > 1 or made.out_of_order + made.late > 1:
        message = (
            f"duplicates + malformed + crawlers x crawler_share = {odd:g} and "
            f"out_of_order + late = {made.out_of_order + made.late:g}; each must be at most 1"
        )
        raise SettingsError(message)
    return made
