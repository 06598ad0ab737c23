# SPDX-License-Identifier: LGPL-2.1-or-later
"""Guests in which nothing can be done or proved. They are refused with the reason before anything
is sent.
"""
import pytest

import rasdlab
from test_libvirt import create, explain


@pytest.fixture(scope="module", name="lab")
def make_lab():
    base = rasdlab.make_base()
    compat = rasdlab.Guest(base, "cp-compat", "--mem", "128",
                           extra=("-S", "-compat", "unstable-input=reject"))
    plain = rasdlab.Guest(base, "cp-plain", "--mem", "128", extra=("-S",))
    rasd = rasdlab.Rasd(base, {"cp-compat": "fatal", "cp-plain": "fatal"}).start(["cp-compat",
                                                                                  "cp-plain"])
    yield type("Lab", (), {"base": base, "rasd": rasd})
    rasd.stop()
    for g in (compat, plain):
        g.stop()
    rasdlab.drop_base(base)


def test_a_qemu_that_rejects_unstable_commands(lab):
    b = explain(lab.rasd, "cp-compat")["backends"][0]
    assert not b["available"] and "rejects unstable commands" in b["reason"], b
    assert "-compat" in b["hint"], b
    assert create(lab.rasd, "compat",
                  domain="cp-compat")["error"]["data"]["reason"] == "not-capable"
    assert "unstable" not in explain(lab.rasd, "cp-plain")["backends"][0]["reason"]
    assert lab.rasd.rows() == []
