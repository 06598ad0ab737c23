# SPDX-License-Identifier: LGPL-2.1-or-later
"""Real guests and a real rasd for the integration tests."""
import collections
import concurrent.futures
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time
import uuid
import weakref

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = TOP / os.environ.get("RASD_BUILD", "build/release")
ASAN = TOP / "build/asan"  # with fail-points


# For --append: the kernel keeps what witness() would show, from before it reads the first record.
WITNESS_FROM_BOOT = "trace_event=ras:non_standard_event trace_buf_size=8M"


def vendor_record(payload=b"rasd test record", severity=2):
    """A status block with one section of a vendor's GUID and no FRU. Every kernel reports it, none
    acts on it.
    """
    guid = bytes.fromhex("6d2e8d4c51a24b47a1d3c0ffee5ec710")
    payload = payload + bytes(-len(payload) % 8)
    entry = struct.pack("<16sIHBBI16s20s8s", guid, severity, 0x300, 0, 0, len(payload), b"", b"",
                        b"") + payload
    status = (1 << 4) | (2 if severity == 2 else 1)
    return struct.pack("<IIIII", status, 0, 0, len(entry), severity) + entry


# A boot takes 3 to 10 s here. An emulated or busy machine is up to ten times slower; the longest
# silence of a boot is that of the firmware, a third of it.
BOOT_S, BOOT_SILENCE_S, BOOT_AGAIN = 300, 60, 2
RESTARTED = []  # one line for each guest that was started again; conftest.py shows them


class Booting:
    """How a guest's boot is awaited. A TCG guest may hang in it, long before there is anything to
    test: it prints nothing for a minute. Such a guest is started again, and that is said.

    Not so once a rasd runs or the test has used the guest: then a hang may be our own fault.
    """
    used = False
    READY = "RASD-LAB-GUEST-READY"

    def boot(self):
        again = 0
        while why := self._hangs(may_restart := again < BOOT_AGAIN and not self.used
                                 and not Rasd.running()):
            assert may_restart, f"{why}\n{self.log()[-2000:]}"
            again += 1
            RESTARTED.append(f"lab: {why}: started again ({again} of at most {BOOT_AGAIN} times)")
            print(RESTARTED[-1], self.log()[-500:], sep="\n", file=sys.stderr, flush=True)
            self.start_again()
        return self

    def _hangs(self, may_restart):
        """Waits until the guest is ready. Says why it will not be, or None."""
        begin, size = time.monotonic(), 0
        last = begin
        while self.READY not in (text := self.log()):
            now = time.monotonic()
            if len(text) != size:
                size, last = len(text), now
            if not self.runs():
                return f"{self.name}: its QEMU has ended"
            if now - last > (BOOT_SILENCE_S if may_restart else BOOT_S) or now - begin > BOOT_S:
                return (f"{self.name} is not ready after {now - begin:.0f} s and was silent for "
                        f"{now - last:.0f} s; {self._cpus()}")
            time.sleep(0.1)
        return None

    def runs(self):
        try:
            stat = pathlib.Path(f"/proc/{self.pid}/stat").read_text()
        except OSError:  # there is no such process, or libvirt has removed its pid file
            return False
        return stat.rsplit(")", 1)[1].split()[0] not in "ZX"

    def _cpus(self):
        """For whoever looks for the cause: what QEMU says of the guest, and where its CPUs are."""
        try:
            return (self.hmp("info status").strip() + " "
                    + " ".join(re.findall(r"PC=\w+|RIP=\w+", self.hmp("info registers -a"))))
        except (OSError, ValueError, AssertionError, subprocess.SubprocessError) as e:
            return f"its monitor does not answer: {e}"


