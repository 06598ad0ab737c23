// SPDX-License-Identifier: LGPL-2.1-or-later
/* Made by tools/rpcgen.py from proto/ras-rpc.json: do not edit. */
#include "control/methods/methods.h"

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
	"iption\":\"how: index, rmap (where the kernel notes it), huge-scan, near-s"
	"can, full-scan, swap-entry, history, elimination, page-flags, layout\"},\""
	"backing\":{\"type\":\"string\",\"enum\":[\"unknown\",\"anonymous\",\"shared\",\"thp\",\""
	"hugetlb\",\"ksm\"]},\"page_bytes\":{\"type\":\"integer\"},\"owners\":{\"type\":\"array"
	"\",\"items\":{\"type\":\"object\",\"required\":[\"domain\",\"state\"],\"properties\":{\""
	"domain\":{\"type\":\"string\"},\"gpa\":{\"type\":\"string\"},\"state\":{\"type\":\"strin"
	"g\"},\"alias\":{\"type\":\"boolean\",\"description\":\"the same memory at a higher"
	" guest address\"}}}},\"more_owners\":{\"type\":\"boolean\"},\"mappings\":{\"type\":"
	"\"integer\",\"description\":\"of the page by all processes, where it was coun"
	"ted\"},\"other_mappings\":{\"type\":\"boolean\",\"description\":\"others than the "
	"owners map it, too\"},\"read_ns\":{\"type\":\"integer\",\"description\":\"time of "
	"the reading that proves it, ns since 1970\"},\"seen_ns\":{\"type\":\"integer\","
	"\"description\":\"historic: when the page was there\"},\"hpa_now\":{\"type\":\"st"
	"ring\",\"description\":\"historic: where it is now\"},\"moved\":{\"type\":\"intege"
	"r\",\"description\":\"pages that moved while they were looked at, and were a"
	"sked again\"},\"detail\":{\"type\":\"string\"}}}},\"errors\":[{\"code\":1001,\"messa"
	"ge\":\"no-such-domain\"},{\"code\":1003,\"message\":\"address-not-ram\"},{\"code\":"
	"1007,\"message\":\"busy\"},{\"code\":1010,\"message\":\"guest-gone\"},{\"code\":1015"
	",\"message\":\"helper-error\"},{\"code\":1016,\"message\":\"layout-unknown\"},{\"co"
	"de\":1017,\"message\":\"timeout\"}],\"examples\":[{\"name\":\"owner\",\"params\":[{\"n"
	"ame\":\"hpa\",\"value\":\"0x10e241000\"}],\"result\":{\"name\":\"result\",\"value\":{\"h"
	"pa\":\"0x10e241000\",\"state\":\"live\",\"found\":\"index\",\"backing\":\"thp\",\"page_b"
	"ytes\":2097152,\"owners\":[{\"domain\":\"vm1\",\"gpa\":\"0x48041000\",\"state\":\"live"
	"\"}],\"read_ns\":1764000000000000000}}}]},{\"name\":\"domain.list\",\"summary\":\""
	"Every guest, and whether a record can be injected into it.\",\"paramStruct"
	"ure\":\"by-name\",\"x-role\":\"view\",\"x-mutating\":false,\"params\":[],\"result\":{"
	"\"name\":\"result\",\"schema\":{\"type\":\"object\",\"required\":[\"domains\"],\"proper"
	"ties\":{\"domains\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}},\"complete\":{"
	"\"type\":\"boolean\",\"description\":\"False where there are more guests than t"
	"he daemon keeps (4096): some that do not run are left out.\"},\"libvirt\":{"
	"\"type\":\"object\",\"description\":\"The connection to libvirt: uri, connected"
	", version, read_only, reason, hint.\"}}}},\"examples\":[{\"name\":\"list\",\"par"
	"ams\":[],\"result\":{\"name\":\"result\",\"value\":{\"domains\":[]}}}]},{\"name\":\"do"
	"main.explain\",\"summary\":\"One guest: can it take a record now, by which b"
	"ackend, and if not why and what to change.\",\"paramStructure\":\"by-name\",\""
	"x-role\":\"view\",\"x-mutating\":false,\"params\":[{\"name\":\"domain\",\"descriptio"
	"n\":\"Name of the guest.\",\"required\":true,\"schema\":{\"type\":\"string\",\"maxLe"
	"ngth\":63,\"minLength\":1}}],\"result\":{\"name\":\"result\",\"schema\":{\"type\":\"ob"
	"ject\"}},\"errors\":[{\"code\":1001,\"message\":\"no-such-domain\"}],\"examples\":["
	"{\"name\":\"explain\",\"params\":[{\"name\":\"domain\",\"value\":\"vm1\"}],\"result\":{\""
	"name\":\"result\",\"value\":{\"name\":\"vm1\"}}}]},{\"name\":\"domain.allow\",\"summar"
	"y\":\"Set what is allowed to be done to a domain of libvirt, in its metada"
	"ta.\",\"paramStructure\":\"by-name\",\"x-role\":\"admin\",\"x-mutating\":true,\"para"
	"ms\":[{\"name\":\"domain\",\"description\":\"Name of the guest.\",\"required\":true"
	",\"schema\":{\"type\":\"string\",\"maxLength\":63,\"minLength\":1}},{\"name\":\"targe"
	"t_max_severity\",\"description\":\"The worst that an operator may inject; as"
	" it is where absent.\",\"required\":false,\"schema\":{\"type\":\"string\",\"maxLen"
	"gth\":16,\"minLength\":1,\"enum\":[\"none\",\"info\",\"corrected\",\"recoverable\",\"f"
	"atal\"]}},{\"name\":\"forward_corrected\",\"description\":\"Whether real correct"
	"ed errors of the host are forwarded; as it is where absent.\",\"required\":"
	"false,\"schema\":{\"type\":\"boolean\"}},{\"name\":\"forward_uncorrected\",\"descri"
	"ption\":\"Whether real uncorrected errors of the host are forwarded; as it"
	" is where absent.\",\"required\":false,\"schema\":{\"type\":\"boolean\"}},{\"name\""
	":\"dry_run\",\"description\":\"All checks, nothing changed.\",\"required\":false"
	",\"schema\":{\"type\":\"boolean\"}}],\"result\":{\"name\":\"result\",\"schema\":{\"type"
	"\":\"object\",\"required\":[\"domain\",\"before\",\"after\",\"dry_run\"],\"properties\""
	":{\"domain\":{\"type\":\"string\"},\"before\":{\"type\":\"object\"},\"after\":{\"type\":"
	"\"object\"},\"dry_run\":{\"type\":\"boolean\"}}}},\"errors\":[{\"code\":1001,\"messag"
	"e\":\"no-such-domain\"},{\"code\":1004,\"message\":\"not-capable\"},{\"code\":1009,"
	"\"message\":\"monitor-error\"},{\"code\":1014,\"message\":\"permission\"},{\"code\":"
	"1018,\"message\":\"config\"}],\"examples\":[{\"name\":\"allow\",\"params\":[{\"name\":"
	"\"domain\",\"value\":\"vm1\"},{\"name\":\"target_max_severity\",\"value\":\"recoverab"
	"le\"}],\"result\":{\"name\":\"result\",\"value\":{\"domain\":\"vm1\",\"before\":{\"targe"
	"t_max_severity\":\"none\",\"forward_corrected\":false,\"forward_uncorrected\":f"
	"alse},\"after\":{\"target_max_severity\":\"recoverable\",\"forward_corrected\":f"
	"alse,\"forward_uncorrected\":false},\"dry_run\":false}}}]},{\"name\":\"injectio"
	"n.create\",\"summary\":\"Inject one error record into a guest.\",\"paramStruct"
	"ure\":\"by-name\",\"x-role\":\"inject\",\"x-mutating\":true,\"params\":[{\"name\":\"re"
	"quest_id\",\"description\":\"Idempotency key of the caller: the same key and"
	" parameters give the stored injection.\",\"required\":true,\"schema\":{\"type\""
	":\"string\",\"maxLength\":63,\"minLength\":1}},{\"name\":\"domain\",\"description\":"
	"\"Name of the guest; may be left out with hpa if the page has one owner.\""
	",\"required\":false,\"schema\":{\"type\":\"string\",\"maxLength\":63,\"minLength\":1"
	"}},{\"name\":\"gpa\",\"description\":\"Guest physical address of the memory err"
	"or.\",\"required\":false,\"schema\":{\"type\":[\"string\",\"integer\"],\"x-c-type\":\""
	"hex64\"}},{\"name\":\"hpa\",\"description\":\"Host physical address instead of g"
	"pa: it is translated, and verified right before the record is sent.\",\"re"
	"quired\":false,\"schema\":{\"type\":[\"string\",\"integer\"],\"x-c-type\":\"hex64\"}}"
	",{\"name\":\"severity\",\"description\":\"Severity of the memory error, and of "
	"sections that do not tell theirs (default corrected). The grant and conf"
	"irm count for the worst of block and sections.\",\"required\":false,\"schema"
	"\":{\"type\":\"string\",\"maxLength\":16,\"minLength\":1,\"enum\":[\"info\",\"correcte"
	"d\",\"recoverable\",\"fatal\"]}},{\"name\":\"tag\",\"description\":\"FRU text of the"
	" record (default rasd).\",\"required\":false,\"schema\":{\"type\":\"string\",\"max"
	"Length\":20,\"minLength\":1,\"pattern\":\"^[ -~]*$\"}},{\"name\":\"fru_id\",\"descri"
	"ption\":\"own (default: the injection's id), none, keep, or a UUID; an ent"
	"ry that has one is never changed.\",\"required\":false,\"schema\":{\"type\":\"st"
	"ring\",\"maxLength\":36,\"minLength\":1}},{\"name\":\"sections\",\"description\":\"I"
	"nstead of gpa: the sections of one block, each an entry of the neutral J"
	"SON form that record.decode shows: kind, header {error_severity, flags, "
	"fru_id, fru_text, timestamp, ...} (may be missing), section {fields {..."
	"}, error_info, context_info, ...}. A field that is given is valid. Every"
	" field is checked; addresses that Linux acts on must be RAM, processor s"
	"ections must fit the guest's architecture. Kind unknown (a vendor's sect"
	"ion_type with data): role admin.\",\"required\":false,\"schema\":{\"type\":\"arr"
	"ay\",\"minItems\":1,\"maxItems\":16,\"items\":{\"type\":\"object\"}}},{\"name\":\"bloc"
	"k\",\"description\":\"With sections: members of the block itself, as record."
	"decode shows them (block_status, raw_data, ...).\",\"required\":false,\"sche"
	"ma\":{\"type\":\"object\"}},{\"name\":\"record_hex\",\"description\":\"A whole statu"
	"s block in hex instead of gpa and severity; role admin. Its addresses ar"
	"e not checked.\",\"required\":false,\"schema\":{\"type\":\"string\",\"maxLength\":8"
	"192,\"minLength\":1}},{\"name\":\"malformed\",\"description\":\"With record_hex: "
	"the record may be invalid, but none is sent that is known to wedge, hang"
	" or panic a guest by accident or to print its memory.\",\"required\":false,"
	"\"schema\":{\"type\":\"boolean\"}},{\"name\":\"wait\",\"description\":\"Answer when t"
	"he state is final, at the latest after timeout_ms.\",\"required\":false,\"sc"
	"hema\":{\"type\":\"boolean\"}},{\"name\":\"timeout_ms\",\"description\":\"Millisecon"
	"ds to get sent and, with wait, decided (default 10000).\",\"required\":fals"
	"e,\"schema\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":600000}},{\"name\":\"dry"
	"_run\",\"description\":\"All checks, nothing journalled or sent.\",\"required\""
	":false,\"schema\":{\"type\":\"boolean\"}},{\"name\":\"confirm\",\"description\":\"Nee"
	"ded for severity fatal.\",\"required\":false,\"schema\":{\"type\":\"boolean\"}}],"
	"\"result\":{\"name\":\"result\",\"schema\":{\"type\":\"object\",\"required\":[\"id\",\"st"
	"ate\",\"final\",\"domain\"],\"properties\":{\"id\":{\"type\":\"string\"},\"request_id\""
	":{\"type\":\"string\"},\"domain\":{\"type\":\"string\"},\"state\":{\"type\":\"string\",\""
	"enum\":[\"intent\",\"written\",\"consumed\",\"acknowledged\",\"refused\",\"lost\",\"un"
	"known\"]},\"final\":{\"type\":\"boolean\"},\"detail\":{\"type\":\"string\"},\"backend\""
	":{\"type\":\"string\"},\"source\":{\"type\":\"integer\"},\"severity\":{\"type\":\"strin"
	"g\"},\"gpa\":{\"type\":\"string\"},\"tag\":{\"type\":\"string\"},\"uid\":{\"type\":\"integ"
	"er\"},\"record_bytes\":{\"type\":\"integer\"},\"created_ns\":{\"type\":\"integer\"},\""
	"decided_ns\":{\"type\":\"integer\"},\"ack_ns\":{\"type\":\"integer\",\"description\":"
	"\"send to acknowledgement, nanoseconds; 0 = none\"},\"hpa\":{\"type\":\"string\""
	",\"description\":\"with hpa: the host address asked for\"}}}},\"errors\":[{\"co"
	"de\":1001,\"message\":\"no-such-domain\"},{\"code\":1002,\"message\":\"policy-deni"
	"ed\"},{\"code\":1003,\"message\":\"address-not-ram\"},{\"code\":1004,\"message\":\"n"
	"ot-capable\"},{\"code\":1005,\"message\":\"guest-not-ready\"},{\"code\":1006,\"mes"
	"sage\":\"guest-not-running\"},{\"code\":1007,\"message\":\"busy\"},{\"code\":1008,\""
	"message\":\"journal-unavailable\"},{\"code\":1011,\"message\":\"invalid-record\"}"
	",{\"code\":1012,\"message\":\"request-id-conflict\"},{\"code\":1015,\"message\":\"h"
	"elper-error\"},{\"code\":1016,\"message\":\"layout-unknown\"},{\"code\":1020,\"mes"
	"sage\":\"needs-confirmation\"}],\"examples\":[{\"name\":\"corrected\",\"params\":[{"
	"\"name\":\"request_id\",\"value\":\"r1\"},{\"name\":\"domain\",\"value\":\"vm1\"},{\"name"
	"\":\"gpa\",\"value\":\"0x48000000\"},{\"name\":\"wait\",\"value\":true}],\"result\":{\"n"
	"ame\":\"result\",\"value\":{\"id\":\"6f0b6f2a-5d2c-4c52-9a57-0f5d1d4a3f10\",\"stat"
	"e\":\"acknowledged\",\"final\":true,\"domain\":\"vm1\"}}},{\"name\":\"sections\",\"par"
	"ams\":[{\"name\":\"request_id\",\"value\":\"r2\"},{\"name\":\"domain\",\"value\":\"vm1\"}"
	",{\"name\":\"severity\",\"value\":\"recoverable\"},{\"name\":\"sections\",\"value\":[{"
	"\"kind\":\"proc_arm\",\"section\":{\"fields\":{\"mpidr_el1\":\"0x80000001\",\"running"
	"_state\":1,\"psci_state\":0},\"error_info\":[{\"fields\":{\"type\":2,\"error_infor"
	"mation\":\"0x91000f\",\"physical_fault_address\":\"0x48000000\"}}]}}]}],\"result"
	"\":{\"name\":\"result\",\"value\":{\"id\":\"6f0b6f2a-5d2c-4c52-9a57-0f5d1d4a3f11\","
	"\"state\":\"written\",\"final\":false,\"domain\":\"vm1\"}}}]},{\"name\":\"injection.g"
	"et\",\"summary\":\"One injection as it is now.\",\"paramStructure\":\"by-name\",\""
	"x-role\":\"view\",\"x-mutating\":false,\"params\":[{\"name\":\"id\",\"description\":\""
	"Id that injection.create answered.\",\"required\":true,\"schema\":{\"type\":\"st"
	"ring\",\"maxLength\":36,\"minLength\":1}}],\"result\":{\"name\":\"result\",\"schema\""
	":{\"type\":\"object\",\"required\":[\"id\",\"state\",\"final\",\"domain\"],\"properties"
	"\":{\"id\":{\"type\":\"string\"},\"request_id\":{\"type\":\"string\"},\"domain\":{\"type"
	"\":\"string\"},\"state\":{\"type\":\"string\",\"enum\":[\"intent\",\"written\",\"consume"
	"d\",\"acknowledged\",\"refused\",\"lost\",\"unknown\"]},\"final\":{\"type\":\"boolean\""
	"},\"detail\":{\"type\":\"string\"},\"backend\":{\"type\":\"string\"},\"source\":{\"type"
	"\":\"integer\"},\"severity\":{\"type\":\"string\"},\"gpa\":{\"type\":\"string\"},\"tag\":"
	"{\"type\":\"string\"},\"uid\":{\"type\":\"integer\"},\"record_bytes\":{\"type\":\"integ"
	"er\"},\"created_ns\":{\"type\":\"integer\"},\"decided_ns\":{\"type\":\"integer\"},\"ac"
	"k_ns\":{\"type\":\"integer\",\"description\":\"send to acknowledgement, nanoseco"
	"nds; 0 = none\"}}}},\"errors\":[{\"code\":1013,\"message\":\"not-found\"}]},{\"nam"
	"e\":\"injection.list\",\"summary\":\"Injections, newest first.\",\"paramStructur"
	"e\":\"by-name\",\"x-role\":\"view\",\"x-mutating\":false,\"params\":[{\"name\":\"domai"
	"n\",\"description\":\"Only those of this guest.\",\"required\":false,\"schema\":{"
	"\"type\":\"string\",\"maxLength\":63,\"minLength\":1}},{\"name\":\"limit\",\"descript"
	"ion\":\"At most so many (default 100).\",\"required\":false,\"schema\":{\"type\":"
	"\"integer\",\"minimum\":1,\"maximum\":1000}}],\"result\":{\"name\":\"result\",\"schem"
	"a\":{\"type\":\"object\",\"required\":[\"injections\"],\"properties\":{\"injections\""
	":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"id\",\"state\",\"fina"
	"l\",\"domain\"],\"properties\":{\"id\":{\"type\":\"string\"},\"request_id\":{\"type\":\""
	"string\"},\"domain\":{\"type\":\"string\"},\"state\":{\"type\":\"string\",\"enum\":[\"in"
	"tent\",\"written\",\"consumed\",\"acknowledged\",\"refused\",\"lost\",\"unknown\"]},\""
	"final\":{\"type\":\"boolean\"},\"detail\":{\"type\":\"string\"},\"backend\":{\"type\":\""
	"string\"},\"source\":{\"type\":\"integer\"},\"severity\":{\"type\":\"string\"},\"gpa\":"
	"{\"type\":\"string\"},\"tag\":{\"type\":\"string\"},\"uid\":{\"type\":\"integer\"},\"reco"
	"rd_bytes\":{\"type\":\"integer\"},\"created_ns\":{\"type\":\"integer\"},\"decided_ns"
	"\":{\"type\":\"integer\"},\"ack_ns\":{\"type\":\"integer\",\"description\":\"send to a"
	"cknowledgement, nanoseconds; 0 = none\"}}}}}}},\"examples\":[{\"name\":\"newes"
	"t\",\"params\":[{\"name\":\"limit\",\"value\":10}],\"result\":{\"name\":\"result\",\"val"
	"ue\":{\"injections\":[]}}}]},{\"name\":\"injection.resolve\",\"summary\":\"Say wha"
	"t became of an injection whose state is unknown.\",\"paramStructure\":\"by-n"
	"ame\",\"x-role\":\"admin\",\"x-mutating\":true,\"params\":[{\"name\":\"id\",\"descript"
	"ion\":\"Id that injection.create answered.\",\"required\":true,\"schema\":{\"typ"
	"e\":\"string\",\"maxLength\":36,\"minLength\":1}},{\"name\":\"state\",\"description\""
	":\"What the caller knows of it.\",\"required\":true,\"schema\":{\"type\":\"string"
	"\",\"maxLength\":16,\"minLength\":1,\"enum\":[\"acknowledged\",\"consumed\",\"refuse"
	"d\",\"lost\"]}},{\"name\":\"reason\",\"description\":\"How the caller knows; kept "
	"in the journal.\",\"required\":true,\"schema\":{\"type\":\"string\",\"maxLength\":1"
	"00,\"minLength\":1,\"pattern\":\"^[ -~]*$\"}},{\"name\":\"dry_run\",\"description\":"
	"\"All checks, nothing changed.\",\"required\":false,\"schema\":{\"type\":\"boolea"
	"n\"}}],\"result\":{\"name\":\"result\",\"schema\":{\"type\":\"object\",\"required\":[\"i"
	"d\",\"state\",\"final\",\"domain\"],\"properties\":{\"id\":{\"type\":\"string\"},\"reque"
	"st_id\":{\"type\":\"string\"},\"domain\":{\"type\":\"string\"},\"state\":{\"type\":\"str"
	"ing\",\"enum\":[\"intent\",\"written\",\"consumed\",\"acknowledged\",\"refused\",\"los"
	"t\",\"unknown\"]},\"final\":{\"type\":\"boolean\"},\"detail\":{\"type\":\"string\"},\"ba"
	"ckend\":{\"type\":\"string\"},\"source\":{\"type\":\"integer\"},\"severity\":{\"type\":"
	"\"string\"},\"gpa\":{\"type\":\"string\"},\"tag\":{\"type\":\"string\"},\"uid\":{\"type\":"
	"\"integer\"},\"record_bytes\":{\"type\":\"integer\"},\"created_ns\":{\"type\":\"integ"
	"er\"},\"decided_ns\":{\"type\":\"integer\"},\"ack_ns\":{\"type\":\"integer\",\"descrip"
	"tion\":\"send to acknowledgement, nanoseconds; 0 = none\"}}}},\"errors\":[{\"c"
	"ode\":1013,\"message\":\"not-found\"},{\"code\":1008,\"message\":\"journal-unavail"
	"able\"}]},{\"name\":\"poison.export\",\"summary\":\"The 4 KiB pages that a guest"
	" was told are bad, by address: those of recoverable records that it ackn"
	"owledged or consumed, and what was imported; to be imported where it is "
	"migrated to. Needs no guest if there are pages. Role inject, not view: f"
	"orwarded host errors will be among them, and where memory of a host fail"
	"s is nothing for those who only look; domain.explain tells all how many."
	"\",\"paramStructure\":\"by-name\",\"x-role\":\"inject\",\"x-mutating\":false,\"param"
	"s\":[{\"name\":\"domain\",\"description\":\"Name of the guest, which may have le"
	"ft.\",\"required\":true,\"schema\":{\"type\":\"string\",\"maxLength\":63,\"minLength"
	"\":1}},{\"name\":\"after\",\"description\":\"Only pages above this address: the "
	"last one of the answer before.\",\"required\":false,\"schema\":{\"type\":[\"stri"
	"ng\",\"integer\"],\"x-c-type\":\"hex64\"}},{\"name\":\"limit\",\"description\":\"At mo"
	"st so many (default 1024).\",\"required\":false,\"schema\":{\"type\":\"integer\","
	"\"minimum\":1,\"maximum\":1024}}],\"result\":{\"name\":\"result\",\"schema\":{\"type\""
	":\"object\",\"required\":[\"domain\",\"pages\",\"more\"],\"properties\":{\"domain\":{\""
	"type\":\"string\"},\"pages\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"requir"
	"ed\":[\"gpa\",\"seen_ns\",\"origin\"],\"properties\":{\"gpa\":{\"type\":\"string\",\"des"
	"cription\":\"of the 4 KiB page\"},\"seen_ns\":{\"type\":\"integer\",\"description\""
	":\"when the guest was first told, ns since 1970\"},\"origin\":{\"type\":\"strin"
	"g\",\"description\":\"who told: injection and its id, or as imported\"}}}},\"m"
	"ore\":{\"type\":\"boolean\",\"description\":\"there are pages above the last one"
	"\"}}}},\"errors\":[{\"code\":1001,\"message\":\"no-such-domain\"},{\"code\":1008,\"m"
	"essage\":\"journal-unavailable\"}],\"examples\":[{\"name\":\"export\",\"params\":[{"
	"\"name\":\"domain\",\"value\":\"vm1\"}],\"result\":{\"name\":\"result\",\"value\":{\"doma"
	"in\":\"vm1\",\"pages\":[{\"gpa\":\"0x48000000\",\"seen_ns\":1764000000000000000,\"or"
	"igin\":\"injection 6f0b6f2a-5d2c-4c52-9a57-0f5d1d4a3f10\"}],\"more\":false}}}"
	"]},{\"name\":\"poison.import\",\"summary\":\"Add to the pages that a guest was "
	"told are bad; what is known stays as it is, so it may be repeated. A dom"
	"ain has at most 65536 by imports. Nothing is sent to the guest.\",\"paramS"
	"tructure\":\"by-name\",\"x-role\":\"admin\",\"x-mutating\":true,\"params\":[{\"name\""
	":\"domain\",\"description\":\"Name of the guest.\",\"required\":true,\"schema\":{\""
	"type\":\"string\",\"maxLength\":63,\"minLength\":1}},{\"name\":\"pages\",\"descripti"
	"on\":\"As poison.export answers them: gpa, seen_ns and origin (printable A"
	"SCII, at most 100), by ascending gpa.\",\"required\":true,\"schema\":{\"type\":"
	"\"array\",\"minItems\":0,\"maxItems\":1024,\"items\":{\"type\":\"object\",\"required\""
	":[\"gpa\",\"seen_ns\",\"origin\"],\"properties\":{\"gpa\":{\"type\":\"string\",\"descri"
	"ption\":\"of the 4 KiB page\"},\"seen_ns\":{\"type\":\"integer\",\"description\":\"w"
	"hen the guest was first told, ns since 1970\"},\"origin\":{\"type\":\"string\","
	"\"description\":\"who told: injection and its id, or as imported\"}}}}},{\"na"
	"me\":\"dry_run\",\"description\":\"All checks, nothing changed.\",\"required\":fa"
	"lse,\"schema\":{\"type\":\"boolean\"}}],\"result\":{\"name\":\"result\",\"schema\":{\"t"
	"ype\":\"object\",\"required\":[\"domain\",\"pages\",\"new\",\"dry_run\"],\"properties\""
	":{\"domain\":{\"type\":\"string\"},\"pages\":{\"type\":\"integer\"},\"new\":{\"type\":\"i"
	"nteger\",\"description\":\"pages that were not known\"},\"dry_run\":{\"type\":\"bo"
	"olean\"}}}},\"errors\":[{\"code\":1001,\"message\":\"no-such-domain\"},{\"code\":10"
	"07,\"message\":\"busy\"},{\"code\":1008,\"message\":\"journal-unavailable\"}],\"exa"
	"mples\":[{\"name\":\"import\",\"params\":[{\"name\":\"domain\",\"value\":\"vm1\"},{\"nam"
	"e\":\"pages\",\"value\":[{\"gpa\":\"0x48000000\",\"seen_ns\":1764000000000000000,\"o"
	"rigin\":\"injection 6f0b6f2a-5d2c-4c52-9a57-0f5d1d4a3f10\"}]}],\"result\":{\"n"
	"ame\":\"result\",\"value\":{\"domain\":\"vm1\",\"pages\":1,\"new\":1,\"dry_run\":false}"
	"}}]},{\"name\":\"record.decode\",\"summary\":\"A status block as JSON.\",\"paramS"
	"tructure\":\"by-name\",\"x-role\":\"view\",\"x-mutating\":false,\"params\":[{\"name\""
	":\"record_hex\",\"description\":\"The block in hex.\",\"required\":true,\"schema\""
	":{\"type\":\"string\",\"maxLength\":131072,\"minLength\":1}}],\"result\":{\"name\":\""
	"result\",\"schema\":{\"type\":\"object\"}},\"errors\":[{\"code\":1011,\"message\":\"in"
	"valid-record\"}]},{\"name\":\"record.encode\",\"summary\":\"JSON as a status blo"
	"ck.\",\"paramStructure\":\"by-name\",\"x-role\":\"view\",\"x-mutating\":false,\"para"
	"ms\":[{\"name\":\"record\",\"description\":\"The neutral form that record.decode"
	" answers.\",\"required\":true,\"schema\":{\"type\":\"object\"}}],\"result\":{\"name\""
	":\"result\",\"schema\":{\"type\":\"object\",\"required\":[\"record_hex\",\"length\"],\""
	"properties\":{\"record_hex\":{\"type\":\"string\"},\"length\":{\"type\":\"integer\",\""
	"description\":\"bytes\"}}}},\"errors\":[{\"code\":1011,\"message\":\"invalid-recor"
	"d\"}]},{\"name\":\"rpc.discover\",\"summary\":\"This document.\",\"paramStructure\""
	":\"by-name\",\"x-role\":\"view\",\"x-mutating\":false,\"params\":[],\"result\":{\"nam"
	"e\":\"result\",\"schema\":{\"type\":\"object\"}}},{\"name\":\"rpc.ping\",\"summary\":\"I"
	"s rasd there, which role has the caller, and how are host pages found.\","
	"\"paramStructure\":\"by-name\",\"x-role\":\"view\",\"x-mutating\":false,\"params\":["
	"],\"result\":{\"name\":\"result\",\"schema\":{\"type\":\"object\",\"required\":[\"pong\""
	",\"version\",\"role\",\"pages\"],\"properties\":{\"pong\":{\"type\":\"boolean\"},\"vers"
	"ion\":{\"type\":\"string\"},\"now_ns\":{\"type\":\"integer\"},\"role\":{\"type\":\"strin"
	"g\"}}}},\"examples\":[{\"name\":\"ping\",\"params\":[],\"result\":{\"name\":\"result\","
	"\"value\":{\"pong\":true,\"version\":\"0.1.0\",\"role\":\"admin\"}}}]}]}"
	;
