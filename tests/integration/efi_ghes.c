// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A guest that is no Linux: an EFI program that reads the error sources of the machine as FreeBSD
 * and NetBSD do (tests/integration/test_efi.py).
 *
 * Problem: neither system can be had from Debian or npm, and each acknowledges in another order.
 * Rule: one key on the serial console chooses the order; the program says on the same console what
 * it sees, before it clears anything. So the test has an account that rasd had no part in.
 *
 *   l  attach as Linux: the pointer to the block is read at every look; block status := 0, then
 *      read-ack
 *   f  attach as FreeBSD: the pointer is read once; the rest as Linux
 *   n  attach as NetBSD: the pointer is read once; what is pending now is cleared and not
 *      acknowledged; after that read-ack is set at every poll, with or without a record. A source
 *      that is not polled is looked at only if it has a record, as by the interrupt for it
 *   d  detach: nothing is looked at
 *   c  clear what is pending, once, without an acknowledgement
 *   a  set read-ack of all sources, once
 *
 * EFI takes no NMI here (OVMF would halt), so sources that are notified by one are polled, too.
 */
#include <efi.h>
#include <stdbool.h>
#include <stdint.h>

#define MAX_SOURCES 4
#define TABLE_MAX_BYTES 65536u
#define LOOK_EVERY_US 1000
#define ENTRY_FRU_ID 28 /* in a section's descriptor */
#define HEADER_BYTES 20 /* of a status block */

enum order { DETACHED, LINUX, FREEBSD, NETBSD };
static const char *const order_names[] = { "nothing", "linux", "freebsd", "netbsd" };

enum { TYPE_GHES = 9, TYPE_GHES_V2 = 10, GHES_BYTES = 64, GHES_V2_BYTES = 92 };
enum { NOTIFY_POLLED = 0, NOTIFY_GPIO = 7 };

/* What is used of a source, all little-endian as this program. */
struct source {
	uint16_t id;
	uint8_t notify;
	uint64_t pointer_gpa, ack_gpa, preserve, write;
	uint32_t block_bytes;
	uint64_t block_gpa; /* as it was read at attach */
};

static struct {
	EFI_SYSTEM_TABLE *st;
	SERIAL_IO_INTERFACE *serial;
	struct source source[MAX_SOURCES];
	unsigned int n_sources;
	enum order order;
} self;

/* --- words --- */

static void say(const char *text)
{
	UINTN n = 0;

	while (text[n])
		n++;
	self.serial->Write(self.serial, &n, (void *)text);
}

static void say_hex(uint64_t v, unsigned int digits)
{
	char text[17];

	text[digits] = 0;
	while (digits--) {
		text[digits] = "0123456789abcdef"[v & 15];
		v >>= 4;
	}
	say(text);
}

static uint64_t load(uint64_t gpa, unsigned int n_bytes)
{
	const volatile uint8_t *p = (const volatile uint8_t *)gpa;
	uint64_t v = 0;

	if (n_bytes == 8 && !(gpa & 7))
		return *(const volatile uint64_t *)gpa;
	if (n_bytes == 4 && !(gpa & 3))
		return *(const volatile uint32_t *)gpa;
	while (n_bytes--)
		v = v << 8 | p[n_bytes];
	return v;
}

static void say_guid(uint64_t gpa)
{
	say_hex(load(gpa, 4), 8);
	say("-");
	say_hex(load(gpa + 4, 2), 4);
	say("-");
	say_hex(load(gpa + 6, 2), 4);
	say("-");
	for (unsigned int i = 8; i < 16; i++) {
		say_hex(load(gpa + i, 1), 2);
		if (i == 9)
			say("-");
	}
}

static void say_source(const char *what, const struct source *s)
{
	say(what);
	say(" source ");
	say_hex(s->id, 1);
}

/* --- finding the sources --- */

static bool guid_is(const EFI_GUID *a, const EFI_GUID *b)
{
	const uint8_t *x = (const uint8_t *)a, *y = (const uint8_t *)b;

	for (unsigned int i = 0; i < sizeof(*a); i++)
		if (x[i] != y[i])
			return false;
	return true;
}

static uint64_t find_rsdp(void)
{
	static const EFI_GUID acpi20 = ACPI_20_TABLE_GUID;

	for (UINTN i = 0; i < self.st->NumberOfTableEntries; i++)
		if (guid_is(&self.st->ConfigurationTable[i].VendorGuid, &acpi20))
			return (uint64_t)self.st->ConfigurationTable[i].VendorTable;
	return 0;
}

static bool table_is(uint64_t table, const char *signature)
{
	uint8_t sum = 0;
	uint32_t len = (uint32_t)load(table + 4, 4);

	for (unsigned int i = 0; i < 4; i++)
		if (load(table + i, 1) != (uint8_t)signature[i])
			return false;
	for (uint32_t i = 0; i < len && i < TABLE_MAX_BYTES; i++)
		sum = (uint8_t)(sum + load(table + i, 1));
	return sum == 0;
}

static uint64_t find_hest(void)
{
	uint64_t rsdp = find_rsdp(), xsdt = rsdp ? load(rsdp + 24, 8) : 0;

	if (!xsdt || !table_is(xsdt, "XSDT"))
		return 0;
	for (uint64_t at = xsdt + 36; at + 8 <= xsdt + load(xsdt + 4, 4); at += 8)
		if (table_is(load(at, 8), "HEST"))
			return load(at, 8);
	return 0;
}

