// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the kernel says of one unix socket (NETLINK_SOCK_DIAG, see sock_diag(7)). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SOCKDIAG_NAME_MAX 109u /* sun_path and a NUL */
#define SOCKDIAG_ANSWER_MAX 4096u

struct unix_socket {
	uint8_t type;	   /* SOCK_STREAM, ... */
	uint8_t state;	   /* of TCP: TCP_LISTEN, ... */
	bool has_file;	   /* it is bound to a file: */
	uint32_t file_ino; /* the lower 32 bits of its inode number */
	uint32_t file_dev; /* device of the file system, as the kernel encodes it */
	bool has_uid;
	uid_t uid; /* who created the socket */
	size_t name_len;
	char name[SOCKDIAG_NAME_MAX]; /* as given to bind(): any bytes, not terminated */
};

/* A descriptor for sockdiag_ask(), or -1 with errno. It is the caller's. */
int sockdiag_open(void);

/* Describe the socket with this inode number. False: there is none, or the kernel does not say. */
bool sockdiag_ask(int fd, uint32_t ino, struct unix_socket *out);

/* True where the kernel answers at all: asks about a socket of our own. */
bool sockdiag_works(int fd);

/* Take an answer of len bytes about socket ino apart. False, and *out as it was, if it is none. */
bool sockdiag_parse(const uint8_t *answer, size_t len, uint32_t seq, uint32_t ino,
		    struct unix_socket *out);
