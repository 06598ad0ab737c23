// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Where a page belongs, as the kernel notes it: page->mapping says anonymous memory or file,
 * page->index the place in it. The kernel finds all mappings of a page by these two (mm/rmap.c); no
 * file of /proc shows them. A BPF program of 40 instructions reads them, so that a page is found
 * without a search.
 *
 * The program gets a page number and gives one bit and one index, or nothing. It reads only struct
 * pages (number times size from the first one on), cannot fault, and an index that could be a
 * kernel address is not given away. So its descriptor may be passed to rasd, like that of
 * kpageflags.
 *
 * Nothing is taken for granted. Offsets come from the kernel's own type information (BTF). The
 * first struct page is found from a page of ours: our memfd's only page is the root of its page
 * cache, and its number is in our pagemap. Then the program must tell rightly about two other
 * pages. What it says later is never believed, but looked up in pagemap (lib/xlate/find.c).
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "helper/rmap.h"
#include "xlate/io.h"

#define MAX_INSN 128
#define MAX_PAGE_BYTES 256 /* of struct page: 64 on the kernels that were met */
#define PFN_BITS 34	   /* 64 TiB of 4 KiB pages; what lies beyond is searched */
#define MAX_TAIL (1 << 18) /* pages of a 1 GiB folio */
#define INDEX_BITS 45	   /* user addresses have 57 bits at most; kernel pointers do not fit */
#define N_STEPS 6

struct layout {
	int32_t step[N_STEPS]; /* from the task to the first page of a file of its: offsets */
	int32_t mapping, index, head; /* in struct page */
	int32_t page_bytes;
};

struct code {
	struct bpf_insn insn[MAX_INSN];
	size_t n;
	size_t to_none[16]; /* jumps to the end that gives nothing */
	size_t n_to_none;
};

/* --- type information --- */

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

