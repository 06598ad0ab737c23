// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * One guest as the rooms guests/ and inject/ see it. Owned by struct guests; read-only outside it.
 */
#pragma once

#include <sys/queue.h>

#include "base/uuid.h"
#include "libvirt/metadata.h"
#include "guests/guests.h"
#include "qmp/cmds.h"
#include "qmp/layout.h"

enum guest_link_state {
	LINK_DOWN, /* no monitor; a retry is pending, if there is a way to it */
	LINK_CONNECTING,
	LINK_PROBING, /* monitor ready, first questions under way */
	LINK_UP
};

enum guest_way { WAY_ANY, WAY_SOCKET, WAY_LIBVIRT };

struct error_source;

struct guest_waiter {
	struct guest_waiter *next;
	guest_know_fn fn;
	void *arg;
};

/* What libvirt tells of a domain; libvirt.c. */
struct guest_domain {
	bool managed; /* libvirt knows this guest; the rest is void otherwise */
	bool listed;  /* seen since libvirt was (re)connected */
	struct uuid uuid;
	int id;		   /* -1: not active */
	int state, reason; /* virDomainState and its reason, of the last description */
	bool described;
	struct domain_xml xml;
	struct libvirt_call *describing;
	bool describe_again, describe_due;
	TAILQ_ENTRY(guest) due; /* while describe_due */
	/* How the last QEMU of this domain ended or was left, until another is seen */
	bool ended, moved;
	char moved_how[48];
};

/* A process that this guest had, kept over a lost monitor connection. */
struct guest_process {
	pid_t pid;
	uint64_t start_time;
	uint64_t reset_count;
};

/* link.c: how the guest is reached. */
struct guest_link {
	char path[160]; /* of the QMP socket, "" where there is none */
	bool socket_present;
	bool due; /* something has changed: it is connected as soon as the loop turns */
	enum guest_link_state state;
	struct monitor *mon;
	bool by_socket;	      /* what mon is: QEMU's own socket, or libvirt */
	bool socket_unserved; /* the socket did not answer: libvirt is the way, until it appears anew */
	bool socket_refused; /* nobody listens at the socket */
	enum guest_way want; /* the only way until it was up: guest_connect_by() */
	bool detour;	     /* reached by libvirt for a fence only */
	pid_t socket_of;     /* the process that was reached by the socket last */
	bool opened_before;  /* mon needs a new connection of the transport: the fence */
	struct event *retry;
	int backoff_ms;
	struct ras_err down; /* why state is LINK_DOWN */
};

/* Which process it is, and what became of it. */
struct guest_life {
	pid_t pid;
	uid_t uid;
	uint64_t start_time;	     /* clock ticks, field 22 of /proc/PID/stat */
	uint64_t reset_count;	     /* RESETs known of in this process's life */
	struct guest_process before; /* at the last loss of the monitor */
	int64_t gone_ns; /* boot clock when somebody first noticed that the process has gone, 0 */
	enum run_state state;
	struct event *recheck; /* of a run state that passes without an event */
	uint64_t n_resumes;    /* grows whenever it may have begun to run; never reset */
	uint64_t n_stops; /* grows whenever it is stopped, its memory may be exchanged then; never reset */
	uint64_t n_memories;	    /* grows whenever its memory came from elsewhere; never reset */
	uint64_t n_links;	    /* monitor connections that it had; never reset */
	uint64_t n_memory_failures; /* MEMORY_FAILURE events of QEMU */
	char memory_failure[96];    /* the last one in words */
};

/* probe.c: what the monitor said of the machine. */
struct guest_machine {
	char arch[24];
	char type[48];
	char confidential[24];	/* type of confidential guest support, "" none */
	bool unstable_rejected; /* -compat unstable-input=reject: the command would be refused */
	int version;		/* major*10000 + minor*100 + micro, 0 unknown */
	bool has_inject;
	int ras;       /* machine property: 1 on, 0 off, -1 there is none */
	pid_t cpu_tid; /* thread of the first CPU, -1 none */
};

/* RAM layout of this generation of the guest. */
struct guest_ram {
	bool known;
	uint64_t generation; /* grows whenever the layout is made anew */
	uint64_t asked_generation;
	int tries;
	char why[128];		     /* why it is not known */
	struct ram_section *section; /* n */
	size_t n;
	/* the question under way */
	json_object *memdevs, *mtree, *ramblock; /* replies, until joined */
	struct qmp_ram_section *join;		 /* QMP_SECTIONS_MAX, while gpa2hva verifies it */
	size_t n_join;
	unsigned int hva_at;
};

/* Questions under way, and who waits for their answers. */
struct guest_asking {
	unsigned int outstanding; /* replies still to come */
	bool probe_failed;
	struct guest_waiter *waiters; /* guest_know() */
};

/* There may be thousands that do not run: what only a running one needs is allocated for it. */
struct guest {
	struct guests *gs;
	char name[64];
	struct guest_link link;
	struct guest_domain dom;
	struct guest_life life;
	struct guest_machine machine;
	struct guest_ram ram;
	struct guest_asking ask;
	struct error_source *sources; /* backend/'s: where records go into it */
};

