// SPDX-License-Identifier: LGPL-2.1-or-later
/* Between libvirt.c and pool.c. */
#pragma once

#include "base/uuid.h"
#include "guest.h"

void sim_pool_begin(void);
void sim_pool_end(void);
/* libvirtd ends (what it was given is done or not, and nobody says which), or is back. */
void sim_pool_libvirtd(bool up);
bool sim_libvirtd_is_up(void);
struct sim_guest *sim_libvirt_guest_of(const struct uuid *u);
