// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Theory of operation.
 *
 * A search for the owner of a host page reads the page tables of every guest. The kernel needs no
 * search: page->mapping says whether a page is anonymous memory or a file's, page->index where in
 * it, and by these two the kernel finds all mappings of the page (mm/rmap.c). No file of /proc
 * shows them. A BPF program of 40 instructions reads them.
 *
 * Rules. The program gets a page number and gives one bit and one index, or nothing. It reads only
 * struct pages (number times size, from the first one on), cannot fault, and does not give an index
 * that could be a kernel address. So its descriptor may be passed to rasd, like that of kpageflags.
 *
 * Nothing is assumed about the kernel. Offsets come from its own type information. The address of
 * the first struct page is computed from a page of ours: the only page of our memfd is the root of
 * its page cache, and our pagemap has its number. Then the program must answer rightly about two
 * other pages of ours. A wrong offset fails there. What the program says later is not believed
 * either: it is looked up in pagemap (lib/xlate/find.c).
 */
#include "helper/rmap.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "helper/rmap_private.h"

static bool own_pfn(int pagemap, const void *at, size_t page_bytes, uint64_t *pfn)
{
	uint64_t e = 0;

	if (pread(pagemap, &e, sizeof(e), (off_t)((uintptr_t)at / page_bytes * sizeof(e))) !=
	    sizeof(e))
		return false;
	*pfn = e & PM_PFN_MASK;
	return (e & PM_PRESENT) && *pfn != 0;
}

static bool answers_rightly(int fd, int pagemap, const void *at, size_t page_bytes, uint64_t word)
{
	struct xlate_rmap arg = { .pfn = 0 };

	return own_pfn(pagemap, at, page_bytes, &arg.pfn) && rmap_run(fd, &arg) && arg.word == word;
}

/* A file of two pages, the second one not there yet, and a page of memory. */
struct own {
	size_t page_bytes;
	int file, pagemap;
	volatile char *shared, *anon;
};

static int own_open(struct own *o, struct ras_err *err)
{
	void *s, *a;

	o->page_bytes = (size_t)sysconf(_SC_PAGESIZE);
	o->file = memfd_create("rasd-rmap", MFD_CLOEXEC);
	o->pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	if (o->file < 0 || o->pagemap < 0 || ftruncate(o->file, (off_t)(2 * o->page_bytes)) < 0)
		return ras_fail(err, RAS_E_HELPER, "a page of our own: %s", strerror(errno));
	s = mmap(NULL, 2 * o->page_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, o->file, 0);
	a = mmap(NULL, o->page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	o->shared = s == MAP_FAILED ? NULL : s;
	o->anon = a == MAP_FAILED ? NULL : a;
	if (!o->shared || !o->anon)
		return ras_fail(err, RAS_E_NOMEM, "a page of our own: %s", strerror(errno));
	/* A huge page would not be the root of the page cache. */
	madvise(s, 2 * o->page_bytes, MADV_NOHUGEPAGE);
	o->shared[0] = o->anon[0] = 1;
	return 0;
}

static void own_close(struct own *o)
{
	if (o->shared)
		munmap((void *)(uintptr_t)o->shared, 2 * o->page_bytes);
	if (o->anon)
		munmap((void *)(uintptr_t)o->anon, o->page_bytes);
	if (o->file >= 0)
		close(o->file);
	if (o->pagemap >= 0)
		close(o->pagemap);
}

/* Address of the struct page of page number 0. */
static int find_first(const struct rmap_layout *l, const struct own *o, uint64_t *first,
		      struct ras_err *err)
{
	struct xlate_rmap arg = { .pfn = 0 };
	_close_ int fd = rmap_load_finder(l, err);
	uint64_t pfn;

	if (fd < 0)
		return fd;
	if (!rmap_run(fd, &arg) ||
	    !own_pfn(o->pagemap, (const void *)(uintptr_t)o->shared, o->page_bytes, &pfn))
		return ras_fail(err, RAS_E_HELPER,
				"the kernel does not show where its struct pages are");
	*first = arg.word - pfn * (uint64_t)l->page_bytes;
	return 0;
}

int rmap_open(struct ras_err *err)
{
	struct own o = { .file = -1, .pagemap = -1 };
	struct rmap_layout l = { .page_bytes = 0 };
	uint64_t first;
	int fd = -1, r;

	libbpf_set_print(NULL);
	r = rmap_layout_read(&l, err);
	if (r == 0)
		r = own_open(&o, err);
	if (r == 0) {
		l.step[3] = o.file * (int32_t)sizeof(void *);
		r = find_first(&l, &o, &first, err);
	}
	if (r == 0)
		r = fd = rmap_load_lookup(&l, first, err);
	if (fd >= 0) {
		uint64_t at = (uintptr_t)o.anon / o.page_bytes;

		o.shared[o.page_bytes] = 1;
		if (!answers_rightly(fd, o.pagemap, (const void *)(uintptr_t)o.anon, o.page_bytes,
				     at << 1 | XLATE_RMAP_ANON) ||
		    !answers_rightly(fd, o.pagemap,
				     (const void *)(uintptr_t)(o.shared + o.page_bytes),
				     o.page_bytes, 1 << 1)) {
			close(fd);
			r = ras_fail(err, RAS_E_HELPER,
				     "what the kernel notes of our own pages is not understood");
		}
	}
	own_close(&o);
	return r;
}
