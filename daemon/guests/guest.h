// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * One guest as the rooms guests/ and inject/ see it. Owned by struct guests; read-only outside it.
 */
#pragma once

#include <sys/queue.h>

#include "base/backoff.h"
#include "base/limit.h"
#include "guests/domain.h"
#include "guests/facts.h"
#include "guests/guests.h"
#include "helper/protocol.h"
#include "qmp/cmds.h"
#include "qmp/layout.h"

enum guest_link_state {
	LINK_DOWN, /* no monitor; a retry is pending, if there is one to be had */
	LINK_CONNECTING,
	LINK_PROBING, /* monitor ready, first questions under way */
	LINK_UP
};

/* The QMP socket of this guest, DIR/NAME.qmp. */
enum guest_socket {
	SOCKET_NONE,
	SOCKET_THERE,
	SOCKET_OTHER,	 /* it is not, or not provably, this guest's: never used; socket_why */
	SOCKET_UNSERVED, /* it did not answer: libvirt is used instead, until it appears again */
	SOCKET_REFUSED	 /* nobody listens at it: the file has been left behind */
};

/* Which monitor. */
enum monitor_choice {
	MONITOR_PREFERRED, /* the socket where it is served, else libvirt */
	MONITOR_SOCKET,	   /* QEMU's own socket */
	MONITOR_LIBVIRT,   /* libvirt's pass-through */
	MONITOR_FENCE /* libvirt's although there is a socket: something was sent through libvirt,
		       * and only libvirt can prove what became of it */
};

struct error_source;
struct place;

struct guest_waiter {
	struct guest_waiter *next;
	guest_know_fn fn;
	void *arg;
};

/* A process that this guest had, kept over a lost monitor connection. */
struct guest_process {
	pid_t pid;
	uint64_t start_time;
	uint64_t reset_count;
};

/* link.c: how the guest is reached. */
struct guest_link {
	unsigned int dirs; /* the qmp-directories in which NAME.qmp is, a bit each */
	char path[160];	   /* of the QMP socket; kept when it has gone */
	enum guest_socket socket;
	char socket_why[200]; /* SOCKET_OTHER: why */
	enum guest_link_state state;
	bool due; /* something has changed: it is connected again as soon as it is down */
	struct monitor *mon;
	enum monitor_choice by;	  /* what mon is, or was last; PREFERRED: none yet */
	enum monitor_choice want; /* until it has been up: guest_connect_by() */
	pid_t socket_of;	  /* the process that was reached by the socket last */
	bool opened_before;	  /* libvirt: mon needs a new connection to libvirtd, the fence */
	struct event *retry;
	struct backoff backoff;
	struct limit hurries; /* of guest_connect_soon() */
	bool manager_lost;    /* only libvirt went: that is said once, not of each guest */
	int64_t up_ns;	      /* when it came up last */
	struct ras_err down;  /* why state is LINK_DOWN */
};

/* How the last QEMU of this guest ended or was left, until another is seen. */
enum guest_fate {
	FATE_NONE,  /* it runs, or nobody has said */
	FATE_ENDED, /* the manager says that it does not run any more */
	FATE_MOVED  /* its memory lives on elsewhere: moved_how */
};

/* Events MEMORY_FAILURE of which the time is known: an error is decided some seconds later. */
#define GUEST_FAILURES_KEPT 16u

/*
 * life.c: events MEMORY_FAILURE that a command of rasd's own causes. They say that QEMU has raised
 * our record, and are no errors of the host.
 */
struct guest_own_failures {
	bool expected;	     /* a command was sent, its event was not seen */
	int64_t until_ns;    /* boot clock: what comes later is not its event */
	uint64_t n_seen;     /* grows at each; never reset */
	uint64_t n_injected; /* of them: QEMU raised it in the guest; never reset */
};

/* life.c: which process it is, and what became of it. */
struct guest_life {
	pid_t pid;
	uid_t uid;
	uint64_t start_time;	     /* clock ticks, field 22 of /proc/PID/stat */
	uint64_t reset_count;	     /* RESETs known of in this process's life */
	struct guest_process before; /* at the last loss of the monitor */
	int64_t gone_ns; /* boot clock when somebody first noticed that the process has gone, 0 */
	enum guest_fate fate;
	char moved_how[48];
	enum run_state state;
	struct event *recheck; /* of a run state that passes without an event */
	uint64_t n_resumes;    /* grows whenever it may have begun to run; never reset */
	uint64_t n_stops;    /* grows at each stop: its memory may be exchanged then; never reset */
	uint64_t n_memories; /* grows whenever its memory came from elsewhere; never reset */
	uint64_t n_links;    /* monitor connections that it had; never reset */
	uint64_t n_memory_failures;		       /* MEMORY_FAILURE events of QEMU */
	int64_t memory_failed_ns[GUEST_FAILURES_KEPT]; /* boot clock; the n-th is at n % KEPT */
	int64_t poisoned_ns; /* of the last one about guest memory; 0 = none in this process */
	int64_t reset_ns;    /* of the last RESET seen; 0 = none in this process */
	struct guest_own_failures own_failures;
	char memory_failure[96]; /* the last one in words */
};

