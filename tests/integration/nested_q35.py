# SPDX-License-Identifier: LGPL-2.1-or-later
"""An x86_64 guest for the nested host (hostlab.py), where booting one takes minutes.

rasd in the nested host provisions it, so page and table are made by rasd. This machine boots it
once, with the nested host's QEMU and copies of both; its state is carried into the nested host,
where guests go on from it.
"""
import base64
import gzip
import re
import shutil
import subprocess
import uuid

import rasdlab
from hostlab import vm

UUID = str(uuid.UUID(int=0x5b3d0c520f5e4c5e9d070000000000a2))
STATE = "/var/tmp/q35.state"
PAGE_BYTES = 2 << 20


def words(name, directory, kernel, ident=UUID, cpu="Skylake-Server"):
    """QEMU's arguments, here and there. A kernel adds an option ROM, so there has to be one."""
    return ["-M", "q35", "-cpu", cpu, "-uuid", ident, "-kernel", kernel,
            *vm.common(name, directory)]


def start(host, name, *more, goes_on=True, **options):
    """In the nested host; rasd knows it then."""
    kernel = host.sh("ls /boot/vmlinuz-*").split()[0]
    host.vm("launch", name, ["/usr/bin/qemu-system-x86_64", *words(name, vm.RUN, kernel, **options),
                             *more, *(("-incoming", f"file:{STATE}") if goes_on else ("-S",))],
            False, goes_on)
    host.wait(f"rasd knows {name}", lambda: [
        d for d in host.rpc("domain.list")["domains"] if d["name"] == name and d["pid"]])


def provision(host, name):
    """The arguments that give the guest its page. Of this one rasd asks only its memory."""
    start(host, name, goes_on=False)
    answer = host.rpc("domain.provision", domain=name, notify="nmi")
    host.vm("stop", name)
    return answer["qemu_arguments"]


def copied(host, arguments, directory):
    """Such arguments for this machine: with copies of the files that they name."""
    out = []
    for a in arguments:
        if m := re.search(r"(?:file|mem-path)=(/[^,]+)", a):
            copy = directory / m[1].rsplit(".", 1)[1]
            copy.write_bytes(base64.b64decode(host.sh(f"head -c 12288 {m[1]} | base64")))
            if "mem-path" in a:
                with copy.open("r+b") as f:
                    f.truncate(PAGE_BYTES)
            shutil.chown(copy, "rasd-lab")
            a = a.replace(m[1], str(copy))
        out.append(a)
    return out


def make_state(host, arguments, base):
    """Boots the guest here, carries its state over. Returns {n: guest address of tagged page n}."""
    directory = base / "q35"
    directory.mkdir()
    shutil.chown(directory, "rasd-lab")
    share = host.lab / "root/usr/share"
    argv = [*host.tool("qemu-system-x86_64"), "-L", share / "qemu", "-L", share / "seabios",
            *words("vm", directory, rasdlab.lab_dir() / "amd64/vmlinuz"),
            "-initrd", rasdlab.lab_dir() / "amd64/initrd.gz",
            "-append", "console=ttyS0 loglevel=7 init_on_free=1", "-machine",
            "memory-backend=pc.ram", "-object",
            f"memory-backend-file,id=pc.ram,share=on,mem-path={directory}/ram,size={vm.SIZE}",
            *copied(host, arguments, directory)]
    tags = vm.save_state(argv, directory, 0)
    host.sh(f"gzip -d >{STATE} && chmod 644 {STATE}",
            gzip.compress((directory / "vm.state").read_bytes(), compresslevel=1))
    return tags