class Guest(Booting):
    """A lab guest. The tests have a monitor of their own (q2) in another directory, because rasd
    uses the first one.
    """

    def __init__(self, base, name, *options, extra=()):
        self.name, self.dir = name, base / "guests"
        self.arch = options[options.index("--arch") + 1] if "--arch" in options else "arm64"
        self.q2 = self.dir / f"{name}.q2"
        self.arguments = [*options, "--", "-chardev",
                          f"socket,id=q2,path={self.q2},server=on,wait=off", "-mon",
                          "chardev=q2,mode=control", *extra]
        self._start()

    def _start(self):
        subprocess.run([TOP / "lab/guest", "start", self.name, self.dir, *self.arguments],
                       check=True, timeout=60)
        self.pid = int((self.dir / f"{self.name}.pid").read_text())

    def start_again(self):
        self.stop()
        self._start()

    def wait(self):
        return self.boot()

    def log(self):
        return (self.dir / f"{self.name}.log").read_text(errors="replace")

    def wait_log(self, text, seconds=20):
        end = time.monotonic() + seconds
        while text not in self.log():
            assert time.monotonic() < end, f"{self.name} did not say {text!r}"
            time.sleep(0.05)

    def rest(self):
        """Waits until the guest kernel's limit on GHES reports has passed (ghes_print_estatus: 2 of
        a kind in 5 s).
        """
        end = (self.dir / f"{self.name}.log").stat().st_mtime + 6
        time.sleep(max(0, end - time.time()))

    def console(self, command):
        self.used = True
        return subprocess.run([TOP / "lab/guest", "console", self.name, self.dir, command],
                              check=True, text=True,
                              capture_output=True, timeout=60).stdout

    def deaf(self):
        """The guest runs on but does not notice records until hears(). What is sent stays unread.
        """
        self.console("echo ACPI0013:00 >/sys/bus/platform/drivers/acpi-ged/unbind")

    def hears(self):
        self.console("echo ACPI0013:00 >/sys/bus/platform/drivers/acpi-ged/bind")

    def sleep(self):
        """Pauses the guest, long enough for rasd to see that the record was unread at that moment.
        """
        self.qmp("stop")
        time.sleep(1.5)

    def witness(self):
        """From now on the kernel's ras:non_standard_event goes to the log: no rate limit, one line
        for each vendor record.

        The kernel's own messages are turned off, because they would cut the lines.
        """
        self.console("dmesg -n 1; mount -t tracefs t /sys/kernel/tracing; cd /sys/kernel/tracing; "
                     "echo 8192 > buffer_size_kb; "
                     "echo 1 > events/ras/non_standard_event/enable; cat trace_pipe > /dev/console "
                     "&")
        return self

    def traced_from_boot(self):
        """The events of this boot, of a guest started with WITNESS_FROM_BOOT; as text."""
        return self.console("dmesg -n 1; mount -t tracefs t /sys/kernel/tracing 2>/dev/null; "
                            "cat /sys/kernel/tracing/trace; dmesg -n 7")

    def seen(self, text=None):
        """How often each FRU id was reported in the trace (text, or what witness() has in the log).
        """
        text = self.log() if text is None else text
        assert "LOST" not in text
        raw = re.findall(r"non_standard_event: .*?FRU: ([0-9a-f-]{36})", text)
        return collections.Counter(str(uuid.UUID(bytes_le=uuid.UUID(x).bytes)) for x in raw)

    def wait_seen(self, ident, seconds=20):
        end = time.monotonic() + seconds
        while not self.seen()[ident]:
            assert time.monotonic() < end, f"{self.name} did not report {ident}"
            time.sleep(0.02)

    def slot(self, rasd):
        """The guest's status block and read-ack register, read without rasd's help."""
        hest = rasd.rpc("domain.explain", domain=self.name)["result"]["hest"]
        out = []
        with open(f"/proc/{self.pid}/mem", "rb", 0) as mem:
            for key, length in (("block", 1024), ("read_ack", 8)):
                line = self.qmp("human-monitor-command", **{"command-line": "gpa2hva " + hest[key]})
                mem.seek(int(line.split()[-1], 16))
                out.append(mem.read(length))
        return out[0], int.from_bytes(out[1], "little")

    def hmp(self, line):
        return self.qmp("human-monitor-command", **{"command-line": line})

    def qmp(self, command, **arguments):
        self.used = True
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(120)  # a snapshot is written to a disk that others use, too
            s.connect(str(self.q2))
            f = s.makefile("rw")
            f.readline()
            for c, a in (("qmp_capabilities", {}), (command, arguments)):
                f.write(json.dumps({"execute": c, "arguments": a}) + "\n")
                f.flush()
                while True:
                    answer = json.loads(f.readline())
                    if "event" not in answer:
                        break
            assert "return" in answer, answer
            return answer["return"]

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)

    def stop(self):
        subprocess.run([TOP / "lab/guest", "stop", self.name, self.dir], check=False)


