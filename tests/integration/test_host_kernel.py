# SPDX-License-Identifier: LGPL-2.1-or-later
"""rasd's sources of host events on a real kernel: a guest plays the host, with the real helper and
the real sources in it (hostevents.c). Errors are made by the kernel's own means and by QEMU.
"""
import re
import shutil
import subprocess
import time

import pytest

import rasdlab
from rasdlab import BUILD, TOP, Guest


def make_initrd(base):
    """The lab's initramfs, and behind it one with the programs and what they are linked to."""
    exe = base / "hostevents"
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "json-c", "libevent_core",
                            "sqlite3", "inih", "expat"], check=True, text=True,
                           capture_output=True).stdout.split()
    subprocess.run(["gcc", "-std=gnu11", "-D_GNU_SOURCE", "-O1", f"-I{TOP}", f"-I{TOP}/lib",
                    f"-I{TOP}/daemon", "-o", exe, TOP / "tests/integration/hostevents.c",
                    BUILD / "libdaemon.a", BUILD / "librasd.a", *flags, "-lpthread"], check=True)
    root = base / "initrd"
    (root / "bin").mkdir(parents=True)
    (root / "etc").mkdir()
    libs = set()
    for program in (exe, BUILD / "rasd-pagemap"):
        shutil.copy(program, root / "bin")
        text = subprocess.run(["ldd", program], check=True, text=True, capture_output=True).stdout
        libs |= set(re.findall(r"(/\S+) \(0x", text))
    for lib in libs:
        to = root / lib[1:]
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(lib, to)
    (root / "etc/passwd").write_text("root:x:0:0::/:/bin/sh\nrasd:x:64057:64057::/:/bin/sh\n")
    (root / "etc/rasd.conf").write_text("[guests]\n")
    return rasdlab.add_to_initrd("amd64", root, base / "initrd.gz")


class Host(Guest):
    """A guest whose kernel is the host of rasd's sources. Its second CPU is offline at first."""

    def __init__(self, base):
        super().__init__(base, "host", "--arch", "x86_64", "--append", "maxcpus=1",
                         extra=["-cpu", "Skylake-Server", "-initrd", str(make_initrd(base))])
        self.wait()
        self.console("dmesg -n 1; mount -t tracefs t /sys/kernel/tracing; mkfifo /tmp/in; "
                     "echo 1 > /proc/sys/kernel/dmesg_restrict; "
                     "echo 1 > /sys/devices/system/machinecheck/machinecheck0/check_interval")

    def listen(self, how, until="STATUS kernel live"):
        """Starts the sources; they have an output of their own."""
        self.console(f"hostevents /bin/rasd-pagemap /etc/rasd.conf {how} < /tmp/in > /tmp/out 2>&1 "
                     "& exec 9> /tmp/in")
        self.wait_out(until)

    def deaf_now(self):
        """The sources end, as when rasd is stopped."""
        self.console("exec 9>&-")
        self.wait_out("^END$")

    def wait_out(self, pattern, seconds=120, file="/tmp/out"):
        """What was printed, once pattern is in it. The console sometimes doubles a character, so
        all that a test wants is in the pattern: the next look shows it right.
        """
        end = time.monotonic() + seconds
        while True:
            out = self.console(f"cat {file}").replace("\r", "")
            if found := re.search(pattern, out, re.M):
                return found
            assert time.monotonic() < end, f"no {pattern!r} in {out}"
            time.sleep(0.5)

    def count(self, word):
        """In how many lines of the output it is."""
        self.console(f"echo $(grep -c {word} /tmp/out) lines > /tmp/count")
        return int(self.wait_out(r"^(\d+) lines$", file="/tmp/count").group(1))

    def lose(self, cpu=0):
        """A process in the guest loses a page; the events are in the buffer of that CPU. Gives its
        pid and the page's address.
        """
        self.console(f"hostevents lose {cpu} > /tmp/lost")
        found = self.wait_out(r"^LOST pid=(\d+) hpa=(0x[0-9a-f]+) told=5$", file="/tmp/lost")
        return found.groups()


