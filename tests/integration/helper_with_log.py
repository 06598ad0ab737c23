#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""rasd-pagemap, but /dev/kmsg is what a test plays, and there is no tracefs.

usage: helper_with_log.py --config FILE --fd N

All requests go to the real program ($PLAYED_HELPER) and back, but those of verb TRACE. /dev/kmsg is
a descriptor that the test passes at the socket $PLAYED_LOG: it has one packet a line.
"""
import os
import pathlib
import re
import select
import socket
import struct
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
TRACE, KMSG = 5, 4
HEAD = struct.Struct("<QiIQIIQQII")
REPLY_BYTES = HEAD.size + 16 * struct.calcsize("<HB5xQQQII") + 160
CODES = re.findall(r"^\t(RAS_[A-Z_]+)", (TOP / "lib/base/err.h").read_text(), re.M)


def answer(s, ident, status, text="", fds=()):
    body = HEAD.pack(ident, status, 0, 0, 0, 0, 0, 0, 0, 0)
    body += bytes(REPLY_BYTES - 160 - len(body)) + text.encode().ljust(160, b"\0")
    socket.send_fds(s, [body], fds)


def trace(s, ident, which):
    if which != KMSG:
        answer(s, ident, CODES.index("RAS_E_NOT_FOUND"), "there is no tracefs in this test")
        return
    with socket.socket(socket.AF_UNIX) as log:
        try:
            log.connect(os.environ["PLAYED_LOG"])
            fd = socket.recv_fds(log, 16, 1)[1][0]
        except (OSError, IndexError):
            answer(s, ident, CODES.index("RAS_E_HELPER"), "the test has no log now")
            return
    os.set_blocking(fd, False)
    answer(s, ident, 0, "", [fd])
    os.close(fd)


def main():
    rasd = socket.socket(fileno=int(sys.argv[4]))
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with subprocess.Popen([os.environ["PLAYED_HELPER"], "--config", sys.argv[2], "--fd",
                           str(its.fileno())], pass_fds=[its.fileno()]):
        its.close()
        while True:
            for s in select.select([rasd, ours], [], [])[0]:
                data, fds, _, _ = socket.recv_fds(s, 65536, 4)
                if not data:
                    ours.close()
                    return
                _, verb, ident, _, _, _, which = struct.unpack_from("<IIQiIQI", data)
                if s is rasd and verb == TRACE:
                    trace(rasd, ident, which)
                else:
                    socket.send_fds(ours if s is rasd else rasd, [data], fds)
                for fd in fds:
                    os.close(fd)


main()
