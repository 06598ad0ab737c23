// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * For a lab guest's root, x86_64 or arm64.
 *   poke ADDRESS VALUE  writes eight bytes of physical memory through /dev/mem, with the caching of
 *                       the kernel's own mapping (busybox's devmem maps it uncached, which x86
 *                       refuses beside it)
 *   poke                has a page, says its entry of pagemap, and touches it for ever
 * No libc, so that it fits into a line that is typed; no header either, because this machine has
 * none for arm64.
 */
#define PAGE 4096L
#define AT_FDCWD (-100)
#define O_RDWR 2
#define PROT_READ_WRITE 3
#define MAP_SHARED 1
#define MAP_PRIVATE_ANONYMOUS 0x22

#if defined(__x86_64__)
enum { SYS_OPENAT = 257, SYS_WRITE = 1, SYS_PREAD64 = 17, SYS_MMAP = 9, SYS_EXIT = 60 };

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

__asm__(".globl _start\n_start:\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall start\n");
#elif defined(__aarch64__)
enum { SYS_OPENAT = 56, SYS_WRITE = 64, SYS_PREAD64 = 67, SYS_MMAP = 222, SYS_EXIT = 93 };

static long call(long n, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = n;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc #0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
}

__asm__(".globl _start\n_start:\n\tmov x0, sp\n\tbl start\n");
#endif

static void end(long code)
{
	call(SYS_EXIT, code, 0, 0, 0, 0, 0);
}

static long open_file(const char *path, long how)
{
	return call(SYS_OPENAT, AT_FDCWD, (long)path, how, 0, 0, 0);
}

static long map(long flags, long fd, long offset)
{
	long page = call(SYS_MMAP, 0, PAGE, PROT_READ_WRITE, flags, fd, offset);

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
	long fd = open_file("/dev/mem", O_RDWR);
	long page = map(MAP_SHARED, fd, at & -PAGE);

	*(volatile long *)(page + (at & (PAGE - 1))) = value;
	end(0);
}

static void hold_a_page(void)
{
	long fd = open_file("/proc/self/pagemap", 0);
	long page = map(MAP_PRIVATE_ANONYMOUS, -1, 0);
	volatile long *word = (volatile long *)page;
	char text[17];
	long entry = 0;

	*word = 1;
	call(SYS_PREAD64, fd, (long)&entry, 8, page / PAGE * 8, 0, 0);
	for (int i = 0; i < 16; i++)
		text[i] = "0123456789abcdef"[entry >> (60 - 4 * i) & 15];
	text[16] = '\n';
	call(SYS_WRITE, 1, (long)text, 17, 0, 0, 0);
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
