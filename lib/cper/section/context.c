// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Registers in the contexts of ARM (UEFI 2.10 tables N.22 to N.29) and x86 (N.2.4.2.2) processor
 * errors. A context of MSRs is a bank of AMD's SMCA if its address says so: Linux reads these six
 * (apei_smca_report_x86_error()).
 */
#include "base/cleanup.h"
#include "cper/section.h"

#define R2(n, off) CPER_SUB(n, off, 2, .show = CPER_SHOW_HEX)
#define R4(n, off) CPER_SUB(n, off, 4, .show = CPER_SHOW_HEX)
#define R8(n, off) CPER_SUB(n, off, 8, .unit = NULL)

static const struct cper_field aarch32_gpr[] = {
	R4(r0, 0),   R4(r1, 4),	     R4(r2, 8),	     R4(r3, 12),     R4(r4, 16),       R4(r5, 20),
	R4(r6, 24),  R4(r7, 28),     R4(r8, 32),     R4(r9, 36),     R4(r10, 40),      R4(r11, 44),
	R4(r12, 48), R4(r13_sp, 52), R4(r14_lr, 56), R4(r15_pc, 60), { .name = NULL },
};

static const struct cper_field aarch32_el1[] = {
	R4(dfar, 0),	  R4(dfsr, 4),	    R4(ifar, 8),      R4(isr, 12),	R4(mair0, 16),
	R4(mair1, 20),	  R4(midr, 24),	    R4(mpidr, 28),    R4(nmrr, 32),	R4(prrr, 36),
	R4(sctlr_ns, 40), R4(spsr, 44),	    R4(spsr_abt, 48), R4(spsr_fiq, 52), R4(spsr_irq, 56),
	R4(spsr_svc, 60), R4(spsr_und, 64), R4(tpidrprw, 68), R4(tpidruro, 72), R4(tpidrurw, 76),
	R4(ttbcr, 80),	  R4(ttbr0, 84),    R4(ttbr1, 88),    R4(dacr, 92),	{ .name = NULL },
};

static const struct cper_field aarch32_el2[] = {
	R4(elr_hyp, 0),	    R4(hamair0, 4),   R4(hamair1, 8),	R4(hcr, 12),  R4(hcr2, 16),
	R4(hdfar, 20),	    R4(hifar, 24),    R4(hpfar, 28),	R4(hsr, 32),  R4(htcr, 36),
	R4(htpidr, 40),	    R4(httbr, 44),    R4(spsr_hyp, 48), R4(vtcr, 52), R4(vttbr, 56),
	R4(dacr32_el2, 60), { .name = NULL },
};

static const struct cper_field aarch32_secure[] = {
	R4(sctlr_s, 0),
	R4(spsr_mon, 4),
	{ .name = NULL },
};

static const struct cper_field aarch64_gpr[] = {
	R8(x0, 0),    R8(x1, 8),    R8(x2, 16),	      R8(x3, 24),   R8(x4, 32),	  R8(x5, 40),
	R8(x6, 48),   R8(x7, 56),   R8(x8, 64),	      R8(x9, 72),   R8(x10, 80),  R8(x11, 88),
	R8(x12, 96),  R8(x13, 104), R8(x14, 112),     R8(x15, 120), R8(x16, 128), R8(x17, 136),
	R8(x18, 144), R8(x19, 152), R8(x20, 160),     R8(x21, 168), R8(x22, 176), R8(x23, 184),
	R8(x24, 192), R8(x25, 200), R8(x26, 208),     R8(x27, 216), R8(x28, 224), R8(x29, 232),
	R8(x30, 240), R8(sp, 248),  { .name = NULL },
};

static const struct cper_field aarch64_el1[] = {
	R8(elr_el1, 0),	    R8(esr_el1, 8),	R8(far_el1, 16),      R8(isr_el1, 24),
	R8(mair_el1, 32),   R8(midr_el1, 40),	R8(mpidr_el1, 48),    R8(sctlr_el1, 56),
	R8(sp_el0, 64),	    R8(sp_el1, 72),	R8(spsr_el1, 80),     R8(tcr_el1, 88),
	R8(tpidr_el0, 96),  R8(tpidr_el1, 104), R8(tpidrro_el0, 112), R8(ttbr0_el1, 120),
	R8(ttbr1_el1, 128), { .name = NULL },
};

