// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Wire format between rasd and rasd-pagemap: unix SOCK_SEQPACKET, one struct a
 * packet, host byte order (same machine, same build). Requests carry an id that the
 * reply repeats; replies to different guests may come in any order.
 */
#pragma once

#include <stdint.h>

#define HELPER_PROTO_VERSION 7u
#define HELPER_MAX_SECTIONS 64u
#define HELPER_MAX_SOURCES 16u
#define HELPER_MAX_BLOCK 4096u
#define HELPER_MAX_WAIT_US 20000u

enum helper_verb {
	HELPER_PAGEMAP = 1, /* passes a read-only /proc/PID/pagemap descriptor */
	HELPER_HEST,	    /* search guest RAM for the HEST; remembers it for SLOT */
	HELPER_SLOT,	    /* read one status block and its read-ack; NOT_FOUND before HEST */
	HELPER_KPAGE,	    /* passes a descriptor that tells about host pages; names no process */
	HELPER_TRACE,	    /* passes a descriptor that tells of host errors; names no process */
	HELPER_SHM	    /* makes, passes, removes the files of a provisioned guest */
};

/* What SHM does, in source_id. */
enum helper_shm_op {
	HELPER_SHM_MAKE,  /* make the file if it is absent; pass a read-write descriptor */
	HELPER_SHM_OPEN,  /* pass one; with a pid only if QEMU has mapped it at the section's hva */
	HELPER_SHM_REMOVE /* all files of the guest; they may be absent */
};

/* Of which file, in index. */
enum helper_shm_file {
	HELPER_SHM_PAGE, /* acpi/ghes_page.h */
	HELPER_SHM_HEST, /* an ACPI table; made empty */
	HELPER_SHM_SSDT	 /* another, of acpi/error_device.h */
};

/* Which one KPAGE passes, in source_id: a read-only file of /proc, or the BPF program of rmap.h. */
enum helper_kpage { HELPER_KPAGEFLAGS, HELPER_KPAGECOUNT, HELPER_KPAGECGROUP, HELPER_KPAGERMAP };

/* Which one TRACE passes, in source_id; all are read-only. */
enum helper_trace {
	HELPER_TRACE_PAGE,   /* events/header_page; rasd's instance is set up first */
	HELPER_TRACE_FORMAT, /* the format file of event index of HELPER_TRACE_EVENTS */
	HELPER_TRACE_CPU,    /* trace_pipe_raw of CPU index */
	HELPER_TRACE_ACTIVE, /* ras/daemon_active: while it is open, acpi_extlog makes events */
	HELPER_TRACE_KMSG    /* /dev/kmsg */
};

/* The tracepoints that rasd listens to, and no others. X(system, event). */
#define HELPER_TRACE_EVENTS(X)              \
	X(mce, mce_record)                  \
	X(ras, mc_event)                    \
	X(ras, memory_failure_event)        \
	X(ras, extlog_mem_event)            \
	X(ras, arm_event)                   \
	X(ras, non_standard_event)          \
	X(ras, aer_event)                   \
	X(cxl, cxl_general_media)           \
	X(cxl, cxl_dram)                    \
	X(cxl, cxl_memory_module)           \
	X(cxl, cxl_poison)                  \
	X(cxl, cxl_aer_uncorrectable_error) \
	X(cxl, cxl_aer_correctable_error)   \
	X(signal, signal_generate)
#define HELPER_TRACE_ONE(system, event) +1
#define HELPER_TRACE_N_EVENTS (0 HELPER_TRACE_EVENTS(HELPER_TRACE_ONE))

/* One stretch of guest RAM: guest physical [gpa, gpa+len_bytes) is mapped at hva in QEMU. */
struct ram_section {
	uint64_t gpa;
	uint64_t len_bytes;
	uint64_t hva;
};

struct helper_request {
	uint32_t version;
	uint32_t verb;
	uint64_t id;
	int32_t pid;
	uint32_t n_sections; /* HEST */
	uint64_t start_time; /* field 22 of /proc/PID/stat, clock ticks */
	uint32_t source_id;  /* SLOT; else what the verb is to do: enum helper_kpage and so on */
	union {
		uint32_t wait_us; /* SLOT: answer once it is acknowledged, or after so long */
		uint32_t index;	  /* TRACE; SHM: enum helper_shm_file */
	};
	uint8_t uuid[16];     /* SHM: of the domain */
	uint32_t deadline_ms; /* the caller waits so long for the answer */
	uint32_t pad;
	struct ram_section section[HELPER_MAX_SECTIONS];
};

/* One GHESv2 of the guest's HEST whose addresses all lie inside the RAM sections. */
struct hest_source {
	uint16_t source_id;
	uint8_t notify_type; /* ACPI: 7 GPIO/GED, 8 SEA */
	uint8_t pad[5];
	uint64_t status_pointer_gpa; /* where the guest keeps the address of the status block */
	uint64_t block_gpa;	     /* that address as read now */
	uint64_t read_ack_gpa;
	uint32_t block_len_bytes; /* the table's error status block length, <= 4096 */
	uint32_t pad2;
};

/* status: 0 or a RAS_E_* code; text says why. */
struct helper_reply {
	uint64_t id;
	int32_t status;
	uint32_t n_sources;	  /* HEST */
	uint64_t hest_gpa;	  /* HEST */
	uint32_t n_ignored;	  /* HEST: signatures passed over: no usable table, or a rival */
	uint32_t pages_read;	  /* HEST */
	uint64_t read_ack;	  /* SLOT: the register as it is */
	uint64_t status_pointer;  /* SLOT: the pointer as it is */
	uint32_t block_len_bytes; /* SLOT: bytes of block[] that are valid */
	uint32_t n_rivals;	  /* HEST: of the ignored, valid ones that say something else */
	struct hest_source source[HELPER_MAX_SOURCES];
	char text[160];
	uint8_t block[HELPER_MAX_BLOCK]; /* SLOT only; not sent by other verbs */
};
