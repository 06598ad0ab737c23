# SPDX-License-Identifier: LGPL-2.1-or-later
"""The inner guest (arm64): its QEMU, its state file, its monitor and console.

It takes minutes to boot in a QEMU that runs in a QEMU. So make_state() boots it once outside, when
the lab is made, and saves it as a migration file. In the nested host start() reads that file, which
takes a quarter of a minute. Both need the same build of QEMU and the same arguments.
"""
import json
import mmap
import os
import re
import socket
import struct
import subprocess
import time

MIB = 1 << 20
RAM = 0x40000000  # where guest RAM begins on arm64's virt
SIZE = 256 * MIB
PAGE = 4096
HERE = os.path.dirname(os.path.abspath(__file__))
STATE, INFO = f"{HERE}/vm.state", f"{HERE}/vm.json"
RUN, RASD = "/run/vm", "/run/qmp"  # the tests' monitors and consoles; rasd's monitors
TAGGED = 64  # pages of the guest's file /t/tagged
MEMORY = {"anon": [], "memfd": ["-object", "memory-backend-memfd,id=mach-virt.ram,share=on,"
                                           f"size={SIZE}"],
          "hugetlb": ["-object", "memory-backend-memfd,id=mach-virt.ram,share=on,hugetlb=on,"
                                 f"hugetlbsize=2M,size={SIZE}"],
          "file": ["-object", "memory-backend-file,id=mach-virt.ram,share=on,mem-path=@,"
                              f"size={SIZE}"]}


def arguments(name, directory, memory, firmware, path=""):
    """Of both QEMUs. RAM may come from elsewhere: a RAM block's name is its object's id."""
    back = [x.replace("@", path) for x in MEMORY[memory]]
    machine = "virt,ras=on,gic-version=3" + (",memory-backend=mach-virt.ram" if back else "")
    return ["-M", machine, *back, "-cpu", "cortex-a72", "-bios", firmware,
            *common(name, directory)]


