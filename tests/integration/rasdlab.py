# SPDX-License-Identifier: LGPL-2.1-or-later
"""Real guests and a real rasd for the integration tests."""
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = TOP / "build/release"


class Guest:
    """A lab guest. The tests' own monitor (q2) is in another directory: rasd holds the first."""

    def __init__(self, base, name, *options, extra=()):
        self.name, self.dir = name, base / "guests"
        self.q2 = base / f"{name}.q2"
        subprocess.run([TOP / "lab/guest", "start", name, self.dir, *options, "--",
                        "-chardev", f"socket,id=q2,path={self.dir}/{name}.q2,server=on,wait=off",
                        "-mon", "chardev=q2,mode=control", *extra], check=True, timeout=60)
        self.q2 = self.dir / f"{name}.q2"
        self.pid = int((self.dir / f"{name}.pid").read_text())

    def wait(self):
        subprocess.run([TOP / "lab/guest", "wait", self.name, self.dir, "120"], check=True)
        return self

    def log(self):
        return (self.dir / f"{self.name}.log").read_text(errors="replace")

    def wait_log(self, text, seconds=20):
        end = time.monotonic() + seconds
        while text not in self.log():
            assert time.monotonic() < end, f"{self.name} did not say {text!r}"
            time.sleep(0.05)

    def rest(self):
        """Lets the guest kernel's limit on GHES reports pass (ghes_print_estatus: 2 of a kind in 5 s)."""
        end = (self.dir / f"{self.name}.log").stat().st_mtime + 6
        time.sleep(max(0, end - time.time()))

    def hmp(self, line):
        return self.qmp("human-monitor-command", **{"command-line": line})

    def qmp(self, command, **arguments):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(10)
            s.connect(str(self.q2))
            f = s.makefile("rw")
            f.readline()
            for c in ({"execute": "qmp_capabilities"}, {"execute": command, "arguments": arguments}):
                f.write(json.dumps(c) + "\n")
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


class Rasd:
    def __init__(self, base, grants, name="rasd"):
        self.base, self.sock = base, base / f"{name}.sock"
        self.conf, self.logfile = base / f"{name}.conf", base / f"{name}.log"
        self.state = base / f"{name}.state"
        text = (f"[rasd]\nsocket = {self.sock}\nstate-directory = {self.state}\n"
                f"[guests]\nqmp-directory = {base}/guests\nqemu-user = rasd-lab\n")
        for domain, severity in grants.items():
            text += f"[domain {domain}]\ntarget-max-severity = {severity}\n"
        self.conf.write_text(text)
        self.process = None

    def start(self, wait_for=()):
        log = self.logfile.open("a")
        mark = log.tell()
        self.process = subprocess.Popen([BUILD / "rasd", "--config", self.conf, "--helper",
                                         BUILD / "rasd-pagemap"], stderr=log)
        for text in ("ready on", *(f"guest {g}: pid" for g in wait_for)):
            self.wait_log(text, mark)
        return self

    def wait_log(self, text, mark=0, seconds=15):
        end = time.monotonic() + seconds
        while text not in self.logfile.read_text()[mark:]:
            assert self.process.poll() is None, self.logfile.read_text()
            assert time.monotonic() < end, f"rasd did not say {text!r}:\n" + self.logfile.read_text()
            time.sleep(0.02)

    def stop(self, how=signal.SIGTERM):
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(10)

    def lines(self, *lines):
        """Send raw lines, then half-close; all answers."""
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(20)
            s.connect(str(self.sock))
            s.sendall(b"".join(x.encode() + b"\n" for x in lines))
            s.shutdown(socket.SHUT_WR)
            data = b""
            while chunk := s.recv(65536):
                data += chunk
        return [json.loads(x) for x in data.splitlines()]

    def rpc(self, method, **params):
        return self.lines(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}))[0]

    def ctl(self, *args):
        return subprocess.run([BUILD / "rasctl", "--socket", self.sock, *args], text=True,
                              capture_output=True, timeout=60, check=False)

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


def make_base():
    base = pathlib.Path(tempfile.mkdtemp(prefix="rasd-it.", dir="/tmp"))
    base.chmod(0o755)
    return base


def drop_base(base):
    shutil.rmtree(base, ignore_errors=True)


def lab_dir():
    return pathlib.Path(os.environ.get("RASD_LAB_DIR", "/var/cache/rasd-lab"))
