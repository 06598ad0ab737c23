// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A simulated guest: QEMU's process, its memory as far as records need it, and an operating system
 * that reads records in one of several ways. What really happened to each record that reached a
 * status block is kept in struct sim_write: the oracle's only witness.
 */
#pragma once

#include <sys/types.h>

#include "sim.h"

#define SIM_GUESTS 3
#define SIM_QEMU_UID 64055
#define SIM_SOURCES 2
/* Those of the simulated backends (backends.h) are numbered after those of the HEST. */
enum { SIM_PAGE = SIM_SOURCES, SIM_RAISED, SIM_ALL_SOURCES };
#define SIM_BLOCK 1024u
#define SIM_RAM_GPA UINT64_C(0x40000000)
#define SIM_RAM_BYTES UINT64_C(0x20000000)

/* How the guest's operating system takes a record. */
enum sim_os {
	OS_LINUX, /* by interrupt: copies, clears block_status, sets read-ack; a fatal one too */
	OS_LINUX_OLD,  /* as Linux, but panics of a fatal record before it clears the block */
	OS_HALFWAY,    /* panics of a fatal record between the clearing and read-ack */
	OS_FREEBSD,    /* polls; clears block_status, then read-ack */
	OS_NETBSD,     /* sets read-ack at each poll; at its start clears without read-ack */
	OS_NETBSD_NMI, /* by interrupt; at its start clears, and nobody sets read-ack later */
	OS_GREEDY,     /* by interrupt; clears the whole block, not only block_status */
	OS_DEAF,       /* never looks */
	OS_LATE	       /* by interrupt, but takes up to seconds for each step */
};

/* What became of the guest that a record was written to. */
enum sim_end {
	END_NOT,
	END_RESET,
	END_STOPPED,  /* shut down or panicked, and its CPUs stand still for good */
	END_EXITED,   /* QEMU's process has ended */
	END_MOVED,    /* migrated away */
	END_RESTORED, /* a snapshot was loaded over its memory */
	END_REPLACED  /* another record was written over it */
};

/* A record that reached a status block. All times are virtual, 0: it did not happen. */
struct sim_write {
	struct sim_write *next;
	struct sim_guest *guest;
	unsigned int source;
	bool foreign;	  /* not by rasd */
	bool was_running; /* the guest's CPUs ran at some time between the write and the end */
	int64_t written_ns, read_ns, cleared_ns, acked_ns, end_ns;
	int64_t paused_ns, resumed_ns; /* the last time while it was in the block */
	int64_t raised_ns;	       /* sim-event */
	enum sim_end end;
	size_t len;
	uint8_t bytes[SIM_BLOCK];
};

struct sim_source {
	uint16_t id;
	uint8_t notify; /* ACPI notification type */
	uint64_t block_gpa;
	uint64_t read_ack;
	uint8_t block[SIM_BLOCK];
	struct sim_write *in_block; /* whose bytes these are; NULL: nobody's */
};

struct sim_memory {
	bool has_hest; /* the firmware has written the tables */
	struct sim_source source[SIM_SOURCES];
};

enum sim_run {
	RUN_RUNNING,
	RUN_PAUSED,
	RUN_FINISH_MIGRATE,
	RUN_POSTMIGRATE,
	RUN_PANICKED,
	RUN_SHUTDOWN
};

struct sim_conn;

/* QEMU's process. */
struct sim_process {
	pid_t pid;
	uint64_t start_time;
	bool exists, hung;
	bool migrating; /* query-migrate says active */
	enum sim_run run;
};

/* The operating system; os.c. */
struct sim_kernel {
	enum sim_os os;
	enum { PANIC_STAYS, PANIC_RESETS, PANIC_EXITS } after_panic;
	uint64_t epoch; /* grows when what it was about to do is void */
	bool up;
	bool firmware_due;	 /* after a reset, until the firmware has made the blocks blank */
	unsigned int handling;	 /* sources whose handler is at work, a bit each */
	unsigned int again;	 /* a notification came meanwhile */
	unsigned int deaf;	 /* sources that it never looks at */
	struct stalled *stalled; /* steps that wait until its CPUs run */
	int64_t step_max_ns;	 /* the longest step of its handler */
	int64_t boot_max_ns;	 /* the longest time that firmware or kernel take */
	int64_t deaf_max_ns;	 /* at its start it looks once, and hears nothing for so long */
	int64_t hears_ns;	 /* when it hears again */
	int64_t resumed_ns;	 /* when its CPUs began to run last, after a pause */
};

struct sim_snapshot {
	bool there, up;
	struct sim_memory mem;
};

struct sim_guest {
	char name[16];
	char path[128]; /* of its QMP socket */
	unsigned int index, n_sources;
	struct sim_process proc;
	struct sim_kernel kernel;
	struct sim_memory mem;
	struct sim_source page, raised; /* not in its RAM; where has_more */
	bool has_more;
	struct sim_snapshot snapshot;
	bool is_other;	    /* this QEMU has another uuid than the guest */
	int64_t revoked_ns; /* when its grant was taken back; 0: it was not */
	/* QEMU's monitor (monitor.c) */
	struct sim_conn *conns; /* the first is served, others wait */
	bool pumping;
};

extern struct sim_guest sim_guest[SIM_GUESTS];
extern unsigned int sim_n_guests;
extern struct sim_write *sim_writes; /* newest first */

/* Start QEMU of guest i (also again after its end); its firmware and kernel begin. */
void sim_guest_start(struct sim_guest *g);
/* A guest that has been up for long when the run begins: no boot. */
void sim_guest_start_up(struct sim_guest *g);
void sim_guest_kill(struct sim_guest *g);
void sim_guest_reset(struct sim_guest *g);
void sim_guest_pause(struct sim_guest *g);
void sim_guest_resume(struct sim_guest *g);
void sim_guest_hang(struct sim_guest *g, bool hung);
void sim_guest_panic(struct sim_guest *g);
void sim_guest_shutdown(struct sim_guest *g);
void sim_guest_migrate(struct sim_guest *g);
void sim_guest_save(struct sim_guest *g);
void sim_guest_load(struct sim_guest *g);

/* The CPUs make progress. */
bool sim_guest_runs(const struct sim_guest *g);
const char *sim_run_name(enum sim_run r);
const char *sim_end_name(enum sim_end e);

/*
 * QEMU executes inject-ghes-v2-error. NULL: written and notified; else QEMU's words of why not.
 */
const char *sim_guest_inject(struct sim_guest *g, const uint8_t *rec, size_t len, bool foreign);

/* A record goes into that source of it, which can take one. */
struct sim_write *sim_guest_write(struct sim_guest *g, unsigned int source, const uint8_t *rec,
				  size_t len, bool foreign);

/* Source number i; NULL where the guest has none such. */
struct sim_source *sim_source(struct sim_guest *g, unsigned int i);

/* The host died and is started again: pids begin anew. */
void sim_guests_host_died(void);

/* The guest with this process; NULL where it has ended. */
struct sim_guest *sim_guest_of(pid_t pid, uint64_t start_time);

/* Forget all guests and writes. */
void sim_guests_clear(void);

/* monitor.c: QEMU tells its clients. */
void sim_monitor_event(struct sim_guest *g, const char *name, const char *data_json);
/* monitor.c: the process ended, or goes on after it hung. */
void sim_monitor_end(struct sim_guest *g);
void sim_monitor_wake(struct sim_guest *g);

/* helper.c: a read-ack was set: whoever waits for it is answered. */
void sim_helper_acked(struct sim_guest *g);

/* oracle.c: a record is about to be written. */
void oracle_write(const struct sim_write *w);