@contextlib.contextmanager
def running(base, *names):
    """Guests, booted, until the end of a `with`."""
    guests = []
    try:
        guests += [Guest(base, name) for name in names]
        yield [g.wait() for g in guests]
    finally:
        for g in guests:
            g.stop()


def make_guests_dir(base):
    """As lab/guest makes it, for a test without a real guest."""
    (base / "guests").mkdir(exist_ok=True)
    (base / "guests").chmod(0o2750)
    shutil.chown(base / "guests", "rasd-lab", "rasd-qmp")


class Rasd:
    all = weakref.WeakSet()

    @classmethod
    def running(cls):
        return any(r.process and r.process.poll() is None for r in cls.all)

    def __init__(self, base, grants, name="rasd", guests="libvirt-uri = none\n", ghes=None):
        self.base, self.sock = base, base / f"{name}.sock"
        self.ro_sock = base / f"{name}-ro.sock"
        self.conf, self.logfile = base / f"{name}.conf", base / f"{name}.log"
        self.state = base / f"{name}.state"
        self.ghes = ghes or base / "ghes"
        text = (f"[rasd]\nsocket = {self.sock}\nstate-directory = {self.state}\n"
                f"ghes-directory = {self.ghes}\n"
                f"[guests]\nqmp-directory = {base}/guests\nqemu-user = rasd-lab\n{guests}")
        for domain, severity in grants.items():
            text += f"[domain {domain}]\ntarget-max-severity = {severity}\n"
        self.conf.write_text(text)
        self.process, self.mark = None, 0
        Rasd.all.add(self)
        self.helper = BUILD / "rasd-pagemap"

    def start(self, wait_for=(), build=BUILD, env=None):
        log = self.logfile.open("a")
        mark = self.mark = log.tell()
        self.process = subprocess.Popen([build / "rasd", "--config", self.conf, "--helper",
                                         self.helper], stderr=log,
                                        env={**os.environ, **(env or {})})
        for text in ("ready on", *(f"guest {g}: pid" for g in wait_for)):
            self.wait_log(text, mark)
        return self

    def wait_log(self, text, mark=0, seconds=60):
        end = time.monotonic() + seconds
        while text not in self.logfile.read_text()[mark:]:
            assert self.process.poll() is None, self.logfile.read_text()
            assert time.monotonic() < end, (f"rasd did not say {text!r}:\n"
                                            + self.logfile.read_text())
            time.sleep(0.02)

    def stop(self, how=signal.SIGTERM):
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(60)

    def into_a_stopped_qemu(self, guest, ask):
        """Sends what ask() sends to a monitor that is stopped at that moment; returns ask()'s
        answer.

        Needs a build with fail-points, started with RASD_FAILPOINT=submit_asked:N:stop.
        """
        def state():
            stat = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text()
            return stat.rsplit(")", 1)[1].split()[0]

        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            answer = pool.submit(ask)
            end = time.monotonic() + 120  # 20 s were too few on a busy machine
            while state() != "T":
                assert time.monotonic() < end, "the fail-point was not passed"
                time.sleep(0.01)
            os.kill(guest.pid, signal.SIGSTOP)
            self.process.send_signal(signal.SIGCONT)
            return answer.result()

    def lines(self, *lines, sock=None):
        """Sends raw lines, then closes its side. Returns all answers."""
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(120)
            s.connect(str(sock or self.sock))
            s.sendall(b"".join(x.encode() + b"\n" for x in lines))
            s.shutdown(socket.SHUT_WR)
            data = b""
            while chunk := s.recv(65536):
                data += chunk
        return [json.loads(x) for x in data.splitlines()]

    def rpc(self, method, **params):
        return self.lines(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method,
                                      "params": params}))[0]

    def ctl(self, *args, sock=None, **kw):
        return subprocess.run([BUILD / "rasctl", "--socket", sock or self.sock, *args], text=True,
                              capture_output=True, timeout=60, check=False, **kw)

    def journal(self):
        """All rows, read from the file itself: {request_id: (id, state, detail)}. Each request_id
        comes once.
        """
        with contextlib.closing(sqlite3.connect(f"file:{self.state}/journal.db?mode=ro",
                                                uri=True)) as db:
            rows = db.execute("SELECT request_id, id, state, detail FROM injection").fetchall()
        out = {r: (str(uuid.UUID(bytes=i)), s, d) for r, i, s, d in rows}
        assert len(out) == len(rows)
        return out

    def wait_decided(self, seconds=30):
        """Waits until the journal has no undecided row. Returns all rows."""
        end = time.monotonic() + seconds
        while True:
            rows = self.journal()
            left = {k: r for k, r in rows.items() if r[1] in ("intent", "written")}
            if not left:
                return rows
            assert time.monotonic() < end, left
            time.sleep(0.05)

    def row(self, ident):
        return self.rpc("injection.get", id=ident)["result"]

    def wait_state(self, ident, state, seconds=20):
        end = time.monotonic() + seconds
        while (row := self.row(ident))["state"] != state:
            assert time.monotonic() < end and not row["final"], row
            time.sleep(0.05)
        return row

    def rows(self):
        return self.rpc("injection.list", limit=1000)["result"]["injections"]


