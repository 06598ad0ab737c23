# SPDX-License-Identifier: LGPL-2.1-or-later
"""Backend aer through libvirt: the port has the id and the place that libvirt gave it."""
import json
import re

import lvlab
import rasdlab


def test_port_of_a_domain(base):
    lv = lvlab.Libvirt(base).start()
    rasd = rasdlab.Rasd(base, {"lvpc": "recoverable"},
                        guests=f"libvirt-uri = {lv.uri}\n"
                               f"libvirt-run-directory = {lv.run_dir}\n")
    try:
        lv.guest("lvpc", "q35", start=False)
        xml = lv.virsh("dumpxml", "lvpc", "--inactive").replace(
            "</devices>", "<controller type='pci' model='pcie-root-port'/></devices>")
        guest = lv.guest("lvpc", xml).wait()
        alias = re.search(r"model='pcie-root-port'>.*?<alias name='([^']+)'/>",
                          lv.virsh("dumpxml", "lvpc"), re.S)[1]
        # QEMU says where it is when it takes an error.
        place = re.search(r"bus: (\w+) devfn: (\w+)\.(\w)",
                          guest.hmp(f"pcie_aer_inject_error -c {alias} 0x40"))
        bdf = "0000:%02x:%02x.%x" % tuple(int(x, 16) for x in place.groups())
        guest.wait("BadTLP")
        rasd.start(["lvpc"])
        shown = rasd.rpc("domain.explain", domain="lvpc")["result"]["devices"]
        assert (alias, bdf) in [(d["id"], d["bdf"]) for d in shown], shown
        answer = rasd.ctl("inject", "lvpc", "--type", "pcie", "--port", alias, "--aer",
                          "poisoned-tlp", "--severity", "recoverable", "--via", "aer", "--wait",
                          "--timeout", "30", "-o", "json")
        row = json.loads(answer.stdout)
        assert row["state"] == "acknowledged" and row["backend"] == "aer", answer
        guest.wait(f"pcieport {bdf}: AER: Uncorrectable (Non-Fatal) error message received")
    finally:
        rasd.stop()
        lv.down()