static void read_hest(uint64_t hest)
{
	uint64_t at = hest + 40, end = hest + load(hest + 4, 4);

	while (at + GHES_BYTES <= end && self.n_sources < MAX_SOURCES) {
		uint64_t type = load(at, 2);
		struct source *s = &self.source[self.n_sources];

		if (type == TYPE_GHES_V2 && at + GHES_V2_BYTES <= end) {
			s->id = (uint16_t)load(at + 2, 2);
			s->pointer_gpa = load(at + 20 + 4, 8);
			s->notify = (uint8_t)load(at + 32, 1);
			s->block_bytes = (uint32_t)load(at + 60, 4);
			s->ack_gpa = load(at + 64 + 4, 8);
			s->preserve = load(at + 76, 8);
			s->write = load(at + 84, 8);
			self.n_sources++;
		} else if (type != TYPE_GHES) {
			break;
		}
		at += type == TYPE_GHES_V2 ? GHES_V2_BYTES : GHES_BYTES;
	}
}

/* --- the orders --- */

static uint64_t block_of(struct source *s)
{
	if (self.order == LINUX)
		s->block_gpa = load(s->pointer_gpa, 8);
	return s->block_gpa;
}

static bool pending(struct source *s)
{
	return (uint32_t)load(block_of(s), 4) != 0;
}

static void acknowledge(const struct source *s)
{
	volatile uint64_t *ack = (volatile uint64_t *)s->ack_gpa;

	*ack = (*ack & s->preserve) | s->write;
	__sync_synchronize();
}

/* Says what the record is, and clears the block status. */
static void take(struct source *s)
{
	uint64_t block = block_of(s);

	say_source("SAW", s);
	say(" as ");
	say(order_names[self.order]);
	say(" severity ");
	say_hex(load(block + 16, 4), 1);
	say(" fru ");
	say_guid(block + HEADER_BYTES + ENTRY_FRU_ID);
	say("\r\n");
	__sync_synchronize();
	*(volatile uint32_t *)block = 0;
	__sync_synchronize();
}

static void look(struct source *s)
{
	bool record = pending(s);

	if (record)
		take(s);
	if (record || (self.order == NETBSD && s->notify == NOTIFY_POLLED))
		acknowledge(s);
	if (record) {
		say_source("ACKNOWLEDGED", s);
		say("\r\n");
	}
}

static void clear_only(struct source *s)
{
	if (!pending(s))
		return;
	take(s);
	say_source("CLEARED ONLY", s);
	say("\r\n");
}

static void attach(enum order order)
{
	self.order = order;
	for (unsigned int i = 0; i < self.n_sources; i++) {
		self.source[i].block_gpa = load(self.source[i].pointer_gpa, 8);
		if (order == NETBSD)
			clear_only(&self.source[i]);
	}
	say("ATTACHED ");
	say(order_names[order]);
	say("\r\n");
}

static void detach(void)
{
	self.order = DETACHED;
	say("DETACHED\r\n");
}

static void on_key(uint16_t key)
{
	switch (key) {
	case 'l':
		attach(LINUX);
		break;
	case 'f':
		attach(FREEBSD);
		break;
	case 'n':
		attach(NETBSD);
		break;
	case 'd':
		detach();
		break;
	case 'c':
		for (unsigned int i = 0; i < self.n_sources; i++)
			clear_only(&self.source[i]);
		say("DONE\r\n");
		break;
	case 'a':
		for (unsigned int i = 0; i < self.n_sources; i++)
			acknowledge(&self.source[i]);
		say("DONE\r\n");
		break;
	default:
		break;
	}
}

static void run(void)
{
	EFI_INPUT_KEY key;

	for (;;) {
		while (self.st->ConIn->ReadKeyStroke(self.st->ConIn, &key) == EFI_SUCCESS)
			on_key(key.UnicodeChar);
		for (unsigned int i = 0; i < self.n_sources && self.order != DETACHED; i++)
			look(&self.source[i]);
		self.st->BootServices->Stall(LOOK_EVERY_US);
	}
}

EFI_STATUS EFIAPI efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *st)
{
	EFI_GUID serial = SERIAL_IO_PROTOCOL;
	uint64_t hest;

	(void)image;
	self.st = st;
	st->BootServices->SetWatchdogTimer(0, 0, 0, NULL);
	if (st->BootServices->LocateProtocol(&serial, NULL, (void **)&self.serial) != EFI_SUCCESS)
		return EFI_UNSUPPORTED;
	hest = find_hest();
	if (hest)
		read_hest(hest);
	say("\r\nHEST at ");
	say_hex(hest, 16);
	for (unsigned int i = 0; i < self.n_sources; i++) {
		say_source(",", &self.source[i]);
		say(" notify ");
		say_hex(self.source[i].notify, 2);
		say(" block ");
		say_hex(load(self.source[i].pointer_gpa, 8), 16);
	}
	say("\r\nRASD-LAB-GUEST-READY\r\n");
	run();
	return EFI_SUCCESS;
}
