// SPDX-License-Identifier: LGPL-2.1-or-later
/* ACPICA's compiler, in a directory of the test's own. Include after cmocka. */
#pragma once

#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static inline void write_whole(const char *dir, const char *name, const void *data, size_t len)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_int_equal(write(fd, data, len), (ssize_t)len);
	close(fd);
}

/* Reads at most size - 1 bytes, adds a 0, and removes the file. Returns how many. */
static inline size_t take_whole(const char *dir, const char *name, void *out, size_t size)
{
	char path[128];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_RDONLY);
	n = read(fd, out, size - 1);
	assert_true(n > 0);
	((char *)out)[n] = '\0';
	close(fd);
	unlink(path);
	return (size_t)n;
}

/* `iasl OPTION FILE`; what it says is in the file log. */
static inline void iasl(const char *dir, const char *option, const char *file)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		int log = chdir(dir) == 0 ? open("log", O_WRONLY | O_CREAT | O_TRUNC, 0600) : -1;

		dup2(log, 1);
		dup2(log, 2);
		if (log >= 0)
			execlp("iasl", "iasl", option, file, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0); /* 127 << 8: acpica-tools is missing */
}

static inline size_t count(const char *in, const char *what)
{
	size_t n = 0;

	while ((in = strstr(in, what))) {
		in += strlen(what);
		n++;
	}
	return n;
}
