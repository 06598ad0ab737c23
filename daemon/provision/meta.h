// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Which guests are provisioned: what rasd remembers of it, in files and in memory. The page itself
 * is the guest's to write; so nothing in it is believed, and this is what counts.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "acpi/ghes_page.h"
#include "base/uuid.h"
#include "guests/guests.h"

/* How the table gets into the domain. */
enum ghes_style {
	GHES_STYLE_NATIVE,	/* <os><acpi><table type='raw'> */
	GHES_STYLE_COMMANDLINE, /* <qemu:commandline>: an older libvirt */
	GHES_STYLE_ARGUMENTS	/* no domain of libvirt: whoever starts QEMU adds the arguments */
};

/* What unprovisioning has to put back. */
struct ghes_before {
	uint64_t max_bytes; /* 0: there was none */
	uint32_t slots;
	bool had_numa; /* false: the NUMA cell is ours */
};

struct ghes_meta {
	struct uuid uuid; /* of the domain */
	uint64_t base_gpa;
	enum ghes_notify notify; /* of the urgent source */
	uint64_t ram_bytes;	 /* the machine's, when it was provisioned */
	uint64_t max_bytes;	 /* its maximum since then */
	uint32_t slots;
	enum ghes_style style;
	bool error_device; /* it has the SSDT of acpi/error_device.h, too */
	struct ghes_before before;
};

/* "poll" <-> GHES_NOTIFY_POLL. ghes_notify_parse: RAS_E_PARAMS on another word. */
const char *ghes_notify_name(enum ghes_notify n);
int ghes_notify_parse(const char *word, enum ghes_notify *out, struct ras_err *err);

#define GHES_META_TEXT 704 /* bytes that a metadata file has at most */

/* The text of a metadata file, with its length; and back. RAS_E_CONFIG: it is none. Pure. */
size_t ghes_meta_format(const struct ghes_meta *m, char out[GHES_META_TEXT]);
int ghes_meta_parse(const char *text, size_t len, struct ghes_meta *out, struct ras_err *err);

struct provisions;

/*
 * Read what is in the directory "ghes" of rasd's state directory, once, before the loop runs. One
 * that is not there is empty. What cannot be read is logged: that guest counts as not provisioned.
 * The guests know it from then on.
 */
int provisions_new(struct provisions **out, struct guests *gs, const char *state_directory,
		   struct ras_err *err);
void provisions_free(struct provisions *p);

/*
 * Remember a provision, in its file and here; forget it (that there is none is no error).
 * RAS_E_IO.
 */
int provisions_put(struct provisions *p, const struct ghes_meta *m, struct ras_err *err);
int provisions_drop(struct provisions *p, const struct uuid *uuid, struct ras_err *err);

/* What is known of a domain, or of a guest (by libvirt's UUID, else by QEMU's); NULL: nothing. */
const struct ghes_meta *provisions_of(const struct provisions *p, const struct uuid *uuid);
const struct ghes_meta *provision_of(const struct guest *g);
/* A guest's UUID; false: nobody has said it. */
bool provision_uuid(const struct guest *g, struct uuid *out);

/*
 * 0 if the guest is provisioned and, as far as its definition shows, started since then. Else
 * RAS_E_NOT_CAPABLE and how to mend it: not provisioned; provisioned and not restarted; its memory
 * is another than then ("reprovision needed").
 */
int provision_current(const struct guest *g, struct ras_err *err);
