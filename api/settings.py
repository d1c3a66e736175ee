"""Settings of the API."""

from typing import Annotated, Literal

from msgspec import Meta

from cql.settings import StoreSettings


class ApiSettings(StoreSettings, frozen=True, kw_only=True):
    """What an API process can be told; the store's settings and the catalogue come with `StoreSettings`."""

    api_host: Annotated[str, Meta(description="Address that the API listens on.")] = "127.0.0.1"
    api_port: Annotated[int, Meta(description="Port that the API listens on.", ge=1, le=65535)] = 18080
    api_workers: Annotated[int, Meta(description="Processes that serve; about one per core.", ge=1, le=256)] = 1
    api_log_level: Annotated[
        Literal["debug", "info", "warning", "error"], Meta(description="What the API writes to its log.")
    ] = "info"
    page: Annotated[bool, Meta(description="Serve the page for people at /.")] = True
    presets: Annotated[str, Meta(description="Path of a TOML file of presets; by default the shipped ones.")] = ""
    stale_after_seconds: Annotated[
        float, Meta(description="An answer is stale when the job has not come further than this.", gt=0)
    ] = 60.0
