# SPDX-License-Identifier: LGPL-2.1-or-later
"""Somebody with rasd's own uid removes, moves, cuts or links the files of the journal of a running
rasd, or its disk fails. No guest is needed: an operator's resolve is stored, too.
"""
import contextlib
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import time
import uuid

import pytest

import rasdlab


def ident(n):
    """The id of the n-th injection in tests/data/journal-3.sql."""
    return str(uuid.UUID(bytes=bytes([n]) + bytes(14) + b"\xaa"))


@pytest.fixture(name="rasd")
def make_rasd():
    base = rasdlab.make_base()
    r = rasdlab.Rasd(base, {})
    (base / "guests").mkdir()
    r.state.mkdir(mode=0o700)
    sql = (rasdlab.TOP / "tests/data/journal-3.sql").read_text()
    with contextlib.closing(sqlite3.connect(r.state / "journal.db")) as db:
        db.executescript(sql)
    shutil.chown(r.state / "journal.db", "rasd", "rasd")
    shutil.chown(base, "rasd", "rasd")
    yield r
    r.stop()
    rasdlab.drop_base(base)


def attack(*argv, user="rasd", check=True):
    return subprocess.run(["setpriv", "--reuid", user, "--clear-groups", *argv], check=check,
                          capture_output=True, text=True)


def resolve(rasd, n=5):
    return rasd.rpc("injection.resolve", id=ident(n), state="lost", reason="test")


def resolve_unheard(rasd):
    """rasd ends at this, and may not come to answer."""
    with contextlib.suppress(IndexError, OSError):
        assert "error" in resolve(rasd)


def says(rasd):
    return rasd.logfile.read_text()[rasd.mark:]


def wait_end(rasd):
    assert rasd.process.wait(20) == 1, says(rasd)


def fails_to_start(rasd):
    with pytest.raises(AssertionError):
        rasd.start()
    wait_end(rasd)
    return says(rasd)


def accept_loss(rasd):
    """Starts rasd --new-journal by a small program in its place."""
    build = rasd.base / "build"
    build.mkdir()
    (build / "rasd").write_text(f"#!/bin/sh\nexec {rasdlab.BUILD}/rasd --new-journal \"$@\"\n")
    (build / "rasd").chmod(0o755)
    rasd.start(build=build)


def test_status(rasd):
    rasd.start()
    rasd.wait_decided()
    journal = rasd.rpc("rpc.ping")["result"]["journal"]
    assert journal["rows"] == 7 and journal["oldest_ns"] > 0 and "damage" not in journal, journal
    end = time.monotonic() + 20
    while rasd.rpc("rpc.ping")["result"]["journal"]["undecided"]:
        assert time.monotonic() < end
    assert "journal  7 injections since " in rasd.ctl("status").stdout


def test_log_removed(rasd):
    rasd.start()
    rows = rasd.wait_decided()
    attack("rm", rasd.state / "journal.db-wal")
    resolve_unheard(rasd)
    wait_end(rasd)
    assert "journal.db-wal was removed" in says(rasd)
    assert says(rasd).count("copied into journal.db") == 1, says(rasd)
    rasd.start()
    assert rasd.journal() == rows
    assert "result" in resolve(rasd)


def test_log_removed_then_killed(rasd):
    rasd.start()
    rasd.wait_decided()
    attack("rm", rasd.state / "journal.db-wal")
    rasd.stop(signal.SIGKILL)
    text = fails_to_start(rasd)
    assert "are missing" in text and "--new-journal" in text, text
    accept_loss(rasd)
    assert "going on with what is there" in says(rasd)


def test_log_cut(rasd):
    rasd.start()
    rasd.wait_decided()
    attack("truncate", "--size=0", rasd.state / "journal.db-wal")
    resolve_unheard(rasd)
    wait_end(rasd)
    assert says(rasd).count("journal: journal.db-wal was cut short; stopping") == 1, says(rasd)
    assert "are missing" in fails_to_start(rasd)


def test_database_moved(rasd):
    rasd.start()
    rasd.wait_decided()
    db, away = rasd.state / "journal.db", rasd.base / "away"
    attack("mv", db, away)
    answer = resolve(rasd)["error"]
    assert "journal.db was removed" in answer["message"] and answer["data"]["hint"], answer
    assert "DAMAGED: journal.db was removed" in rasd.ctl("status").stdout
    resolve(rasd)
    assert says(rasd).count("journal.db was removed") == 1, says(rasd)
    away.rename(db)
    assert "result" in resolve(rasd)
    assert "DAMAGED" not in rasd.ctl("status").stdout
    rasd.stop()
    db.rename(away)
    assert "journal.db is gone" in fails_to_start(rasd)
    assert not db.exists()
    accept_loss(rasd)
    assert rasd.rows() == []


