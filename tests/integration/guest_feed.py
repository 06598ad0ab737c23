# SPDX-License-Identifier: LGPL-2.1-or-later
"""Sends records into a real guest until each is acknowledged and printed by its kernel, and
compares the text.

Linux prints at most 2 blocks of a class (corrected, uncorrected) in 5 s, whatever it acknowledges:
a guest gets 2 of each class in a window, and a block that was not printed comes again.
"""
import json
import subprocess
import threading
import time

import kernel_text
import rasdlab

WINDOW = 5.3


def decode(data):
    """Our JSON of a block, and the bytes that our encoder makes of it."""
    out = subprocess.run([rasdlab.BUILD / "rasctl", "decode", "-o", "json", "-"], input=data,
                         check=True,
                         capture_output=True).stdout
    back = subprocess.run([rasdlab.BUILD / "rasctl", "encode", "-"], input=out, check=True,
                          capture_output=True).stdout
    return json.loads(out), back


class Sample:
    """A ready block. The kernel's text must be the text predicted from our JSON."""

    def __init__(self, path):
        self.path, self.name = path, path.stem
        self.bytes = path.read_bytes()
        self.record, self.encoded = decode(self.bytes)
        # info and corrected have a limit of their own
        self.corrected = self.record["block"]["error_severity"] >= 2
        self.args = ("--record", path)

    def differences(self, arch, lines):
        return kernel_text.differences(self.record, self.encoded, arch, lines)


class Typed:
    """A block from options. The kernel's text must be these lines."""

    def __init__(self, args, lines):
        self.name, self.lines = " ".join(args), [kernel_text.plain(x) for x in lines]
        self.args = (*args, "--fru-id", "none", "--tag", "typed")
        self.corrected = self.lines[0].startswith("It has been corrected")

    def differences(self, _arch, lines):
        if lines == self.lines:
            return []
        return [f"want {x!r}" for x in self.lines if x not in lines] + \
            [f"kernel {x!r}" for x in lines if x not in self.lines] or ["other order"]


def printed(guest, after, item):
    """The guest's block with a number above after, as soon as it is as predicted, or after 1.5 s.
    None: there was none.
    """
    end, found = time.monotonic() + 1.5, None
    while True:
        new = [b for b in kernel_text.blocks(guest.log()) if b[0] is not None and b[0] > after]
        assert len(new) <= 1, new
        if new:
            found = new[0]
            if not item.differences(guest.arch, found[1]):
                return found
        if time.monotonic() > end or (not new and time.monotonic() > end - 1):
            return found
        time.sleep(0.02)


def feed(rasd, guest, items, verdicts):
    """Injects all items into guest until each was acknowledged, printed and compared."""
    queues = [[s for s in items if s.corrected is c] for c in (True, False)]
    last, tries = max((b[0] for b in kernel_text.blocks(guest.log())), default=0), {}
    while any(queues):
        window = time.monotonic()
        for item in [q.pop(0) for q in queues for _ in range(min(2, len(q)))]:
            r = rasd.ctl("-o", "json", "inject", "--domain", guest.name, *item.args, "--wait")
            assert r.returncode == 0, (item.name, r)
            assert json.loads(r.stdout)["state"] == "acknowledged", (item.name, r)
            block = printed(guest, last, item)
            if block is None:
                tries[item] = tries.get(item, 0) + 1
                assert tries[item] < 5, f"{item.name} is acknowledged but never printed"
                queues[not item.corrected].append(item)
                continue
            last = block[0]
            verdicts[item.name] = item.differences(guest.arch, block[1])
        if any(queues):
            time.sleep(max(0, window + WINDOW - time.monotonic()))


def feed_all(rasd, guests, items):
    """feed() to all guests at the same time. Returns {name: differences}."""
    verdicts, failures = {}, []

    def work(guest, part):
        try:
            feed(rasd, guest, part, verdicts)
        except BaseException as e:     # reported below; an exception in a thread would be lost
            failures.append(e)
    by_class = sorted(items, key=lambda s: s.corrected)
    threads = [threading.Thread(target=work, args=(g, by_class[i::len(guests)]))
               for i, g in enumerate(guests)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not failures
    return verdicts
