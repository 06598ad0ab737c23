// SPDX-License-Identifier: LGPL-2.1-or-later
/* Made by tools/rpcgen.py from proto/ras-rpc.json: do not edit. */
#include "control/handlers.h"

static const struct rpc_param params_address_translate[] = {
	{ "hpa", RPC_HEX64, false, 0, UINT64_MAX, NULL },
	{ "domain", RPC_STR, false, 1, 63, NULL },
	{ "gpa", RPC_HEX64, false, 0, UINT64_MAX, NULL },
	{ "timeout_ms", RPC_U64, false, 1, 600000, NULL },
};

static const struct rpc_param params_domain_explain[] = {
	{ "domain", RPC_STR, true, 1, 63, NULL },
};

static const char *const words_domain_allow_target_max_severity[] = { "none", "info", "corrected", "recoverable", "fatal", NULL };
static const struct rpc_param params_domain_allow[] = {
	{ "domain", RPC_STR, true, 1, 63, NULL },
	{ "target_max_severity", RPC_STR, false, 1, 16, words_domain_allow_target_max_severity },
	{ "forward_corrected", RPC_BOOL, false, 0, UINT64_MAX, NULL },
	{ "forward_uncorrected", RPC_BOOL, false, 0, UINT64_MAX, NULL },
	{ "dry_run", RPC_BOOL, false, 0, UINT64_MAX, NULL },
};

static const char *const words_injection_create_severity[] = { "info", "corrected", "recoverable", "fatal", NULL };
static const struct rpc_param params_injection_create[] = {
	{ "request_id", RPC_STR, true, 1, 63, NULL },
	{ "domain", RPC_STR, false, 1, 63, NULL },
	{ "gpa", RPC_HEX64, false, 0, UINT64_MAX, NULL },
	{ "hpa", RPC_HEX64, false, 0, UINT64_MAX, NULL },
	{ "severity", RPC_STR, false, 1, 16, words_injection_create_severity },
	{ "tag", RPC_STR, false, 1, 20, NULL },
	{ "fru_id", RPC_STR, false, 1, 36, NULL },
	{ "sections", RPC_ARR, false, 1, 16, NULL },
	{ "block", RPC_OBJ, false, 0, UINT64_MAX, NULL },
	{ "record_hex", RPC_STR, false, 1, 8192, NULL },
	{ "malformed", RPC_BOOL, false, 0, UINT64_MAX, NULL },
	{ "wait", RPC_BOOL, false, 0, UINT64_MAX, NULL },
	{ "timeout_ms", RPC_U64, false, 1, 600000, NULL },
	{ "dry_run", RPC_BOOL, false, 0, UINT64_MAX, NULL },
	{ "confirm", RPC_BOOL, false, 0, UINT64_MAX, NULL },
};

static const struct rpc_param params_injection_get[] = {
	{ "id", RPC_STR, true, 1, 36, NULL },
};

static const struct rpc_param params_injection_list[] = {
	{ "domain", RPC_STR, false, 1, 63, NULL },
	{ "limit", RPC_U64, false, 1, 1000, NULL },
};

static const char *const words_injection_resolve_state[] = { "acknowledged", "consumed", "refused", "lost", NULL };
static const struct rpc_param params_injection_resolve[] = {
	{ "id", RPC_STR, true, 1, 36, NULL },
	{ "state", RPC_STR, true, 1, 16, words_injection_resolve_state },
	{ "reason", RPC_STR, true, 1, 100, NULL },
	{ "dry_run", RPC_BOOL, false, 0, UINT64_MAX, NULL },
};

static const struct rpc_param params_poison_export[] = {
	{ "domain", RPC_STR, true, 1, 63, NULL },
	{ "after", RPC_HEX64, false, 0, UINT64_MAX, NULL },
	{ "limit", RPC_U64, false, 1, 1024, NULL },
};

static const struct rpc_param params_poison_import[] = {
	{ "domain", RPC_STR, true, 1, 63, NULL },
	{ "pages", RPC_ARR, true, 0, 1024, NULL },
	{ "dry_run", RPC_BOOL, false, 0, UINT64_MAX, NULL },
};

static const struct rpc_param params_record_decode[] = {
	{ "record_hex", RPC_STR, true, 1, 131072, NULL },
};

static const struct rpc_param params_record_encode[] = {
	{ "record", RPC_OBJ, true, 0, UINT64_MAX, NULL },
};

