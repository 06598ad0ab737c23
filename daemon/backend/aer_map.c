// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * QEMU raises one error of AER (PCIe 6.0 7.8.4) at a time: one bit of the correctable or of the
 * uncorrectable status register of one port. So a record fits if it is exactly one PCIe section
 * that names a device and has one status bit in its AER registers. Of the rest only the TLP header
 * of an uncorrectable error arrives.
 *
 * Only root ports: QEMU sets the error in any PCIe device and says OK, but it was measured that
 * nothing reaches the guest from another.
 *
 * Whether an uncorrectable error is fatal is for the guest to say, by the severity register of the
 * port. The record says it, too, because the guest's grant is held against the record. They must be
 * the same: otherwise a grant for recoverable errors would reset a link.
 */
#include "backend/aer_map.h"

#include <string.h>

#include "backend/single.h"
#include "base/le.h"
#include "cper/cper.h"
#include "cper/sections.h"

enum { ROOT_PORT = 4 };

/* What QEMU 7.2 to 11.1 implement, PCI_ERR_COR_SUPPORTED and PCI_ERR_UNC_SUPPORTED. */
#define CORRECTABLE UINT32_C(0x0000f1c1)
#define UNCORRECTABLE UINT32_C(0x03fff030)

#define HOW_ELSE "'rasctl explain' lists the backends; a record of a GHES takes every section"

static int no_aer(struct ras_err *err, const char *what)
{
	ras_fail(err, RAS_E_NOT_CAPABLE,
		 "aer takes records of exactly one error of a PCIe root port, with its AER status; "
		 "%s",
		 what);
	return ras_hint(err, HOW_ELSE);
}

static bool one_bit(uint32_t v)
{
	return v && !(v & (v - 1));
}

static int read_status(const struct cper_pcie *p, uint32_t severity, struct aer_error *out,
		       struct ras_err *err)
{
	uint32_t unc = le32(p->aer_info + CPER_AER_UNCORRECTABLE_STATUS);
	uint32_t cor = le32(p->aer_info + CPER_AER_CORRECTABLE_STATUS);

	if (!one_bit(unc | cor) || (unc && cor))
		return no_aer(err, "this one has no status bit, or several");
	if ((unc & ~UNCORRECTABLE) || (cor & ~CORRECTABLE))
		return no_aer(err, "QEMU does not have the error of this one");
	if (cor && severity != CPER_SEV_CORRECTED)
		return no_aer(err, "this one is correctable by its status and not by its severity");
	if (unc && severity != CPER_SEV_RECOVERABLE && severity != CPER_SEV_FATAL)
		return no_aer(err,
			      "this one is uncorrectable by its status and not by its severity");
	out->status = unc | cor;
	out->class = cor			      ? AER_CORRECTABLE :
		     severity == CPER_SEV_RECOVERABLE ? AER_NONFATAL :
							AER_FATAL;
	return 0;
}

static void read_header(const struct cper_pcie *p, struct aer_error *out)
{
	const uint8_t *log = p->aer_info + CPER_AER_HEADER_LOG;

	out->has_header = false;
	for (size_t i = 0; i < 4; i++) {
		out->header[i] = (uint32_t)log[4 * i] << 24 | (uint32_t)log[4 * i + 1] << 16 |
				 (uint32_t)log[4 * i + 2] << 8 | log[4 * i + 3];
		out->has_header |= out->header[i] && out->class != AER_CORRECTABLE;
	}
}

int aer_map(const uint8_t *record, size_t len, struct aer_error *out, struct ras_err *err)
{
	struct cper_entry e = { 0 };
	struct aer_error a;
	struct cper_pcie p;
	uint32_t severity = 0;
	const char *wrong = single_entry(record, len, &e, &severity);

	if (wrong)
		return no_aer(err, wrong);
	if (cper_decode_pcie(&e, &p, NULL) < 0)
		return no_aer(err, "this one is another error");
	if ((p.validation_bits & CPER_PCIE_VALID_PORT_TYPE) && p.port_type != ROOT_PORT)
		return no_aer(err,
			      "for another device QEMU says OK, and nothing reaches the guest");
	if (!(p.validation_bits & CPER_PCIE_VALID_DEVICE_ID) || p.segment || p.device > 31 ||
	    p.function > 7)
		return no_aer(err, "this one names no device of segment 0");
	if (!(p.validation_bits & CPER_PCIE_VALID_AER_INFO))
		return no_aer(err, "this one has no AER registers");
	if (read_status(&p, severity, &a, err) < 0)
		return -err->code;
	a.bdf = (uint16_t)(p.bus << 8 | p.device << 3 | p.function);
	read_header(&p, &a);
	*out = a;
	return 0;
}

/* --- the registers of a port --- */

/* Configuration space, PCIe 6.0 7.5 and 7.8.4; offsets in bytes. */
enum { CAPABILITIES = 0x34, BRIDGE_CONTROL = 0x3e, EXTENDED = 0x100 };
enum { ID_EXPRESS = 0x10, ID_AER = 0x0001 };
enum { DEVICE_CONTROL = 8 };
enum { ROOT_COMMAND = 44, ROOT_STATUS = 48, ERROR_SOURCE = 52 };

