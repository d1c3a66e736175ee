"""Where a stack keeps its files, and how another process finds it."""

from cql.settings import StoreSettings
from flink_job.local.settings import StackSettings, client_environ, stack_settings
from udfs.settings import read


def test_jars_and_stack_lie_in_the_users_cache_by_default() -> None:
    settings = stack_settings({"XDG_CACHE_HOME": "/somewhere", "HOME": "/home/me"})
    assert str(settings.jars) == "/somewhere/penchant/jars"
    assert str(settings.directory) == "/somewhere/penchant/stack"


def test_without_an_xdg_cache_the_home_directory_is_used() -> None:
    assert str(stack_settings({"HOME": "/home/me"}).jars) == "/home/me/.cache/penchant/jars"


def test_a_second_stack_shares_the_jars_of_the_first() -> None:
    environ = {"PENCHANT_CACHE": "/cache", "PENCHANT_STACK_DIRECTORY": "/second"}
    settings = stack_settings(environ)
    assert str(settings.jars) == "/cache/jars"
    assert str(settings.directory) == "/second"


def test_a_process_that_inherits_the_client_environ_reads_the_same_stack() -> None:
    settings = stack_settings({"HOME": "/home/me", "PENCHANT_KAFKA_PORT": "2222", "JAVA_HOME": "/jdk"})
    assert stack_settings(client_environ(settings)) == settings


def test_clients_of_the_store_find_the_port_that_the_stack_uses() -> None:
    settings = stack_settings({"HOME": "/home/me", "PENCHANT_STORE_PORT": "3333"})
    assert read(StoreSettings, client_environ(settings)).store_port == 3333


def test_without_settings_clients_and_stack_agree_on_the_store() -> None:
    assert StoreSettings().store_port == StackSettings().store_port
