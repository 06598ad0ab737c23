# SPDX-License-Identifier: LGPL-2.1-or-later
"""The nested host: a Debian 13 machine under TCG that plays the hypervisor host, with rasd
installed by `make install` and guests of its own.

This machine cannot be the host: its kernel may not be able to poison a page, and a test must not
spoil real memory. The nested host is made by lab/make-host. It has Debian's kernel, systemd as
first process, rasdaemon and a real QEMU. rasd runs there as its units say, in their full sandbox.

    this machine > QEMU (x86, TCG) > the host: systemd, rasdaemon, rasd > QEMU (TCG) > inner guest

How to write a scenario:

    def test_x(host):                            # fixture of test_nested_host.py: one boot a file
        host.sh("systemctl restart rasd")        # bash in the host, as root; its output
        host.rasctl("owners", "--hpa", "0x1000") # the same for rasctl; checks that it exits with 0
        host.rpc("domain.list")                  # one JSON-RPC call to rasd: its "result"
        pid = host.vm("start", "b", "memfd")     # any function of lab/host/vm.py, run in the host
        n, gpa, pfn = host.page("a")             # a page of the guest a that no test has used
        host.poison(pfn)                         # the host's kernel takes the page for broken
        host.mce(pfn, corrected=True)            # a machine check, by the monitor of its QEMU
        host.wait("the row", lambda: "0x1" in host.sql("SELECT pfn FROM memory_failure_event"))
        host.vm_log("b")                         # what the inner guest's kernel printed
        host.call(function, 1, "x")              # any Python function, run in the host as root

- A guest's state is a file made once, so each guest begins at the same moment, with 64 pages whose
  guest addresses are known: page n of its file /t/tagged is at host.tagged[n]. Use a page only in
  one test, because what is poisoned stays poisoned: host.page() gives one that nobody has used.
- The guest "a" runs from the beginning. Others are started, and come up in some seconds.
- host.console("a", "...") types into an inner guest. Its shell takes seconds for a command.
- The grants of all guests of a file are given to Host() at once. host.configure() writes others,
  but rasd has to be restarted for them. That is dear: it searches the guests' error sources again.
- host.decided(pfn) waits for what rasd decides about an error of the host at that page.
- A test that kills a guest starts one of its own and stops it: host.vm("stop", "c").
- host.hmp() asks the monitor of the host's own QEMU; host.reboot() restarts the host's kernel.
- Nothing is a matter of seconds here: everything is emulated, the guests twice. Wait for what shall
  happen with host.wait(), which fails with both logs.
"""
import json
import shlex
import subprocess
import sys
import time

import rasdlab
from rasdlab import TOP

sys.path.append(str(TOP / "lab/host"))
import machine  # noqa: E402
import vm  # noqa: E402

WAIT_S = 300  # only what never happens takes so long
TARGET = "target-max-severity = recoverable"


def rasd_call(line):
    import json
    import socket
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(120)
        s.connect("/run/rasd/rasd.sock")
        s.sendall(line.encode() + b"\n")
        return json.loads(s.makefile("rb").readline())


# Functions for Host.call()

def zero_page(name):
    """A guest address that reads as the zero page; its host page."""
    import struct
    import vm
    process = vm.pid(name)
    start, end = vm.RAM + vm.SIZE // 2, vm.RAM + vm.SIZE
    first = vm.hva(name, start)
    with open("/proc/kpageflags", "rb", buffering=0) as flags:
        for gpa in range(start, end, 4096):
            entry = vm.pagemap(process, first + gpa - start)
            pfn = entry & ((1 << 55) - 1)
            if entry >> 63:
                flags.seek(pfn * 8)
                if struct.unpack("<Q", flags.read(8))[0] >> 24 & 1:
                    return gpa, pfn
    return None


