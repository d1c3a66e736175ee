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
    authentication: Annotated[
        bool, Meta(description="False lets everybody in who reaches the port: only for a closed network.")
    ] = True
    api_concurrency: Annotated[
        int, Meta(description="Requests that a process has under way at most; more get 503 at once.", ge=1)
    ] = 32
    api_cors_origins: Annotated[
        str, Meta(description="Origins whose pages may ask, separated by commas; empty: none.")
    ] = ""
    api_tls_certificate: Annotated[
        str, Meta(description="Path of the API's certificate (PEM, with its chain); empty: no TLS.")
    ] = ""
    api_tls_key: Annotated[str, Meta(description="Path of that certificate's key (PEM).")] = ""
    log_retention_days: Annotated[
        int, Meta(description="Days that the log and the dead letters are kept, for receipts; 0: not known.", ge=0)
    ] = 0
    state_ttl_hours: Annotated[int, Meta(description="The job's setting of that name, for receipts.", ge=1)] = 24

    @property
    def cors_origins(self) -> list[str]:
        """The origins as a list."""
        return [origin.strip() for origin in self.api_cors_origins.split(",") if origin.strip()]
