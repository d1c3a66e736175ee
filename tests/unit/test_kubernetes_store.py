"""k8s/: the store's copies, who reaches it, and what it asks of whom."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from overlays import K8S, every_overlay, needs_kubectl, of_kind, only, pods, settings

from cql.settings import StoreSettings
from udfs.settings import read

LOGIN = "penchant-store-login"


def store_config(folder: Path, rack: dict[str, Any]) -> dict[str, Any]:
    """What a rack of the store is told beside the operator's own settings."""
    (found,) = (one for one in of_kind(folder, "ConfigMap") if one["metadata"]["name"] == rack["scyllaConfig"])
    return dict(yaml.safe_load(found["data"]["scylla.yaml"]))


@needs_kubectl
@every_overlay
def test_the_store_has_the_copies_in_the_data_centre_that_the_settings_name(overlay: Path) -> None:
    found, datacenter = read(StoreSettings, settings(overlay)), only(overlay, "ScyllaCluster")["spec"]["datacenter"]
    assert found.store_datacenter == datacenter["name"]
    assert found.store_replication == len(datacenter["racks"])
    assert found.store_consistency == "LOCAL_QUORUM"


@needs_kubectl
def test_a_store_of_one_copy_has_on_the_disk_what_it_acknowledges() -> None:
    small = K8S / "overlays" / "small"
    (rack,) = only(small, "ScyllaCluster")["spec"]["datacenter"]["racks"]
    assert store_config(small, rack)["commitlog_sync"] == "batch"


@needs_kubectl
@every_overlay
def test_the_store_lets_in_every_pod_that_has_its_login(overlay: Path) -> None:
    policies = [one for one in of_kind(overlay, "NetworkPolicy") if one["metadata"]["name"] == "penchant-store"]
    admitted = {
        name
        for policy in policies
        for rule in policy["spec"]["ingress"]
        for peer in rule.get("from", [])
        for expression in peer.get("podSelector", {}).get("matchExpressions", [])
        for name in expression["values"]
    }
    holders = {
        pod["metadata"]["labels"]["app.kubernetes.io/name"]
        for pod in pods(overlay)
        for one in pod["spec"]["containers"]
        if any(source.get("secretRef", {}).get("name") == LOGIN for source in one.get("envFrom", []))
    }
    assert holders <= admitted
    assert holders or not policies


@needs_kubectl
@pytest.mark.parametrize("name", ["production", "two-datacentres/first", "two-datacentres/second"])
def test_no_pod_starts_without_the_login_that_the_store_asks_for(name: str) -> None:
    overlay = K8S / "overlays" / name
    racks = only(overlay, "ScyllaCluster")["spec"]["datacenter"]["racks"]
    assert {store_config(overlay, rack)["authenticator"] for rack in racks} == {"PasswordAuthenticator"}
    logins = [
        source["secretRef"]
        for pod in pods(overlay)
        for source in pod["spec"]["containers"][0].get("envFrom", [])
        if source.get("secretRef", {}).get("name") == LOGIN
    ]
    assert logins
    assert [one for one in logins if one.get("optional")] == []


@needs_kubectl
@every_overlay
def test_prometheus_reaches_the_metrics_of_the_store(overlay: Path) -> None:
    (policy,) = (one for one in of_kind(overlay, "NetworkPolicy") if one["metadata"]["name"] == "penchant-store")
    prometheus = {"app.kubernetes.io/name": "prometheus"}
    reached = {
        port["port"]
        for rule in policy["spec"]["ingress"]
        for peer in rule["from"]
        if peer.get("podSelector", {}).get("matchLabels") == prometheus
        for port in rule["ports"]
    }
    assert reached == {9180, 5090}
