# SPDX-License-Identifier: LGPL-2.1-or-later
"""A real libvirtd of the lab with real domains."""
import re
import signal
import socket
import subprocess
import time

from rasdlab import BOOT_S, TOP, Booting


class Libvirt:
    def __init__(self, base):
        self.dir = base / "lv"
        self.run_dir = self.dir / "run/libvirt/qemu"
        self.socket = self.dir / "run/libvirt/libvirt-sock"
        self.uri = f"qemu+unix:///system?socket={self.socket}"

    def lab(self, verb, *args, check=True, timeout=120, stdin=None):
        return subprocess.run([TOP / "lab/libvirt", verb, self.dir, *args], check=check,
                              timeout=timeout, text=True,
                              capture_output=True, input=stdin)

    def start(self):
        self.lab("start")
        return self

    def pid(self):
        return int((self.dir / "libvirtd.pid").read_text())

    def stop(self, how=signal.SIGTERM):
        self.lab("stop", how.name[3:])

    def down(self):
        self.lab("down", check=False)

    def virsh(self, *args, **kw):
        return self.lab("virsh", *map(str, args), **kw).stdout

    def hmp(self, domain, line):
        return self.virsh("qemu-monitor-command", domain, "--hmp", line)

    def guest(self, name, kind="virt", mem="512", start=True):
        """Start (or only define) a domain; kind is virt, q35 or XML text."""
        if kind.lstrip().startswith("<"):
            path = self.dir / f"{name}.xml"
            path.write_text(kind)
            kind = str(path)
        self.lab("guest" if start else "define", name, kind, mem)
        return Domain(self, name)


class Domain(Booting):
    def __init__(self, lv, name):
        self.lv, self.name = lv, name

    @property
    def pid(self):
        return int((self.lv.run_dir / f"{self.name}.pid").read_text())

    def log(self):
        return (self.lv.dir / f"guests/{self.name}.log").read_text(errors="replace")

    def wait(self, text=Booting.READY, count=1, seconds=BOOT_S):
        if count == 1 and text == self.READY:
            return self.boot()
        end = time.monotonic() + seconds
        while self.log().count(text) < count:
            assert time.monotonic() < end, (f"{self.name} did not say {text!r} {count} times\n"
                                            + self.log()[-2000:])
            time.sleep(0.1)
        return self

    def start_again(self):
        self.lv.virsh("destroy", self.name, check=False)
        self.lv.virsh("start", self.name)

    def hmp(self, line):
        return self.lv.hmp(self.name, line)

    def console(self, command):
        """Output of a command that the guest's init runs."""
        self.used = True
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(30)
            s.connect(str(self.lv.dir / f"guests/{self.name}.serial"))
            s.sendall(command.encode() + b"\n")
            data = b""
            while not re.search(rb"RASD-LAB-DONE \d+", data):
                data += s.recv(4096)
        return data.decode(errors="replace").replace("\r", "")

    def notifications(self):
        """How often QEMU raised the GED interrupt: once for each record that it wrote."""
        line = [x for x in self.console("grep ACPI:Ged /proc/interrupts").splitlines()
                if "ACPI:Ged" in x]
        return sum(int(x) for x in line[-1].split()[1:3])

    def deaf(self):
        """The guest runs on but does not notice records, so what is sent stays unread."""
        self.console("echo ACPI0013:00 >/sys/bus/platform/drivers/acpi-ged/unbind")

    def hears(self):
        self.console("echo ACPI0013:00 >/sys/bus/platform/drivers/acpi-ged/bind")

    def signal(self, how):
        subprocess.run(["kill", f"-{how.name[3:]}", str(self.pid)], check=True)
