// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The two programs, in BPF instructions, so that building needs no clang. Register use: r6 the
 * argument, r7 the address at hand, r8 the place in a compound page, r9 the address of struct page
 * 0; r0 to r5 are scratch. Every read goes through bpf_probe_read_kernel(), which cannot fault.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "helper/rmap_private.h"

#define MAX_INSN 128
#define PFN_BITS 34	   /* 64 TiB of 4 KiB pages; what lies beyond is searched */
#define MAX_TAIL (1 << 18) /* pages of a 1 GiB folio */
#define INDEX_BITS 45	   /* user addresses have 57 bits at most; kernel pointers do not fit */
#define LOCKDOWN_PATH "/sys/kernel/security/lockdown"

struct code {
	struct bpf_insn insn[MAX_INSN];
	size_t n;
	size_t to_none[16]; /* jumps to the end that gives nothing */
	size_t n_to_none;
};

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

/* The kernel shows the level in force in brackets: none integrity [confidentiality]. */
static bool locked_down(void)
{
	_close_ int fd = open(LOCKDOWN_PATH, O_RDONLY | O_CLOEXEC);
	char text[128];
	ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;

	if (n <= 0)
		return false;
	text[n] = '\0';
	return strstr(text, "[confidentiality]") != NULL;
}

/* Why the kernel refused a program; e is its errno. */
static int refused(const char *name, int e, struct ras_err *err)
{
	if (locked_down())
		return ras_fail(err, RAS_E_HELPER,
				"the kernel is locked down (confidentiality): BPF may not read it");
	if (e == EPERM)
		return ras_fail(err, RAS_E_HELPER,
				"bpf() is not permitted: the unit's SystemCallFilter= lacks bpf, "
				"or rasd-pagemap lacks CAP_SYS_ADMIN");
	if (e == ENOSYS)
		return ras_fail(err, RAS_E_HELPER, "the kernel has no bpf()");
	return ras_fail(err, RAS_E_HELPER, "the kernel refuses BPF program %s: %s", name,
			strerror(e));
}

static int submit(const struct code *c, const char *name, struct ras_err *err)
{
	LIBBPF_OPTS(bpf_prog_load_opts, o, .prog_flags = BPF_F_SLEEPABLE);
	int fd;

	if (c->n > MAX_INSN)
		return ras_fail(err, RAS_E_HELPER, "BPF program %s is too long", name);
	fd = bpf_prog_load(BPF_PROG_TYPE_SYSCALL, name, "GPL", c->insn, c->n, &o);
	return fd >= 0 ? fd : refused(name, errno, err);
}

bool rmap_run(int fd, struct xlate_rmap *arg)
{
	LIBBPF_OPTS(bpf_test_run_opts, o, .ctx_in = arg, .ctx_size_in = sizeof(*arg));

	return bpf_prog_test_run_opts(fd, &o) == 0 && o.retval == 0;
}

/* current -> files -> table -> descriptor -> file -> page cache: its only page. */
int rmap_load_finder(const struct rmap_layout *l, struct ras_err *err)
{
	struct code c = { .n = 0 };

	mov(&c, BPF_REG_6, BPF_REG_1);
	emit(&c, BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_get_current_task);
	mov(&c, BPF_REG_7, BPF_REG_0);
	for (size_t i = 0; i < RMAP_STEPS; i++) {
		alu(&c, BPF_ADD, BPF_REG_7, l->step[i]);
		read_kernel(&c, BPF_REG_7, 8);
		load(&c, BPF_REG_7, BPF_REG_10, -8);
	}
	mov(&c, BPF_REG_1, BPF_REG_7);
	finish(&c);
	return submit(&c, "rasd_first", err);
}

int rmap_load_lookup(const struct rmap_layout *l, uint64_t first, struct ras_err *err)
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
