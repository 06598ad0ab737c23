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
- rasd.conf has a section for each of DOMAINS. host.allow() changes one, and restarts rasd: that is
  dear, because the guests' error sources are searched again.
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

WAIT_S = 300  # only what never happens takes so long
DOMAINS = "a", "b", "huge"  # guests that rasd.conf allows from the beginning


def rasd_call(line):
    import json
    import socket
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(120)
        s.connect("/run/rasd/rasd.sock")
        s.sendall(line.encode() + b"\n")
        return json.loads(s.makefile("rb").readline())


class Host(machine.Machine):
    def __init__(self, base, kind=""):
        """`kind` as of lab/make-host."""
        lab = rasdlab.lab_dir()
        self.kind = [kind] if kind else []
        super().__init__(lab.with_name("-".join([lab.name, "host", *self.kind])), base / "host")
        self.base, self.used, self.domains = base, 0, {}

    def start(self, from_state=True, rasd=True):
        subprocess.run([TOP / "lab/make-host", *self.kind], check=True)
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
        for name in DOMAINS:
            self.allow(name, restart=False)
        self.sh("systemctl daemon-reload && "
                "systemctl enable --now rasd.socket rasd-pagemap.socket rasd.service")

    def configure(self):
        """Writes rasd.conf: the host's guests, and self.domains."""
        text = "[guests]\nqmp-directory = /run/qmp\nqemu-user = qemu\nlibvirt-uri = none\n"
        for name, lines in self.domains.items():
            text += f"[domain {name}]\n{lines}\n"
        self.put("/etc/rasd/rasd.conf", text)

    def allow(self, name, lines="target-max-severity = recoverable", restart=True):
        """The grants of a guest: lines of its section in rasd.conf."""
        self.domains[name] = lines
        self.configure()
        if restart:
            self.sh("systemctl restart rasd")

    def take(self):
        """The number of a tagged page that no test has used yet."""
        left = sorted(self.tagged)[self.used:]
        self.used += 1
        return left[0]

    def rasctl(self, *args, check=True):
        r = self.run("rasctl " + shlex.join(map(str, args)))
        assert not check or r.rc == 0, f"rasctl {args}\nexit code {r.rc}\n{r.out}{r.err}"
        return r

    def rpc(self, method, **params):
        line = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        m = self.call(rasd_call, line)
        assert "result" in m, m
        return m["result"]

    def journal(self, unit):
        return self.sh(f"journalctl -b --no-pager -o short-monotonic -u {unit}")

    def vm_log(self, name):
        return self.get(f"/run/vm/{name}.log").replace("\r", "")

    def console(self, name, command):
        return self.vm("console", f"/run/vm/{name}.serial", command)

    def sql(self, query):
        """Of rasdaemon's database, one row a line. Read without a lock: rasdaemon does not wait for
        one, it loses the row that it has to store. What is read while it writes may be nothing or
        nonsense, so ask again.
        """
        r = self.run("sqlite3 -readonly 'file:/var/lib/rasdaemon/ras-mc_event.db?immutable=1' "
                     + shlex.quote(query))
        return r.out if r.rc == 0 else ""

    def wait(self, what, ready, seconds=WAIT_S):
        end = time.monotonic() + seconds
        while not (value := ready()):
            if time.monotonic() > end:
                logs = self.run("journalctl -b --no-pager -n 100").out
                raise AssertionError(f"{what}: not in {seconds} s\n--- journal:\n{logs}")
            time.sleep(0.2)
        return value

    # Errors

    def poison(self, pfn):
        """The kernel takes the page for broken, now and for ever: hwpoison-inject."""
        self.sh(f"modprobe hwpoison-inject && echo {pfn} >/sys/kernel/debug/hwpoison/corrupt-pfn")

    def mce(self, pfn, corrected):
        """A machine check at that page, reported to the host's kernel by its CPU.

        Corrected, it is found by polling. Uncorrected, it is one that no CPU has consumed (SRAO),
        broadcast to all CPUs as Intel does.
        """
        address = hex(pfn << 12)
        if corrected:
            self.sh("echo 1 >/sys/devices/system/machinecheck/machinecheck0/check_interval")
            said = self.hmp(f"mce 0 9 0x9c00004000010090 0 {address} 0x8c")
        else:
            said = self.hmp(f"mce -b 0 9 0xbd000000000000c0 0x5 {address} 0x8c")
        assert not said.strip(), said

    def page(self, name="a"):
        """A page of a guest that no test has used: its number, guest address, host page."""
        n = self.take()
        pfn = self.vm("pfn", name, self.tagged[n])
        assert pfn, f"page {n} of {name} is not present"
        return n, self.tagged[n], pfn
