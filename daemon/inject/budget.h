// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Every time that an injection may take, wait or keep, and where the figure comes from.
 * "Measured" means QEMU 11.1 with Linux 6.12 guests under TCG on two cores; KVM is faster.
 */
#pragma once

/* --- the queue --- */

/*
 * Records of one person that wait for one error source; more are answered "busy". At 4 ms a record
 * (measured, 1 section) that is 130 ms of work; a client that wants more waits for answers.
 */
#define QUEUE_MAX_PERSON 32
/* Of all persons, beyond which each may still have one: 8 persons fill it, 2 MiB of memory. */
#define QUEUE_MAX 256

/* Beside them, for real errors of the host: no request of a client may keep them out. */
#define QUEUE_HOST 32

/*
 * An intent may share its sync with others until its turn. No longer than this: the journal syncs
 * what is queued 50 ms after it came at the latest, and the wait should end before.
 */
#define SHARE_SYNC_MAX_NS INT64_C(40000000)

/* --- sending --- */

/*
 * "The guest has not acknowledged the record before": first try again when this guest usually has
 * (half its average), at least 1 ms (a monitor's round trip is 0.3 ms), then doubling up to 250 ms,
 * four tries a second for a guest that is in its firmware or does not listen.
 */
#define BUSY_RETRY_MIN_US 1000
#define BUSY_RETRY_MAX_US 250000

/* The monitor could not be reached, and comes back by an event; this is for want of one. */
#define MONITOR_RETRY_US 250000

/*
 * Linux reads a waiting record when its GHES driver starts, 0.3 to 5 s before its interrupt is
 * connected (measured). A record sent in between pulses an interrupt that nobody hears: the source
 * is dead until the guest is reset. An acknowledgement by interrupt takes at most some 100 ms
 * (measured, loaded host); one that took longer may have been read by the starting driver.
 */
#define BOOT_ACK_NS INT64_C(250000000)
#define BOOT_HOLD_NS INT64_C(5000000000)

/*
 * How old the answer "no migration or save is in progress" may be when a record is sent. Where the
 * queue is empty it is asked beside the commit of the intent, which costs nothing: 5 ms. While
 * records wait, half of the time for which the monitor itself reuses it (MONITOR_NO_JOB_NS), so
 * that the next one finds it fresh.
 */
#define NO_JOB_IDLE_NS INT64_C(5000000)
#define NO_JOB_QUEUE_NS (MONITOR_NO_JOB_NS / 2)

/* --- looking --- */

/*
 * Where the acknowledgement is expected, rasd-pagemap waits for it: one packet instead of a round
 * trip of timer, two processes and a thread. 5 ms covers the quick guests (median 2.2 ms, p90
 * 6.2 ms measured) and is a quarter of HELPER_MAX_WAIT_US, so that another look is not kept long.
 */
#define LOOK_WAIT_US 5000
/* A guest this quick is waited for from the send on; so long it is worth asking again at once. */
#define LOOK_SOON_NS INT64_C(10000000)
/* Between two looks that wait: the helper itself reads every 50 us. */
#define LOOK_AGAIN_US 60
/* Later the looks grow apart by half each time, from this ... */
#define LOOK_MIN_US 250
/* ... to 5 ms while an acknowledgement is still likely (200 ms: p99 on a loaded host) ... */
#define LOOK_LIKELY_US 5000
#define LOOK_LIKELY_NS INT64_C(200000000)
/* ... and to a second for as long as the guest lives. */
#define LOOK_MAX_US 1000000

/* libvirt tells how a guest ended within 3 s (guests_how_ended()); it is asked this often. */
#define HOW_ENDED_RETRY_US 50000

/* A sign of life of its QEMU is not asked for again for so long; reading /proc costs 20 us. */
#define ALIVE_NS INT64_C(50000000)

/*
 * A guest that wipes our record looks like restarted firmware. After the monitor has answered, an
 * event that was on its way may still come by libvirt's other connection: 1 s is far above the
 * delays seen (milliseconds), and a firmware takes longer than that from reset to its tables.
 */
#define CONFIRM_US 1000000

/*
 * A record that was cleared and not acknowledged is unknown after the guest has run for so long
 * since. After a fatal record the guest is expected to end
 * (consumed): it may write a dump of its memory first, which takes minutes.
 */
#define UNACKED_NS SOURCE_ACK_LONG_NS
#define UNACKED_FATAL_NS INT64_C(300000000000)

/* --- settling --- */

/* What cannot be read yet (no fence, no helper, firmware at work) is tried again after this. */
#define SETTLE_RETRY_MIN_US 250000
#define SETTLE_RETRY_MAX_US 2000000

/* A guest that libvirt's fence was needed for goes back to its socket; busy: tried again after. */
#define SETTLE_BACK_RETRY_US 200000
