# SPDX-License-Identifier: LGPL-2.1-or-later
"""Guests of many kinds, one row of a table each: what rasd says of it, and what the guest saw.

A row has its own guest and its own rasd, so that each can be run alone:
    RASD_LONG=1 tests/integration/run test_many_guests.py -k reboot
The kernels come from lab/make-kernels: Debian 12, 13 and 13's backports, pages of 4 and 16 KiB.
"""
import json
import os
import pathlib
import shutil
import socket
import subprocess
import time

import pytest

import rasdlab

pytestmark = pytest.mark.long
GPA = "0x48000000"
MIB = 1 << 20
BOOT_S = 240


class Lab:
    """One row: a guest, a rasd, and the steps that rows are made of."""

    def __init__(self, base, row):
        self.base, self.row, self.n = base, row, 0
        kernels = str(rasdlab.lab_dir()) + "-kernels"
        (base / "guests").mkdir(mode=0o2750)
        shutil.chown(base / "guests", "rasd-lab", "rasd-qmp")
        os.chmod(base / "guests", 0o2750)
        row.files(base / "guests")
        fill = {"K": kernels, "D": str(base / "guests"), "R": str(rasdlab.lab_dir() / "root")}
        options = [x.format(**fill) for x in row.options]
        extra = [x.format(**fill) for x in row.qemu]
        self.guest = rasdlab.Guest(base, row.name, *options, extra=extra)
        self.rasd = rasdlab.Rasd(base, {row.name: "fatal"})

    def boot(self):
        self.ready()
        self.rasd.start([self.row.name])

    def ready(self, count=1):
        self.wait(lambda: self.guest.log().count("RASD-LAB-GUEST-READY") >= count, BOOT_S, "ready")

    def wait(self, what, seconds, words):
        end = time.monotonic() + seconds
        while not (got := what()):
            assert time.monotonic() < end, f"expected in {seconds} s: {words}; the guest's log " \
                f"ends: {self.guest.log()[-1500:]}"
            time.sleep(0.2)
        return got

    def explain(self):
        return self.rasd.rpc("domain.explain", domain=self.row.name)["result"]

    def create(self, **params):
        self.n += 1
        params = {"gpa": GPA, "wait": True, "timeout_ms": 20000} | params
        return self.rasd.rpc("injection.create", request_id=f"r{self.n}", domain=self.row.name,
                             **params)

    def available(self, seconds=60):
        self.wait(lambda: self.explain()["backends"][0]["available"], seconds,
                  f"a backend; seen: {self.explain()['backends'][0]}")

    def acknowledged(self, **params):
        """Acknowledged, and printed by the guest's own kernel under the injection's id."""
        self.available()
        a = self.create(**params)
        assert a.get("result", {}).get("state") == "acknowledged", f"expected ack, seen {a}"
        self.guest.wait_log(f"fru_id: {a['result']['id']}")

    def stays_written(self):
        """QEMU took the record; nobody in the guest reads it, and rasd claims nothing else."""
        self.available()
        a = self.create(timeout_ms=3000)
        assert a.get("result", {}).get("state") == "written", f"expected written, seen {a}"
        time.sleep(2)
        row = self.rasd.row(a["result"]["id"])
        assert row["state"] == "written" and not row["final"], row

    def refused(self, reason, *texts):
        """Refused with this reason; the message or the hint has one of the texts."""
        a = self.create()
        assert "error" in a, f"expected {reason}, seen {a}"
        data = a["error"]["data"]
        assert data["reason"] == reason and data.get("hint"), f"expected {reason}, seen {a}"
        said = json.dumps(a["error"])
        assert not texts or any(t in said for t in texts), f"expected one of {texts}, seen {said}"
        assert self.rasd.rows() == []

    def typed(self, command):
        """On the guest's console, without waiting: the guest ends by it."""
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(str(self.guest.dir / f"{self.row.name}.serial"))
            s.sendall(command.encode() + b"\n")
            time.sleep(0.5)

    def close(self):
        self.rasd.stop()
        self.guest.stop()


