#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The nested host as a machine: start it, run commands in it, stop it.

usage: lab/host/machine.py make DIR    boot DIR/host.img once, start an inner guest, save it all

A boot takes half a minute and an inner guest some seconds, on two idle cores. So both are done
once: make() saves the running machine to DIR/booted. Each later start reads that state, in seconds,
and writes to a disk of its own. reboot() boots in earnest.

After such a start the machine's clock goes on from the moment at which it was saved. Nothing in it
notices: nothing in it has another clock to compare with.
"""
import inspect
import json
import os
import pathlib
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import textwrap
import threading
import time

# Only what never happens takes so long: the machine may be emulated itself, or busy.
BOOT_S, COMMAND_S = 900, 300
LAB_USER = "rasd-lab"
GUEST = "a"  # runs in the saved state


class Result:
    def __init__(self, rc, out, err):
        self.rc, self.out, self.err = rc, out, err


class Gone(AssertionError):
    """The machine was restarted, or has ended, before it answered."""


class Agent:
    """The connection to agent.py: many requests at a time, one thread that reads."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(path))
        self.file = self.socket.makefile("rb")
        self.changed = threading.Condition()
        self.answers, self.number, self.boots, self.ended = {}, 0, [], False
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        try:
            while line := self.file.readline():
                m = json.loads(line)
                m["data"] = self.file.read(m["bytes"])
                with self.changed:
                    if "hello" in m:
                        self.boots.append(m["hello"])
                    else:
                        self.answers[m["id"]] = m
                    self.changed.notify_all()
        except OSError:
            pass
        with self.changed:
            self.ended = True
            self.changed.notify_all()

    def ask(self, message, data, seconds):
        with self.changed:
            self.number += 1
            ident, boots = self.number, len(self.boots)
            self.socket.sendall(json.dumps({**message, "id": ident, "bytes": len(data)}).encode()
                                + b"\n" + data)
            self.changed.wait_for(lambda: ident in self.answers or self.ended
                                  or len(self.boots) != boots, seconds)
            if ident not in self.answers:
                raise Gone(f"the nested host did not answer in {seconds} s, or was restarted: "
                           f"{str(message)[:200]}")
            return self.answers.pop(ident)


def vm_call(function, args):
    import vm
    return getattr(vm, function)(*args)


