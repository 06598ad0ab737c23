// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Where the members of the kernel's structs lie. The running kernel describes its own types (BTF),
 * so nothing has to be compiled for one kernel. A member that is missing, or a struct page of an
 * unexpected size, is an error: a guessed offset would find wrong pages.
 */
#include <bpf/btf.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "helper/rmap_private.h"

#define BTF_PATH "/sys/kernel/btf/vmlinux"
#define BTF_MAX_BYTES (64 << 20) /* 5.5 MB on the kernels that were met */
#define MAX_PAGE_BYTES 256	 /* of struct page: 64 on the kernels that were met */

/* Offset of a member in bytes; those of unnamed structs and unions within are its own. */
static int32_t member(const struct btf *btf, uint32_t type, const char *name, uint32_t base,
		      int depth)
{
	const struct btf_type *t = btf__type_by_id(btf, type);
	const struct btf_member *m;

	if (!t || !btf_is_composite(t) || depth > 8)
		return -1;
	m = btf_members(t);
	for (uint32_t i = 0; i < btf_vlen(t); i++) {
		const char *n = btf__name_by_offset(btf, m[i].name_off);
		uint32_t at = base + btf_member_bit_offset(t, i) / 8;
		int32_t r = -1;

		if (n && strcmp(n, name) == 0)
			return at < 65536 ? (int32_t)at : -1;
		if (!n || !*n)
			r = member(btf, m[i].type, name, at, depth + 1);
		if (r >= 0)
			return r;
	}
	return -1;
}

static bool offset(const struct btf *btf, const char *type, const char *name, int32_t *out)
{
	int32_t id = btf__find_by_name_kind(btf, type, BTF_KIND_STRUCT);

	*out = id < 0 ? -1 : member(btf, (uint32_t)id, name, 0, 0);
	return *out >= 0;
}

/* Read all of a file of sysfs, which gives a page a call. The caller frees *out. */
static bool read_whole(int fd, size_t size, uint8_t **out)
{
	_free_ uint8_t *buf = malloc(size);
	size_t at = 0;
	ssize_t n = 1;

	while (buf && at < size && n > 0) {
		n = read(fd, buf + at, size - at);
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n > 0)
			at += (size_t)n;
	}
	if (!buf || at < size)
		return false;
	*out = TAKE(buf);
	return true;
}

/*
 * The kernel's type information. btf__load_vmlinux_btf() copies the file in pieces of 4 KiB into a
 * buffer that it doubles; to map it (Linux 6.16 and later), or to read it into a buffer of its
 * size, takes half the time.
 */
static int load_btf(struct btf **out, struct ras_err *err)
{
	_close_ int fd = open(BTF_PATH, O_RDONLY | O_CLOEXEC);
	_free_ uint8_t *copy = NULL;
	struct stat st;
	void *map;

	if (fd < 0 || fstat(fd, &st) < 0)
		return ras_fail(err, RAS_E_HELPER,
				"the kernel has no type information (BTF): %s: %s", BTF_PATH,
				strerror(errno));
	if (st.st_size <= 0 || st.st_size > BTF_MAX_BYTES)
		return ras_fail(err, RAS_E_HELPER, "%s has %jd bytes", BTF_PATH,
				(intmax_t)st.st_size);
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED && !read_whole(fd, (size_t)st.st_size, &copy))
		return ras_fail(err, RAS_E_HELPER, "%s cannot be read: %s", BTF_PATH,
				strerror(errno));
	*out = btf__new(copy ? copy : map, (uint32_t)st.st_size);
	if (!*out)
		ras_fail(err, RAS_E_HELPER, "%s is not understood: %s", BTF_PATH, strerror(errno));
	if (map != MAP_FAILED)
		munmap(map, (size_t)st.st_size);
	return *out ? 0 : -RAS_E_HELPER;
}

int rmap_layout_read(struct rmap_layout *l, struct ras_err *err)
{
	struct btf *btf = NULL;
	int32_t xa_head = 0, id;
	int r = load_btf(&btf, err);
	bool ok;

	if (r < 0)
		return r;
	ok = offset(btf, "task_struct", "files", &l->step[0]) &&
	     offset(btf, "files_struct", "fdt", &l->step[1]) &&
	     offset(btf, "fdtable", "fd", &l->step[2]) &&
	     offset(btf, "file", "f_mapping", &l->step[4]) &&
	     offset(btf, "address_space", "i_pages", &l->step[5]) &&
	     offset(btf, "xarray", "xa_head", &xa_head) &&
	     offset(btf, "page", "compound_head", &l->head) &&
	     /* Before 5.16 there is no struct folio. */
	     (offset(btf, "folio", "mapping", &l->mapping) ||
	      offset(btf, "page", "mapping", &l->mapping)) &&
	     (offset(btf, "folio", "index", &l->index) || offset(btf, "page", "index", &l->index));
	l->step[5] += xa_head;
	id = btf__find_by_name_kind(btf, "page", BTF_KIND_STRUCT);
	l->page_bytes = id < 0 ? 0 : (int32_t)btf__resolve_size(btf, (uint32_t)id);
	btf__free(btf);
	malloc_trim(0); /* some 10 MB of type information */
	if (!ok || l->page_bytes < 16 || l->page_bytes > MAX_PAGE_BYTES || l->page_bytes % 8 ||
	    l->mapping > l->page_bytes - 8 || l->index > l->page_bytes - 8 ||
	    l->head > l->page_bytes - 8)
		return ras_fail(err, RAS_E_HELPER, "the kernel's struct page is not as expected");
	return 0;
}