# What becomes of the guest: each is given the row's Lab, with the guest booted.
def ack(lab):
    lab.boot()
    for severity in ("corrected", "recoverable"):
        lab.acknowledged(severity=severity)


def written(lab):
    lab.boot()
    lab.stays_written()


def secure_boot(lab):
    ack(lab)
    assert "Secure boot enabled" in lab.guest.log(), "expected Secure Boot; it is off"


def no_table(lab):
    lab.ready()
    stuck_in_firmware(lab)


def stuck_in_firmware(lab):
    """No error table will ever be found. At first the firmware may still be running; later rasd
    names what else it may be."""
    lab.rasd.start([lab.row.name])
    lab.refused("guest-not-ready")
    lab.wait(lambda: "acpi=off" in json.dumps(lab.create().get("error")), 180,
             "rasd says that the guest may have been started with acpi=off")
    lab.refused("guest-not-ready", "without ACPI")


def in_shell(lab):
    """No kernel: the firmware has made the table and sits in its shell."""
    lab.wait(lambda: "Shell>" in lab.guest.log(), BOOT_S, "the UEFI shell")
    lab.rasd.start([lab.row.name])
    lab.stays_written()


def before_firmware(lab):
    """Never started: refused, and nothing was sent."""
    lab.rasd.start([lab.row.name])
    lab.refused("guest-not-running", "prelaunch", "paused", "not running")


def reboot(lab):
    ack(lab)
    for command in (lambda: lab.guest.qmp("system_reset"), lambda: lab.typed("reboot -f")):
        count = lab.guest.log().count("RASD-LAB-GUEST-READY")
        command()
        lab.ready(count + 1)
        lab.acknowledged()


def panic(lab):
    """A fatal record ends the guest; the record is proved, and after the reset it takes others."""
    lab.boot()
    lab.available()
    count = lab.guest.log().count("RASD-LAB-GUEST-READY")
    a = lab.create(severity="fatal", confirm=True, timeout_ms=60000)
    state = a.get("result", {}).get("state")
    assert state in ("acknowledged", "consumed"), f"expected ack or consumed, seen {a}"
    lab.guest.wait_log("GHES: Fatal hardware error", 60)
    lab.ready(count + 1)
    lab.acknowledged()


def crash(lab):
    """The guest panics by itself while a record is unread."""
    lab.boot()
    lab.available()
    lab.guest.deaf()
    a = lab.create(timeout_ms=500)["result"]
    assert a["state"] == "written", a
    count = lab.guest.log().count("RASD-LAB-GUEST-READY")
    lab.typed("echo c > /proc/sysrq-trigger")
    lab.ready(count + 1)
    row = lab.wait(lambda: (r := lab.rasd.row(a["id"]))["final"] and r, 30, "a final state")
    assert row["state"] == "lost", row
    lab.acknowledged()


def stopped(lab):
    ack(lab)
    lab.guest.qmp("stop")
    lab.wait(lambda: not lab.explain()["backends"][0]["available"], 10, "no backend while paused")
    a = lab.create()
    assert a["error"]["data"]["reason"] == "guest-not-running", a
    lab.guest.qmp("cont")
    lab.acknowledged()


def plug(lab, gpa=True):
    """A dimm of 256 MiB comes; a record for an address in it is acknowledged."""
    lab.guest.qmp("object-add", **{"qom-type": "memory-backend-ram", "id": "d0",
                                   "size": 256 * MIB})
    lab.guest.qmp("device_add", driver="pc-dimm", id="dimm0", memdev="d0")
    at = lab.wait(lambda: [d["data"]["addr"] for d in lab.guest.qmp("query-memory-devices")
                           if d["data"].get("id") == "dimm0"], 30, "the dimm")[0]
    lab.wait(lambda: lab.create(gpa=hex(at + MIB), dry_run=True).get("result"), 20,
             f"{at + MIB:#x} is known to be RAM")
    lab.acknowledged(gpa=hex(at + MIB))
    return at