@contextlib.contextmanager
def provisioned_guest(rasd, name, uuid_text, *options, notify="nmi", kind=Guest):
    """A q35 guest that no libvirt knows, started again with the arguments that this rasd, which
    runs, has shown.
    """
    options = ("--arch", "x86_64", *options)
    extra = ("-uuid", uuid_text)
    guest = kind(rasd.base, name, *options, extra=extra)
    try:
        rasd.wait_log(f"guest {name}: pid")
        answer = rasd.rpc("domain.provision", domain=name, notify=notify)
        assert answer.get("result", {}).get("restart_needed"), answer
        guest.stop()
        guest = kind(rasd.base, name, *options,
                     extra=extra + tuple(answer["result"]["qemu_arguments"])).wait()
        rasd.wait_log(f"guest {name}: pid {guest.pid}")
        yield guest
    finally:
        guest.stop()


def wait_for(what, seconds=20):
    """Calls it until it says something true, and returns that."""
    end = time.monotonic() + seconds
    while not (got := what()):
        assert time.monotonic() < end, got
        time.sleep(0.05)
    return got


SAMPLE = re.compile(r'([a-z_]+)(?:\{((?:[a-z_]+="(?:[^"\\]|\\.)*",?)*)\})? (\S+)')


def metrics(text):
    """{name: {labels: value}} of what rasctl metrics prints."""
    out = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        name, labels, value = SAMPLE.fullmatch(line).groups()
        assert labels not in out.setdefault(name, {}), line
        out[name][labels] = float(value)
    return out


def make_base():
    base = pathlib.Path(tempfile.mkdtemp(prefix="rasd-it.", dir="/tmp"))
    base.chmod(0o755)
    return base


def drop_base(base):
    shutil.rmtree(base, ignore_errors=True)


@contextlib.contextmanager
def lab_of(base, rasd, guests):
    """.rasd and each guest by its name; at the end all are stopped and base is removed."""
    try:
        yield type("Lab", (), {"rasd": rasd, **guests})
    finally:
        rasd.stop()
        for g in guests.values():
            g.stop()
        drop_base(base)


def add_to_initrd(arch, tree, out):
    """The lab's initramfs of that architecture, and behind it the files of a directory."""
    with out.open("wb") as f:
        f.write((lab_dir() / arch / "initrd.gz").read_bytes())
        f.flush()
        subprocess.run("find . | cpio --quiet -o -H newc | gzip -1", shell=True, check=True,
                       cwd=tree, stdout=f)
    out.chmod(0o644)
    return out


def lab_dir():
    return pathlib.Path(os.environ.get("RASD_LAB_DIR", "/var/cache/rasd-lab"))
