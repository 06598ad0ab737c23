// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bench/tool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void die(const char *what)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
	exit(1);
}

void die_of(const char *what, const struct ras_err *err)
{
	fprintf(stderr, "bench: %s: %s\n", what, err->text);
	exit(1);
}

int connect_to(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", path);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&sa, sizeof(sa)) < 0)
		die(path);
	return fd;
}

FILE *dial(const char *path)
{
	FILE *f = fdopen(connect_to(path), "r");

	if (!f)
		die(path);
	return f;
}

const char *ask(FILE *f, const char *line)
{
	static char answer[65536];
	size_t len = strlen(line);

	if (write(fileno(f), line, len) != (ssize_t)len)
		die("write");
	do {
		if (!fgets(answer, sizeof(answer), f))
			die("read");
	} while (strstr(answer, "\"event\""));
	return answer;
}

int by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

double median(double *v, int n)
{
	qsort(v, (size_t)n, sizeof(*v), by_value);
	return v[n / 2];
}

double show(const char *what, double *v, size_t n)
{
	qsort(v, n, sizeof(*v), by_value);
	printf("%-58s %8.0f %8.0f %8.0f\n", what, v[n / 10], v[n / 2], v[n * 9 / 10]);
	return v[n / 2];
}