def dimm(lab):
    """Plugged and unplugged: QEMU then lists a RAM block without a name. Nothing else changes."""
    ack(lab)
    at = plug(lab)
    for _ in range(10):
        lab.guest.qmp("device_del", id="dimm0")
        time.sleep(1)
        if not any(d["data"].get("id") == "dimm0" for d in lab.guest.qmp("query-memory-devices")):
            break
    else:
        pytest.fail("expected that the guest lets the dimm go; it holds it")
    lab.guest.rest()
    lab.acknowledged()  # before its backend goes, too
    lab.guest.qmp("object-del", id="d0")
    time.sleep(1.2)  # the layout is asked again after a second
    lab.guest.rest()
    lab.acknowledged()
    a = lab.wait(lambda: lab.create(gpa=hex(at + MIB), dry_run=True).get("error"), 20,
                 "an address of the dimm is no RAM any more")
    assert a["data"]["reason"] == "address-not-ram", a


def balloon(lab):
    """The balloon is blown up and let go, whatever the guest makes of it."""
    ack(lab)
    for mib in (300, 512):
        lab.guest.qmp("balloon", value=mib * MIB)
        time.sleep(1)
        lab.guest.rest()
        lab.acknowledged()


def virtio_mem(lab):
    ack(lab)
    lab.guest.qmp("qom-set", path="/machine/peripheral/vm0", property="requested-size",
                  value=128 * MIB)
    time.sleep(2)
    lab.guest.rest()
    lab.acknowledged()


class Row:
    def __init__(self, name, what, *options, qemu=(), files=lambda directory: None):
        self.name, self.what, self.options, self.qemu, self.files = (name, what, options, qemu,
                                                                     files)


def kernel(name):
    return "--kernel", "{K}/" + name


def backend(kind, mib):
    return "-machine", "memory-backend=m0", "-object", f"{kind},id=m0,size={mib}M"


def secure_boot_files(directory):
    """A disk with Debian's signed shim, GRUB and kernel, and variables with Microsoft's keys. (Shim
    starts no kernel by itself, as QEMU's -shim asks: Debian's kernels have no .sbat section.)
    """
    lab, kernels = rasdlab.lab_dir(), pathlib.Path(str(rasdlab.lab_dir()) + "-kernels")
    for name in ("EFI/BOOT", "EFI/debian"):
        (directory / "disk" / name).mkdir(parents=True)
    for source, name in ((kernels / "shim", "disk/EFI/BOOT/BOOTAA64.EFI"),
                         (kernels / "grub", "disk/EFI/BOOT/grubaa64.efi"),
                         (lab / "arm64/vmlinuz", "disk/vmlinuz"),
                         (lab / "arm64/initrd.gz", "disk/initrd.gz"),
                         (lab / "root/usr/share/AAVMF/AAVMF_VARS.ms.fd", "vars")):
        shutil.copy(source, directory / name)
    (directory / "disk/EFI/debian/grub.cfg").write_text(
        "linux /vmlinuz console=ttyAMA0 loglevel=7\ninitrd /initrd.gz\nboot\n")
    shutil.chown(directory / "vars", "rasd-lab", "rasd-qmp")


def idle_firmware(directory):
    """wfi; b .-4"""
    (directory / "idle").write_bytes(bytes.fromhex("7f2003d5ffffff17"))


NODES = ("-object", "memory-backend-ram,id=n0,size=512M", "-object",
         "memory-backend-memfd,id=n1,size=256M", "-numa", "node,nodeid=0,cpus=0,memdev=n0",
         "-numa", "node,nodeid=1,cpus=1,memdev=n1")
SLOTS = "512M,slots=4,maxmem=8G"
ONLINE = ("--append", "memhp_default_state=online_movable panic=1")
PANIC = ("--append", "panic=1")

PFLASH = ("-drive", "if=pflash,format=raw,readonly=on,file={R}/usr/share/AAVMF/AAVMF_CODE.ms.fd",
          "-drive", "if=pflash,format=raw,file={D}/vars",
          "-drive", "if=none,id=disk,format=raw,readonly=on,file=fat:{D}/disk",
          "-device", "virtio-blk-pci,drive=disk")

