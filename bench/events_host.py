#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""bench/run-events host: the part that runs in the nested host. All of it is emulated, so only
ratios say something."""
import pathlib
import sys
import time

TOP = pathlib.Path(__file__).resolve().parents[1]
sys.dont_write_bytecode = True
sys.path.append(str(TOP / "tests/integration"))
import hostlab  # noqa: E402
import rasdlab  # noqa: E402

LOST = 20  # pages, each for rasd and for the floor
EVENTS = 2000  # fewer than the kernel's buffers hold
INSTANCE = "/sys/kernel/tracing/instances/bench"


def latency(host):
    explained = host.rpc("domain.explain", domain="a")["hest"]
    at = [host.vm("hva", "a", gpa) for gpa in (int(explained["block"], 16),
                                               int(explained["read_ack"], 16), 0x40000000)]
    host.sh(f"mkdir {INSTANCE} && cd {INSTANCE} && echo boot >trace_clock && "
            "echo 0 >buffer_percent && echo 1 >events/ras/memory_failure_event/enable")
    host.sh("cat >/root/events && chmod 755 /root/events && mkdir /var/lib/rasd-bench",
            data=(TOP / "build/bench/events").read_bytes())
    pages = "\n".join(hex(host.tagged[host.take()]) for _ in range(2 * LOST)) + "\n"
    rasd = host.sh("systemctl show -PMainPID rasd").strip()
    said = host.run(f"/root/events host /run/vm/a.qmp {host.vm('pid', 'a')} "
                    f"{at[0]} {at[1]} {at[2]} {INSTANCE} {rasd} /var/lib/rasd-bench",
                    data=pages.encode(), seconds=600)
    print(said.out, said.err, flush=True)


def burst(n):
    """Corrected errors without an address: only who records them is measured."""
    import time
    at = "/sys/kernel/debug/mce-inject/"

    def put(name, text):
        with open(at + name, "w", encoding="ascii") as f:
            f.write(text + "\n")
    for name, text in (("flags", "sw"), ("cpu", "0"), ("status", "0x8800004000010090"),
                       ("addr", "0"), ("misc", "0")):
        put(name, text)
    for i in range(n):
        put("bank", "9")
        if i % 20 == 0:
            time.sleep(0.002)  # the kernel has room for 80 until it traces them


def cpu_s(pid):
    import os
    with open(f"/proc/{pid}/stat", encoding="ascii") as f:
        v = f.read().rsplit(")", 1)[1].split()
    return (int(v[11]) + int(v[12])) / os.sysconf("SC_CLK_TCK")


def rows(host):
    """0 while rasdaemon has the database locked."""
    return int(host.sql("SELECT count(*) FROM mce_record").strip() or 0)


def taken(host):
    return {s["name"]: s for s in host.rpc("source.list")["sources"]}["kernel"]["events"]


def drain(host, unit, count):
    """The unit stood still while the events came. It reads them from the kernel's buffer then."""
    pid = host.sh(f"systemctl show -PMainPID {unit}").strip()
    before, cpu = count(host), host.call(cpu_s, pid)
    host.sh(f"kill -STOP {pid}")
    host.call(burst, EVENTS)
    time.sleep(2)
    begin = last = time.monotonic()
    host.sh(f"kill -CONT {pid}")
    seen = before
    while time.monotonic() - last < (20 if seen > before else 90):
        n = count(host)
        if n > seen:
            seen, last = n, time.monotonic()
    n, cpu = seen - before, host.call(cpu_s, pid) - cpu
    print(f"{unit}: {n} of {EVENTS} corrected events in {last - begin:.2f} s, {cpu:.2f} s of CPU",
          flush=True)
    return n / (last - begin) if n else 0


def rate(host):
    host.sh("modprobe mce-inject")
    rasd, rasdaemon = drain(host, "rasd", taken), drain(host, "rasdaemon", rows)
    print(f"events/s: rasd {rasd:.0f}, rasdaemon {rasdaemon:.0f} (bar: 10 times as many)",
          flush=True)


def main():
    base = rasdlab.make_base()
    host = hostlab.Host(base, {"a": "target-max-severity = recoverable\n"
                                    "forward-uncorrected = yes"})
    try:
        host.start()
        host.wait("rasd knows its guest", lambda: "acknowledged" in host.run(
            "rasctl inject --domain a --gpa 0x48000000 --severity corrected --wait "
            "--timeout 60").out)
        host.sh("modprobe hwpoison-inject")
        print(host.sh("uname -sr; nproc; rasdaemon --version 2>&1 | head -n 1"), flush=True)
        latency(host)
        rate(host)
    finally:
        host.stop()
        rasdlab.drop_base(base)


if __name__ == "__main__":
    main()
