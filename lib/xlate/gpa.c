// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Guest physical address -> host page, and the last check before an injection. No page is faulted
 * in.
 */
#include "xlate/private.h"

#define TRIES 3

static int read_entry(struct xlate_space *s, uint64_t page, uint64_t *e, struct ras_err *err)
{
	long n = space_entry(s, page, e);

	if (n == 0)
		return ras_fail(err, RAS_E_GONE, "the guest's QEMU is gone");
	if (n < 0)
		return ras_fail(err, RAS_E_HELPER, "pagemap cannot be read");
	if ((*e & PM_PRESENT) && !(*e & PM_PFN_MASK)) {
		ras_fail(err, RAS_E_HELPER, "the kernel hides page numbers from rasd-pagemap");
		return ras_hint(err, "give rasd-pagemap CAP_SYS_ADMIN; see rasd(8)");
	}
	return 0;
}

static int not_ram(struct gpa gpa, struct ras_err *err)
{
	ras_fail(err, RAS_E_NOT_RAM, "0x%llx is not RAM of the guest", (unsigned long long)gpa.v);
	return ras_field(err, "gpa");
}

static void no_page(struct xlate_answer *a, enum xlate_state state, const char *detail)
{
	a->state = state;
	a->has_hpa = false;
	a->hpa.v = 0;
	snprintf(a->detail, sizeof(a->detail), "%s", detail);
}

/* What an entry means. AGAIN: the kernel is moving the page. */
enum { AGAIN = 1 };

static int explain(struct xlate_host *h, struct xlate_space *s, uint64_t page, uint64_t e,
		   struct xlate_answer *a)
{
	uint64_t flags = 0, offset = PM_SWAP_OFFSET(e), in_page = a->hpa.v & (h->page_bytes - 1);

	a->page_bytes = h->page_bytes;
	if (e & PM_PRESENT) {
		uint64_t pfn = e & PM_PFN_MASK;

		h->kpage(h->ctx, XLATE_KPAGEFLAGS, pfn, &flags);
		if (flags & KPF_ZERO_PAGE) {
			no_page(a, XLATE_UNBACKED, "the zero page: read, but never written");
			return 0;
		}
		a->hpa.v = pfn * h->page_bytes + in_page;
		a->state = XLATE_LIVE;
		answer_backing(a, h, flags);
		if (!h->kpage(h->ctx, XLATE_KPAGECOUNT, pfn, &a->n_mappings))
			a->n_mappings = 0;
		a->other_mappings = a->n_mappings > 1;
		return 0;
	}
	if (e & PM_SWAP) {
		if (h->kpage(h->ctx, XLATE_KPAGEFLAGS, offset, &flags) && (flags & KPF_HWPOISON)) {
			uint64_t swap_pages = h->swap_pages ? h->swap_pages(h->ctx) : UINT64_MAX;

			a->hpa.v = offset * h->page_bytes + in_page;
			a->state = offset >= swap_pages ? XLATE_POISONED : XLATE_PROBABLE;
			if (a->state == XLATE_PROBABLE)
				snprintf(a->detail, sizeof(a->detail),
					 "poisoned, or swapped out to a slot of that number");
			return 0;
		}
		no_page(a, XLATE_SWAPPED, "on a swap device");
		return AGAIN; /* or a migration entry, which does not last */
	}
	if (page_is(h, s, page, SCAN_HUGE | SCAN_SWAPPED))
		no_page(a, XLATE_POISONED, "a poisoned huge page; pagemap does not say which");
	else
		no_page(a, XLATE_UNBACKED, "never touched, or given back");
	return 0;
}

int xlate_gpa(struct xlate_host *h, struct xlate_space *s, struct gpa gpa, struct xlate_answer *ans,
	      struct ras_err *err)
{
	uint64_t hva, page, e0, e1;
	uint32_t moved = 0;

	if (!space_hva(s, gpa.v, &hva))
		return not_ram(gpa, err);
	page = hva / h->page_bytes;
	for (int try = 0; try < TRIES; try++) {
		int r = read_entry(s, page, &e0, err), again;

		if (r < 0)
			return r;
		answer_init(ans, (struct hpa){ hva & (h->page_bytes - 1) });
		again = explain(h, s, page, e0, ans);
		r = read_entry(s, page, &e1, err);
		if (r < 0)
			return r;
		if (xlate_space_retired(s))
			return ras_fail(err, RAS_E_LAYOUT,
					"the guest's RAM layout changed meanwhile");
		moved += ((e0 ^ e1) & (PM_PRESENT | PM_SWAP | PM_PFN_MASK)) != 0;
		if (e0 == e1 && (again != AGAIN || try == TRIES - 1)) {
			ans->found = XLATE_BY_LAYOUT;
			ans->read_ns = h->now_ns(h->ctx);
			ans->moved = moved;
			ans->n_owners = 1;
			ans->owner[0] = (struct xlate_owner){
				.id = s->id, .gpa = gpa, .hva = hva, .state = ans->state
			};
			return 0;
		}
		host_pause(h);
	}
	return ras_fail(err, RAS_E_BUSY, "the page kept moving");
}

int xlate_verify(struct xlate_host *h, struct xlate_space *s, struct gpa gpa, struct hpa hpa,
		 uint64_t *hva_out, struct ras_err *err)
{
	uint64_t hva, e, flags, pfn = hpa.v / h->page_bytes;
	bool same;
	int r;

	if (!space_hva(s, gpa.v, &hva))
		return not_ram(gpa, err);
	r = read_entry(s, hva / h->page_bytes, &e, err);
	if (r < 0)
		return r;
	if (!h->kpage(h->ctx, XLATE_KPAGEFLAGS, pfn, &flags))
		return ras_fail(err, RAS_E_HELPER, "kpageflags cannot be read");
	if (e & PM_PRESENT)
		same = entry_is(e, pfn) && !(flags & KPF_ZERO_PAGE);
	else if (e & PM_SWAP)
		same = (flags & KPF_HWPOISON) && PM_SWAP_OFFSET(e) == pfn;
	else
		same = (flags & KPF_HWPOISON) && (flags & KPF_HUGE) &&
		       page_is(h, s, hva / h->page_bytes, SCAN_HUGE | SCAN_SWAPPED);
	if (!same || ((hva ^ hpa.v) & (h->page_bytes - 1))) {
		ras_fail(err, RAS_E_BUSY,
			 "host page 0x%llx is not at guest address 0x%llx any more",
			 (unsigned long long)hpa.v, (unsigned long long)gpa.v);
		return ras_hint(err, "translate it again");
	}
	if (xlate_space_retired(s))
		return ras_fail(err, RAS_E_LAYOUT, "the guest's RAM layout changed meanwhile");
	if (hva_out)
		*hva_out = hva;
	return 0;
}
