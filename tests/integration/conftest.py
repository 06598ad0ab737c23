# SPDX-License-Identifier: LGPL-2.1-or-later
"""What all files share. Tests marked "long" belong to `make check-long`: they run only with
RASD_LONG=1 in the environment."""
import os

import pytest

import rasdlab


@pytest.fixture(scope="module", name="base")
def make_base():
    """A directory for the sockets, guests and state of a file's tests."""
    base = rasdlab.make_base()
    yield base
    rasdlab.drop_base(base)


def pytest_terminal_summary(terminalreporter):
    for line in rasdlab.RESTARTED:
        terminalreporter.write_line(line)


def pytest_configure(config):
    config.addinivalue_line("markers",
                            "long: runs only with RASD_LONG=1 in the environment (make check-long)")


def pytest_collection_modifyitems(config, items):
    if os.environ.get("RASD_LONG"):
        return
    left = [i for i in items if i.get_closest_marker("long")]
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = [i for i in items if not i.get_closest_marker("long")]