def common(name, directory):
    """Of guests of any architecture."""
    return ["-smp", "1", "-m", str(SIZE // MIB), "-accel", "tcg", "-nodefaults", "-display", "none",
            "-name", name,
            "-chardev", f"socket,id=ser,path={directory}/{name}.serial,server=on,wait=off,"
                        f"logfile={directory}/{name}.log", "-serial", "chardev:ser",
            "-chardev", f"socket,id=qmp,path={directory}/{name}.qmp,server=on,wait=off",
            "-mon", "chardev=qmp,mode=control"]


def qmp(path, command, **arguments_):
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(60)
        s.connect(path)
        f = s.makefile("rw")
        f.readline()
        for c, a in (("qmp_capabilities", {}), (command, arguments_)):
            f.write(json.dumps({"execute": c, "arguments": a}) + "\n")
            f.flush()
            while "event" in (answer := json.loads(f.readline())):
                pass
        if "error" in answer:
            raise RuntimeError(f"{command}: {answer['error']}")
        return answer["return"]


def console(path, command, seconds=120):
    """What a command prints that the guest's init (lab/init) runs."""
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(seconds)
        s.connect(path)
        s.sendall(command.encode() + b"\n")
        data = b""
        while not re.search(rb"RASD-LAB-DONE \d+\r?\n", data):
            if not (got := s.recv(4096)):
                raise RuntimeError(f"the console closed: {data!r}")
            data += got
    return re.sub(r"RASD-LAB-DONE \d+\n?", "", data.decode(errors="replace").replace("\r", ""))


def wait(what, ready, seconds):
    end = time.monotonic() + seconds
    while not (value := ready()):
        if time.monotonic() > end:
            raise RuntimeError(f"{what}: not in {seconds} s")
        time.sleep(0.1)
    return value


def tag(n):
    return b"RASD-TAGGED-PAGE-%04d\n" % n


def find_tags(ram, first=RAM):
    """Guest addresses of the tagged pages, in the file that is the guest's RAM."""
    found = {}
    with open(ram, "rb") as f, mmap.mmap(f.fileno(), SIZE, prot=mmap.PROT_READ) as m:
        at = m.find(tag(0)[:17])
        while at >= 0:
            # The page is full of its tag. A shorter copy is a buffer that the shell wrote from.
            n = m[at + 17:at + 21]
            if at % PAGE == 0 and n.isdigit() and m[at:at + PAGE] == (tag(int(n)) * PAGE)[:PAGE]:
                found.setdefault(int(n), []).append(first + at)
            at = m.find(tag(0)[:17], at + 1)
    return found


def make_state(qemu, firmware, kernel, initrd, directory):
    """Boots the guest and writes its state and the addresses of its tagged pages to `directory`.

    `qemu` is the start of a command line.
    """
    args = arguments("vm", directory, "file", firmware, f"{directory}/ram")
    tags = save_state([*qemu, *args, "-kernel", kernel, "-initrd", initrd, "-append",
                       "console=ttyAMA0 loglevel=7 init_on_free=1"], directory)
    with open(f"{directory}/vm.json", "w", encoding="ascii") as f:
        json.dump({"tags": tags}, f)


def save_state(command, directory, first=RAM):
    """Boots a guest of the name vm and saves its state as vm.state. Returns the guest addresses of
    its tagged pages, by number. Its RAM, which begins at `first`, is the file ram."""
    with subprocess.Popen(command) as p:
        try:
            log, serial, monitor = (f"{directory}/vm.{x}" for x in ("log", "serial", "qmp"))

            def ready():
                if p.poll() is not None:
                    raise RuntimeError("QEMU has ended")
                return os.path.exists(log) and "RASD-LAB-GUEST-READY" in open(log).read()
            wait("the inner guest's boot", ready, 600)
            console(serial, "mkdir /t && mount -t tmpfs t /t && echo 0 >/proc/sys/vm/swappiness")
            # Each page is one line, over and over, and no other file begins like it.
            console(serial, f"i=0; while [ $i -lt {TAGGED} ]; do yes $(printf "
                            f"'RASD-TAGGED-PAGE-%04d' $i) | head -c {PAGE}; "
                            "i=$((i + 1)); done >/t/tagged")
            console(serial, "sync; echo 3 >/proc/sys/vm/drop_caches")
            qmp(monitor, "stop")
            tags = {n: a[0] for n, a in find_tags(f"{directory}/ram", first).items()
                    if len(a) == 1}
            if len(tags) < TAGGED // 2:
                raise RuntimeError(f"only {len(tags)} tagged pages were found")
            qmp(monitor, "migrate", uri=f"file:{directory}/vm.state")
            wait("the inner guest's state",
                 lambda: qmp(monitor, "query-migrate")["status"] == "completed", 120)
        finally:
            p.kill()
    for x in ("ram", "vm.serial", "vm.qmp"):
        os.unlink(f"{directory}/{x}")
    os.chmod(f"{directory}/vm.state", 0o644)
    return tags


def start(name, memory="anon", early_kill=False):
    """In the nested host: the guest in a unit vm-NAME.service, as user qemu. Returns its pid."""
    return launch(name, ["/usr/bin/qemu-system-aarch64",
                         *arguments(name, RUN, memory,
                                    "/usr/share/qemu-efi-aarch64/QEMU_EFI.fd"),
                         "-incoming", f"file:{STATE}"], early_kill)


def launch(name, command, early_kill=False, goes_on=True):
    """The same with any QEMU; rasd gets a monitor. Does it go on from a state? Else it waits."""
    os.makedirs(RUN, exist_ok=True)
    subprocess.run(["chown", "qemu:", RUN], check=True)
    for x in ("log", "serial", "qmp"):
        if os.path.exists(f"{RUN}/{name}.{x}"):
            os.unlink(f"{RUN}/{name}.{x}")
    subprocess.run(["systemctl", "reset-failed", f"vm-{name}"], check=False, capture_output=True)
    wrapper = [] if early_kill else ["/usr/local/lib/rasd-lab/no-early-kill"]
    subprocess.run(["systemd-run", "-q", f"--unit=vm-{name}", "-pUser=qemu", "-pUMask=0007",
                    "-pSupplementaryGroups=rasd-qmp", *wrapper, *command,
                    "-chardev", f"socket,id=rasd,path={RASD}/{name}.qmp,server=on,wait=off",
                    "-mon", "chardev=rasd,mode=control"], check=True)
    monitor = f"{RUN}/{name}.qmp"
    try:
        wait(f"the monitor of {name}", lambda: os.path.exists(monitor), 120)
        if goes_on:
            wait(f"the state of {name}",
                 lambda: qmp(monitor, "query-status")["status"] != "inmigrate", 300)
            qmp(monitor, "cont")
    except (OSError, RuntimeError, ValueError) as e:
        said = subprocess.run(["journalctl", "-b", "--no-pager", "-u", f"vm-{name}"], check=False,
                              capture_output=True, text=True).stdout
        raise RuntimeError(f"{name} did not start: {e}\n{said}") from e
    return pid(name)


def stop(name):
    subprocess.run(["systemctl", "stop", f"vm-{name}"], check=True)
    for directory in (RUN, RASD):
        for x in ("serial", "qmp"):
            if os.path.exists(f"{directory}/{name}.{x}"):
                os.unlink(f"{directory}/{name}.{x}")


def end(name):
    """How the unit ended: "active", or what systemd says, such as "signal 7"."""
    out = subprocess.run(["systemctl", "show", "-PActiveState", "-PResult", "-PExecMainStatus",
                          f"vm-{name}"], check=True, capture_output=True, text=True).stdout.split()
    return "active" if "active" in out else " ".join(sorted(out))


def pid(name):
    out = subprocess.run(["systemctl", "show", "-PMainPID", f"vm-{name}"], check=True,
                         capture_output=True, text=True).stdout
    return int(out)


def hva(name, gpa):
    line = qmp(f"{RUN}/{name}.qmp", "human-monitor-command",
               **{"command-line": f"gpa2hva {gpa:#x}"})
    return int(line.split()[-1], 16)


def pagemap(process, address):
    with open(f"/proc/{process}/pagemap", "rb", buffering=0) as f:
        f.seek(address // PAGE * 8)
        return struct.unpack("<Q", f.read(8))[0]


def pfn(name, gpa):
    """The host page that holds a guest page now; None if there is none."""
    entry = pagemap(pid(name), hva(name, gpa))
    return entry & ((1 << 55) - 1) if entry >> 63 else None