/* What QEMU says of itself. */
struct guest_said {
	char name[64];	  /* -name; "" where it was given none */
	struct uuid uuid; /* -uuid, if has_uuid */
	bool has_uuid;
};

/* identity.c: who answered last. Kept over a lost monitor, and while the guest is refused. */
struct guest_identity {
	struct guest_said said;
	struct guest_process of; /* who said it (reset_count is not used); pid 0: nobody yet */
	uid_t uid;		 /* of that process */
};

/* What the backends want to know, facts.h. */
struct guest_questions {
	const struct guest_question *v[GUEST_MAX_QUESTIONS];
	size_t n;
};

/* machine.c: what the monitor said of the machine. */
struct guest_machine {
	char arch[24];
	char type[48];
	char confidential[24]; /* type of confidential guest support, "" none */
	struct guest_said said;
	bool unstable_rejected; /* -compat unstable-input=reject: unstable commands are refused */
	int version;		/* major*10000 + minor*100 + micro, 0 unknown */
	enum guest_fact fact[GUEST_MAX_QUESTIONS]; /* in the order of guests_questions() */
	struct fact_asked {
		struct guest *g;
		size_t at;
	} asked[GUEST_MAX_QUESTIONS]; /* of machine.c */
	pid_t cpu_tid;		      /* thread of the first CPU, -1 none */
	unsigned int outstanding;     /* replies still to come */
	char failed[128];	      /* why one of them was none, "" */
};

struct layout_question;

/* ram.c: RAM layout of this generation of the guest. */
struct guest_ram {
	bool known;
	uint64_t generation;	     /* grows whenever the layout is found again, or is void */
	char why[128];		     /* it was asked for and is not known: why; else empty */
	struct ram_section *section; /* n */
	size_t n;
	struct layout_question *asking; /* the question under way, NULL */
	int tries;
};

/* Who waits for what is being found out. */
struct guest_asking {
	struct guest_waiter *waiters; /* guest_know() */
};

/* There may be thousands that do not run: what only a running one needs is allocated for it. */
struct guest {
	struct guests *gs;
	char name[64];
	uint64_t number; /* in the order in which they became known */
	struct guest_link link;
	struct guest_identity id;
	struct guest_domain dom; /* domain.h */
	struct guest_life life;
	struct guest_machine machine;
	struct guest_ram ram;
	struct guest_asking ask;
	struct error_source *sources; /* backend/'s: where records go into it */
	struct place *place;	      /* daemon/translate's, and nobody else's; NULL: none */
};

static inline bool guest_is_managed(const struct guest *g)
{
	return g->dom.known != DOMAIN_NONE;
}

static inline bool guest_is_described(const struct guest *g)
{
	return g->dom.known == DOMAIN_DESCRIBED;
}

/* Its monitor is, or was last, QEMU's own socket. */
static inline bool guest_by_socket(const struct guest *g)
{
	return g->link.by == MONITOR_SOCKET;
}

/* machine.c: ask the monitor what machine it is; guest_probe_done() follows. */
void guest_probe(struct guest *g);
/* machine.c: forget all that was said. */
void guest_machine_forget(struct guest *g);

/* ram.c: find the RAM layout; calls guest_layout_done(). Nothing where that is under way. */
void guest_layout(struct guest *g);
/* ram.c: forget it; a question under way is not answered any more. */
void guest_layout_forget(struct guest *g);

/* link.c: all questions of guest_probe() are answered; why: not so. */
void guest_probe_done(struct guest *g, const char *why);
/*
 * know.c: the layout is known; or it is not: err says why, and g->ram.why, too, if it is the
 * guest's fault.
 */
void guest_layout_done(struct guest *g, const struct ras_err *err);
void guest_connect(struct guest *g);
void guest_link_down(struct guest *g, const struct ras_err *err);
/* link.c: who answers is not this guest, err says why: nothing is asked of it or sent to it. */
void guest_link_refuse(struct guest *g, const struct ras_err *err);
/*
 * link.c: something has changed: try to connect soon, with the back-off begun again. Whoever makes
 * changes without end is tried by the back-off as it is.
 */
void guest_connect_soon(struct guest *g);