def empty_blocks(name, ram=0x40000000):
    """Guest addresses of 2 MiB that the guest does not use: it must not die of them. Its RAM begins
    at `ram`."""
    import vm
    size, found = 2 << 20, []
    process = vm.pid(name)
    with open(f"/proc/{process}/mem", "rb", buffering=0) as mem:
        for gpa in range(ram + vm.SIZE // 4, ram + vm.SIZE, size):
            mem.seek(vm.hva(name, gpa))
            if mem.read(size) == bytes(size):
                found.append(gpa)
    return found


def frames(name, step):
    """Host pages of a guest, one of each stretch of `step` bytes that has any."""
    import os
    import vm
    process, first, found = vm.pid(name), vm.hva(name, vm.RAM), []
    pagemap = os.open(f"/proc/{process}/pagemap", os.O_RDONLY)
    flags = os.open("/proc/kpageflags", os.O_RDONLY)
    for at in range(first, first + vm.SIZE, step):
        entry = int.from_bytes(os.pread(pagemap, 8, at // 4096 * 8), "little")
        pfn = entry & ((1 << 55) - 1)
        if entry >> 63 and not int.from_bytes(os.pread(flags, 8, pfn * 8), "little") >> 24 & 1:
            found.append(pfn)  # it is not the zero page
    os.close(pagemap)
    os.close(flags)
    return found


def tagged_pages(name, n):
    """Guest addresses of the pages that are full of the tag of page n."""
    import vm
    found, step, first = [], 4 << 20, vm.hva(name, vm.RAM)
    page = (vm.tag(n) * vm.PAGE)[:vm.PAGE]
    with open(f"/proc/{vm.pid(name)}/mem", "rb", buffering=0) as mem:
        for start in range(0, vm.SIZE, step):
            mem.seek(first + start)
            data = mem.read(step)
            at = data.find(page)
            while at >= 0:
                if at % vm.PAGE == 0:
                    found.append(vm.RAM + start + at)
                at = data.find(page, at + 1)
    return found


def own_page():
    """A page of a process that is no guest: its host page."""
    import ctypes
    import mmap
    import sys
    import vm
    m = mmap.mmap(-1, 4096)
    m[0] = 1
    sys.modules["rasd_lab_page"] = m  # it stays mapped
    address = ctypes.addressof(ctypes.c_char.from_buffer(m))
    return vm.pagemap("self", address) & ((1 << 55) - 1)


def fixture(domains, kind=""):
    """For `yield from` in a fixture: a host with rasd, and its end."""
    base = rasdlab.make_base()
    host = Host(base, domains, kind)
    try:
        yield host.start()
    finally:
        host.stop()
        rasdlab.drop_base(base)


class Host(machine.Machine):
    def __init__(self, base, domains, kind=""):
        """domains: NAME: the lines of its section in rasd.conf. `kind` as of lab/make-host."""
        made = subprocess.run([TOP / "lab/make-host", *filter(None, [kind])], check=True,
                              stdout=subprocess.PIPE, text=True).stdout
        super().__init__(made.strip(), base / "host")
        self.base, self.used, self.domains, self.events = base, 0, dict(domains), ""

    def start(self, from_state=True, rasd=True):
        super().start(from_state)
        text = self.get("/usr/local/lib/rasd-lab/vm.json")
        self.tagged = {int(n): gpa for n, gpa in json.loads(text)["tags"].items()}
        if rasd:
            self.install()
        return self

    def install(self):
        """As README says, with the files of `make install DESTDIR=`."""
        tar = self.base / "rasd.tar"
        subprocess.run([TOP / "lab/build-host", tar], check=True)
        # Debian 13's /lib is a link.
        self.sh("tar -x --keep-directory-symlink -C /", data=tar.read_bytes())
        self.sh("systemd-sysusers")
        # As an administrator whose guests run as another user than Debian's: rasd(8), FILES.
        self.put("/etc/tmpfiles.d/rasd.conf", "d /run/qmp 2750 qemu rasd-qmp -\n")
        self.configure()
        self.sh("systemctl daemon-reload && "
                "systemctl enable --now rasd.socket rasd-pagemap.socket rasd.service")

    def configure(self):
        """Writes rasd.conf: the host's guests, self.domains, and self.events as [events]."""
        text = (f"[events]\n{self.events}\n[guests]\nqmp-directory = /run/qmp\n"
                "qemu-user = qemu\nlibvirt-uri = none\n")
        for name, lines in self.domains.items():
            text += f"[domain {name}]\n{lines}\n"
        self.put("/etc/rasd/rasd.conf", text)

    def take(self):
        """The number of a tagged page that no test has used yet."""
        left = sorted(self.tagged)[self.used:]
        self.used += 1
        return left[0]

    def qmp(self, command, **arguments):
        """For a moment QEMU's socket is there and nobody listens yet."""
        end = time.monotonic() + machine.COMMAND_S
        while True:
            try:
                return super().qmp(command, **arguments)
            except ConnectionRefusedError:
                if self.process.poll() is not None or time.monotonic() > end:
                    raise
                time.sleep(0.1)

    def vm(self, function, *args):
        """The same holds for an inner guest that starts: it is started again."""
        try:
            return super().vm(function, *args)
        except AssertionError as e:
            if function != "start" or "Connection refused" not in str(e):
                raise
        super().vm("stop", args[0])
        return super().vm(function, *args)

    def rasctl(self, *args, check=True):
        r = self.run("rasctl " + shlex.join(map(str, args)))
        assert not check or r.rc == 0, f"rasctl {args}\nexit code {r.rc}\n{r.out}{r.err}"
        return r

    def rpc(self, method, **params):
        line = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        m = self.call(rasd_call, line)
        assert "result" in m, m
        return m["result"]

    def ready(self, name="a"):
        """Waits until rasd knows the guest and has found its error source."""
        def look():
            if name not in [d["name"] for d in self.rpc("domain.list")["domains"]]:
                return False
            return self.rpc("domain.explain", domain=name)["hest"]["found"]
        self.wait(f"rasd knows {name}", look)

    def run_guest(self, name, memory="anon"):
        if self.run(f"systemctl is-active vm-{name}").rc:
            self.vm("start", name, memory)
        self.ready(name)

    def only(self, *names):
        """Stops all other guests: each costs CPU, also when nothing happens in it."""
        units = self.sh("systemctl list-units --plain --no-legend 'vm-*.service'").splitlines()
        for name in (u.split()[0][len("vm-"):-len(".service")] for u in units):
            if name not in names:
                self.vm("stop", name)

    def events_of(self, pfn):
        """What rasd has recorded of a page of the host, oldest first."""
        found = self.rpc("event.list", limit=1000)["events"]
        return [e for e in reversed(found) if "hpa" in e and int(e["hpa"], 16) >> 12 == pfn]

    def decided(self, pfn, decision):
        """Waits for that decision about an error at a page; the event."""
        def look():
            return [e for e in self.events_of(pfn) if e["decision"] == decision]
        return self.wait(f"{decision} for {pfn:#x}", look)[0]

    def injections(self, gpa):
        """What was injected at a guest address, newest first."""
        rows = self.rpc("injection.list", limit=1000)["injections"]
        return [r for r in rows if "gpa" in r and int(r["gpa"], 16) == gpa]

    def given_up(self, name, gpa, times=1):
        """Waits until the guest's own kernel has taken that page out of use."""
        said = f"Memory failure: {gpa >> 12:#x}: recovery action"
        self.wait(f"{name} gives up {gpa:#x}", lambda: self.vm_log(name).count(said) >= times)
        return self.vm_log(name).count(said)

    def journal(self, unit):
        return self.sh(f"journalctl -b --no-pager -o short-monotonic -u {unit}")

    def vm_log(self, name):
        return self.get(f"/run/vm/{name}.log").replace("\r", "")

    def console(self, name, command):
        # A little less than the call may take: who waits in vain shall hear why.
        return self.vm("console", f"/run/vm/{name}.serial", command, machine.COMMAND_S - 20)

    def sql(self, query):
        """Of rasdaemon's database, one row a line. Read without a lock: rasdaemon does not wait for
        one, it loses the row that it has to store. What is read while it writes may be nothing or
        nonsense, so ask again.
        """
        r = self.run("sqlite3 -readonly 'file:/var/lib/rasdaemon/ras-mc_event.db?immutable=1' "
                     + shlex.quote(query))
        return r.out if r.rc == 0 else ""

    def wait(self, what, look, seconds=WAIT_S):
        end = time.monotonic() + seconds
        while not (value := look()):
            if time.monotonic() > end:
                logs = self.run("rasctl log --host; journalctl -b --no-pager -n 100").out
                raise AssertionError(f"{what}: not in {seconds} s\n--- journal:\n{logs}")
            time.sleep(0.2)
        return value

    # Errors

    def poison(self, pfn):
        """The kernel takes the page for broken, now and for ever: hwpoison-inject."""
        self.sh(f"modprobe hwpoison-inject && echo {pfn} >/sys/kernel/debug/hwpoison/corrupt-pfn")

    def mce(self, pfn, corrected, bank=9):
        """A machine check at that page, reported to the host's kernel by its CPU.

        Corrected, it is found by polling. Uncorrected, it is one that no CPU has consumed (SRAO),
        broadcast to all CPUs as Intel does. A bank holds one error, until the kernel has read it.
        """
        address = hex(pfn << 12)
        if corrected:
            self.sh("echo 1 >/sys/devices/system/machinecheck/machinecheck0/check_interval")
            said = self.hmp(f"mce 0 {bank} 0x9c00004000010090 0 {address} 0x8c")
        else:
            said = self.hmp(f"mce -b 0 {bank} 0xbd000000000000c0 0x5 {address} 0x8c")
        assert not said.strip(), said

    def logged(self, status, pfn=0):
        """A machine check of that status that the kernel reports and does nothing about: mce-inject
        hands it to the kernel as if bank 9 had held it. So it may be one that no host survives.
        An error of memory, if the low bits of the status say so.
        """
        self.sh("modprobe mce-inject && cd /sys/kernel/debug/mce-inject && echo sw >flags && "
                f"echo {status:#x} >status && echo {pfn << 12:#x} >addr && echo 0x8c >misc && "
                "echo 0 >cpu && echo 9 >bank")

    def restart_rasd(self, events, *names):
        """With these lines in [events]; rasd has found the error sources of those guests again."""
        self.events = events
        self.configure()
        self.sh("systemctl restart rasd")
        for name in names:
            self.ready(name)

    def page(self, name="a"):
        """A page of a guest that no test has used: its number, guest address, host page."""
        n = self.take()
        pfn = self.vm("pfn", name, self.tagged[n])
        assert pfn, f"page {n} of {name} is not present"
        return n, self.tagged[n], pfn
