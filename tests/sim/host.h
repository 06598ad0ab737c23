// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The simulated host's memory: pages of guests, pages of nobody, errors in them, and the four
 * sources that report errors. What really happened is kept in struct sim_error: the witness.
 */
#pragma once

#include "guest.h"

#define SIM_PAGES 4			 /* of a guest that may go bad */
#define SIM_BAD_GPA UINT64_C(0x50000000) /* where they are in a guest; requests use others */
#define SIM_PAGE_BYTES UINT64_C(4096)

enum sim_error_kind { ERROR_CORRECTED, ERROR_LOST, ERROR_CONSUMED };

/* Something that happened to a page of the host. */
struct sim_error {
	struct sim_error *next;
	enum sim_error_kind kind;
	unsigned int n; /* so many at once */
	int64_t at_ns;
	unsigned int boot;
	int64_t boot_ns, real_ns;
	uint64_t pfn;
	struct sim_guest *guest; /* who had it then; NULL: nobody */
	uint64_t start_time;	 /* of its QEMU then */
	uint64_t gpa;
	unsigned int n_writes; /* records of it that reached that QEMU */
	uint32_t told;	       /* guest pages of it that were in them, a bit each */
};

/* shape: table, a part of a scenario */
struct sim_host_terms {
	bool on;		/* this scenario has host events */
	unsigned int off;	/* sources that are not there, a bit each */
	unsigned int mute;	/* percent of reports of a source that never come */
	unsigned int elsewhere; /* percent of questions to QEMU that deny the translation */
	bool forward_corrected; /* rasd.conf: corrected = forward */
	bool must;		/* each lost page of a guest that lives on is forwarded */
	unsigned int deny;	/* guests without the forward grant, a bit each */
	unsigned int huge;	/* a page of the host has so many of a guest (hugetlb); 0: 1 */
	int late_max_ms;	/* rasdaemon reports so late; 0: 3 s */
};

enum sim_host_source { SOURCE_TRACE, SOURCE_KMSG, SOURCE_RASDAEMON, SOURCE_MCELOG, SIM_N_HOST };

/* A run begins. */
void sim_host_begin(const struct sim_host_terms *t);
void sim_host_clear(void);

/* QEMU of g has started: it gets pages, those first that others have left. */
void sim_host_guest_starts(struct sim_guest *g);
/* The host is started again: nothing is poisoned. */
void sim_host_boots_again(void);

/* Something happens to one of g's pages (NULL: to a page of nobody). */
void sim_host_error(struct sim_guest *g, enum sim_error_kind kind, unsigned int n);
/* One of g's bad pages goes back to the host, and the next guest gets its number. */
void sim_host_reuse(struct sim_guest *g, struct sim_guest *to);

/* rasd ends: its sources are closed already. */
void sim_host_rasd_ended(void);

/* What is left of these in the sources: nothing more will be reported. */
bool sim_host_quiet(void);
/* The run is over: each record is of an error that its guest really had, and comes once. */
void sim_host_judge(void);

/* A record reached a guest's block. */
void sim_host_write(struct sim_guest *g, const uint8_t *rec, size_t len);

/* translate.c: which page of the host it is; NULL: none that exists. */
struct sim_page {
	uint64_t pfn;
	struct sim_guest *guest; /* valid while its process is that one */
	uint64_t start_time, gpa;
	bool poisoned;
	bool lost_to_guest; /* the poison stands in that guest's page table */
	bool confirmed;	    /* QEMU's last word: the guest has it there */
	int64_t since_ns;
};
struct sim_page *sim_page_at(uint64_t pfn);
/* Percent of questions to QEMU that deny the translation. */
unsigned int sim_host_elsewhere(void);
/* Guest pages of a page of the host. */
unsigned int sim_host_huge(void);
/* The guest that has it now. */
struct sim_guest *sim_page_owner(const struct sim_page *p);