/* socket.c: NAME.qmp is in that qmp-directory now; it is there no more. May free the guest. */
void guest_socket_appeared(struct guest *g, size_t dir, const char *file);
void guest_socket_vanished(struct guest *g, size_t dir);
/* socket.c: events may have been lost: is its socket still where it was? May free the guest. */
void guest_socket_compare(struct guest *g);
/* socket.c: NAME.qmp is in several directories; whether somebody serves each may change. */
bool guest_has_several_sockets(const struct guest *g);
/* socket.c: what link.socket is by the directories alone. */
void guest_socket_review(struct guest *g);
/* socket.c: this guest's socket is not to be used: why. */
void guest_socket_is_other(struct guest *g, const char *why);
/* There is a socket that may be this guest's. */
static inline bool guest_has_socket(const struct guest *g)
{
	return g->link.socket != SOCKET_NONE && g->link.socket != SOCKET_OTHER;
}

/* identity.c: 0 if the process at the other end of the socket may be this guest's. */
int identity_check_socket(const struct guest *g, struct ras_err *err);
/*
 * identity.c: the first questions are answered: take the answers as g->id. 0 if that is this guest;
 * RAS_E_OTHER_GUEST: it is not, or somebody else says to be the same one.
 */
int identity_take(struct guest *g, struct ras_err *err);
/* identity.c: g is known by this name now, or has said who it is: whom else that concerns. */
void identity_changed(struct guest *g);
extern uid_t identity_pid_file_owner; /* root; for tests only: whose pid files count */
/* identity.c: the process of libvirt's domain of that name, by its pid file; -1: not known. */
pid_t identity_libvirt_pid(const struct guest *g);

/* life.c: forget the process, except for what shows whether the next one is the same. */
void guest_life_forget(struct guest *g);
/* life.c: its process is known: the same as before the monitor was lost, or another. */
void guest_life_begins(struct guest *g);
/* life.c: when its process began, on the boot clock. */
int64_t guest_start_boot_ns(const struct guest *g);
/* life.c: what happened to the guest, whoever said it. */
void guest_was_reset(struct guest *g);
void guest_was_stopped(struct guest *g, enum run_state state, enum guest_event ev);
void guest_was_moved(struct guest *g, const char *how);
void guest_resumed(struct guest *g, bool new_memory);
void guest_layout_void(struct guest *g);
void guest_memory_failed(struct guest *g, const char *recipient, const char *action,
			 bool action_required, bool recursive);
/*
 * life.c: a command is about to be sent that makes QEMU say MEMORY_FAILURE; it was answered, and
 * the event may still come for within_ns.
 */
void guest_own_failure_begins(struct guest *g);
void guest_own_failure_ends(struct guest *g, int64_t within_ns);
/* life.c: an event of QEMU's own socket; the timer of recheck. */
void guest_qmp_event(void *arg, const char *name, json_object *data);
void guest_recheck(evutil_socket_t fd, short what, void *arg);

/* link.c: it is being connected, or is about to be: what is said of it now is not its state. */
bool guest_is_connecting(const struct guest *g);

/* registry.c */
struct guest_seeks *guests_seeks(struct guests *gs);
struct guest_questions *guests_questions(struct guests *gs);
const struct conf *guests_conf(struct guests *gs);
struct event_base *guests_base(struct guests *gs);
struct guest_manager *guests_manager(const struct guests *gs);
/* What provision/ keeps of them; NULL: nothing. */
struct provisions *guests_provisions(const struct guests *gs);
void guests_set_provisions(struct guests *gs, struct provisions *p);
void guests_tell(struct guest *g, enum guest_event ev);
/*
 * The guest of that name, made where there is none; NULL without room. For one that runs another
 * that does not is forgotten, so that GUEST_MAX is a bound on guests that run.
 */
struct guest *guests_add(struct guests *gs, const char *name, bool runs);
/* All domains are about to be listed again: whether some are left out is seen then. */
void guests_listing(struct guests *gs);
/* Remove a guest that neither a socket nor libvirt shows any more; true if it is gone. */
bool guests_drop_unseen(struct guest *g);
/* Which guests there are is not known yet: a directory or the manager has not been listed. */
bool guests_discovering(const struct guests *gs);
/* seek.c: something has changed that a request for a guest may wait for. */
void guests_seek_again(struct guests *gs);

/* sockets.c: DIR/NAME.qmp of the configured directories, where a process holds that socket. */
struct guests_sockets;
int sockets_new(struct guests_sockets **out, struct guests *gs, struct ras_err *err);
void sockets_free(struct guests_sockets *s);
/* Some directory has not been listed yet. */
bool sockets_discovering(const struct guests_sockets *s);
/* A guest was left out, and there is room now. */
void sockets_place_is_free(struct guests_sockets *s);

/* know.c: the monitor is up; answer who waits, or ask what is still missing. */
void guest_know_next(struct guest *g);
/* know.c: the monitor is lost. */
void guest_know_fail(struct guest *g, const struct ras_err *err);
/* RAS_E_LAYOUT if the RAM layout was asked for and could not be found out; 0 also if not asked. */
int guest_layout_failed(const struct guest *g, struct ras_err *err);
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