ROWS = [
    # kernels
    Row("k12-cloud", ack, *kernel("12-cloud")),
    Row("k12", ack, *kernel("12")),
    Row("k13-cloud", ack),
    Row("k13", ack, *kernel("13")),
    Row("k13-16k", ack, *kernel("13-16k")),
    Row("kbpo-cloud", ack, *kernel("bpo-cloud")),
    Row("kbpo-16k", ack, *kernel("bpo-16k")),
    # machines and processors
    Row("gic2", ack, "--machine", "gic-version=2"),
    Row("gic2-a57", ack, "--machine", "gic-version=2", "--cpu", "cortex-a57"),
    Row("n1", ack, "--cpu", "neoverse-n1"),
    Row("a57", ack, "--cpu", "cortex-a57"),
    Row("n1-16k", ack, "--cpu", "neoverse-n1", *kernel("13-16k")),
    Row("cpus1", ack, "--smp", "1"),
    Row("cpus3", ack, "--smp", "3"),
    Row("cpus8", ack, "--smp", "8"),
    Row("its-off", ack, "--machine", "its=off"),
    Row("secure", ack, "--machine", "virtualization=on"),
    # memory
    Row("mib160", ack, "--mem", "160"),
    Row("mib256", ack, "--mem", "256"),
    Row("gib5", ack, "--mem", "5120"),
    Row("gib300", ack, "--mem", "300G", "--append", "mem=2G",
        qemu=("-machine", "memory-backend=m0", "-object",
              "memory-backend-ram,id=m0,size=300G,reserve=off")),
    Row("maxmem300", ack, "--mem", "512M,slots=8,maxmem=300G"),
    Row("numa", ack, "--mem", "768", qemu=NODES),
    Row("memfd", ack, qemu=backend("memory-backend-memfd,share=on", 512)),
    Row("memfd-private", ack, qemu=backend("memory-backend-memfd,share=off", 512)),
    Row("file", ack, qemu=backend("memory-backend-file,share=on,mem-path={D}/ram", 512)),
    Row("prealloc", ack, qemu=backend("memory-backend-ram,prealloc=on", 512)),
    Row("balloon", balloon, qemu=("-device", "virtio-balloon-pci")),
    Row("virtio-mem", virtio_mem, "--mem", SLOTS,
        qemu=("-object", "memory-backend-ram,id=vm0m,size=1G,reserve=off", "-device",
              "virtio-mem-pci,id=vm0,memdev=vm0m,requested-size=0")),
    Row("dimm", dimm, "--mem", SLOTS, *ONLINE),
    Row("dimm-bpo", dimm, "--mem", SLOTS, *ONLINE, *kernel("bpo-cloud")),
    # firmware
    Row("secure-boot", secure_boot, "--kernel", "none", "--firmware", "none", qemu=PFLASH,
        files=secure_boot_files),
    Row("machine-acpi-off", no_table, "--machine", "acpi=off"),
    # With ACPI, ras=on and no firmware QEMU 11.1.3 ends by a segmentation fault at its start.
    # (Linux 6.12 cannot be started so: its image unpacks itself only under UEFI.)
    Row("no-firmware", no_table, "--machine", "acpi=off", "--firmware", "none",
        *kernel("12-cloud")),
    Row("idle-firmware", stuck_in_firmware, "--kernel", "none", "--firmware", "{D}/idle",
        files=idle_firmware),
    Row("hest-disable", written, "--append", "hest_disable"),
    Row("ghes-disable", written, "--append", "ghes.disable=1"),
    Row("shell", in_shell, "--kernel", "none"),
    Row("prelaunch", before_firmware, qemu=("-S",)),
    # what happens to it
    Row("reboot", reboot, *PANIC),
    Row("panic", panic, *PANIC),
    Row("crash", crash, *PANIC),
    Row("stopped", stopped),
]


@pytest.fixture(name="kernels", scope="module", autouse=True)
def make_kernels():
    subprocess.run([rasdlab.TOP / "lab/make-kernels"], check=True)


@pytest.mark.parametrize("row", ROWS, ids=lambda r: r.name)
def test_guest(row):
    base = rasdlab.make_base()
    lab = None
    try:
        lab = Lab(base, row)
        row.what(lab)
    finally:
        if lab:
            lab.close()
        rasdlab.drop_base(base)