#define SERR_ENABLE UINT16_C(2)	 /* of the bridge control register */
#define COR_RECEIVED UINT32_C(1) /* of the root error status */
#define UNCOR_RECEIVED UINT32_C(4)

static uint32_t word(const uint32_t *words, uint32_t at)
{
	return words[at / 4];
}

/* Where the PCIe capability is; 0: nowhere. The guest cannot change the list, but who knows. */
static uint32_t express_at(const uint32_t *words)
{
	uint32_t at = word(words, CAPABILITIES) & 0xfc;

	for (int i = 0; i < 48 && at >= 0x40 && at <= 0xf0; i++) {
		if ((word(words, at) & 0xff) == ID_EXPRESS)
			return at;
		at = word(words, at) >> 8 & 0xfc;
	}
	return 0;
}

static uint32_t aer_at(const uint32_t *words)
{
	uint32_t at = EXTENDED;

	for (int i = 0; i < 48 && at >= EXTENDED && at + ERROR_SOURCE < AER_WORDS * 4; i++) {
		if ((word(words, at) & 0xffff) == ID_AER)
			return at;
		at = word(words, at) >> 20 & 0xffc;
	}
	return 0;
}

int aer_port_of(const uint32_t words[AER_WORDS], struct aer_port *out, struct ras_err *err)
{
	uint32_t express = express_at(words), aer = aer_at(words);

	if (!express || !aer)
		return ras_fail(err, RAS_E_MONITOR,
				"the port shows no AER capability in its configuration space");
	*out = (struct aer_port){
		.type = word(words, express) >> 20 & 15,
		.device_control = (uint16_t)word(words, express + DEVICE_CONTROL),
		.bridge_control = (uint16_t)(word(words, BRIDGE_CONTROL) >> 16),
		.uncorrectable_status = word(words, aer + CPER_AER_UNCORRECTABLE_STATUS),
		.uncorrectable_mask = word(words, aer + CPER_AER_UNCORRECTABLE_MASK),
		.uncorrectable_severity = word(words, aer + CPER_AER_UNCORRECTABLE_SEVERITY),
		.correctable_status = word(words, aer + CPER_AER_CORRECTABLE_STATUS),
		.correctable_mask = word(words, aer + CPER_AER_CORRECTABLE_MASK),
		.root_command = word(words, aer + ROOT_COMMAND),
		.root_status = word(words, aer + ROOT_STATUS),
		.correctable_source = (uint16_t)word(words, aer + ERROR_SOURCE),
		.uncorrectable_source = (uint16_t)(word(words, aer + ERROR_SOURCE) >> 16),
	};
	return 0;
}

static uint32_t received(const struct aer_error *e)
{
	return e->class == AER_CORRECTABLE ? COR_RECEIVED : UNCOR_RECEIVED;
}

static uint32_t own_status(const struct aer_port *p, const struct aer_error *e)
{
	return e->class == AER_CORRECTABLE ? p->correctable_status : p->uncorrectable_status;
}

int aer_port_takes(const struct aer_port *now, const struct aer_error *e, struct ras_err *err)
{
	uint32_t mask =
		e->class == AER_CORRECTABLE ? now->correctable_mask : now->uncorrectable_mask;
	bool fatal = now->uncorrectable_severity & e->status;
	unsigned int enable = 1u << e->class; /* in both registers */

	if (now->type != ROOT_PORT)
		return ras_fail(err, RAS_E_NOT_CAPABLE, "the device is not a root port");
	if (mask & e->status)
		return ras_fail(
			err, RAS_E_NOT_CAPABLE,
			"the guest has masked this error in its port, and would not hear of it");
	if (e->class != AER_CORRECTABLE && fatal != (e->class == AER_FATAL))
		return ras_fail(err, RAS_E_NOT_CAPABLE,
				"the guest's port calls this error %s: send it with severity %s",
				fatal ? "fatal" : "non-fatal", fatal ? "fatal" : "recoverable");
	if (!(now->root_command & enable) || !(now->device_control & enable) ||
	    !(now->bridge_control & SERR_ENABLE))
		return ras_fail(
			err, RAS_E_NOT_READY,
			"the guest's driver for AER has not switched on the port's reports");
	if (aer_port_is_set(now, e) || (own_status(now, e) & e->status))
		return ras_fail(err, RAS_E_BUSY,
				"the guest has not cleared the port's error from before");
	return 0;
}

bool aer_port_is_set(const struct aer_port *now, const struct aer_error *e)
{
	return now->root_status & received(e);
}

bool aer_port_was_set(const struct aer_port *before, const struct aer_port *now,
		      const struct aer_error *e)
{
	bool correctable = e->class == AER_CORRECTABLE;
	uint16_t was = correctable ? before->correctable_source : before->uncorrectable_source;
	uint16_t is = correctable ? now->correctable_source : now->uncorrectable_source;

	return (~before->root_status & now->root_status & received(e)) ||
	       (~own_status(before, e) & own_status(now, e) & e->status) ||
	       (was != e->bdf && is == e->bdf);
}
