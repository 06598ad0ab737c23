// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The document that rpc.discover answers with: proto/ras-rpc.json on one line, because a line is a
 * message. tools/rpcgen.py writes that line to rpc_document.json; the assembler takes it as it is.
 */
#include "control/rpc.h"

__asm__(".pushsection .rodata\n"
	".global rpc_document\n"
	".type rpc_document, %object\n"
	"rpc_document:\n"
	".incbin \"daemon/control/rpc_document.json\"\n"
	".byte 0\n"
	".size rpc_document, . - rpc_document\n"
	".popsection\n");