static int read_layout(struct layout *l, struct ras_err *err)
{
	struct btf *btf = btf__load_vmlinux_btf();
	int32_t xa_head = 0, id;
	bool ok;

	if (!btf)
		return ras_fail(err, RAS_E_HELPER, "the kernel has no type information (BTF): %s",
				strerror(errno));
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

/* --- programs --- */

static void emit(struct code *c, uint8_t op, unsigned int dst, unsigned int src, int32_t off,
		 int32_t imm)
{
	if (c->n < MAX_INSN)
		c->insn[c->n] = (struct bpf_insn){ .code = op,
						   .dst_reg = dst & 15u,
						   .src_reg = src & 15u,
						   .off = (int16_t)off,
						   .imm = imm };
	c->n++;
}

/* dst = dst op imm; BPF_MOV: dst = imm */
static void alu(struct code *c, uint8_t op, uint8_t dst, int32_t imm)
{
	emit(c, BPF_ALU64 | op | BPF_K, dst, 0, 0, imm);
}

/* dst = dst op src */
static void alu_reg(struct code *c, uint8_t op, uint8_t dst, uint8_t src)
{
	emit(c, BPF_ALU64 | op | BPF_X, dst, src, 0, 0);
}

static void mov(struct code *c, uint8_t dst, uint8_t src)
{
	alu_reg(c, BPF_MOV, dst, src);
}

static void imm64(struct code *c, uint8_t dst, uint64_t v)
{
	emit(c, BPF_LD | BPF_IMM | BPF_DW, dst, 0, 0, (int32_t)(uint32_t)v);
	emit(c, 0, 0, 0, 0, (int32_t)(uint32_t)(v >> 32));
}

static void load(struct code *c, uint8_t dst, uint8_t src, int32_t off)
{
	emit(c, BPF_LDX | BPF_MEM | BPF_DW, dst, src, off, 0);
}

/* Give nothing if dst op imm. */
static void none_if(struct code *c, uint8_t op, uint8_t dst, int32_t imm)
{
	c->to_none[c->n_to_none++] = c->n;
	emit(c, BPF_JMP | op | BPF_K, dst, 0, 0, imm);
}

static void none_if_reg(struct code *c, uint8_t op, uint8_t dst, uint8_t src)
{
	c->to_none[c->n_to_none++] = c->n;
	emit(c, BPF_JMP | op | BPF_X, dst, src, 0, 0);
}

/* n bytes at address src to the top of the stack; gives nothing where that cannot be read. */
static void read_kernel(struct code *c, uint8_t src, int32_t n)
{
	mov(c, BPF_REG_3, src);
	mov(c, BPF_REG_1, BPF_REG_10);
	alu(c, BPF_ADD, BPF_REG_1, -n);
	alu(c, BPF_MOV, BPF_REG_2, n);
	emit(c, BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_probe_read_kernel);
	none_if(c, BPF_JNE, BPF_REG_0, 0);
}

/* The end: 0 with r1 as the argument's word, or 1 for nothing. */
static void finish(struct code *c)
{
	emit(c, BPF_STX | BPF_MEM | BPF_DW, BPF_REG_6, BPF_REG_1, offsetof(struct xlate_rmap, word),
	     0);
	alu(c, BPF_MOV, BPF_REG_0, 0);
	emit(c, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
	for (size_t i = 0; i < c->n_to_none; i++)
		c->insn[c->to_none[i]].off = (int16_t)(c->n - c->to_none[i] - 1);
	alu(c, BPF_MOV, BPF_REG_0, 1);
	emit(c, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

static int submit(const struct code *c, const char *name, struct ras_err *err)
{
	LIBBPF_OPTS(bpf_prog_load_opts, o, .prog_flags = BPF_F_SLEEPABLE);
	int fd;

	if (c->n > MAX_INSN)
		return ras_fail(err, RAS_E_HELPER, "BPF program %s is too long", name);
	fd = bpf_prog_load(BPF_PROG_TYPE_SYSCALL, name, "GPL", c->insn, c->n, &o);
	return fd >= 0 ? fd :
			 ras_fail(err, RAS_E_HELPER, "the kernel refuses BPF program %s: %s", name,
				  strerror(errno));
}

static bool run(int fd, struct xlate_rmap *arg)
{
	LIBBPF_OPTS(bpf_test_run_opts, o, .ctx_in = arg, .ctx_size_in = sizeof(*arg));

	return bpf_prog_test_run_opts(fd, &o) == 0 && o.retval == 0;
}

/* current -> files -> table -> descriptor -> file -> page cache: its only page. */
static int load_finder(const struct layout *l, struct ras_err *err)
{
	struct code c = { .n = 0 };

	mov(&c, BPF_REG_6, BPF_REG_1);
	emit(&c, BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_get_current_task);
	mov(&c, BPF_REG_7, BPF_REG_0);
	for (size_t i = 0; i < N_STEPS; i++) {
		alu(&c, BPF_ADD, BPF_REG_7, l->step[i]);
		read_kernel(&c, BPF_REG_7, 8);
		load(&c, BPF_REG_7, BPF_REG_10, -8);
	}
	mov(&c, BPF_REG_1, BPF_REG_7);
	finish(&c);
	return submit(&c, "rasd_first", err);
}

static int load_teller(const struct layout *l, uint64_t first, struct ras_err *err)
{
	struct code c = { .n = 0 };
	size_t skip;

	mov(&c, BPF_REG_6, BPF_REG_1);
	load(&c, BPF_REG_7, BPF_REG_6, offsetof(struct xlate_rmap, pfn));
	imm64(&c, BPF_REG_9, first);
	alu(&c, BPF_MOV, BPF_REG_8, 0);
	mov(&c, BPF_REG_1, BPF_REG_7);
	alu(&c, BPF_RSH, BPF_REG_1, PFN_BITS);
	none_if(&c, BPF_JNE, BPF_REG_1, 0);
	alu(&c, BPF_MUL, BPF_REG_7, l->page_bytes);
	alu_reg(&c, BPF_ADD, BPF_REG_7, BPF_REG_9);
	read_kernel(&c, BPF_REG_7, l->page_bytes);
	/* A tail of a compound page: what counts is at its head, which lies before it. */
	load(&c, BPF_REG_1, BPF_REG_10, l->head - l->page_bytes);
	mov(&c, BPF_REG_2, BPF_REG_1);
	alu(&c, BPF_AND, BPF_REG_2, 1);
	skip = c.n;
	emit(&c, BPF_JMP | BPF_JEQ | BPF_K, BPF_REG_2, 0, 0, 0);
	alu(&c, BPF_SUB, BPF_REG_1, 1);
	none_if_reg(&c, BPF_JGT, BPF_REG_1, BPF_REG_7);
	none_if_reg(&c, BPF_JLT, BPF_REG_1, BPF_REG_9);
	mov(&c, BPF_REG_8, BPF_REG_7);
	alu_reg(&c, BPF_SUB, BPF_REG_8, BPF_REG_1);
	alu(&c, BPF_DIV, BPF_REG_8, l->page_bytes);
	none_if(&c, BPF_JGE, BPF_REG_8, MAX_TAIL);
	mov(&c, BPF_REG_7, BPF_REG_1);
	read_kernel(&c, BPF_REG_7, l->page_bytes);
	c.insn[skip].off = (int16_t)(c.n - skip - 1);
	/*
	 * Low bits of mapping: 0 a file's, 1 anonymous; 2 and 3 are KSM's and others
	 * (page-flags.h).
	 */
	load(&c, BPF_REG_2, BPF_REG_10, l->mapping - l->page_bytes);
	none_if(&c, BPF_JEQ, BPF_REG_2, 0);
	alu(&c, BPF_AND, BPF_REG_2, 3);
	none_if(&c, BPF_JGT, BPF_REG_2, 1);
	load(&c, BPF_REG_1, BPF_REG_10, l->index - l->page_bytes);
	alu_reg(&c, BPF_ADD, BPF_REG_1, BPF_REG_8);
	mov(&c, BPF_REG_3, BPF_REG_1);
	alu(&c, BPF_RSH, BPF_REG_3, INDEX_BITS);
	none_if(&c, BPF_JNE, BPF_REG_3, 0);
	alu(&c, BPF_LSH, BPF_REG_1, 1);
	alu_reg(&c, BPF_OR, BPF_REG_1, BPF_REG_2);
	finish(&c);
	return submit(&c, "rasd_rmap", err);
}

/* --- pages of our own --- */

static bool own_pfn(int pagemap, const void *at, size_t page_bytes, uint64_t *pfn)
{
	uint64_t e = 0;

	if (pread(pagemap, &e, sizeof(e), (off_t)((uintptr_t)at / page_bytes * sizeof(e))) !=
	    sizeof(e))
		return false;
	*pfn = e & PM_PFN_MASK;
	return (e & PM_PRESENT) && *pfn != 0;
}

static bool tells(int fd, int pagemap, const void *at, size_t page_bytes, uint64_t word)
{
	struct xlate_rmap arg = { .pfn = 0 };

	return own_pfn(pagemap, at, page_bytes, &arg.pfn) && run(fd, &arg) && arg.word == word;
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
static int find_first(const struct layout *l, const struct own *o, uint64_t *first,
		      struct ras_err *err)
{
	struct xlate_rmap arg = { .pfn = 0 };
	_close_ int fd = load_finder(l, err);
	uint64_t pfn;

	if (fd < 0)
		return fd;
	if (!run(fd, &arg) ||
	    !own_pfn(o->pagemap, (const void *)(uintptr_t)o->shared, o->page_bytes, &pfn))
		return ras_fail(err, RAS_E_HELPER,
				"the kernel does not show where its struct pages are");
	*first = arg.word - pfn * (uint64_t)l->page_bytes;
	return 0;
}

int rmap_open(struct ras_err *err)
{
	struct own o = { .file = -1, .pagemap = -1 };
	struct layout l = { .page_bytes = 0 };
	uint64_t first;
	int fd = -1, r;

	libbpf_set_print(NULL);
	r = read_layout(&l, err);
	if (r == 0)
		r = own_open(&o, err);
	if (r == 0) {
		l.step[3] = o.file * (int32_t)sizeof(void *);
		r = find_first(&l, &o, &first, err);
	}
	if (r == 0)
		r = fd = load_teller(&l, first, err);
	if (fd >= 0) {
		uint64_t at = (uintptr_t)o.anon / o.page_bytes;

		o.shared[o.page_bytes] = 1;
		if (!tells(fd, o.pagemap, (const void *)(uintptr_t)o.anon, o.page_bytes,
			   at << 1 | XLATE_RMAP_ANON) ||
		    !tells(fd, o.pagemap, (const void *)(uintptr_t)(o.shared + o.page_bytes),
			   o.page_bytes, 1 << 1)) {
			close(fd);
			r = ras_fail(err, RAS_E_HELPER,
				     "what the kernel notes of our own pages is not understood");
		}
	}
	own_close(&o);
	return r;
}
