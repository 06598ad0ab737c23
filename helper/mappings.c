// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Theory of operation.
 *
 * Problem: rasd says where in QEMU the guest's RAM is, and rasd may be in an attacker's hands. What
 * it names could be QEMU's heap, with keys and passwords. No file of /proc says what is guest RAM.
 *
 * Rule: guest RAM is known by how QEMU maps it (util/mmap-alloc.c and ram_block_add(), the same
 * from 7.2 to 11.1). For every block of RAM it reserves addresses, puts the memory at their aligned
 * start, and leaves one page without any access behind it. So a block of guest RAM is a run of
 * adjacent mappings, readable, writable and not executable, all anonymous and private or all of one
 * regular file, that
 *   - has at least RAM_BLOCK_MIN_BYTES,
 *   - if anonymous, begins at a multiple of 2 MiB (QEMU_VMALLOC_ALIGN),
 *   - is followed at once by a mapping without access.
 * It has no name ([heap], [stack], [anon:...]) but that of its file. The heap of malloc for another
 * thread ("arena") also begins aligned and ends at pages without access, but these reach to the
 * next multiple of 64 MiB. The mapping of a file must be of a regular file, which memfd, hugetlbfs
 * and /dev/shm are. The buffer of the translator (memfd:tcg-jit) is not RAM.
 *
 * MADV_DONTFORK, which QEMU sets on RAM only, would be a better sign. But /proc shows it in smaps
 * alone, which walks all page tables while QEMU waits.
 *
 * What could still pass: an allocation of 16 MiB or more that malloc happened to map at a multiple
 * of 2 MiB, right below a thread's stack or a block of RAM. SECURITY.md says so.
 */
#include "helper/mappings.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define ARENA_BYTES (UINT64_C(64) << 20) /* glibc: HEAP_MAX_SIZE */

/* QEMU_VMALLOC_ALIGN of 64-bit x86 and ARM. Elsewhere it may be one page. */
#if defined(__x86_64__) || defined(__aarch64__)
#define RAM_ALIGN (UINT64_C(2) << 20)
#else
#define RAM_ALIGN UINT64_C(4096)
#endif

static enum backing backing_of(const struct mapping *m, const char *perm, const char *name)
{
	static const char jit[] = "/memfd:tcg-jit";

	if (perm[0] != 'r' || perm[1] != 'w' || perm[2] != '-')
		return BACKING_NONE;
	if (m->ino == 0 && name[0] == '\0' && perm[3] == 'p')
		return BACKING_ANONYMOUS;
	if (m->ino != 0 && name[0] == '/' && strncmp(name, jit, sizeof(jit) - 1) != 0)
		return BACKING_FILE;
	return BACKING_NONE;
}

bool mapping_parse(const char *line, struct mapping *out)
{
	struct mapping m = { 0 };
	char perm[5], name[16];
	int at = 0;

	if (sscanf(line,
		   "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %" SCNx32 ":%" SCNx32 " %" SCNu64 "%n",
		   &m.from, &m.to, perm, &m.offset_bytes, &m.dev_major, &m.dev_minor, &m.ino,
		   &at) != 7 ||
	    at == 0 || m.from >= m.to || strlen(perm) != 4)
		return false;
	line += at;
	line += strspn(line, " ");
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(line, "\n"), line);
	m.shared = perm[3] == 's';
	m.guard = memcmp(perm, "---", 3) == 0;
	m.backing = backing_of(&m, perm, name);
	*out = m;
	return true;
}

static bool continues(const struct mapping *run, const struct mapping *m)
{
	if (run->from == run->to || run->to != m->from || run->backing != m->backing ||
	    run->shared != m->shared)
		return false;
	return m->backing == BACKING_ANONYMOUS ||
	       (run->ino == m->ino && run->dev_major == m->dev_major &&
		run->dev_minor == m->dev_minor &&
		run->offset_bytes + (run->to - run->from) == m->offset_bytes);
}

static bool is_arena(const struct mapping *run, const struct mapping *guard)
{
	uint64_t rest = run->to % ARENA_BYTES;

	return run->from % ARENA_BYTES == 0 && rest != 0 &&
	       guard->to - guard->from >= ARENA_BYTES - rest;
}

static bool is_block(const struct ram_walk *w, const struct mapping *guard)
{
	const struct mapping *run = &w->run;

	if (run->to != guard->from || run->to - run->from < RAM_BLOCK_MIN_BYTES)
		return false;
	if (run->backing == BACKING_ANONYMOUS)
		return !is_arena(run, guard);
	return w->is_regular(w->ctx, run->from, run->to);
}

/* The run is a block: which sections lie in it? */
static void take_block(struct ram_walk *w)
{
	for (size_t i = 0; i < w->n; i++) {
		const struct ram_section *s = &w->section[i];

		if (s->hva >= w->run.from && s->hva < w->run.to &&
		    s->len_bytes <= w->run.to - s->hva && s->len_bytes >= RAM_SECTION_MIN_BYTES &&
		    ((s->hva | s->gpa | s->len_bytes) & (w->page_bytes - 1)) == 0)
			w->block[i] = w->run.from;
	}
}

void ram_walk_line(struct ram_walk *w, const struct mapping *m)
{
	if (m->guard && is_block(w, m))
		take_block(w);
	if (continues(&w->run, m)) {
		w->run.to = m->to;
		return;
	}
	w->run = *m;
	if (m->backing == BACKING_NONE ||
	    (m->backing == BACKING_ANONYMOUS && m->from % RAM_ALIGN != 0))
		w->run.to = w->run.from;
}

/* Two sections of one block: apart from each other, and in the guest's order. */
static bool agree(const struct ram_section *a, const struct ram_section *b)
{
	if (a->hva < b->hva)
		return a->hva + a->len_bytes <= b->hva && a->gpa < b->gpa;
	return b->hva + b->len_bytes <= a->hva && b->gpa < a->gpa;
}

int ram_walk_end(const struct ram_walk *w, struct ram_section *out, size_t *n, struct ras_err *err)
{
	size_t kept = 0;

	for (size_t i = 0; i < w->n; i++) {
		if (!w->block[i])
			continue;
		for (size_t j = 0; j < i; j++)
			if (w->block[j] == w->block[i] && !agree(&w->section[i], &w->section[j]))
				return ras_fail(err, RAS_E_HELPER,
						"RAM sections %zu and %zu contradict each other", j,
						i);
		out[kept++] = w->section[i];
	}
	if (kept == 0)
		return ras_fail(err, RAS_E_HELPER,
				"no RAM section of %zu lies in guest RAM of the process", w->n);
	*n = kept;
	return 0;
}
