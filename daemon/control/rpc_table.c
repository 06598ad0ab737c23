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
	":\"address.translate\",\"summary\":\"The owner of a host physical page, or th"
	"e host page of a guest address. Needs role inject, because the kernel hi"
	"des page numbers from users (rowhammer), and because a search costs the "
	"guests time.\",\"paramStructure\":\"by-name\",\"x-role\":\"inject\",\"x-mutating\":"
	"false,\"params\":[{\"name\":\"hpa\",\"description\":\"Host physical address. Inst"
	"ead of it: domain and gpa.\",\"required\":false,\"schema\":{\"type\":[\"string\","
	"\"integer\"],\"x-c-type\":\"hex64\"}},{\"name\":\"domain\",\"description\":\"Name of "
	"the guest; only with gpa.\",\"required\":false,\"schema\":{\"type\":\"string\",\"m"
	"axLength\":63,\"minLength\":1}},{\"name\":\"gpa\",\"description\":\"Guest physical"
	" address.\",\"required\":false,\"schema\":{\"type\":[\"string\",\"integer\"],\"x-c-t"
	"ype\":\"hex64\"}},{\"name\":\"timeout_ms\",\"description\":\"Milliseconds that a s"
	"earch may take (default 10000).\",\"required\":false,\"schema\":{\"type\":\"inte"
	"ger\",\"minimum\":1,\"maximum\":600000}}],\"result\":{\"name\":\"result\",\"schema\":"
	"{\"type\":\"object\",\"required\":[\"state\",\"found\",\"owners\",\"read_ns\"],\"proper"
	"ties\":{\"hpa\":{\"type\":\"string\",\"description\":\"absent: there is no host pa"
	"ge\"},\"state\":{\"type\":\"string\",\"enum\":[\"live\",\"poisoned\",\"historic\",\"prob"
	"able\",\"unbacked\",\"swapped\",\"host\",\"qemu-internal\"]},\"found\":{\"type\":\"str"
	"ing\",\"description\":\"how: index, rmap (by what the kernel records of the "
	"page), huge-scan, near-scan, full-scan, swap-entry, history, elimination"
	", page-flags, layout\"},\"backing\":{\"type\":\"string\",\"enum\":[\"unknown\",\"ano"
	"nymous\",\"shared\",\"thp\",\"hugetlb\",\"ksm\"]},\"page_bytes\":{\"type\":\"integer\"}"
	",\"owners\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"domain\","
	"\"state\"],\"properties\":{\"domain\":{\"type\":\"string\"},\"gpa\":{\"type\":\"string\""
	"},\"state\":{\"type\":\"string\"},\"alias\":{\"type\":\"boolean\",\"description\":\"the"
	" same memory at a higher guest address\"}}}},\"more_owners\":{\"type\":\"boole"
	"an\"},\"mappings\":{\"type\":\"integer\",\"description\":\"number of mappings by a"
	"ll processes, if it was counted\"},\"other_mappings\":{\"type\":\"boolean\",\"de"
	"scription\":\"processes that are no owners map it too\"},\"read_ns\":{\"type\":"
	"\"integer\",\"description\":\"when the proof was read, ns since 1970\"},\"seen_"
	"ns\":{\"type\":\"integer\",\"description\":\"historic: when the page was there\"}"
	",\"hpa_now\":{\"type\":\"string\",\"description\":\"historic: where it is now\"},\""
	"moved\":{\"type\":\"integer\",\"description\":\"pages that moved meanwhile and w"
	"ere read again\"},\"detail\":{\"type\":\"string\"}}}},\"errors\":[{\"code\":1001,\"m"
	"essage\":\"no-such-domain\"},{\"code\":1003,\"message\":\"address-not-ram\"},{\"co"
	"de\":1007,\"message\":\"busy\"},{\"code\":1010,\"message\":\"guest-gone\"},{\"code\":"
	"1015,\"message\":\"helper-error\"},{\"code\":1016,\"message\":\"layout-unknown\"},"
	"{\"code\":1017,\"message\":\"timeout\"}],\"examples\":[{\"name\":\"owner\",\"params\":"
	"[{\"name\":\"hpa\",\"value\":\"0x10e241000\"}],\"result\":{\"name\":\"result\",\"value\""
	":{\"hpa\":\"0x10e241000\",\"state\":\"live\",\"found\":\"index\",\"backing\":\"thp\",\"pa"
	"ge_bytes\":2097152,\"owners\":[{\"domain\":\"vm1\",\"gpa\":\"0x48041000\",\"state\":\""
	"live\"}],\"read_ns\":1764000000000000000}}}]},{\"name\":\"domain.list\",\"summar"
	"y\":\"Every guest, and whether a record can be injected into it.\",\"paramSt"
	"ructure\":\"by-name\",\"x-role\":\"view\",\"x-mutating\":false,\"params\":[],\"resul"
	"t\":{\"name\":\"result\",\"schema\":{\"type\":\"object\",\"required\":[\"domains\"],\"pr"
	"operties\":{\"domains\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}},\"complet"
	"e\":{\"type\":\"boolean\",\"description\":\"False if there are more guests than "
	"rasd keeps (4096). Then some that do not run are left out.\"},\"libvirt\":{"
	"\"type\":\"object\",\"description\":\"The connection to libvirt: uri, connected"
	", version, read_only, reason, hint.\"}}}},\"examples\":[{\"name\":\"list\",\"par"
	"ams\":[],\"result\":{\"name\":\"result\",\"value\":{\"domains\":[]}}}]},{\"name\":\"do"
	"main.explain\",\"summary\":\"One guest: whether it can take a record now, by"
	" which backend, and if not, why and what to change.\",\"paramStructure\":\"b"
	"y-name\",\"x-role\":\"view\",\"x-mutating\":false,\"params\":[{\"name\":\"domain\",\"d"
	"escription\":\"Name of the guest.\",\"required\":true,\"schema\":{\"type\":\"strin"
	"g\",\"maxLength\":63,\"minLength\":1}}],\"result\":{\"name\":\"result\",\"schema\":{\""
	"type\":\"object\"}},\"errors\":[{\"code\":1001,\"message\":\"no-such-domain\"}],\"ex"
	"amples\":[{\"name\":\"explain\",\"params\":[{\"name\":\"domain\",\"value\":\"vm1\"}],\"r"
	"esult\":{\"name\":\"result\",\"value\":{\"name\":\"vm1\"}}}]},{\"name\":\"domain.allow"
	"\",\"summary\":\"Set the grants of a libvirt domain in its metadata.\",\"param"
	"Structure\":\"by-name\",\"x-role\":\"admin\",\"x-mutating\":true,\"params\":[{\"name"
	"\":\"domain\",\"description\":\"Name of the guest.\",\"required\":true,\"schema\":{"
	"\"type\":\"string\",\"maxLength\":63,\"minLength\":1}},{\"name\":\"target_max_sever"
	"ity\",\"description\":\"The worst severity that an operator may inject. If a"
	"bsent, it stays as it is.\",\"required\":false,\"schema\":{\"type\":\"string\",\"m"
	"axLength\":16,\"minLength\":1,\"enum\":[\"none\",\"info\",\"corrected\",\"recoverabl"
	"e\",\"fatal\"]}},{\"name\":\"forward_corrected\",\"description\":\"Whether real co"
	"rrected errors of the host are forwarded. If absent, it stays as it is.\""
	",\"required\":false,\"schema\":{\"type\":\"boolean\"}},{\"name\":\"forward_uncorrec"
	"ted\",\"description\":\"Whether real uncorrected errors of the host are forw"
	"arded. If absent, it stays as it is.\",\"required\":false,\"schema\":{\"type\":"
	"\"boolean\"}},{\"name\":\"dry_run\",\"description\":\"Make all checks, change not"
	"hing.\",\"required\":false,\"schema\":{\"type\":\"boolean\"}}],\"result\":{\"name\":\""
	"result\",\"schema\":{\"type\":\"object\",\"required\":[\"domain\",\"before\",\"after\","
	"\"dry_run\"],\"properties\":{\"domain\":{\"type\":\"string\"},\"before\":{\"type\":\"ob"
	"ject\"},\"after\":{\"type\":\"object\"},\"dry_run\":{\"type\":\"boolean\"}}}},\"errors"
	"\":[{\"code\":1001,\"message\":\"no-such-domain\"},{\"code\":1004,\"message\":\"not-"
	"capable\"},{\"code\":1009,\"message\":\"monitor-error\"},{\"code\":1014,\"message\""
	":\"permission\"},{\"code\":1018,\"message\":\"config\"}],\"examples\":[{\"name\":\"al"
	"low\",\"params\":[{\"name\":\"domain\",\"value\":\"vm1\"},{\"name\":\"target_max_sever"
	"ity\",\"value\":\"recoverable\"}],\"result\":{\"name\":\"result\",\"value\":{\"domain\""
	":\"vm1\",\"before\":{\"target_max_severity\":\"none\",\"forward_corrected\":false,"
	"\"forward_uncorrected\":false},\"after\":{\"target_max_severity\":\"recoverable"
	"\",\"forward_corrected\":false,\"forward_uncorrected\":false},\"dry_run\":false"
	"}}}]},{\"name\":\"injection.create\",\"summary\":\"Inject one error record into"
	" a guest.\",\"paramStructure\":\"by-name\",\"x-role\":\"inject\",\"x-mutating\":tru"
	"e,\"params\":[{\"name\":\"request_id\",\"description\":\"Idempotency key of the c"
	"aller: the same key with the same parameters returns the stored injectio"
	"n.\",\"required\":true,\"schema\":{\"type\":\"string\",\"maxLength\":63,\"minLength\""
	":1}},{\"name\":\"domain\",\"description\":\"Name of the guest; may be left out "
	"with hpa if the page has one owner.\",\"required\":false,\"schema\":{\"type\":\""
	"string\",\"maxLength\":63,\"minLength\":1}},{\"name\":\"gpa\",\"description\":\"Gues"
	"t physical address of the memory error.\",\"required\":false,\"schema\":{\"typ"
	"e\":[\"string\",\"integer\"],\"x-c-type\":\"hex64\"}},{\"name\":\"hpa\",\"description\""
	":\"Host physical address instead of gpa. It is translated, and the result"
	" is verified right before the record is sent.\",\"required\":false,\"schema\""
	":{\"type\":[\"string\",\"integer\"],\"x-c-type\":\"hex64\"}},{\"name\":\"severity\",\"d"
	"escription\":\"Severity of the memory error, and of sections without their"
	" own (default corrected). Grant and confirm must cover the worst severit"
	"y of block and sections.\",\"required\":false,\"schema\":{\"type\":\"string\",\"ma"
	"xLength\":16,\"minLength\":1,\"enum\":[\"info\",\"corrected\",\"recoverable\",\"fata"
	"l\"]}},{\"name\":\"tag\",\"description\":\"FRU text of the record (default rasd)"
	".\",\"required\":false,\"schema\":{\"type\":\"string\",\"maxLength\":20,\"minLength\""
	":1,\"pattern\":\"^[ -~]*$\"}},{\"name\":\"fru_id\",\"description\":\"own (default: "
	"the injection's id), none, keep, or a UUID. An entry that has an FRU id "
	"is never changed.\",\"required\":false,\"schema\":{\"type\":\"string\",\"maxLength"
	"\":36,\"minLength\":1}},{\"name\":\"sections\",\"description\":\"Instead of gpa: t"
	"he sections of one block, each an entry of the neutral JSON form that re"
	"cord.decode shows: kind, header {error_severity, flags, fru_id, fru_text"
	", timestamp, ...} (may be missing), section {fields {...}, error_info, c"
	"ontext_info, ...}. A field that is given is valid. Every field is checke"
	"d; addresses that Linux acts on must be RAM, processor sections must fit"
	" the guest's architecture. Kind unknown (a vendor's section_type with da"
	"ta): role admin.\",\"required\":false,\"schema\":{\"type\":\"array\",\"minItems\":1"
	",\"maxItems\":16,\"items\":{\"type\":\"object\"}}},{\"name\":\"block\",\"description\""
	":\"With sections: members of the block itself, as record.decode shows the"
	"m (block_status, raw_data, ...).\",\"required\":false,\"schema\":{\"type\":\"obj"
	"ect\"}},{\"name\":\"record_hex\",\"description\":\"A whole status block in hex, "
	"instead of gpa and severity. Role admin. Its addresses are not checked.\""
	",\"required\":false,\"schema\":{\"type\":\"string\",\"maxLength\":8192,\"minLength\""
	":1}},{\"name\":\"malformed\",\"description\":\"With record_hex: the record may "
	"be invalid. rasd still sends none that is known to wedge, hang or panic "
	"a guest by accident or to print its memory.\",\"required\":false,\"schema\":{"
	"\"type\":\"boolean\"}},{\"name\":\"wait\",\"description\":\"Answer only when the st"
	"ate is final, at the latest after timeout_ms.\",\"required\":false,\"schema\""
	":{\"type\":\"boolean\"}},{\"name\":\"timeout_ms\",\"description\":\"Time limit to s"
	"end the record and, with wait, to decide it, in milliseconds (default 10"
	"000).\",\"required\":false,\"schema\":{\"type\":\"integer\",\"minimum\":1,\"maximum\""
	":600000}},{\"name\":\"dry_run\",\"description\":\"Make all checks, journal and "
	"send nothing.\",\"required\":false,\"schema\":{\"type\":\"boolean\"}},{\"name\":\"co"
	"nfirm\",\"description\":\"Needed for severity fatal.\",\"required\":false,\"sche"
	"ma\":{\"type\":\"boolean\"}}],\"result\":{\"name\":\"result\",\"schema\":{\"type\":\"obj"
	"ect\",\"required\":[\"id\",\"state\",\"final\",\"domain\"],\"properties\":{\"id\":{\"typ"
	"e\":\"string\"},\"request_id\":{\"type\":\"string\"},\"domain\":{\"type\":\"string\"},\""
	"state\":{\"type\":\"string\",\"enum\":[\"intent\",\"written\",\"consumed\",\"acknowled"
	"ged\",\"refused\",\"lost\",\"unknown\"]},\"final\":{\"type\":\"boolean\"},\"detail\":{\""
	"type\":\"string\"},\"backend\":{\"type\":\"string\"},\"source\":{\"type\":\"integer\"},"
	"\"severity\":{\"type\":\"string\"},\"gpa\":{\"type\":\"string\"},\"tag\":{\"type\":\"stri"
	"ng\"},\"uid\":{\"type\":\"integer\"},\"record_bytes\":{\"type\":\"integer\"},\"created"
	"_ns\":{\"type\":\"integer\"},\"decided_ns\":{\"type\":\"integer\"},\"ack_ns\":{\"type\""
	":\"integer\",\"description\":\"nanoseconds from send to acknowledgement; 0: n"
	"one\"},\"hpa\":{\"type\":\"string\",\"description\":\"with hpa: the host address a"
	"sked for\"}}}},\"errors\":[{\"code\":1001,\"message\":\"no-such-domain\"},{\"code\""
	":1002,\"message\":\"policy-denied\"},{\"code\":1003,\"message\":\"address-not-ram"
	"\"},{\"code\":1004,\"message\":\"not-capable\"},{\"code\":1005,\"message\":\"guest-n"
	"ot-ready\"},{\"code\":1006,\"message\":\"guest-not-running\"},{\"code\":1007,\"mes"
	"sage\":\"busy\"},{\"code\":1008,\"message\":\"journal-unavailable\"},{\"code\":1011"
	",\"message\":\"invalid-record\"},{\"code\":1012,\"message\":\"request-id-conflict"
	"\"},{\"code\":1015,\"message\":\"helper-error\"},{\"code\":1016,\"message\":\"layout"
	"-unknown\"},{\"code\":1020,\"message\":\"needs-confirmation\"}],\"examples\":[{\"n"
	"ame\":\"corrected\",\"params\":[{\"name\":\"request_id\",\"value\":\"r1\"},{\"name\":\"d"
	"omain\",\"value\":\"vm1\"},{\"name\":\"gpa\",\"value\":\"0x48000000\"},{\"name\":\"wait\""
	",\"value\":true}],\"result\":{\"name\":\"result\",\"value\":{\"id\":\"6f0b6f2a-5d2c-4"
	"c52-9a57-0f5d1d4a3f10\",\"state\":\"acknowledged\",\"final\":true,\"domain\":\"vm1"
	"\"}}},{\"name\":\"sections\",\"params\":[{\"name\":\"request_id\",\"value\":\"r2\"},{\"n"
	"ame\":\"domain\",\"value\":\"vm1\"},{\"name\":\"severity\",\"value\":\"recoverable\"},{"
	"\"name\":\"sections\",\"value\":[{\"kind\":\"proc_arm\",\"section\":{\"fields\":{\"mpid"
	"r_el1\":\"0x80000001\",\"running_state\":1,\"psci_state\":0},\"error_info\":[{\"fi"
	"elds\":{\"type\":2,\"error_information\":\"0x91000f\",\"physical_fault_address\":"
	"\"0x48000000\"}}]}}]}],\"result\":{\"name\":\"result\",\"value\":{\"id\":\"6f0b6f2a-5"
	"d2c-4c52-9a57-0f5d1d4a3f11\",\"state\":\"written\",\"final\":false,\"domain\":\"vm"
	"1\"}}}]},{\"name\":\"injection.get\",\"summary\":\"One injection as it is now.\","
	"\"paramStructure\":\"by-name\",\"x-role\":\"view\",\"x-mutating\":false,\"params\":["
	"{\"name\":\"id\",\"description\":\"Id that injection.create returned.\",\"require"
	"d\":true,\"schema\":{\"type\":\"string\",\"maxLength\":36,\"minLength\":1}}],\"resul"
	"t\":{\"name\":\"result\",\"schema\":{\"type\":\"object\",\"required\":[\"id\",\"state\",\""
	"final\",\"domain\"],\"properties\":{\"id\":{\"type\":\"string\"},\"request_id\":{\"typ"
	"e\":\"string\"},\"domain\":{\"type\":\"string\"},\"state\":{\"type\":\"string\",\"enum\":"
	"[\"intent\",\"written\",\"consumed\",\"acknowledged\",\"refused\",\"lost\",\"unknown\""
	"]},\"final\":{\"type\":\"boolean\"},\"detail\":{\"type\":\"string\"},\"backend\":{\"typ"
	"e\":\"string\"},\"source\":{\"type\":\"integer\"},\"severity\":{\"type\":\"string\"},\"g"
	"pa\":{\"type\":\"string\"},\"tag\":{\"type\":\"string\"},\"uid\":{\"type\":\"integer\"},\""
	"record_bytes\":{\"type\":\"integer\"},\"created_ns\":{\"type\":\"integer\"},\"decide"
	"d_ns\":{\"type\":\"integer\"},\"ack_ns\":{\"type\":\"integer\",\"description\":\"nanos"
	"econds from send to acknowledgement; 0: none\"}}}},\"errors\":[{\"code\":1013"
	",\"message\":\"not-found\"}]},{\"name\":\"injection.list\",\"summary\":\"Injections"
	", newest first.\",\"paramStructure\":\"by-name\",\"x-role\":\"view\",\"x-mutating\""
	":false,\"params\":[{\"name\":\"domain\",\"description\":\"Only those of this gues"
	"t.\",\"required\":false,\"schema\":{\"type\":\"string\",\"maxLength\":63,\"minLength"
	"\":1}},{\"name\":\"limit\",\"description\":\"Maximum number (default 100).\",\"req"
	"uired\":false,\"schema\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":1000}}],\"r"
	"esult\":{\"name\":\"result\",\"schema\":{\"type\":\"object\",\"required\":[\"injection"
	"s\"],\"properties\":{\"injections\":{\"type\":\"array\",\"items\":{\"type\":\"object\","
	"\"required\":[\"id\",\"state\",\"final\",\"domain\"],\"properties\":{\"id\":{\"type\":\"s"
	"tring\"},\"request_id\":{\"type\":\"string\"},\"domain\":{\"type\":\"string\"},\"state"
	"\":{\"type\":\"string\",\"enum\":[\"intent\",\"written\",\"consumed\",\"acknowledged\","
	"\"refused\",\"lost\",\"unknown\"]},\"final\":{\"type\":\"boolean\"},\"detail\":{\"type\""
	":\"string\"},\"backend\":{\"type\":\"string\"},\"source\":{\"type\":\"integer\"},\"seve"
	"rity\":{\"type\":\"string\"},\"gpa\":{\"type\":\"string\"},\"tag\":{\"type\":\"string\"},"
	"\"uid\":{\"type\":\"integer\"},\"record_bytes\":{\"type\":\"integer\"},\"created_ns\":"
	"{\"type\":\"integer\"},\"decided_ns\":{\"type\":\"integer\"},\"ack_ns\":{\"type\":\"int"
	"eger\",\"description\":\"nanoseconds from send to acknowledgement; 0: none\"}"
	"}}}}}},\"examples\":[{\"name\":\"newest\",\"params\":[{\"name\":\"limit\",\"value\":10"
	"}],\"result\":{\"name\":\"result\",\"value\":{\"injections\":[]}}}]},{\"name\":\"inje"
	"ction.resolve\",\"summary\":\"Decide an injection whose state is unknown.\",\""
	"paramStructure\":\"by-name\",\"x-role\":\"admin\",\"x-mutating\":true,\"params\":[{"
	"\"name\":\"id\",\"description\":\"Id that injection.create returned.\",\"required"
	"\":true,\"schema\":{\"type\":\"string\",\"maxLength\":36,\"minLength\":1}},{\"name\":"
	"\"state\",\"description\":\"The outcome, as far as the caller knows it.\",\"req"
	"uired\":true,\"schema\":{\"type\":\"string\",\"maxLength\":16,\"minLength\":1,\"enum"
	"\":[\"acknowledged\",\"consumed\",\"refused\",\"lost\"]}},{\"name\":\"reason\",\"descr"
	"iption\":\"How the caller knows. The journal keeps it.\",\"required\":true,\"s"
	"chema\":{\"type\":\"string\",\"maxLength\":100,\"minLength\":1,\"pattern\":\"^[ -~]*"
	"$\"}},{\"name\":\"dry_run\",\"description\":\"Make all checks, change nothing.\","
	"\"required\":false,\"schema\":{\"type\":\"boolean\"}}],\"result\":{\"name\":\"result\""
	",\"schema\":{\"type\":\"object\",\"required\":[\"id\",\"state\",\"final\",\"domain\"],\"p"
	"roperties\":{\"id\":{\"type\":\"string\"},\"request_id\":{\"type\":\"string\"},\"domai"
	"n\":{\"type\":\"string\"},\"state\":{\"type\":\"string\",\"enum\":[\"intent\",\"written\""
	",\"consumed\",\"acknowledged\",\"refused\",\"lost\",\"unknown\"]},\"final\":{\"type\":"
	"\"boolean\"},\"detail\":{\"type\":\"string\"},\"backend\":{\"type\":\"string\"},\"sourc"
	"e\":{\"type\":\"integer\"},\"severity\":{\"type\":\"string\"},\"gpa\":{\"type\":\"string"
	"\"},\"tag\":{\"type\":\"string\"},\"uid\":{\"type\":\"integer\"},\"record_bytes\":{\"typ"
	"e\":\"integer\"},\"created_ns\":{\"type\":\"integer\"},\"decided_ns\":{\"type\":\"inte"
	"ger\"},\"ack_ns\":{\"type\":\"integer\",\"description\":\"nanoseconds from send to"
	" acknowledgement; 0: none\"}}}},\"errors\":[{\"code\":1013,\"message\":\"not-fou"
	"nd\"},{\"code\":1008,\"message\":\"journal-unavailable\"}]},{\"name\":\"poison.exp"
	"ort\",\"summary\":\"The 4 KiB pages that a guest was told are bad, by addres"
	"s: pages of recoverable records that it acknowledged or consumed, and im"
	"ported ones. Import the list on the host that the guest is migrated to. "
	"If there are pages, the guest need not exist. Needs role inject, because"
	" forwarded host errors will be in the list, and they show where the host"
	"'s memory fails. domain.explain shows everybody how many there are.\",\"pa"
	"ramStructure\":\"by-name\",\"x-role\":\"inject\",\"x-mutating\":false,\"params\":[{"
	"\"name\":\"domain\",\"description\":\"Name of the guest, which may have left.\","
	"\"required\":true,\"schema\":{\"type\":\"string\",\"maxLength\":63,\"minLength\":1}}"
	",{\"name\":\"after\",\"description\":\"Only pages above this address: the last "
	"one of the previous answer.\",\"required\":false,\"schema\":{\"type\":[\"string\""
	",\"integer\"],\"x-c-type\":\"hex64\"}},{\"name\":\"limit\",\"description\":\"Maximum "
	"number (default 1024).\",\"required\":false,\"schema\":{\"type\":\"integer\",\"min"
	"imum\":1,\"maximum\":1024}}],\"result\":{\"name\":\"result\",\"schema\":{\"type\":\"ob"
	"ject\",\"required\":[\"domain\",\"pages\",\"more\"],\"properties\":{\"domain\":{\"type"
	"\":\"string\"},\"pages\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":"
	"[\"gpa\",\"seen_ns\",\"origin\"],\"properties\":{\"gpa\":{\"type\":\"string\",\"descrip"
	"tion\":\"of the 4 KiB page\"},\"seen_ns\":{\"type\":\"integer\",\"description\":\"wh"
	"en the guest got the first report, ns since 1970\"},\"origin\":{\"type\":\"str"
	"ing\",\"description\":\"origin of the report: injection and its id, or as im"
	"ported\"}}}},\"more\":{\"type\":\"boolean\",\"description\":\"there are pages abov"
	"e the last one\"}}}},\"errors\":[{\"code\":1001,\"message\":\"no-such-domain\"},{"
	"\"code\":1008,\"message\":\"journal-unavailable\"}],\"examples\":[{\"name\":\"expor"
	"t\",\"params\":[{\"name\":\"domain\",\"value\":\"vm1\"}],\"result\":{\"name\":\"result\","
	"\"value\":{\"domain\":\"vm1\",\"pages\":[{\"gpa\":\"0x48000000\",\"seen_ns\":176400000"
	"0000000000,\"origin\":\"injection 6f0b6f2a-5d2c-4c52-9a57-0f5d1d4a3f10\"}],\""
	"more\":false}}}]},{\"name\":\"poison.import\",\"summary\":\"Add to the pages tha"
	"t a guest was told are bad. Known pages are not changed, so the call may"
	" be repeated. Imports give a domain at most 65536 pages. Nothing is sent"
	" to the guest.\",\"paramStructure\":\"by-name\",\"x-role\":\"admin\",\"x-mutating\""
	":true,\"params\":[{\"name\":\"domain\",\"description\":\"Name of the guest.\",\"req"
	"uired\":true,\"schema\":{\"type\":\"string\",\"maxLength\":63,\"minLength\":1}},{\"n"
	"ame\":\"pages\",\"description\":\"As poison.export returns them: gpa, seen_ns "
	"and origin (printable ASCII, at most 100), by ascending gpa.\",\"required\""
	":true,\"schema\":{\"type\":\"array\",\"minItems\":0,\"maxItems\":1024,\"items\":{\"ty"
	"pe\":\"object\",\"required\":[\"gpa\",\"seen_ns\",\"origin\"],\"properties\":{\"gpa\":{"
	"\"type\":\"string\",\"description\":\"of the 4 KiB page\"},\"seen_ns\":{\"type\":\"in"
	"teger\",\"description\":\"when the guest got the first report, ns since 1970"
	"\"},\"origin\":{\"type\":\"string\",\"description\":\"origin of the report: inject"
	"ion and its id, or as imported\"}}}}},{\"name\":\"dry_run\",\"description\":\"Ma"
	"ke all checks, change nothing.\",\"required\":false,\"schema\":{\"type\":\"boole"
	"an\"}}],\"result\":{\"name\":\"result\",\"schema\":{\"type\":\"object\",\"required\":[\""
	"domain\",\"pages\",\"new\",\"dry_run\"],\"properties\":{\"domain\":{\"type\":\"string\""
	"},\"pages\":{\"type\":\"integer\"},\"new\":{\"type\":\"integer\",\"description\":\"page"
	"s that were not known before\"},\"dry_run\":{\"type\":\"boolean\"}}}},\"errors\":"
	"[{\"code\":1001,\"message\":\"no-such-domain\"},{\"code\":1007,\"message\":\"busy\"}"
	",{\"code\":1008,\"message\":\"journal-unavailable\"}],\"examples\":[{\"name\":\"imp"
	"ort\",\"params\":[{\"name\":\"domain\",\"value\":\"vm1\"},{\"name\":\"pages\",\"value\":["
	"{\"gpa\":\"0x48000000\",\"seen_ns\":1764000000000000000,\"origin\":\"injection 6f"
	"0b6f2a-5d2c-4c52-9a57-0f5d1d4a3f10\"}]}],\"result\":{\"name\":\"result\",\"value"
	"\":{\"domain\":\"vm1\",\"pages\":1,\"new\":1,\"dry_run\":false}}}]},{\"name\":\"record"
	".decode\",\"summary\":\"A status block as JSON.\",\"paramStructure\":\"by-name\","
	"\"x-role\":\"view\",\"x-mutating\":false,\"params\":[{\"name\":\"record_hex\",\"descr"
	"iption\":\"The block in hex.\",\"required\":true,\"schema\":{\"type\":\"string\",\"m"
	"axLength\":131072,\"minLength\":1}}],\"result\":{\"name\":\"result\",\"schema\":{\"t"
	"ype\":\"object\"}},\"errors\":[{\"code\":1011,\"message\":\"invalid-record\"}]},{\"n"
	"ame\":\"record.encode\",\"summary\":\"JSON as a status block.\",\"paramStructure"
	"\":\"by-name\",\"x-role\":\"view\",\"x-mutating\":false,\"params\":[{\"name\":\"record"
	"\",\"description\":\"The neutral form that record.decode returns.\",\"required"
	"\":true,\"schema\":{\"type\":\"object\"}}],\"result\":{\"name\":\"result\",\"schema\":{"
	"\"type\":\"object\",\"required\":[\"record_hex\",\"length\"],\"properties\":{\"record"
	"_hex\":{\"type\":\"string\"},\"length\":{\"type\":\"integer\",\"description\":\"bytes\""
	"}}}},\"errors\":[{\"code\":1011,\"message\":\"invalid-record\"}]},{\"name\":\"rpc.d"
	"iscover\",\"summary\":\"This document.\",\"paramStructure\":\"by-name\",\"x-role\":"
	"\"view\",\"x-mutating\":false,\"params\":[],\"result\":{\"name\":\"result\",\"schema\""
	":{\"type\":\"object\"}}},{\"name\":\"rpc.ping\",\"summary\":\"Whether rasd runs, th"
	"e caller's role, and how rasd finds host pages.\",\"paramStructure\":\"by-na"
	"me\",\"x-role\":\"view\",\"x-mutating\":false,\"params\":[],\"result\":{\"name\":\"res"
	"ult\",\"schema\":{\"type\":\"object\",\"required\":[\"pong\",\"version\",\"role\",\"page"
	"s\"],\"properties\":{\"pong\":{\"type\":\"boolean\"},\"version\":{\"type\":\"string\"},"
	"\"now_ns\":{\"type\":\"integer\"},\"role\":{\"type\":\"string\"}}}},\"examples\":[{\"na"
	"me\":\"ping\",\"params\":[],\"result\":{\"name\":\"result\",\"value\":{\"pong\":true,\"v"
	"ersion\":\"0.1.0\",\"role\":\"admin\"}}}]}]}"
	;