@pytest.fixture(scope="module", name="host")
def make_host(tmp_path_factory):
    base = tmp_path_factory.mktemp("host")
    base.chmod(0o755)
    for parent in base.parents:
        if str(parent).startswith("/tmp/"):
            parent.chmod(0o755)
    host = Host(base)
    yield host
    subprocess.run([TOP / "lab/guest", "stop", host.name, host.dir], check=False)


FAILURE = "^EVENT kernel/memory_failure_event kind=1 severity=3 hpa={}[+]4096 count=1 "


def test_as_the_units(host):
    """The helper as under systemd: set up by root without capabilities, it writes nothing itself.
    A page that memory_failure() takes, its process that is told, a corrected error by QEMU.
    """
    host.listen("as-service")
    pid, hpa = host.lose()
    host.wait_out(FAILURE.format(hpa) + "catch_up=0 .*outcome=4 type='dirty LRU page'")
    host.wait_out(f"^EVENT kernel/signal_generate .*hpa=none.* pid={pid} code=5 ")
    host.hmp("mce 0 5 0x8c00004000010090 0 0x1f000040 0x8c")
    host.wait_out("^EVENT kernel/mce_record kind=0 severity=1 hpa=0x1f000000[+]4096 count=1 ")


def test_only_our_signals(host):
    """SIGBUS that no error of memory caused, and all other signals, are filtered by the kernel."""
    before = host.count("signal_generate")
    host.console("sh -c 'kill -BUS $$'; sh -c 'kill -TERM $$'; true")
    _, hpa = host.lose()  # what comes later is there
    host.wait_out(FAILURE.format(hpa))
    assert host.count("signal_generate") == before + 1


def test_a_forged_line(host):
    """A process cannot write a record of the kernel's into the log, and rasd may read it although
    users may not.
    """
    host.wait_out("^STATUS kmsg live ")
    lines = ("Hardware error from APEI Generic Hardware Error Source: 0",
             " Error 0, type: recoverable", "  section_type: memory error",
             "  physical_address: 0x1000")
    for prefix in ("", "<4>", "<0>"):
        for line in lines:
            host.console(f"echo '{prefix}{{77}}[Hardware Error]: {line}' > /dev/kmsg")
    host.console("sleep 2; echo > /tmp/in")  # later than a record that waits is reported
    host.wait_out("^STATUS kmsg live events=0 missed=0 malformed=0 ")
    assert host.count("EVENT.kmsg") == 0


def test_a_cpu_comes_online(host):
    """Its buffer could not be read before. The first event there waits until it can."""
    host.console("echo 1 > /sys/devices/system/cpu/cpu1/online")
    for _ in range(2):
        _, hpa = host.lose(cpu=1)
        host.wait_out(FAILURE.format(hpa))


def test_what_happened_meanwhile(host):
    """Events outlive rasd: the instance is used again as it is, and its clock is not set again,
    which would empty it.
    """
    host.deaf_now()
    _, hpa = host.lose()
    host.listen("as-root")
    host.wait_out(FAILURE.format(hpa) + "catch_up=1 boot_us=[1-9][0-9]* late_ms=[1-9]")
    _, hpa = host.lose()
    host.wait_out(FAILURE.format(hpa) + "catch_up=0 ")
    host.console("echo > /tmp/in")
    host.wait_out("^STATUS kernel live events=[4-9] missed=0 malformed=0 ")


def test_a_helper_without_rights(host):
    """Without the set-up the helper of the units cannot make the instance, and rasd says how to."""
    host.deaf_now()
    host.console("rmdir /sys/kernel/tracing/instances/rasd")
    host.listen("as-alone", until="STATUS kernel unreadable")
    host.wait_out("^STATUS kernel unreadable .*instances/rasd.*"
                  "systemctl restart rasd-trace[.]service")
