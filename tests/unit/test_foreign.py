"""Which errors of the driver may pass, and which are final."""

import pytest
from cassandra import AuthenticationFailed, InvalidRequest, Unauthorized, Unavailable
from cassandra.cluster import NoHostAvailable
from cassandra.protocol import (
    ConfigurationException,
    ErrorMessage,
    IsBootstrappingErrorMessage,
    OverloadedErrorMessage,
    ServerError,
    SyntaxException,
    TruncateError,
)

from cql.foreign import translated
from udfs.errors import StoreRefused, StoreUnavailable

NO_LOGIN = "Unable to perform authentication: Cannot achieve consistency level LOCAL_ONE"
NO_PERMISSION = "Unable to perform authorization of permissions: Operation timed out - received only 0 responses"


def sent(kind: type[ErrorMessage]) -> ErrorMessage:
    """An error as a node sends it, not made into one of the driver's own."""
    return kind(kind.error_code, "said by the node", None)


@pytest.mark.parametrize("kind", [OverloadedErrorMessage, ServerError, IsBootstrappingErrorMessage, TruncateError])
def test_what_a_busy_node_says_to_a_statement_that_is_prepared_again_may_pass(kind: type[ErrorMessage]) -> None:
    assert type(translated(sent(kind))) is StoreUnavailable


@pytest.mark.parametrize("kind", [SyntaxException, ConfigurationException])
def test_what_a_node_says_of_the_statement_itself_is_final(kind: type[ErrorMessage]) -> None:
    assert type(translated(sent(kind))) is StoreRefused


@pytest.mark.parametrize(("error", "kind"), [
    (Unauthorized(NO_PERMISSION), StoreUnavailable), (AuthenticationFailed(NO_LOGIN), StoreUnavailable),
    (Unauthorized("User ann has no MODIFY permission on <table>"), StoreRefused),
    (AuthenticationFailed("Provided username ann and/or password are incorrect"), StoreRefused),
])  # fmt: skip
def test_a_login_or_permission_that_cannot_be_looked_up_may_pass_and_one_that_is_not_there_is_final(
    error: Exception, kind: type[Exception]
) -> None:
    assert type(translated(error)) is kind
    assert type(translated(NoHostAvailable("asked all", {"10.0.0.7": error}))) is kind


def test_nodes_that_all_refuse_are_final_and_one_that_is_away_may_come_back() -> None:
    refused, away = InvalidRequest("unconfigured table"), Unavailable("no quorum")
    assert type(translated(NoHostAvailable("asked all", {"a": refused, "b": refused}))) is StoreRefused
    assert type(translated(NoHostAvailable("asked all", {"a": refused, "b": away}))) is StoreUnavailable
