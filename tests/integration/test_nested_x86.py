# SPDX-License-Identifier: LGPL-2.1-or-later
"""Errors of a real host reach an x86_64 guest by themselves: through the page that it shares with
rasd, or, where it has none, as a machine check; and if neither can be, that is said."""
import contextlib

import pytest

import hostlab
import nested_q35
from test_nested_forward import forwarded_once, is_live

BOTH = "forward-uncorrected = yes\nforward-corrected = yes"
DOMAINS = {"x": BOTH, "bare": BOTH, "other": BOTH}
GHES = "Hardware error from APEI Generic Hardware Error Source: 1"


def backends(host, name):
    return {b["name"]: b for b in host.rpc("domain.explain", domain=name)["backends"]}


@pytest.fixture(scope="module", name="host")
def make_host():
    with contextlib.contextmanager(hostlab.fixture)(DOMAINS) as host:
        host.ready()
        host.vm("stop", "a")  # it costs CPU
        host.arguments = nested_q35.provision(host, "x")
        host.tagged = nested_q35.make_state(host, host.arguments, host.base)
        nested_q35.start(host, "x", *host.arguments)
        host.wait("rasd reaches its page", lambda: backends(host, "x")["shm-ghes"]["available"])
        host.wait("the kernel's own reports are read", lambda: is_live(host, "kernel"))
        yield host


@pytest.mark.parametrize("how", ["hwpoison", "mce"])
def test_uncorrected(host, how):
    """The guest is told by NMI, gives up its page, and has acknowledged the record."""
    _, gpa, pfn = host.page("x")
    if how == "hwpoison":
        host.poison(pfn)
    else:
        host.mce(pfn, corrected=False)
    event = forwarded_once(host, "x", gpa, pfn)
    row = host.rpc("injection.get", id=event["injection"])
    assert row["backend"] == "shm-ghes" and row["origin"] == "host-event", row
    assert GHES in host.vm_log("x")
    assert f"physical_address: {gpa:#018x}" in host.vm_log("x")
