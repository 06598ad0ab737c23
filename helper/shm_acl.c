// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The value of the extended attribute system.posix_acl_access: a version, then entries of (tag,
 * permissions, id) in the order of their tags, named users in the order of their ids. The kernel
 * refuses any other order. libacl writes the same; eight bytes an entry are no reason to link it
 * into the privileged program.
 */
#include "helper/shm_acl.h"

#include <endian.h>
#include <string.h>

enum { VERSION = 2, READ = 4, WRITE = 2, NO_ID = -1 };
enum { USER_OBJ = 0x01, USER = 0x02, GROUP_OBJ = 0x04, MASK = 0x10, OTHER = 0x20 };

static size_t put(uint8_t *at, uint16_t tag, uint16_t perm, uint32_t id)
{
	tag = htole16(tag);
	perm = htole16(perm);
	id = htole32(id);
	memcpy(at, &tag, sizeof(tag));
	memcpy(at + 2, &perm, sizeof(perm));
	memcpy(at + 4, &id, sizeof(id));
	return 8;
}

/* The lowest of QEMU's users and our own that is at least from. False: there is none. */
static bool next_user(const struct conf *conf, uid_t own, uint64_t from, uid_t *out)
{
	uint64_t best = UINT64_MAX;

	if (own >= from)
		best = own;
	for (size_t i = 0; i < conf->n_qemu_uids; i++)
		if (conf->qemu_uid[i] >= from && conf->qemu_uid[i] < best)
			best = conf->qemu_uid[i];
	*out = (uid_t)best;
	return best != UINT64_MAX;
}

size_t shm_acl(const struct conf *conf, uid_t own, bool qemu_writes, uint8_t out[SHM_ACL_MAX_BYTES])
{
	const uint32_t version = htole32(VERSION);
	size_t at = sizeof(version);
	uid_t uid;

	memcpy(out, &version, sizeof(version));
	at += put(out + at, USER_OBJ, READ | WRITE, (uint32_t)NO_ID);
	for (uint64_t from = 0; next_user(conf, own, from, &uid); from = (uint64_t)uid + 1)
		at += put(out + at, USER, uid == own || qemu_writes ? READ | WRITE : READ, uid);
	at += put(out + at, GROUP_OBJ, 0, (uint32_t)NO_ID);
	at += put(out + at, MASK, READ | WRITE, (uint32_t)NO_ID);
	at += put(out + at, OTHER, 0, (uint32_t)NO_ID);
	return at;
}