def test_another_directory_in_its_place(rasd):
    rasd.start()
    rows = rasd.wait_decided()
    away = rasd.base / "away"
    attack("mv", rasd.state, away)
    attack("mkdir", "-m", "700", rasd.state)
    answer = resolve(rasd)["error"]
    assert "state directory was removed or replaced" in answer["message"], answer
    assert "DAMAGED: the state directory" in rasd.ctl("status").stdout
    resolve(rasd)
    assert says(rasd).count("state directory was removed") == 1, says(rasd)
    assert rasd.rows(), "what is stored can be read"
    # killed: what was moved has all that was stored, and is complete when it is put back
    rasd.stop(signal.SIGKILL)
    attack("rmdir", rasd.state)
    attack("mv", away, rasd.state)
    rasd.start()
    assert rasd.journal() == rows
    assert "result" in resolve(rasd)


def test_lock_file_and_log_removed_then_killed(rasd):
    """Who removes the mark, too, is found out all the same."""
    rasd.start()
    rasd.wait_decided()
    attack("rm", rasd.state / "journal.db-wal", rasd.state / "journal.lock")
    rasd.stop(signal.SIGKILL)
    fails_to_start(rasd)
    text = fails_to_start(rasd)
    assert "--new-journal" in text, text


def test_an_emptied_directory_is_said(rasd):
    """Nothing is left that could tell of the journal: this is what is not promised."""
    rasd.start()
    rasd.wait_decided()
    attack("find", rasd.state, "-mindepth", "1", "-delete")
    assert "was removed or replaced" in resolve(rasd)["error"]["message"]
    rasd.stop(signal.SIGKILL)
    rasd.start()
    assert "journal: a new one is begun in " in says(rasd)
    assert "journal  0 injections" in rasd.ctl("status").stdout


def more_unknown(path):
    """Injections 8 to 250, as the fifth."""
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        row = list(db.execute("SELECT * FROM injection WHERE rowid = 5").fetchone())
        for n in range(8, 251):
            row[:3] = n, uuid.UUID(ident(n)).bytes, f"req-{n}"
            db.execute(f"INSERT INTO injection VALUES({','.join('?' * len(row))})", row)
            db.execute("INSERT INTO transition SELECT ?, seq, state, t_real_ns, t_boot_ns, boot_id,"
                       " detail FROM transition WHERE injection = 5", (n,))


def resolve_until_full(rasd):
    """The log has room of its own, which is used first."""
    for n in range(8, 251):
        answer = resolve(rasd, n)
        if "error" in answer:
            return n, answer["error"]
    return pytest.fail("the disk is never full")


def test_the_disk_is_full(rasd):
    """Each request says so, the log says it once, and all goes on when there is space again."""
    away = rasd.base / "away"
    rasd.state.rename(away)
    rasd.state.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m,mode=700,uid=rasd", "none", rasd.state],
                   check=True)
    try:
        more_unknown(away / "journal.db")
        shutil.copy2(away / "journal.db", rasd.state)
        shutil.chown(rasd.state / "journal.db", "rasd", "rasd")
        rasd.start()
        rasd.wait_decided()
        attack("dd", "if=/dev/zero", f"of={rasd.state}/filler", "bs=4k", check=False)
        n, error = resolve_until_full(rasd)
        assert "free disk space" in error["data"]["hint"], error
        assert "DAMAGED: journal.db cannot be written" in rasd.ctl("status").stdout
        assert "error" in resolve(rasd, n)
        assert says(rasd).count("nothing is injected until it can be stored") == 1, says(rasd)
        attack("rm", rasd.state / "filler")
        assert "result" in resolve(rasd, n)
        assert "DAMAGED" not in rasd.ctl("status").stdout
        assert says(rasd).count("it can be written again") == 1, says(rasd)
        rasd.stop()
    finally:
        rasd.stop()
        subprocess.run(["umount", rasd.state], check=True)


def test_another_user_cannot_touch_them(rasd):
    rasd.start()
    for verb in (["rm"], ["truncate", "--size=0"], ["cat"]):
        r = attack(*verb, rasd.state / "journal.db-wal", user="rasd-lab", check=False)
        assert r.returncode and "Permission denied" in r.stderr, r


def test_symbolic_links_are_not_followed(rasd):
    """A state directory that leads elsewhere is not given to rasd's user."""
    victim = pathlib.Path(rasd.base / "victim")
    victim.mkdir(mode=0o700)
    real = rasd.base / "real"
    rasd.state.rename(real)
    rasd.state.symlink_to(victim)
    assert "symbolic link" in fails_to_start(rasd)
    assert victim.stat().st_uid == 0 and not list(victim.iterdir())
    rasd.state.unlink()
    real.rename(rasd.state)
    (rasd.state / "journal.db").rename(rasd.state / "other")
    (rasd.state / "journal.db").symlink_to("other")
    assert "symbolic link" in fails_to_start(rasd)
