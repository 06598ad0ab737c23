// SPDX-License-Identifier: LGPL-2.1-or-later
/* Is there a process behind a socket's file? */
#pragma once

enum qmp_holder {
	HOLDER_NONE,  /* no socket, or the process that made it has gone: nobody ever will be */
	HOLDER_MAYBE, /* it was made a moment ago, and its process may be about to take it */
	HOLDER_THERE  /* a process holds it; or rasd may not ask */
};

/*
 * Who holds the socket at path. What is no socket itself (a file, a FIFO, a symbolic link) has no
 * holder. Nobody is connected to: QEMU serves one client at a time, and that shall be the guest's
 * monitor.
 */
enum qmp_holder qmp_holder(const char *path);