const struct rpc_method rpc_methods[] = {
	{ "address.translate", rpc_address_translate, RPC_INJECT, false, params_address_translate, 4 },
	{ "domain.list", rpc_domain_list, RPC_VIEW, false, NULL, 0 },
	{ "domain.explain", rpc_domain_explain, RPC_VIEW, false, params_domain_explain, 1 },
	{ "domain.allow", rpc_domain_allow, RPC_ADMIN, true, params_domain_allow, 5 },
	{ "injection.create", rpc_injection_create, RPC_INJECT, true, params_injection_create, 15 },
	{ "injection.get", rpc_injection_get, RPC_VIEW, false, params_injection_get, 1 },
	{ "injection.list", rpc_injection_list, RPC_VIEW, false, params_injection_list, 2 },
	{ "injection.resolve", rpc_injection_resolve, RPC_ADMIN, true, params_injection_resolve, 4 },
	{ "poison.export", rpc_poison_export, RPC_INJECT, false, params_poison_export, 3 },
	{ "poison.import", rpc_poison_import, RPC_ADMIN, true, params_poison_import, 3 },
	{ "record.decode", rpc_record_decode, RPC_VIEW, false, params_record_decode, 1 },
	{ "record.encode", rpc_record_encode, RPC_VIEW, false, params_record_encode, 1 },
	{ "rpc.discover", rpc_rpc_discover, RPC_VIEW, false, NULL, 0 },
	{ "rpc.ping", rpc_rpc_ping, RPC_VIEW, false, NULL, 0 },
};

const size_t rpc_n_methods = sizeof(rpc_methods) / sizeof(rpc_methods[0]);

