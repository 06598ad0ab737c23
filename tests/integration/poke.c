// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * For a lab guest's root.
 *   poke ADDRESS VALUE  writes eight bytes of physical memory through /dev/mem, with the caching of
 *                       the kernel's own mapping (busybox's devmem maps it uncached, which x86
 *                       refuses beside it)
 *   poke                has a page, says its entry of pagemap, and touches it for ever
 * No libc, so that it fits into a line that is typed.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define PAGE 4096L

static long call(long n, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long r = n;

	__asm__ volatile("syscall"
			 : "+a"(r)
			 : "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return r;
}

static void end(long code)
{
	call(SYS_exit, code, 0, 0, 0, 0, 0);
}

static long map(long flags, long fd, long offset)
{
	long page = call(SYS_mmap, 0, PAGE, PROT_READ | PROT_WRITE, flags, fd, offset);

	if (page < 0 && page >= -PAGE)
		end(2);
	return page;
}

static long number(const char *s)
{
	unsigned long n = 0;

	while (*s)
		n = n * 10 + (unsigned long)(*s++ - '0');
	return (long)n;
}

static void write_memory(long at, long value)
{
	long fd = call(SYS_open, (long)"/dev/mem", O_RDWR, 0, 0, 0, 0);
	long page = map(MAP_SHARED, fd, at & -PAGE);

	*(volatile long *)(page + (at & (PAGE - 1))) = value;
	end(0);
}

static void hold_a_page(void)
{
	long fd = call(SYS_open, (long)"/proc/self/pagemap", O_RDONLY, 0, 0, 0, 0);
	long page = map(MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	volatile long *word = (volatile long *)page;
	char text[17];
	long entry = 0;

	*word = 1;
	call(SYS_pread64, fd, (long)&entry, 8, page / PAGE * 8, 0, 0);
	for (int i = 0; i < 16; i++)
		text[i] = "0123456789abcdef"[entry >> (60 - 4 * i) & 15];
	text[16] = '\n';
	call(SYS_write, 1, (long)text, 17, 0, 0, 0);
	for (;;)
		*word += 1;
}

__attribute__((used)) static void start(const long *stack)
{
	const char *const *argv = (const char *const *)(stack + 1);

	if (*stack == 3)
		write_memory(number(argv[1]), number(argv[2]));
	hold_a_page();
}

__asm__(".globl _start\n_start:\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall start\n");
