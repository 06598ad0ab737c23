# SPDX-License-Identifier: LGPL-2.1-or-later
"""A clean Debian that has never seen rasd, with systemd as its first process, in a container: what
is installed in it, and what happens to it.

lab/make-debian makes its root once. Everything that is written is in memory and ends with the
container. It shares the network and the kernel with this machine, and nothing else: a guest whose
QEMU shall be seen in it is started in its process namespace (Inside).
"""
import json
import os
import pathlib
import shutil
import subprocess
import time

import rasdlab
from rasdlab import TOP

WAIT_S = 300  # only what never happens takes so long

START = """
root=$1 dir=$2
mount -t tmpfs tmp "$dir"
mkdir "$dir/up" "$dir/work" "$dir/root"
mount -t overlay -o "lowerdir=$root,upperdir=$dir/up,workdir=$dir/work" root "$dir/root"
exec systemd-nspawn --quiet --register=no --keep-unit --boot --directory="$dir/root" \\
    --capability=CAP_SYSLOG,CAP_NET_ADMIN,CAP_BPF,CAP_PERFMON --system-call-filter=bpf \\
    --machine=rasd-lab --resolv-conf=off --bind=/dev/kmsg --bind="$3:/srv/debs" \\
    --bind="$4:/srv/guests"
"""
RUN = "env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive"


class Container:
    """`debs` is a directory that is /srv/debs inside; guests belong into BASE/guests."""

    def __init__(self, base, suite, debs):
        made = subprocess.run([TOP / "lab/make-debian", suite], check=True, text=True,
                              stdout=subprocess.PIPE).stdout.strip()
        self.root, self.base, self.debs = pathlib.Path(made) / "clean", base, debs
        self.process = self.leader = None

    def start(self):
        guests, directory = self.base / "guests", self.base / "container"
        for d in (guests, directory):
            d.mkdir(exist_ok=True)
        with open(self.base / "container.log", "wb") as log:
            self.process = subprocess.Popen(
                ["unshare", "--mount", "--propagation", "private", "sh", "-ec", START, "sh",
                 self.root, directory, self.debs, guests], stdin=subprocess.DEVNULL, stdout=log,
                stderr=log)
        try:
            self.leader = self.wait("its first process", self.first_process)
            # A container has units that fail, and they are not ours.
            self.wait("its boot", lambda: self.run("systemctl is-system-running").stdout.strip()
                      in ("running", "degraded"))
        except BaseException:
            self.stop()
            raise
        return self

    def first_process(self):
        """The process of ours that is number 1 in a namespace."""
        todo = [self.process.pid]
        while todo:
            pid = todo.pop()
            try:
                status = pathlib.Path(f"/proc/{pid}/status").read_text()
                children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text()
            except OSError:
                continue
            numbers = [x.split()[1:] for x in status.splitlines() if x.startswith("NSpid:")][0]
            if len(numbers) > 1 and numbers[-1] == "1" and "Name:\tsystemd\n" in status:
                return pid
            todo += map(int, children.split())
        return None

    def wait(self, what, look):
        end = time.monotonic() + WAIT_S
        while not (value := look()):
            if self.process.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"{what}: not in {WAIT_S} s\n" + (
                    self.base / "container.log").read_text(errors="replace")[-4000:])
            time.sleep(0.1)
        return value

    def inside(self, *argv, **kw):
        return subprocess.run(["nsenter", "--target", str(self.leader), "--mount", "--uts", "--ipc",
                               "--pid", "--root", "--wd", *argv], text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=WAIT_S,
                              **kw)

    def run(self, command, user="root"):
        as_user = ["setpriv", "--reuid", user, "--regid", user, "--init-groups"]
        return self.inside(*RUN.split(), *as_user, "bash", "-ec", command)

    def sh(self, command, user="root"):
        r = self.run(command, user)
        assert r.returncode == 0, f"{command}\nexit code {r.returncode}\n{r.stdout}"
        return r.stdout

    def rpc(self, method, **params):
        """As root of this machine, which is the container's."""
        line = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        path = f"/proc/{self.leader}/root/run/rasd/rasd.sock"
        m = rasdlab.Rasd.lines(None, line, sock=path)[0]
        assert "result" in m, m
        return m["result"]

    def put(self, path, text):
        r = self.inside("sh", "-c", f"cat >{path}", input=text)
        assert r.returncode == 0, r.stdout

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()  # it shuts down
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def arguments(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_text(errors="replace").split("\0")
    except OSError:  # it has ended
        return []


class Inside(rasdlab.Guest):
    """A guest whose QEMU is a process of the container. Its files are in BASE/guests."""

    def __init__(self, container, name):
        self.container = container
        guests = container.base / "guests"
        gid = int(container.sh("getent group rasd-qmp").split(":")[2])
        shutil.chown(guests, "rasd-lab", gid)
        guests.chmod(0o2750)
        super().__init__(container.base, name)

    def _start(self):
        subprocess.run(["nsenter", "--target", str(self.container.leader), "--pid",
                        TOP / "lab/guest", "start", self.name, self.dir, *self.arguments],
                       check=True, timeout=60)
        # Its pid file has the number that it has in the container.
        self.pid = next(p for p in map(int, filter(str.isdigit, os.listdir("/proc")))
                        if f"{self.dir}/{self.name}.pid" in arguments(p))

    def stop(self):
        if self.runs():
            self.kill()
