// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/passed.h"

#include <string.h>

#include "base/systemd.h"

#define PASSED_MAX 8
#define NAME_SIZE 32

static struct {
	char name[NAME_SIZE];
	int fd;
} passed[PASSED_MAX];
static size_t n_passed;

void passed_take(void)
{
	char name[NAME_SIZE];
	int n = systemd_fds();

	for (int i = 0; i < n; i++)
		if (systemd_fd_name(i, name, sizeof(name)))
			passed_set(name, SYSTEMD_FIRST_FD + i);
}

int passed_fd(const char *name)
{
	for (size_t i = 0; i < n_passed; i++)
		if (strcmp(passed[i].name, name) == 0)
			return passed[i].fd;
	return -1;
}

void passed_set(const char *name, int fd)
{
	if (n_passed == PASSED_MAX || strlen(name) >= NAME_SIZE)
		return;
	strcpy(passed[n_passed].name, name);
	passed[n_passed++].fd = fd;
}
