# SPDX-License-Identifier: LGPL-2.1-or-later
"""Guests whose OS is efi_ghes.c: error sources in the orders of FreeBSD and NetBSD, on EDK2."""
import re
import socket
import subprocess
import time

import rasdlab

# gnu-efi for amd64 has the types of amd64 only. Those of arm64 are the same, and so is the way of
# calling for which this target compiles.
BIND = "/usr/include/efi/x86_64"


def program(base, arch):
    """efi_ghes.c for x86_64 or aarch64, made by this machine's clang."""
    made, include = base / f"ghes-{arch}.efi", base / "efi-include"
    include.mkdir(exist_ok=True)
    if not (include / "aarch64").exists():
        (include / "aarch64").symlink_to(BIND)
    subprocess.run(["clang", f"--target={arch}-unknown-windows", "-Wall", "-Wextra", "-Werror",
                    "-Os", "-ffreestanding", "-fno-stack-protector", f"-I{include}",
                    "-I/usr/include/efi", "-nostdlib", "-fuse-ld=lld", "-Wl,-entry:efi_main",
                    "-Wl,-subsystem:efi_application", "-o", made,
                    rasdlab.TOP / "tests/integration/efi_ghes.c"], check=True)
    made.chmod(0o644)
    return made


class EfiGuest(rasdlab.Guest):
    """The program waits for keys: see the first lines of efi_ghes.c."""

    def key(self, key, until):
        """Presses it, and waits for what the program says then."""
        self.used = True
        mark = len(self.log())
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(20)
            s.connect(str(self.dir / f"{self.name}.serial"))
            s.sendall(key.encode())
            rasdlab.wait_for(lambda: until in self.log()[mark:], 60)

    def attach(self, order):
        self.key(order[0], f"ATTACHED {order}")

    def detach(self):
        self.key("d", "DETACHED")

    def saw(self):
        """(source, order, severity, FRU id) of each record that the program has seen."""
        found = re.findall(r"SAW source (\d) as (\w+) severity (\d) fru ([0-9a-f-]{36})",
                           self.log())
        return [(int(s), o, int(v), f) for s, o, v, f in found]

    def wait_saw(self, ident, seconds=60):
        return rasdlab.wait_for(lambda: [x for x in self.saw() if x[3] == ident], seconds)

    def boot_again(self):
        """A reset, until the program waits for keys again."""
        mark = len(self.log())
        self.qmp("system_reset")
        rasdlab.wait_for(lambda: self.READY in self.log()[mark:], 120)
        time.sleep(0.1)
