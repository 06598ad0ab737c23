# SPDX-License-Identifier: LGPL-2.1-or-later
"""A q35 guest that shares a page of error sources with rasd, and a program for a guest's root."""
import base64
import gzip
import json
import os
import pwd
import struct
import subprocess
import uuid

import rasdlab
from rasdlab import TOP

BASE = 0x200000000
PAGE_BYTES = 2 << 20
SOURCES = {"corrected": 0, "urgent": 1}


def hest(base, notify):
    """The table, as ACPI 6.5 has it: two GHESv2, the first polled."""
    def address(gpa):
        return struct.pack("<BBBBQ", 0, 64, 0, 4, gpa)

    def source(n, kind):
        told = struct.pack("<BBHI20x", 4 if kind == "nmi" else 0, 28, 0,
                           0 if kind == "nmi" else 1000)
        return (struct.pack("<HHHBBIII", 10, n, 0xffff, 0, 1, 1, 4, 4096)
                + address(base + 0x40 * n) + told + struct.pack("<I", 4096)
                + address(base + 0x40 * n + 8) + struct.pack("<QQ", 2**64 - 2, 1))

    body = struct.pack("<I", 2) + source(0, "poll") + source(1, notify)
    head = struct.pack("<4sIBB6s8sI4sI", b"HEST", 36 + len(body), 1, 0, b"RASD  ", b"RASDGHES", 1,
                       b"RASD", 1)
    table = bytearray(head + body)
    table[9] = -sum(table) & 0xff
    return bytes(table)


class PagedGuest(rasdlab.Guest):
    """A q35 guest that is provisioned by hand, before it starts."""

    def __init__(self, base, name, notify, *options, ident=None):
        self.ident = ident or uuid.uuid4()
        self.page = base / "ghes" / f"{self.ident}.page"
        self.notify = notify
        self.provision(base)
        super().__init__(
            base, name, "--arch", "x86_64", "--machine", "nvdimm=on",
            "--mem", "256,slots=2,maxmem=64G", *options,
            extra=("-uuid", str(self.ident), "-object", "memory-backend-file,id=rasd-ghes,"
                   f"size=2M,mem-path={self.page},share=on", "-device",
                   f"nvdimm,id=nv0,memdev=rasd-ghes,addr={BASE:#x}", "-acpitable",
                   f"file={self.page.with_suffix('.hest')}"))

    def provision(self, base):
        """What `rasctl provision` makes: page and table for QEMU, metadata for rasd."""
        head = bytearray(0xa8)
        for n in SOURCES.values():
            struct.pack_into("<QQ", head, 0x40 * n, BASE + 0x1000 * (n + 1), 1)
        struct.pack_into("<8sIIQ16s", head, 0x80, b"RASDGHES", 1, 2, BASE, self.ident.bytes)
        self.page.parent.mkdir(exist_ok=True)
        self.page.parent.chmod(0o711)
        self.page.write_bytes(bytes(head) + bytes(PAGE_BYTES - len(head)))
        ids = pwd.getpwnam("rasd-lab")
        os.chown(self.page, ids.pw_uid, 0)
        self.page.chmod(0o660)
        self.page.with_suffix(".hest").write_bytes(hest(BASE, self.notify))
        meta = base / "rasd.state" / "ghes" / f"{self.ident}.json"
        meta.parent.mkdir(parents=True, exist_ok=True)
        for d in (meta.parent, meta.parent.parent):
            os.chown(d, *pwd.getpwnam("rasd")[2:4])
            d.chmod(0o700)
        meta.write_text(json.dumps({
            "version": 1, "uuid": str(self.ident), "base_gpa": BASE, "notify": self.notify,
            "ram_bytes": 256 << 20, "max_bytes": 64 << 30, "slots": 2, "style": "arguments",
            "before_max_bytes": 0, "before_slots": 0, "before_had_numa": False}))
        os.chown(meta, *pwd.getpwnam("rasd")[2:4])

    def block(self, source):
        """(status, record, read-ack) as they are in the page."""
        data = self.page.read_bytes()
        at, ack = 0x1000 * (source + 1), 0x40 * source + 8
        return (struct.unpack_from("<I", data, at)[0], data[at:at + 4096],
                struct.unpack_from("<Q", data, ack)[0])

    def slot(self, rasd):
        """As of other guests: the urgent source."""
        return self.block(1)[1:]

    def overwrite(self, offset, value):
        """The guest's root writes eight bytes of the page."""
        self.console(f"/poke {BASE + offset} {value}")


def type_poke(base, guest):
    """Puts the program tests/integration/poke.c into a guest that runs, as /poke."""
    target = {"x86_64": "x86_64", "arm64": "aarch64"}[guest.arch]
    made = base / f"poke.{target}"
    if not made.exists():
        subprocess.run(["clang", f"--target={target}-linux-gnu", "-fuse-ld=lld", "-Os", "-Wall",
                        "-Wextra", "-Werror", "-static", "-nostdlib", "-ffreestanding",
                        "-fno-asynchronous-unwind-tables", "-s",
                        "-Wl,--build-id=none,-z,norelro,-z,max-page-size=4096", "-o", made,
                        TOP / "tests/integration/poke.c"], check=True)
    typed = base64.b64encode(gzip.compress(made.read_bytes())).decode()
    guest.console(f"echo {typed} | base64 -d | gzip -d >/poke; chmod +x /poke")


def page_of_a_process(guest):
    """A process that touches its page until it dies. Returns the page's guest address."""
    guest.console("(/poke >/entry; echo ended by $? >/dev/console) & sleep 1")
    entry = int(guest.console("cat /entry"), 16)
    assert entry >> 63
    return (entry & (1 << 55) - 1) << 12
