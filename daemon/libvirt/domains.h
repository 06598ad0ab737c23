// SPDX-License-Identifier: LGPL-2.1-or-later
/* The manager of guests that is libvirt. */
#pragma once

#include "guests/guests.h"

/*
 * Have libvirt (libvirt-uri of rasd.conf) manage guests; guests_free() ends that. Its library is
 * loaded when its socket is there. RAS_E_NOMEM.
 */
int libvirt_manager_new(struct guests *gs, struct ras_err *err);
