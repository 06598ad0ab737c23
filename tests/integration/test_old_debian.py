# SPDX-License-Identifier: LGPL-2.1-or-later
"""Provisioned guests with the QEMU of Debian 12, and with the kernels of Debian 12 and of Debian
13's backports (lab/make-kernels). rasd provisions them itself. tests/integration/test_matrix.py has
the same with the QEMU of the lab and the kernel of Debian 13.
"""
import re
import subprocess

import pytest

import rasdlab
from paged_guest import type_poke
from test_matrix import SEVERITIES, inject

FILES = rasdlab.lab_dir().with_name(rasdlab.lab_dir().name + "-kernels-amd64")
# What QEMU and what Linux says of its version.
CASES = {
    "qemu": (("--root", FILES / "qemu-12"), r"7\.2\.", r"6\.12\."),
    "linux-12": (("--kernel", FILES / "12"), r"1\d\.", r"6\.1\."),
    "linux-bpo": (("--kernel", FILES / "bpo-cloud"), r"1\d\.", r"[67]\.\d+\."),
    "both": (("--root", FILES / "qemu-12", "--kernel", FILES / "12"), r"7\.2\.", r"6\.1\."),
}
ROADS = {"nmi": "x86_64 (Intel), shm-ghes, NMI", "poll": "x86_64 (AMD), shm-ghes, polled"}


@pytest.fixture(scope="module", name="rasd")
def make_rasd(base):
    subprocess.run([rasdlab.TOP / "lab/make-kernels", "amd64"], check=True)
    rasdlab.make_guests_dir(base)
    rasd = rasdlab.Rasd(base, {f"{c}-{n}": "fatal" for c in CASES for n in ROADS}).start()
    yield rasd
    rasd.stop()


@pytest.mark.long
@pytest.mark.parametrize("notify", ROADS)
@pytest.mark.parametrize("case", CASES)
def test_provisioned(rasd, case, notify):
    options, qemu, linux = CASES[case]
    ident = f"9c1b8a52-0f5e-4c5e-9d07-{list(CASES).index(case):06x}{list(ROADS).index(notify):06x}"
    with rasdlab.provisioned_guest(rasd, f"{case}-{notify}", ident, "--mem", "256", *options,
                                   notify=notify) as guest:
        assert re.match(qemu, guest.hmp("info version"))
        assert re.search(r"Linux version " + linux, guest.log())
        type_poke(rasd.base, guest)
        for severity in SEVERITIES:
            inject(rasd, guest, ROADS[notify], severity)
