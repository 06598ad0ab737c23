// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Files of a provisioned guest. UUID.page, UUID.hest and UUID.ssdt of "ghes-directory", which QEMU
 * opens, are made by rasd-pagemap, and rasd writes into them by the descriptors that it passes.
 * UUID.json, what rasd remembers of it, is in a directory of rasd's own.
 */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/uuid.h"

#define GHES_HEST "hest"
#define GHES_META "json"
#define GHES_PAGE "page"
#define GHES_SSDT "ssdt"

/*
 * Make a directory with that mode, whatever the umask is; one that exists stays as it is. RAS_E_IO.
 */
int ghes_directory_make(const char *directory, mode_t mode, struct ras_err *err);

/* A descriptor of the directory; RAS_E_IO. A symbolic link is refused. */
int ghes_directory_open(const char *directory, struct ras_err *err);

/* Write a file of rasd's own whole, by another name first, and sync it. RAS_E_IO. */
int ghes_file_write(int dir_fd, const struct uuid *uuid, const char *suffix, const void *data,
		    size_t len, struct ras_err *err);

/* Read a file of at most size bytes. RAS_E_NOT_FOUND: there is none. RAS_E_IO. */
int ghes_file_read(int dir_fd, const char *name, void *data, size_t size, size_t *len,
		   struct ras_err *err);

/* Remove it; one that is not there is none. RAS_E_IO. */
int ghes_file_remove(int dir_fd, const struct uuid *uuid, const char *suffix, struct ras_err *err);

/* Make data[len] the beginning of an open file, which has size bytes then, and sync it. */
int ghes_content_write(int fd, const void *data, size_t len, uint64_t size, struct ras_err *err);

/* DIRECTORY/UUID.SUFFIX */
void ghes_file_path(const char *directory, const struct uuid *uuid, const char *suffix, char *out,
		    size_t size);
