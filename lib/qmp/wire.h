// SPDX-License-Identifier: LGPL-2.1-or-later
/* Private to lib/qmp: a unix stream socket as lines in and a queue of bytes out. No events here. */
#pragma once

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

/* The largest line (budget.h), and what one read may bring behind it. */
#define WIRE_IN_MAX ((size_t)96 << 10)
/* 64 commands (pending.h) of 1.5 KiB, twice: those that timed out may still be in it. */
#define WIRE_OUT_MAX ((size_t)256 << 10)
/*
 * Lines that are not whole yet, of all monitors together, beyond WIRE_IN_OWN of each. More than 100
 * monitors would have to be in the middle of their largest reply.
 */
#define WIRE_IN_POOL ((size_t)12 << 20)
#define WIRE_IN_OWN ((size_t)16 << 10)

struct wire {
	int fd;	   /* owned; -1 when closed */
	pid_t pid; /* the peer, from SO_PEERCRED */
	uid_t uid;
	struct buf in, out;
	size_t scanned;	       /* bytes of in that contain no newline */
	size_t pooled;	       /* bytes of in's memory that are from WIRE_IN_POOL */
	bool much;	       /* the last read filled its room: there is probably more */
	uint64_t queued, sent; /* bytes ever put into out, bytes ever accepted by the kernel */
};

/*
 * Connect to the unix socket path without blocking. RAS_E_GONE: nobody listens. RAS_E_BUSY: the
 * backlog is full. RAS_E_PARAMS: the path is too long. RAS_E_IO.
 */
int wire_open(struct wire *w, const char *path, struct ras_err *err);

/* Close the socket and free the buffers; counters and peer stay. May be called again. */
void wire_close(struct wire *w);

/*
 * Read up to 16 KiB of what is there. 1: something came. 0: nothing now. RAS_E_GONE at end of
 * stream, RAS_E_MONITOR over the cap, RAS_E_BUSY: WIRE_IN_POOL is used up.
 */
int wire_fill(struct wire *w, struct ras_err *err);

/* All lines are taken out: the memory for them is released. */
void wire_relax(struct wire *w);

/* Bytes were taken out of in by others: look for the end of line in all of it. */
void wire_rescan(struct wire *w);

/*
 * Take the next non-blank line. *line (len bytes, without end of line) is valid until the next call
 * that changes w.
 */
bool wire_next_line(struct wire *w, const char **line, size_t *len);

/* Room for len more bytes of output; NULL over cap. */
char *wire_reserve(struct wire *w, size_t len);

/*
 * Put {"execute":command,"arguments":args,"id":id} and a newline behind the output; args may be
 * NULL. It counts only after wire_commit(w, *len). RAS_E_BUSY if there is no room.
 */
int wire_command(struct wire *w, const char *command, json_object *args, uint64_t id, size_t *len,
		 struct ras_err *err);

/* The len bytes after wire_reserve() or wire_command() are output. */
void wire_commit(struct wire *w, size_t len);

/* Send what can be sent now. 1: all of it, 0: some is left. RAS_E_GONE, RAS_E_IO. */
int wire_flush(struct wire *w, struct ras_err *err);