class Machine:
    """`lab` is the directory that lab/make-host makes, `directory` gets the files of this run."""

    def __init__(self, lab, directory):
        self.lab, self.dir = pathlib.Path(lab), pathlib.Path(directory)
        self.process = self.agent = None
        self.from_state = True

    def tool(self, name):
        """A program of the host's own system, run outside with that system's libraries."""
        root = self.lab / "root"
        return ["setpriv", "--reuid", LAB_USER, "--regid", LAB_USER, "--clear-groups",
                "--pdeathsig", "KILL", root / "usr/lib64/ld-linux-x86-64.so.2", "--library-path",
                root / "usr/lib/x86_64-linux-gnu", "--argv0", name, root / "usr/bin" / name]

    def start(self, from_state=True):
        """Start from the saved state, or boot."""
        self.from_state = from_state
        subprocess.run(["install", "-d", "-m", "755", "-o", LAB_USER, self.dir], check=True)
        base, kind = (("booted/disk", "qcow2") if from_state else ("host.img", "raw"))
        subprocess.run([*self.tool("qemu-img"), "create", "-q", "-f", "qcow2", "-F", kind,
                        "-b", self.lab / base, self.dir / "disk"], check=True)
        share = self.lab / "root/usr/share"
        args = ["-L", share / "qemu", "-L", share / "seabios", "-M", "q35", "-cpu",
                "Skylake-Server", "-smp", "2", "-m", "2G", "-accel", "tcg,thread=multi",
                "-nodefaults", "-display", "none", "-kernel", self.lab / "vmlinuz", "-initrd",
                self.lab / "initrd.gz", "-append", "console=ttyS0 mitigations=off panic=-1",
                "-drive", f"file={self.dir}/disk,if=virtio,cache=unsafe",
                "-device", "virtio-serial-pci"]
        for name in ("console", "agent", "qmp"):
            log = f",logfile={self.dir}/console.log" if name == "console" else ""
            args += ["-chardev", f"socket,id={name},path={self.dir}/{name},server=on,wait=off{log}"]
        args += ["-serial", "chardev:console", "-mon", "chardev=qmp,mode=control", "-device",
                 "virtserialport,chardev=agent,name=rasd.lab"]
        if from_state:
            args += ["-incoming", f"file:{self.lab}/booted/state"]
        modules = self.lab / "root/usr/lib/x86_64-linux-gnu/qemu"
        with open(self.dir / "err", "wb") as err:
            self.process = subprocess.Popen(
                [*self.tool("qemu-system-x86_64"), *args], stdin=subprocess.DEVNULL, stdout=err,
                stderr=err, env={**os.environ, "QEMU_MODULE_DIR": str(modules)})
        try:
            self.wait_up("the monitor", lambda: (self.dir / "qmp").exists())
            self.agent = Agent(self.dir / "agent")
            if from_state:
                self.wait_up("the state", lambda: self.qmp("query-status")["status"] != "inmigrate")
                self.qmp("cont")
            self.wait_up("the agent", self.answers)
        except BaseException:
            self.stop()
            raise
        return self

    def answers(self):
        if not self.agent.boots and not self.from_state:
            return False
        try:
            return self.run("true", seconds=20).rc == 0
        except Gone:
            return False

    def wait_up(self, what, ready, seconds=BOOT_S):
        """Fails with the machine's console: never in silence, and early where waiting is no use."""
        end = time.monotonic() + seconds
        while not ready():
            log = self.log()
            bad = re.search(r"RASD-LAB-HOST-FAILED|Kernel panic", log)
            if self.process.poll() is not None or bad or time.monotonic() > end:
                why = ("its QEMU has ended: " + (self.dir / "err").read_text()
                       if self.process.poll() is not None else
                       bad.group() if bad else f"not in {seconds} s")
                raise AssertionError(f"{what} of the nested host: {why}\n--- its console:\n"
                                     + log[-8000:])
            time.sleep(0.1)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def reboot(self):
        boots = len(self.agent.boots)
        self.sh("systemctl --no-block reboot")
        self.wait_up("the boot", lambda: len(self.agent.boots) > boots)

    def log(self):
        path = self.dir / "console.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def run(self, command, data=b"", seconds=COMMAND_S):
        """bash in the machine, as root."""
        m = self.agent.ask({"run": command, "seconds": seconds}, data, seconds + 60)
        return Result(m["rc"], m["data"].decode(errors="replace"), m["err"])

    def sh(self, command, data=b"", seconds=COMMAND_S):
        """The same; it must succeed. Returns its output."""
        r = self.run(command, data, seconds)
        assert r.rc == 0, f"{command}\nexit code {r.rc}\n{r.out}{r.err}"
        return r.out

    def call(self, function, *args, seconds=COMMAND_S):
        """Runs a Python function in the machine, as root. It uses only what it imports itself; it
        may import vm. Arguments and result are what JSON can carry."""
        m = self.agent.ask({"call": textwrap.dedent(inspect.getsource(function)),
                            "name": function.__name__, "args": args}, b"", seconds)
        assert "error" not in m, m["error"]
        return m["value"]

    def vm(self, function, *args):
        return self.call(vm_call, function, args)

    def put(self, path, text, mode=0o644):
        path = shlex.quote(path)
        self.sh(f"cat >{path} && chmod {mode:o} {path}", text.encode())

    def get(self, path):
        return self.sh(f"cat {shlex.quote(path)}")

    def hmp(self, line):
        return self.qmp("human-monitor-command", **{"command-line": line})

    def qmp(self, command, **arguments):
        """The monitor of the machine's own QEMU."""
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(COMMAND_S)
            s.connect(str(self.dir / "qmp"))
            f = s.makefile("rw")
            f.readline()
            for c, a in (("qmp_capabilities", {}), (command, arguments)):
                f.write(json.dumps({"execute": c, "arguments": a}) + "\n")
                f.flush()
                while "event" in (answer := json.loads(f.readline())):
                    pass
            assert "return" in answer, answer
            return answer["return"]


def make(lab):
    lab = pathlib.Path(lab)
    directory = pathlib.Path(tempfile.mkdtemp(prefix="rasd-host.", dir="/tmp"))
    m = Machine(lab, directory)
    try:
        m.start(from_state=False)
        m.sh("systemctl is-system-running --wait")
        m.vm("start", GUEST)
        m.sh("sync; echo 3 >/proc/sys/vm/drop_caches")
        m.qmp("stop")
        m.qmp("migrate", uri=f"file:{directory}/state")
        end = time.monotonic() + BOOT_S
        while (status := m.qmp("query-migrate")["status"]) != "completed":
            assert status != "failed" and time.monotonic() < end, status
            time.sleep(0.1)
        m.stop()
        (lab / "booted.new").mkdir()
        for name in ("disk", "state"):
            path = lab / "booted.new" / name
            shutil.move(directory / name, path)
            path.chmod(0o644)
            os.chown(path, 0, 0)
        (lab / "booted.new").rename(lab / "booted")
    finally:
        m.stop()
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] != "make":
        sys.exit(__doc__)
    make(sys.argv[2])