const char rpc_document[] =
	"{\"openrpc\":\"1.2.6\",\"info\":{\"title\":\"rasd\",\"version\":\"0.1.0\",\"license\":{\""
	"name\":\"LGPL-2.1-or-later\"},\"description\":\"Error injection into guests. J"
	"SON-RPC 2.0, one message a line on a unix stream socket. Addresses are \\"
	"\"0x...\\\" strings; integers up to 2^53 are accepted.\"},\"methods\":[{\"name\""
	":\"address.translate\",\"summary\":\"Whose is a host physical page, or which "
	"host page has a guest address. Role inject, not view: page numbers are w"
	"hat the kernel hides from users (rowhammer), and a search costs the gues"
	"ts something.\",\"paramStructure\":\"by-name\",\"x-role\":\"inject\",\"x-mutating\""
	":false,\"params\":[{\"name\":\"hpa\",\"description\":\"Host physical address; or "
	"domain and gpa.\",\"required\":false,\"schema\":{\"type\":[\"string\",\"integer\"],"
	"\"x-c-type\":\"hex64\"}},{\"name\":\"domain\",\"description\":\"Name of the guest; "
	"with gpa only.\",\"required\":false,\"schema\":{\"type\":\"string\",\"maxLength\":6"
	"3,\"minLength\":1}},{\"name\":\"gpa\",\"description\":\"Guest physical address.\","
	"\"required\":false,\"schema\":{\"type\":[\"string\",\"integer\"],\"x-c-type\":\"hex64"
	"\"}},{\"name\":\"timeout_ms\",\"description\":\"Milliseconds that a search may t"
	"ake (default 10000).\",\"required\":false,\"schema\":{\"type\":\"integer\",\"minim"
	"um\":1,\"maximum\":600000}}],\"result\":{\"name\":\"result\",\"schema\":{\"type\":\"ob"
	"ject\",\"required\":[\"state\",\"found\",\"owners\",\"read_ns\"],\"properties\":{\"hpa"
	"\":{\"type\":\"string\",\"description\":\"absent: there is no host page\"},\"state"
	"\":{\"type\":\"string\",\"enum\":[\"live\",\"poisoned\",\"historic\",\"probable\",\"unba"
	"cked\",\"swapped\",\"host\",\"qemu-internal\"]},\"found\":{\"type\":\"string\",\"descr"
	"iption\":\"how: index, huge-scan, near-scan, full-scan, swap-entry, histor"
	"y, elimination, page-flags, layout\"},\"backing\":{\"type\":\"string\",\"enum\":["
	"\"unknown\",\"anonymous\",\"shared\",\"thp\",\"hugetlb\",\"ksm\"]},\"page_bytes\":{\"ty"
	"pe\":\"integer\"},\"owners\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"requir"
	"ed\":[\"domain\",\"state\"],\"properties\":{\"domain\":{\"type\":\"string\"},\"gpa\":{\""
	"type\":\"string\"},\"state\":{\"type\":\"string\"},\"alias\":{\"type\":\"boolean\",\"des"
	"cription\":\"the same memory at a higher guest address\"}}}},\"more_owners\":"
	"{\"type\":\"boolean\"},\"mappings\":{\"type\":\"integer\",\"description\":\"of the pa"
	"ge by all processes, where it was counted\"},\"other_mappings\":{\"type\":\"bo"
	"olean\",\"description\":\"others than the owners map it, too\"},\"read_ns\":{\"t"
	"ype\":\"integer\",\"description\":\"time of the reading that proves it, ns sin"
	"ce 1970\"},\"seen_ns\":{\"type\":\"integer\",\"description\":\"historic: when the "
	"page was there\"},\"hpa_now\":{\"type\":\"string\",\"description\":\"historic: whe"
	"re it is now\"},\"moved\":{\"type\":\"integer\",\"description\":\"pages that moved"
	" while they were looked at, and were asked again\"},\"detail\":{\"type\":\"str"
	"ing\"}}}},\"errors\":[{\"code\":1001,\"message\":\"no-such-domain\"},{\"code\":1003"
	",\"message\":\"address-not-ram\"},{\"code\":1007,\"message\":\"busy\"},{\"code\":101"
	"0,\"message\":\"guest-gone\"},{\"code\":1015,\"message\":\"helper-error\"},{\"code\""
	":1016,\"message\":\"layout-unknown\"},{\"code\":1017,\"message\":\"timeout\"}],\"ex"
	"amples\":[{\"name\":\"owner\",\"params\":[{\"name\":\"hpa\",\"value\":\"0x10e241000\"}]"
	",\"result\":{\"name\":\"result\",\"value\":{\"hpa\":\"0x10e241000\",\"state\":\"live\",\""
	"found\":\"index\",\"backing\":\"thp\",\"page_bytes\":2097152,\"owners\":[{\"domain\":"
	"\"vm1\",\"gpa\":\"0x48041000\",\"state\":\"live\"}],\"read_ns\":1764000000000000000}"
	"}}]},{\"name\":\"domain.list\",\"summary\":\"Every guest, and whether a record "
	"can be injected into it.\",\"paramStructure\":\"by-name\",\"x-role\":\"view\",\"x-"
	"mutating\":false,\"params\":[],\"result\":{\"name\":\"result\",\"schema\":{\"type\":\""
	"object\",\"required\":[\"domains\"],\"properties\":{\"domains\":{\"type\":\"array\",\""
	"items\":{\"type\":\"object\"}},\"libvirt\":{\"type\":\"object\",\"description\":\"The "
	"connection to libvirt: uri, connected, version, read_only, reason, hint."
	"\"}}}},\"examples\":[{\"name\":\"list\",\"params\":[],\"result\":{\"name\":\"result\",\""
	"value\":{\"domains\":[]}}}]},{\"name\":\"domain.explain\",\"summary\":\"One guest:"
	" can it take a record now, by which backend, and if not why and what to "
	"change.\",\"paramStructure\":\"by-name\",\"x-role\":\"view\",\"x-mutating\":false,\""
	"params\":[{\"name\":\"domain\",\"description\":\"Name of the guest.\",\"required\":"
	"true,\"schema\":{\"type\":\"string\",\"maxLength\":63,\"minLength\":1}}],\"result\":"
	"{\"name\":\"result\",\"schema\":{\"type\":\"object\"}},\"errors\":[{\"code\":1001,\"mes"
	"sage\":\"no-such-domain\"}],\"examples\":[{\"name\":\"explain\",\"params\":[{\"name\""
	":\"domain\",\"value\":\"vm1\"}],\"result\":{\"name\":\"result\",\"value\":{\"name\":\"vm1"
	"\"}}}]},{\"name\":\"domain.allow\",\"summary\":\"Set what is allowed to be done "
	"to a domain of libvirt, in its metadata.\",\"paramStructure\":\"by-name\",\"x-"
	"role\":\"admin\",\"x-mutating\":true,\"params\":[{\"name\":\"domain\",\"description\""
	":\"Name of the guest.\",\"required\":true,\"schema\":{\"type\":\"string\",\"maxLeng"
	"th\":63,\"minLength\":1}},{\"name\":\"target_max_severity\",\"description\":\"The "
	"worst that an operator may inject; as it is where absent.\",\"required\":fa"
	"lse,\"schema\":{\"type\":\"string\",\"maxLength\":16,\"minLength\":1,\"enum\":[\"none"
	"\",\"info\",\"corrected\",\"recoverable\",\"fatal\"]}},{\"name\":\"forward_corrected"
	"\",\"description\":\"Whether real corrected errors of the host are forwarded"
	"; as it is where absent.\",\"required\":false,\"schema\":{\"type\":\"boolean\"}},"
	"{\"name\":\"forward_uncorrected\",\"description\":\"Whether real uncorrected er"
	"rors of the host are forwarded; as it is where absent.\",\"required\":false"
	",\"schema\":{\"type\":\"boolean\"}},{\"name\":\"dry_run\",\"description\":\"All check"
	"s, nothing changed.\",\"required\":false,\"schema\":{\"type\":\"boolean\"}}],\"res"
	"ult\":{\"name\":\"result\",\"schema\":{\"type\":\"object\",\"required\":[\"domain\",\"be"
	"fore\",\"after\",\"dry_run\"],\"properties\":{\"domain\":{\"type\":\"string\"},\"befor"
	"e\":{\"type\":\"object\"},\"after\":{\"type\":\"object\"},\"dry_run\":{\"type\":\"boolea"
	"n\"}}}},\"errors\":[{\"code\":1001,\"message\":\"no-such-domain\"},{\"code\":1004,\""
	"message\":\"not-capable\"},{\"code\":1009,\"message\":\"monitor-error\"},{\"code\":"
	"1014,\"message\":\"permission\"},{\"code\":1018,\"message\":\"config\"}],\"examples"
	"\":[{\"name\":\"allow\",\"params\":[{\"name\":\"domain\",\"value\":\"vm1\"},{\"name\":\"ta"
	"rget_max_severity\",\"value\":\"recoverable\"}],\"result\":{\"name\":\"result\",\"va"
	"lue\":{\"domain\":\"vm1\",\"before\":{\"target_max_severity\":\"none\",\"forward_cor"
	"rected\":false,\"forward_uncorrected\":false},\"after\":{\"target_max_severity"
	"\":\"recoverable\",\"forward_corrected\":false,\"forward_uncorrected\":false},\""
	"dry_run\":false}}}]},{\"name\":\"injection.create\",\"summary\":\"Inject one err"
	"or record into a guest.\",\"paramStructure\":\"by-name\",\"x-role\":\"inject\",\"x"
	"-mutating\":true,\"params\":[{\"name\":\"request_id\",\"description\":\"Idempotenc"
	"y key of the caller: the same key and parameters give the stored injecti"
	"on.\",\"required\":true,\"schema\":{\"type\":\"string\",\"maxLength\":63,\"minLength"
	"\":1}},{\"name\":\"domain\",\"description\":\"Name of the guest; may be left out"
	" with hpa if the page has one owner.\",\"required\":false,\"schema\":{\"type\":"
	"\"string\",\"maxLength\":63,\"minLength\":1}},{\"name\":\"gpa\",\"description\":\"Gue"
	"st physical address of the memory error.\",\"required\":false,\"schema\":{\"ty"
	"pe\":[\"string\",\"integer\"],\"x-c-type\":\"hex64\"}},{\"name\":\"hpa\",\"description"
	"\":\"Host physical address instead of gpa: it is translated, and verified "
	"right before the record is sent.\",\"required\":false,\"schema\":{\"type\":[\"st"
	"ring\",\"integer\"],\"x-c-type\":\"hex64\"}},{\"name\":\"severity\",\"description\":\""
	"Severity of the memory error, and of sections that do not tell theirs (d"
	"efault corrected). The grant and confirm count for the worst of block an"
	"d sections.\",\"required\":false,\"schema\":{\"type\":\"string\",\"maxLength\":16,\""
	"minLength\":1,\"enum\":[\"info\",\"corrected\",\"recoverable\",\"fatal\"]}},{\"name\""
	":\"tag\",\"description\":\"FRU text of the record (default rasd).\",\"required\""
	":false,\"schema\":{\"type\":\"string\",\"maxLength\":20,\"minLength\":1,\"pattern\":"
	"\"^[ -~]*$\"}},{\"name\":\"fru_id\",\"description\":\"own (default: the injection"
	"'s id), none, keep, or a UUID; an entry that has one is never changed.\","
	"\"required\":false,\"schema\":{\"type\":\"string\",\"maxLength\":36,\"minLength\":1}"
	"},{\"name\":\"sections\",\"description\":\"Instead of gpa: the sections of one "
	"block, each an entry of the neutral JSON form that record.decode shows: "
	"kind, header {error_severity, flags, fru_id, fru_text, timestamp, ...} ("
	"may be missing), section {fields {...}, error_info, context_info, ...}. "
	"A field that is given is valid. Every field is checked; addresses that L"
	"inux acts on must be RAM, processor sections must fit the guest's archit"
	"ecture. Kind unknown (a vendor's section_type with data): role admin.\",\""
	"required\":false,\"schema\":{\"type\":\"array\",\"minItems\":1,\"maxItems\":16,\"ite"
	"ms\":{\"type\":\"object\"}}},{\"name\":\"block\",\"description\":\"With sections: me"
	"mbers of the block itself, as record.decode shows them (block_status, ra"
	"w_data, ...).\",\"required\":false,\"schema\":{\"type\":\"object\"}},{\"name\":\"rec"
	"ord_hex\",\"description\":\"A whole status block in hex instead of gpa and s"
	"everity; role admin. Its addresses are not checked.\",\"required\":false,\"s"
	"chema\":{\"type\":\"string\",\"maxLength\":8192,\"minLength\":1}},{\"name\":\"malfor"
	"med\",\"description\":\"With record_hex: the record may be invalid, but none"
	" is sent that is known to wedge, hang or panic a guest by accident or to"
	" print its memory.\",\"required\":false,\"schema\":{\"type\":\"boolean\"}},{\"name"
	"\":\"wait\",\"description\":\"Answer when the state is final, at the latest af"
	"ter timeout_ms.\",\"required\":false,\"schema\":{\"type\":\"boolean\"}},{\"name\":\""
	"timeout_ms\",\"description\":\"Milliseconds to get sent and, with wait, deci"
	"ded (default 10000).\",\"required\":false,\"schema\":{\"type\":\"integer\",\"minim"
	"um\":1,\"maximum\":600000}},{\"name\":\"dry_run\",\"description\":\"All checks, no"
	"thing journalled or sent.\",\"required\":false,\"schema\":{\"type\":\"boolean\"}}"
	",{\"name\":\"confirm\",\"description\":\"Needed for severity fatal.\",\"required\""
	":false,\"schema\":{\"type\":\"boolean\"}}],\"result\":{\"name\":\"result\",\"schema\":"
	"{\"type\":\"object\",\"required\":[\"id\",\"state\",\"final\",\"domain\"],\"properties\""
	":{\"id\":{\"type\":\"string\"},\"request_id\":{\"type\":\"string\"},\"domain\":{\"type\""
	":\"string\"},\"state\":{\"type\":\"string\",\"enum\":[\"intent\",\"written\",\"consumed"
	"\",\"acknowledged\",\"refused\",\"lost\",\"unknown\"]},\"final\":{\"type\":\"boolean\"}"
	",\"detail\":{\"type\":\"string\"},\"backend\":{\"type\":\"string\"},\"source\":{\"type\""
	":\"integer\"},\"severity\":{\"type\":\"string\"},\"gpa\":{\"type\":\"string\"},\"tag\":{"
	"\"type\":\"string\"},\"uid\":{\"type\":\"integer\"},\"record_bytes\":{\"type\":\"intege"
	"r\"},\"created_ns\":{\"type\":\"integer\"},\"decided_ns\":{\"type\":\"integer\"},\"ack"
	"_ns\":{\"type\":\"integer\",\"description\":\"send to acknowledgement, nanosecon"
	"ds; 0 = none\"},\"hpa\":{\"type\":\"string\",\"description\":\"with hpa: the host "
	"address asked for\"}}}},\"errors\":[{\"code\":1001,\"message\":\"no-such-domain\""
	"},{\"code\":1002,\"message\":\"policy-denied\"},{\"code\":1003,\"message\":\"addres"
	"s-not-ram\"},{\"code\":1004,\"message\":\"not-capable\"},{\"code\":1005,\"message\""
	":\"guest-not-ready\"},{\"code\":1006,\"message\":\"guest-not-running\"},{\"code\":"
	"1007,\"message\":\"busy\"},{\"code\":1008,\"message\":\"journal-unavailable\"},{\"c"
	"ode\":1011,\"message\":\"invalid-record\"},{\"code\":1012,\"message\":\"request-id"
	"-conflict\"},{\"code\":1015,\"message\":\"helper-error\"},{\"code\":1016,\"message"
	"\":\"layout-unknown\"},{\"code\":1020,\"message\":\"needs-confirmation\"}],\"examp"
	"les\":[{\"name\":\"corrected\",\"params\":[{\"name\":\"request_id\",\"value\":\"r1\"},{"
	"\"name\":\"domain\",\"value\":\"vm1\"},{\"name\":\"gpa\",\"value\":\"0x48000000\"},{\"nam"
	"e\":\"wait\",\"value\":true}],\"result\":{\"name\":\"result\",\"value\":{\"id\":\"6f0b6f"
	"2a-5d2c-4c52-9a57-0f5d1d4a3f10\",\"state\":\"acknowledged\",\"final\":true,\"dom"
	"ain\":\"vm1\"}}},{\"name\":\"sections\",\"params\":[{\"name\":\"request_id\",\"value\":"
	"\"r2\"},{\"name\":\"domain\",\"value\":\"vm1\"},{\"name\":\"severity\",\"value\":\"recove"
	"rable\"},{\"name\":\"sections\",\"value\":[{\"kind\":\"proc_arm\",\"section\":{\"field"
	"s\":{\"mpidr_el1\":\"0x80000001\",\"running_state\":1,\"psci_state\":0},\"error_in"
	"fo\":[{\"fields\":{\"type\":2,\"error_information\":\"0x91000f\",\"physical_fault_"
	"address\":\"0x48000000\"}}]}}]}],\"result\":{\"name\":\"result\",\"value\":{\"id\":\"6"
	"f0b6f2a-5d2c-4c52-9a57-0f5d1d4a3f11\",\"state\":\"written\",\"final\":false,\"do"
	"main\":\"vm1\"}}}]},{\"name\":\"injection.get\",\"summary\":\"One injection as it "
	"is now.\",\"paramStructure\":\"by-name\",\"x-role\":\"view\",\"x-mutating\":false,\""
	"params\":[{\"name\":\"id\",\"description\":\"Id that injection.create answered.\""
	",\"required\":true,\"schema\":{\"type\":\"string\",\"maxLength\":36,\"minLength\":1}"
	"}],\"result\":{\"name\":\"result\",\"schema\":{\"type\":\"object\",\"required\":[\"id\","
	"\"state\",\"final\",\"domain\"],\"properties\":{\"id\":{\"type\":\"string\"},\"request_"
	"id\":{\"type\":\"string\"},\"domain\":{\"type\":\"string\"},\"state\":{\"type\":\"string"
	"\",\"enum\":[\"intent\",\"written\",\"consumed\",\"acknowledged\",\"refused\",\"lost\","
	"\"unknown\"]},\"final\":{\"type\":\"boolean\"},\"detail\":{\"type\":\"string\"},\"backe"
	"nd\":{\"type\":\"string\"},\"source\":{\"type\":\"integer\"},\"severity\":{\"type\":\"st"
	"ring\"},\"gpa\":{\"type\":\"string\"},\"tag\":{\"type\":\"string\"},\"uid\":{\"type\":\"in"
	"teger\"},\"record_bytes\":{\"type\":\"integer\"},\"created_ns\":{\"type\":\"integer\""
	"},\"decided_ns\":{\"type\":\"integer\"},\"ack_ns\":{\"type\":\"integer\",\"descriptio"
	"n\":\"send to acknowledgement, nanoseconds; 0 = none\"}}}},\"errors\":[{\"code"
	"\":1013,\"message\":\"not-found\"}]},{\"name\":\"injection.list\",\"summary\":\"Inje"
	"ctions, newest first.\",\"paramStructure\":\"by-name\",\"x-role\":\"view\",\"x-mut"
	"ating\":false,\"params\":[{\"name\":\"domain\",\"description\":\"Only those of thi"
	"s guest.\",\"required\":false,\"schema\":{\"type\":\"string\",\"maxLength\":63,\"min"
	"Length\":1}},{\"name\":\"limit\",\"description\":\"At most so many (default 100)"
	".\",\"required\":false,\"schema\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":100"
	"0}}],\"result\":{\"name\":\"result\",\"schema\":{\"type\":\"object\",\"required\":[\"in"
	"jections\"],\"properties\":{\"injections\":{\"type\":\"array\",\"items\":{\"type\":\"o"
	"bject\",\"required\":[\"id\",\"state\",\"final\",\"domain\"],\"properties\":{\"id\":{\"t"
	"ype\":\"string\"},\"request_id\":{\"type\":\"string\"},\"domain\":{\"type\":\"string\"}"
	",\"state\":{\"type\":\"string\",\"enum\":[\"intent\",\"written\",\"consumed\",\"acknowl"
	"edged\",\"refused\",\"lost\",\"unknown\"]},\"final\":{\"type\":\"boolean\"},\"detail\":"
	"{\"type\":\"string\"},\"backend\":{\"type\":\"string\"},\"source\":{\"type\":\"integer\""
	"},\"severity\":{\"type\":\"string\"},\"gpa\":{\"type\":\"string\"},\"tag\":{\"type\":\"st"
	"ring\"},\"uid\":{\"type\":\"integer\"},\"record_bytes\":{\"type\":\"integer\"},\"creat"
	"ed_ns\":{\"type\":\"integer\"},\"decided_ns\":{\"type\":\"integer\"},\"ack_ns\":{\"typ"
	"e\":\"integer\",\"description\":\"send to acknowledgement, nanoseconds; 0 = no"
	"ne\"}}}}}}},\"examples\":[{\"name\":\"newest\",\"params\":[{\"name\":\"limit\",\"value"
	"\":10}],\"result\":{\"name\":\"result\",\"value\":{\"injections\":[]}}}]},{\"name\":\""
	"injection.resolve\",\"summary\":\"Say what became of an injection whose stat"
	"e is unknown.\",\"paramStructure\":\"by-name\",\"x-role\":\"admin\",\"x-mutating\":"
	"true,\"params\":[{\"name\":\"id\",\"description\":\"Id that injection.create answ"
	"ered.\",\"required\":true,\"schema\":{\"type\":\"string\",\"maxLength\":36,\"minLeng"
	"th\":1}},{\"name\":\"state\",\"description\":\"What the caller knows of it.\",\"re"
	"quired\":true,\"schema\":{\"type\":\"string\",\"maxLength\":16,\"minLength\":1,\"enu"
	"m\":[\"acknowledged\",\"consumed\",\"refused\",\"lost\"]}},{\"name\":\"reason\",\"desc"
	"ription\":\"How the caller knows; kept in the journal.\",\"required\":true,\"s"
	"chema\":{\"type\":\"string\",\"maxLength\":100,\"minLength\":1,\"pattern\":\"^[ -~]*"
	"$\"}},{\"name\":\"dry_run\",\"description\":\"All checks, nothing changed.\",\"req"
	"uired\":false,\"schema\":{\"type\":\"boolean\"}}],\"result\":{\"name\":\"result\",\"sc"
	"hema\":{\"type\":\"object\",\"required\":[\"id\",\"state\",\"final\",\"domain\"],\"prope"
	"rties\":{\"id\":{\"type\":\"string\"},\"request_id\":{\"type\":\"string\"},\"domain\":{"
	"\"type\":\"string\"},\"state\":{\"type\":\"string\",\"enum\":[\"intent\",\"written\",\"co"
	"nsumed\",\"acknowledged\",\"refused\",\"lost\",\"unknown\"]},\"final\":{\"type\":\"boo"
	"lean\"},\"detail\":{\"type\":\"string\"},\"backend\":{\"type\":\"string\"},\"source\":{"
	"\"type\":\"integer\"},\"severity\":{\"type\":\"string\"},\"gpa\":{\"type\":\"string\"},\""
	"tag\":{\"type\":\"string\"},\"uid\":{\"type\":\"integer\"},\"record_bytes\":{\"type\":\""
	"integer\"},\"created_ns\":{\"type\":\"integer\"},\"decided_ns\":{\"type\":\"integer\""
	"},\"ack_ns\":{\"type\":\"integer\",\"description\":\"send to acknowledgement, nan"
	"oseconds; 0 = none\"}}}},\"errors\":[{\"code\":1013,\"message\":\"not-found\"},{\""
	"code\":1008,\"message\":\"journal-unavailable\"}]},{\"name\":\"poison.export\",\"s"
	"ummary\":\"The 4 KiB pages that a guest was told are bad, by address: thos"
	"e of recoverable records that it acknowledged or consumed, and what was "
	"imported; to be imported where it is migrated to. Needs no guest if ther"
	"e are pages. Role inject, not view: forwarded host errors will be among "
	"them, and where memory of a host fails is nothing for those who only loo"
	"k; domain.explain tells all how many.\",\"paramStructure\":\"by-name\",\"x-rol"
	"e\":\"inject\",\"x-mutating\":false,\"params\":[{\"name\":\"domain\",\"description\":"
	"\"Name of the guest, which may have left.\",\"required\":true,\"schema\":{\"typ"
	"e\":\"string\",\"maxLength\":63,\"minLength\":1}},{\"name\":\"after\",\"description\""
	":\"Only pages above this address: the last one of the answer before.\",\"re"
	"quired\":false,\"schema\":{\"type\":[\"string\",\"integer\"],\"x-c-type\":\"hex64\"}}"
	",{\"name\":\"limit\",\"description\":\"At most so many (default 1024).\",\"requir"
	"ed\":false,\"schema\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":1024}}],\"resu"
	"lt\":{\"name\":\"result\",\"schema\":{\"type\":\"object\",\"required\":[\"domain\",\"pag"
	"es\",\"more\"],\"properties\":{\"domain\":{\"type\":\"string\"},\"pages\":{\"type\":\"ar"
	"ray\",\"items\":{\"type\":\"object\",\"required\":[\"gpa\",\"seen_ns\",\"origin\"],\"pro"
	"perties\":{\"gpa\":{\"type\":\"string\",\"description\":\"of the 4 KiB page\"},\"see"
	"n_ns\":{\"type\":\"integer\",\"description\":\"when the guest was first told, ns"
	" since 1970\"},\"origin\":{\"type\":\"string\",\"description\":\"who told: injecti"
	"on and its id, or as imported\"}}}},\"more\":{\"type\":\"boolean\",\"description"
	"\":\"there are pages above the last one\"}}}},\"errors\":[{\"code\":1001,\"messa"
	"ge\":\"no-such-domain\"},{\"code\":1008,\"message\":\"journal-unavailable\"}],\"ex"
	"amples\":[{\"name\":\"export\",\"params\":[{\"name\":\"domain\",\"value\":\"vm1\"}],\"re"
	"sult\":{\"name\":\"result\",\"value\":{\"domain\":\"vm1\",\"pages\":[{\"gpa\":\"0x480000"
	"00\",\"seen_ns\":1764000000000000000,\"origin\":\"injection 6f0b6f2a-5d2c-4c52"
	"-9a57-0f5d1d4a3f10\"}],\"more\":false}}}]},{\"name\":\"poison.import\",\"summary"
	"\":\"Add to the pages that a guest was told are bad; what is known stays a"
	"s it is, so it may be repeated. A domain has at most 65536 by imports. N"
	"othing is sent to the guest.\",\"paramStructure\":\"by-name\",\"x-role\":\"admin"
	"\",\"x-mutating\":true,\"params\":[{\"name\":\"domain\",\"description\":\"Name of th"
	"e guest.\",\"required\":true,\"schema\":{\"type\":\"string\",\"maxLength\":63,\"minL"
	"ength\":1}},{\"name\":\"pages\",\"description\":\"As poison.export answers them:"
	" gpa, seen_ns and origin (printable ASCII, at most 100), by ascending gp"
	"a.\",\"required\":true,\"schema\":{\"type\":\"array\",\"minItems\":0,\"maxItems\":102"
	"4,\"items\":{\"type\":\"object\",\"required\":[\"gpa\",\"seen_ns\",\"origin\"],\"proper"
	"ties\":{\"gpa\":{\"type\":\"string\",\"description\":\"of the 4 KiB page\"},\"seen_n"
	"s\":{\"type\":\"integer\",\"description\":\"when the guest was first told, ns si"
	"nce 1970\"},\"origin\":{\"type\":\"string\",\"description\":\"who told: injection "
	"and its id, or as imported\"}}}}},{\"name\":\"dry_run\",\"description\":\"All ch"
	"ecks, nothing changed.\",\"required\":false,\"schema\":{\"type\":\"boolean\"}}],\""
	"result\":{\"name\":\"result\",\"schema\":{\"type\":\"object\",\"required\":[\"domain\","
	"\"pages\",\"new\",\"dry_run\"],\"properties\":{\"domain\":{\"type\":\"string\"},\"pages"
	"\":{\"type\":\"integer\"},\"new\":{\"type\":\"integer\",\"description\":\"pages that w"
	"ere not known\"},\"dry_run\":{\"type\":\"boolean\"}}}},\"errors\":[{\"code\":1001,\""
	"message\":\"no-such-domain\"},{\"code\":1007,\"message\":\"busy\"},{\"code\":1008,\""
	"message\":\"journal-unavailable\"}],\"examples\":[{\"name\":\"import\",\"params\":["
	"{\"name\":\"domain\",\"value\":\"vm1\"},{\"name\":\"pages\",\"value\":[{\"gpa\":\"0x48000"
	"000\",\"seen_ns\":1764000000000000000,\"origin\":\"injection 6f0b6f2a-5d2c-4c5"
	"2-9a57-0f5d1d4a3f10\"}]}],\"result\":{\"name\":\"result\",\"value\":{\"domain\":\"vm"
	"1\",\"pages\":1,\"new\":1,\"dry_run\":false}}}]},{\"name\":\"record.decode\",\"summa"
	"ry\":\"A status block as JSON.\",\"paramStructure\":\"by-name\",\"x-role\":\"view\""
	",\"x-mutating\":false,\"params\":[{\"name\":\"record_hex\",\"description\":\"The bl"
	"ock in hex.\",\"required\":true,\"schema\":{\"type\":\"string\",\"maxLength\":13107"
	"2,\"minLength\":1}}],\"result\":{\"name\":\"result\",\"schema\":{\"type\":\"object\"}}"
	",\"errors\":[{\"code\":1011,\"message\":\"invalid-record\"}]},{\"name\":\"record.en"
	"code\",\"summary\":\"JSON as a status block.\",\"paramStructure\":\"by-name\",\"x-"
	"role\":\"view\",\"x-mutating\":false,\"params\":[{\"name\":\"record\",\"description\""
	":\"The neutral form that record.decode answers.\",\"required\":true,\"schema\""
	":{\"type\":\"object\"}}],\"result\":{\"name\":\"result\",\"schema\":{\"type\":\"object\""
	",\"required\":[\"record_hex\",\"length\"],\"properties\":{\"record_hex\":{\"type\":\""
	"string\"},\"length\":{\"type\":\"integer\",\"description\":\"bytes\"}}}},\"errors\":["
	"{\"code\":1011,\"message\":\"invalid-record\"}]},{\"name\":\"rpc.discover\",\"summa"
	"ry\":\"This document.\",\"paramStructure\":\"by-name\",\"x-role\":\"view\",\"x-mutat"
	"ing\":false,\"params\":[],\"result\":{\"name\":\"result\",\"schema\":{\"type\":\"objec"
	"t\"}}},{\"name\":\"rpc.ping\",\"summary\":\"Is rasd there, and which role has th"
	"e caller.\",\"paramStructure\":\"by-name\",\"x-role\":\"view\",\"x-mutating\":false"
	",\"params\":[],\"result\":{\"name\":\"result\",\"schema\":{\"type\":\"object\",\"requir"
	"ed\":[\"pong\",\"version\",\"role\"],\"properties\":{\"pong\":{\"type\":\"boolean\"},\"v"
	"ersion\":{\"type\":\"string\"},\"now_ns\":{\"type\":\"integer\"},\"role\":{\"type\":\"st"
	"ring\"}}}},\"examples\":[{\"name\":\"ping\",\"params\":[],\"result\":{\"name\":\"resul"
	"t\",\"value\":{\"pong\":true,\"version\":\"0.1.0\",\"role\":\"admin\"}}}]}]}"
	;
