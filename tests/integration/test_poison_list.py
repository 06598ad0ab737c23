# SPDX-License-Identifier: LGPL-2.1-or-later
"""The pages that a real guest was told are bad go from one rasd to another, and stay with the QEMU
and the memory that they belong to."""
import json
import subprocess
import time

import pytest

import rasdlab


@pytest.fixture(scope="module", name="lab")
def make_lab():
    base = rasdlab.make_base()
    guest = rasdlab.Guest(base, "badpages").wait()
    grants = {"badpages": "recoverable"}
    rasd = rasdlab.Rasd(base, grants).start(["badpages"])
    yield type("Lab", (), {"base": base, "guest": guest, "rasd": rasd, "grants": grants})
    rasd.stop()
    guest.stop()
    rasdlab.drop_base(base)


def ctl_json(rasd, *args):
    run = rasd.ctl(*args)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def poisoned(rasd):
    return rasd.rpc("domain.explain", domain="badpages")["result"]["poisoned_pages"]


def feed(rasd, text, *args):
    return subprocess.run([rasdlab.BUILD / "rasctl", "--socket", rasd.sock, "poison", "import",
                           "badpages", "-", *args],
                          input=text, text=True, capture_output=True, timeout=60, check=False)


def test_export_is_imported_elsewhere(lab):
    assert ctl_json(lab.rasd, "poison", "export", "badpages") == {"domain": "badpages", "pages": []}
    # free memory of the guest: its kernel stops using both pages
    ids = {}
    for gpa, severity in ((0x48000123, "recoverable"), (0x47fff000, "recoverable"),
                          (0x46000000, "corrected"),
                          (0x48000fff, "recoverable")):
        run = lab.rasd.ctl("inject", "--domain", "badpages", "--gpa", hex(gpa), "--severity",
                           severity, "--wait",
                           "-o", "json", "--timeout", "30")
        assert run.returncode == 0, run.stdout + run.stderr
        ids.setdefault(gpa & ~0xfff, [r["id"] for r in lab.rasd.rows() if r["gpa"] == hex(gpa)][0])
    lab.guest.wait_log("Memory failure: 0x48000:")
    lab.guest.wait_log("Memory failure: 0x47fff:")
    out = ctl_json(lab.rasd, "poison", "export", "badpages")
    assert [(p["gpa"], p["origin"]) for p in out["pages"]] == [
        (hex(g), f"injection {ids[g]}") for g in (0x47fff000, 0x48000000)]
    assert [p["seen_ns"] for p in out["pages"]] == [lab.rasd.row(ids[g])["decided_ns"]
                                                    for g in (0x47fff000, 0x48000000)]
    assert poisoned(lab.rasd) == 2

    # the guest's monitor serves one client, so the second rasd starts when the first has ended
    lab.rasd.stop()
    other = rasdlab.Rasd(lab.base, lab.grants, "rasd-b").start(["badpages"])
    try:
        assert poisoned(other) == 0
        listfile = lab.base / "list.json"
        listfile.write_text(json.dumps(out))
        dry = ctl_json(other, "poison", "import", "badpages", str(listfile), "--dry-run", "-o",
                       "json")
        assert dry == {"domain": "badpages", "pages": 2, "new": 2,
                       "dry_run": True} and poisoned(other) == 0
        for new in (2, 0):
            done = ctl_json(other, "poison", "import", "badpages", str(listfile), "-o", "json")
            assert done == {"domain": "badpages", "pages": 2, "new": new, "dry_run": False}
        assert ctl_json(other, "poison", "export", "badpages") == out and poisoned(other) == 2
        assert other.rows() == [], "nothing is sent for it"
        refusals(other, out)
        long_list(other, out)
    finally:
        other.stop()
        lab.rasd.start(["badpages"])
    assert ctl_json(lab.rasd, "poison", "export", "badpages") == out, "survives a restart"


def wait_for(look, seconds=60):
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return found


def seen(rasd, guest):
    """rasd has a monitor of this QEMU."""
    e = rasd.rpc("domain.explain", domain="badpages")["result"]
    return e["pid"] == guest.pid and e["state"] not in ("no-monitor", "permission") and e


