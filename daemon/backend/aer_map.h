// SPDX-License-Identifier: LGPL-2.1-or-later
/* A CPER record as one error of a PCIe root port, and what the port's registers say of it. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "qmp/device.h"

enum aer_class { AER_CORRECTABLE, AER_NONFATAL, AER_FATAL };

struct aer_error {
	uint16_t bdf; /* of the port, as in a requester id */
	enum aer_class class;
	uint32_t status; /* one bit of the status register of its class */
	bool has_header;
	uint32_t header[4]; /* as in struct qmp_aer */
};

/*
 * The error that record[len] says. RAS_E_NOT_CAPABLE: it is none of a root port that QEMU can
 * raise; why, and what to do instead.
 */
int aer_map(const uint8_t *record, size_t len, struct aer_error *out, struct ras_err *err);

/* What is read of the configuration space of a port: header and AER capability. */
#define AER_WORDS 96u

struct aer_port {
	uint8_t type; /* 4: root port */
	uint16_t device_control, bridge_control;
	uint32_t uncorrectable_status, uncorrectable_mask, uncorrectable_severity;
	uint32_t correctable_status, correctable_mask;
	uint32_t root_command, root_status;
	uint16_t correctable_source, uncorrectable_source;
};

/* RAS_E_MONITOR: these are not the registers of a PCIe port with AER. */
int aer_port_of(const uint32_t words[AER_WORDS], struct aer_port *out, struct ras_err *err);

/*
 * 0 if the port, as it is now, tells its guest of the error. RAS_E_BUSY: it still shows an error
 * from before. RAS_E_NOT_READY: the guest's driver has not switched on what it needs.
 * RAS_E_NOT_CAPABLE: it will not, for the class or the bit is another by the guest's own settings.
 */
int aer_port_takes(const struct aer_port *now, const struct aer_error *e, struct ras_err *err);

/* Whether the error was in the port since before was read: as now shows it. */
bool aer_port_was_set(const struct aer_port *before, const struct aer_port *now,
		      const struct aer_error *e);

/* Whether the port shows now that an error of this class was received, and is not cleared. */
bool aer_port_is_set(const struct aer_port *now, const struct aer_error *e);