/* probe.c: ask the monitor everything; guest_probe_done() follows. */
void guest_probe(struct guest *g);
/* probe.c: rebuild the RAM layout; calls guest_layout_done() with or without success. */
void guest_layout(struct guest *g);
/* probe.c: questions are under way, so guest_layout() would do nothing now. */
bool guest_layout_busy(const struct guest *g);
void guest_layout_drop(struct guest *g);

/* link.c: results of the above, and the monitor connection. */
void guest_probe_done(struct guest *g, const char *why);
void guest_layout_done(struct guest *g);
void guest_connect(struct guest *g);
void guest_link_down(struct guest *g, const struct ras_err *err);
/* link.c: try to connect soon, with the back-off begun anew. */
void guest_connect_soon(struct guest *g);
/* link.c: what happened to the guest, whoever told it. */
void guest_was_reset(struct guest *g);
void guest_was_stopped(struct guest *g, enum run_state state, enum guest_event ev);
void guest_was_moved(struct guest *g, const char *how);
void guest_resumed(struct guest *g, bool new_memory);
void guest_layout_void(struct guest *g);
void guest_memory_failed(struct guest *g, const char *recipient, const char *action,
			 bool action_required, bool recursive);

/* qmp_events.c: an event of QEMU's own socket; the timer of recheck. */
void guest_qmp_event(void *arg, const char *name, json_object *data);
void guest_recheck(evutil_socket_t fd, short what, void *arg);

/* link.c: it is being connected, or is about to be: what is said of it now is not its state. */
bool guest_is_connecting(const struct guest *g);

/* guests.c: the registry. */
struct guest_seeks *guests_seeks(struct guests *gs);
/* Which guests there are is not known yet: libvirt has not listed its domains. */
bool guests_discovering(const struct guests *gs);
/* seek.c: something has changed that a request for a guest may wait for. */
void guests_seek_again(struct guests *gs);
struct helper_client *guests_helper(struct guests *gs);
const struct conf *guests_conf(struct guests *gs);
struct event_base *guests_base(struct guests *gs);
struct guests_libvirt *guests_libvirt(struct guests *gs);
void guests_tell(struct guest *g, enum guest_event ev);
/*
 * The guest of that name, made where there is none; NULL without room. For one that runs another
 * that does not is forgotten, so that GUEST_MAX is a bound on guests that run.
 */
struct guest *guests_add(struct guests *gs, const char *name, bool runs);
/* All domains are about to be told anew: whether some are left out is seen then. */
void guests_listing(struct guests *gs);
/* Remove a guest that neither a socket nor libvirt shows any more; true if it is gone. */
bool guests_drop_unseen(struct guest *g);

/* sockets.c: DIR/NAME.qmp of the configured directories. */
struct guests_sockets;
int sockets_new(struct guests_sockets **out, struct guests *gs, struct ras_err *err);
void sockets_free(struct guests_sockets *s);

/* libvirt.c: the domains of libvirt; NULL members where it is off. */
int guests_libvirt_new(struct guests_libvirt **out, struct guests *gs, struct ras_err *err);
void guests_libvirt_free(struct guests_libvirt *l);
/* 0 if the monitor of this guest can be opened through libvirt now; else why not. */
int libvirt_way(const struct guest *g, struct ras_err *err);
/*
 * As libvirt_way(), but RAS_E_NOT_FOUND where this guest is none that libvirt runs, RAS_E_NOT_READY
 * while that is not known.
 */
int libvirt_way_back(const struct guest *g, struct ras_err *err);
/* True until libvirt has listed its domains, or cannot be reached. */
bool libvirt_discovering(const struct guests *gs);
int libvirt_open(struct guest *g, const struct monitor_callbacks *cb, struct ras_err *err);
/* Nanoseconds that a libvirt call for this guest has been over time; 0: it is not stuck. */
int64_t libvirt_stuck_ns(const struct guest *g);
unsigned long libvirt_version(const struct guests *gs);
void libvirt_forget(struct guest *g);

/* know.c: the monitor is up; answer who waits, or ask what is still missing. */
void guest_know_next(struct guest *g);
/* know.c: the monitor is lost. */
void guest_know_fail(struct guest *g, const struct ras_err *err);
/* 0 while the monitor is up; else why there is none, and what to do. */
int guest_why_down(const struct guest *g, struct ras_err *err);

/* grants.c: true where a section of rasd.conf decides, and not the domain's metadata. */
bool guest_grant_from_conf(const struct guest *g);

/* link.c: evidence says that the guest was reset while nobody watched it. */
void guest_missed_reset(struct guest *g);

/* Its QEMU runs, was asked and does not answer in time; others are not kept waiting. */
bool guest_is_stuck(const struct guest *g);

/* True if [gpa, gpa+1) is RAM of the known layout. */
bool guest_has_ram(const struct guest *g, struct gpa gpa);