def test_list_follows_the_qemu(lab):
    out = ctl_json(lab.rasd, "poison", "export", "badpages")
    assert len(out["pages"]) == 2
    resets = seen(lab.rasd, lab.guest)["resets"]
    lab.guest.qmp("system_reset")
    wait_for(lambda: lab.rasd.rpc("domain.explain", domain="badpages")["result"]["resets"] > resets)
    assert ctl_json(lab.rasd, "poison", "export", "badpages") == out, "a reset mends no page"

    # Saved and restored: another QEMU with the same memory, whose OS still knows.
    image = lab.base / "guests/badpages.image"
    lab.guest.qmp("stop")
    lab.guest.qmp("migrate", uri=f"file:{image}")
    wait_for(lambda: lab.guest.qmp("query-migrate").get("status") == "completed")
    lab.guest.stop()
    lab.guest = rasdlab.Guest(lab.base, "badpages", extra=("-incoming", f"file:{image}"))
    wait_for(lambda: seen(lab.rasd, lab.guest))
    assert ctl_json(lab.rasd, "poison", "export", "badpages") == out
    # The same where rasd sees it only after it has its memory.
    lab.rasd.stop()
    lab.guest.stop()
    lab.guest = rasdlab.Guest(lab.base, "badpages", extra=("-incoming", f"file:{image}"))
    wait_for(lambda: lab.guest.qmp("query-status")["status"] == "paused")
    lab.rasd.start(["badpages"])
    wait_for(lambda: seen(lab.rasd, lab.guest))
    assert ctl_json(lab.rasd, "poison", "export", "badpages") == out

    # Started anew: its memory is another, and its OS was told nothing.
    lab.guest.stop()
    lab.guest = rasdlab.Guest(lab.base, "badpages")
    wait_for(lambda: seen(lab.rasd, lab.guest) and not poisoned(lab.rasd))
    assert "its list of 2 bad pages is cleared" in lab.rasd.logfile.read_text()
    # What is imported for it now is its own.
    assert feed(lab.rasd, json.dumps(out)).returncode == 0
    lab.rasd.stop()
    lab.rasd.start(["badpages"])
    wait_for(lambda: seen(lab.rasd, lab.guest))
    assert ctl_json(lab.rasd, "poison", "export", "badpages") == out


def refusals(rasd, out):
    first = out["pages"][0]
    for page, field in (({**first, "gpa": "0x1001"}, "gpa"),
                        ({**first, "gpa": hex(1 << 52)}, "gpa"), ({**first, "gpa": "x"}, "gpa"),
                        ({**first, "origin": ""}, "origin"),
                        ({**first, "origin": "a\x1b[2J"}, "origin"),
                        ({**first, "origin": "x" * 101}, "origin"),
                        ({**first, "seen_ns": -1}, "seen_ns"),
                        ({**first, "more": 1}, "more"), ({"gpa": "0x1000"}, "seen_ns"), (7, "")):
        error = rasd.rpc("poison.import", domain="badpages", pages=[page])["error"]
        assert error["data"]["reason"] == "invalid-params", error
        assert error["data"]["field"] == "pages[0]" + (f".{field}" if field else ""), error
    for pages in ([first, first], out["pages"][::-1]):
        assert rasd.rpc("poison.import", domain="badpages",
                        pages=pages)["error"]["data"]["field"] == "pages[1].gpa"
    for verb in ("export", "import"):
        params = {"pages": out["pages"]} if verb == "import" else {}
        assert rasd.rpc(f"poison.{verb}", domain="badpage",
                        **params)["error"]["data"]["reason"] == "no-such-domain"
    # 1,026 pages, and so many that the request is not read.
    assert rasd.rpc("poison.import", domain="badpages",
                    pages=out["pages"] * 513)["error"]["data"]["field"] == "pages"
    error = rasd.rpc("poison.import", domain="badpages", pages=out["pages"] * 2049)["error"]
    assert error["data"]["reason"] == "invalid-params" and "too many values" in error["message"]
    assert rasd.ctl("poison", "export").returncode == 2 and rasd.ctl("poison", "drop",
                                                                     "badpages").returncode == 2
    assert rasd.ctl("poison", "import", "badpages", "/nowhere").returncode == 4
    for text in ("", "[]", '{"pages":{}}', '{"pages":[],"pages":[]}'):
        run = feed(rasd, text)
        assert run.returncode not in (0, 3) and "error:" in run.stderr, text
    assert ctl_json(rasd, "poison", "export", "badpages") == out


def long_list(rasd, out):
    """More than fits in one request or answer, up to the bound."""
    pages = [{"gpa": hex(i << 12), "seen_ns": 1, "origin": "test " + "x" * 95}
             for i in range(1, 65537 - 2)]
    run = feed(rasd, json.dumps({"pages": pages}), "--timeout", "60")
    assert run.returncode == 0 and "65534 pages, 65534 new" in run.stdout, run.stdout + run.stderr
    assert ctl_json(rasd, "poison", "export", "badpages")["pages"] == pages + out["pages"]
    assert poisoned(rasd) == 65536
    run = feed(rasd, json.dumps({"pages": [{"gpa": "0x7ffff000", "seen_ns": 1,
                                            "origin": "one more"}]}))
    assert run.returncode != 0 and "at most 65536" in run.stderr