static const struct cper_field aarch64_el2[] = {
	R8(elr_el2, 0),	   R8(esr_el2, 8),    R8(far_el2, 16),	  R8(hacr_el2, 24),
	R8(hcr_el2, 32),   R8(hpfar_el2, 40), R8(mair_el2, 48),	  R8(sctlr_el2, 56),
	R8(sp_el2, 64),	   R8(spsr_el2, 72),  R8(tcr_el2, 80),	  R8(tpidr_el2, 88),
	R8(ttbr0_el2, 96), R8(vtcr_el2, 104), R8(vttbr_el2, 112), { .name = NULL },
};

static const struct cper_field aarch64_el3[] = {
	R8(elr_el3, 0),	   R8(esr_el3, 8),    R8(far_el3, 16),	R8(mair_el3, 24),
	R8(sctlr_el3, 32), R8(sp_el3, 40),    R8(spsr_el3, 48), R8(tcr_el3, 56),
	R8(tpidr_el3, 64), R8(ttbr0_el3, 72), { .name = NULL },
};

static const struct cper_field ia32[] = {
	R4(eax, 0),  R4(ebx, 4),       R4(ecx, 8),     R4(edx, 12),  R4(esi, 16),  R4(edi, 20),
	R4(ebp, 24), R4(esp, 28),      R2(cs, 32),     R2(ds, 34),   R2(ss, 36),   R2(es, 38),
	R2(fs, 40),  R2(gs, 42),       R4(eflags, 44), R4(eip, 48),  R4(cr0, 52),  R4(cr1, 56),
	R4(cr2, 60), R4(cr3, 64),      R4(cr4, 68),    R8(gdtr, 72), R8(idtr, 80), R2(ldtr, 88),
	R2(tr, 90),  { .name = NULL },
};

static const struct cper_field x64[] = {
	R8(rax, 0),	 R8(rbx, 8),	   R8(rcx, 16),	    R8(rdx, 24),     R8(rsi, 32),
	R8(rdi, 40),	 R8(rbp, 48),	   R8(rsp, 56),	    R8(r8, 64),	     R8(r9, 72),
	R8(r10, 80),	 R8(r11, 88),	   R8(r12, 96),	    R8(r13, 104),    R8(r14, 112),
	R8(r15, 120),	 R2(cs, 128),	   R2(ds, 130),	    R2(ss, 132),     R2(es, 134),
	R2(fs, 136),	 R2(gs, 138),	   R8(rflags, 144), R8(rip, 152),    R8(cr0, 160),
	R8(cr1, 168),	 R8(cr2, 176),	   R8(cr3, 184),    R8(cr4, 192),    R8(cr8, 200),
	R8(gdtr_0, 208), R8(gdtr_1, 216),  R8(idtr_0, 224), R8(idtr_1, 232), R2(ldtr, 240),
	R2(tr, 242),	 { .name = NULL },
};

static const struct cper_field smca[] = {
	CPER_SUB(status, 0, 8, .bits = cper_mci_status_amd_bits),
	R8(addr, 8),
	R8(misc, 16),
	R8(config, 24),
	CPER_SUB(ipid, 32, 8, .bits = cper_mca_ipid_bits),
	R8(synd, 40),
	{ .name = NULL },
};

static const struct cper_inside arm_contexts[] = {
	{ aarch32_gpr, 0 }, { aarch32_el1, 0 }, { aarch32_el2, 0 }, { aarch32_secure, 0 },
	{ aarch64_gpr, 0 }, { aarch64_el1, 0 }, { aarch64_el2, 0 }, { aarch64_el3, 0 },
};

const struct cper_inside *cper_in_arm_context(const uint8_t *section, const uint8_t *header,
					      uint32_t *len)
{
	uint16_t type = le16(header + 2);

	(void)section;
	(void)len;
	return type < ARRAY_LEN(arm_contexts) ? &arm_contexts[type] : NULL;
}

enum { X86_MSR = 1, X86_32, X86_64 };

#define SMCA_STATUS 0xc0002001u /* of bank 0; the others follow every 16 */
#define SMCA_BANK 0xff0u

const struct cper_inside *cper_in_x86_context(const uint8_t *section, const uint8_t *header,
					      uint32_t *len)
{
	static const struct cper_inside in_ia32 = { ia32, 0 }, in_x64 = { x64, 0 },
					in_smca = { smca, 0 };

	(void)section;
	(void)len;
	switch (le16(header)) {
	case X86_MSR:
		return (le32(header + 4) & ~SMCA_BANK) == SMCA_STATUS ? &in_smca : NULL;
	case X86_32:
		return &in_ia32;
	case X86_64:
		return &in_x64;
	default:
		return NULL;
	}
}
