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
	"ged\",\"delivered\",\"refused\",\"lost\",\"unknown\"]},\"final\":{\"type\":\"boolean\"}"
	",\"detail\":{\"type\":\"string\"},\"backend\":{\"type\":\"string\"},\"source\":{\"type\""
	":\"integer\"},\"severity\":{\"type\":\"string\"},\"gpa\":{\"type\":\"string\"},\"tag\":{"
	"\"type\":\"string\"},\"uid\":{\"type\":\"integer\"},\"record_bytes\":{\"type\":\"intege"
	"r\"},\"created_ns\":{\"type\":\"integer\"},\"decided_ns\":{\"type\":\"integer\"},\"ack"
	"_ns\":{\"type\":\"integer\",\"description\":\"nanoseconds from send to acknowled"
	"gement; 0: none\"},\"origin\":{\"type\":\"string\",\"enum\":[\"operator\",\"campaign"
	"\",\"host-event\"],\"description\":\"Who wanted it.\"},\"origin_ref\":{\"type\":\"st"
	"ring\",\"description\":\"The campaign or the host event. Absent where there "
	"is none.\"},\"read\":{\"type\":\"string\",\"enum\":[\"no\",\"possibly\"],\"description"
	"\":\"Only with state lost: whether the guest may have read the record. Abs"
	"ent in rows of older versions.\"},\"hpa\":{\"type\":\"string\",\"description\":\"w"
	"ith hpa: the host address asked for\"}}}},\"errors\":[{\"code\":1001,\"message"
	"\":\"no-such-domain\"},{\"code\":1002,\"message\":\"policy-denied\"},{\"code\":1003"
	",\"message\":\"address-not-ram\"},{\"code\":1004,\"message\":\"not-capable\"},{\"co"
	"de\":1005,\"message\":\"guest-not-ready\"},{\"code\":1006,\"message\":\"guest-not-"
	"running\"},{\"code\":1007,\"message\":\"busy\"},{\"code\":1008,\"message\":\"journal"
	"-unavailable\"},{\"code\":1011,\"message\":\"invalid-record\"},{\"code\":1012,\"me"
	"ssage\":\"request-id-conflict\"},{\"code\":1015,\"message\":\"helper-error\"},{\"c"
	"ode\":1016,\"message\":\"layout-unknown\"},{\"code\":1020,\"message\":\"needs-conf"
	"irmation\"}],\"examples\":[{\"name\":\"corrected\",\"params\":[{\"name\":\"request_i"
	"d\",\"value\":\"r1\"},{\"name\":\"domain\",\"value\":\"vm1\"},{\"name\":\"gpa\",\"value\":\""
	"0x48000000\"},{\"name\":\"wait\",\"value\":true}],\"result\":{\"name\":\"result\",\"va"
	"lue\":{\"id\":\"6f0b6f2a-5d2c-4c52-9a57-0f5d1d4a3f10\",\"state\":\"acknowledged\""
	",\"final\":true,\"domain\":\"vm1\"}}},{\"name\":\"sections\",\"params\":[{\"name\":\"re"
	"quest_id\",\"value\":\"r2\"},{\"name\":\"domain\",\"value\":\"vm1\"},{\"name\":\"severit"
	"y\",\"value\":\"recoverable\"},{\"name\":\"sections\",\"value\":[{\"kind\":\"proc_arm\""
	",\"section\":{\"fields\":{\"mpidr_el1\":\"0x80000001\",\"running_state\":1,\"psci_s"
	"tate\":0},\"error_info\":[{\"fields\":{\"type\":2,\"error_information\":\"0x91000f"
	"\",\"physical_fault_address\":\"0x48000000\"}}]}}]}],\"result\":{\"name\":\"result"
	"\",\"value\":{\"id\":\"6f0b6f2a-5d2c-4c52-9a57-0f5d1d4a3f11\",\"state\":\"written\""
	",\"final\":false,\"domain\":\"vm1\"}}}]},{\"name\":\"injection.get\",\"summary\":\"On"
	"e injection as it is now.\",\"paramStructure\":\"by-name\",\"x-role\":\"view\",\"x"
	"-mutating\":false,\"params\":[{\"name\":\"id\",\"description\":\"Id that injection"
	".create returned.\",\"required\":true,\"schema\":{\"type\":\"string\",\"maxLength\""
	":36,\"minLength\":1}}],\"result\":{\"name\":\"result\",\"schema\":{\"type\":\"object\""
	",\"required\":[\"id\",\"state\",\"final\",\"domain\"],\"properties\":{\"id\":{\"type\":\""
	"string\"},\"request_id\":{\"type\":\"string\"},\"domain\":{\"type\":\"string\"},\"stat"
	"e\":{\"type\":\"string\",\"enum\":[\"intent\",\"written\",\"consumed\",\"acknowledged\""
	",\"delivered\",\"refused\",\"lost\",\"unknown\"]},\"final\":{\"type\":\"boolean\"},\"de"
	"tail\":{\"type\":\"string\"},\"backend\":{\"type\":\"string\"},\"source\":{\"type\":\"in"
	"teger\"},\"severity\":{\"type\":\"string\"},\"gpa\":{\"type\":\"string\"},\"tag\":{\"typ"
	"e\":\"string\"},\"uid\":{\"type\":\"integer\"},\"record_bytes\":{\"type\":\"integer\"},"
	"\"created_ns\":{\"type\":\"integer\"},\"decided_ns\":{\"type\":\"integer\"},\"ack_ns\""
	":{\"type\":\"integer\",\"description\":\"nanoseconds from send to acknowledgeme"
	"nt; 0: none\"},\"origin\":{\"type\":\"string\",\"enum\":[\"operator\",\"campaign\",\"h"
	"ost-event\"],\"description\":\"Who wanted it.\"},\"origin_ref\":{\"type\":\"string"
	"\",\"description\":\"The campaign or the host event. Absent where there is n"
	"one.\"},\"read\":{\"type\":\"string\",\"enum\":[\"no\",\"possibly\"],\"description\":\"O"
	"nly with state lost: whether the guest may have read the record. Absent "
	"in rows of older versions.\"}}}},\"errors\":[{\"code\":1013,\"message\":\"not-fo"
	"und\"}]},{\"name\":\"injection.list\",\"summary\":\"Injections, newest first.\",\""
	"paramStructure\":\"by-name\",\"x-role\":\"view\",\"x-mutating\":false,\"params\":[{"
	"\"name\":\"domain\",\"description\":\"Only those of this guest.\",\"required\":fal"
	"se,\"schema\":{\"type\":\"string\",\"maxLength\":63,\"minLength\":1}},{\"name\":\"lim"
	"it\",\"description\":\"Maximum number (default 100).\",\"required\":false,\"sche"
	"ma\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":1000}}],\"result\":{\"name\":\"re"
	"sult\",\"schema\":{\"type\":\"object\",\"required\":[\"injections\"],\"properties\":{"
	"\"injections\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"id\",\""
	"state\",\"final\",\"domain\"],\"properties\":{\"id\":{\"type\":\"string\"},\"request_i"
	"d\":{\"type\":\"string\"},\"domain\":{\"type\":\"string\"},\"state\":{\"type\":\"string\""
	",\"enum\":[\"intent\",\"written\",\"consumed\",\"acknowledged\",\"delivered\",\"refus"
	"ed\",\"lost\",\"unknown\"]},\"final\":{\"type\":\"boolean\"},\"detail\":{\"type\":\"stri"
	"ng\"},\"backend\":{\"type\":\"string\"},\"source\":{\"type\":\"integer\"},\"severity\":"
	"{\"type\":\"string\"},\"gpa\":{\"type\":\"string\"},\"tag\":{\"type\":\"string\"},\"uid\":"
	"{\"type\":\"integer\"},\"record_bytes\":{\"type\":\"integer\"},\"created_ns\":{\"type"
	"\":\"integer\"},\"decided_ns\":{\"type\":\"integer\"},\"ack_ns\":{\"type\":\"integer\","
	"\"description\":\"nanoseconds from send to acknowledgement; 0: none\"},\"orig"
	"in\":{\"type\":\"string\",\"enum\":[\"operator\",\"campaign\",\"host-event\"],\"descri"
	"ption\":\"Who wanted it.\"},\"origin_ref\":{\"type\":\"string\",\"description\":\"Th"
	"e campaign or the host event. Absent where there is none.\"},\"read\":{\"typ"
	"e\":\"string\",\"enum\":[\"no\",\"possibly\"],\"description\":\"Only with state lost"
	": whether the guest may have read the record. Absent in rows of older ve"
	"rsions.\"}}}}}}},\"examples\":[{\"name\":\"newest\",\"params\":[{\"name\":\"limit\",\""
	"value\":10}],\"result\":{\"name\":\"result\",\"value\":{\"injections\":[]}}}]},{\"na"
	"me\":\"injection.resolve\",\"summary\":\"Decide an injection whose state is un"
	"known.\",\"paramStructure\":\"by-name\",\"x-role\":\"admin\",\"x-mutating\":true,\"p"
	"arams\":[{\"name\":\"id\",\"description\":\"Id that injection.create returned.\","
	"\"required\":true,\"schema\":{\"type\":\"string\",\"maxLength\":36,\"minLength\":1}}"
	",{\"name\":\"state\",\"description\":\"The outcome, as far as the caller knows "
	"it.\",\"required\":true,\"schema\":{\"type\":\"string\",\"maxLength\":16,\"minLength"
	"\":1,\"enum\":[\"acknowledged\",\"consumed\",\"refused\",\"lost\"]}},{\"name\":\"reaso"
	"n\",\"description\":\"How the caller knows. The journal keeps it.\",\"required"
	"\":true,\"schema\":{\"type\":\"string\",\"maxLength\":100,\"minLength\":1,\"pattern\""
	":\"^[ -~]*$\"}},{\"name\":\"dry_run\",\"description\":\"Make all checks, change n"
	"othing.\",\"required\":false,\"schema\":{\"type\":\"boolean\"}}],\"result\":{\"name\""
	":\"result\",\"schema\":{\"type\":\"object\",\"required\":[\"id\",\"state\",\"final\",\"do"
	"main\"],\"properties\":{\"id\":{\"type\":\"string\"},\"request_id\":{\"type\":\"string"
	"\"},\"domain\":{\"type\":\"string\"},\"state\":{\"type\":\"string\",\"enum\":[\"intent\","
	"\"written\",\"consumed\",\"acknowledged\",\"delivered\",\"refused\",\"lost\",\"unknow"
	"n\"]},\"final\":{\"type\":\"boolean\"},\"detail\":{\"type\":\"string\"},\"backend\":{\"t"
	"ype\":\"string\"},\"source\":{\"type\":\"integer\"},\"severity\":{\"type\":\"string\"},"
	"\"gpa\":{\"type\":\"string\"},\"tag\":{\"type\":\"string\"},\"uid\":{\"type\":\"integer\"}"
	",\"record_bytes\":{\"type\":\"integer\"},\"created_ns\":{\"type\":\"integer\"},\"deci"
	"ded_ns\":{\"type\":\"integer\"},\"ack_ns\":{\"type\":\"integer\",\"description\":\"nan"
	"oseconds from send to acknowledgement; 0: none\"},\"origin\":{\"type\":\"strin"
	"g\",\"enum\":[\"operator\",\"campaign\",\"host-event\"],\"description\":\"Who wanted"
	" it.\"},\"origin_ref\":{\"type\":\"string\",\"description\":\"The campaign or the "
	"host event. Absent where there is none.\"},\"read\":{\"type\":\"string\",\"enum\""
	":[\"no\",\"possibly\"],\"description\":\"Only with state lost: whether the gues"
	"t may have read the record. Absent in rows of older versions.\"}}}},\"erro"
	"rs\":[{\"code\":1013,\"message\":\"not-found\"},{\"code\":1008,\"message\":\"journal"
	"-unavailable\"}]},{\"name\":\"poison.export\",\"summary\":\"The 4 KiB pages that"
	" a guest was told are bad, by address: pages of recoverable records that"
	" it acknowledged or consumed, and imported ones. Import the list on the "
	"host that the guest is migrated to. If there are pages, the guest need n"
	"ot exist. Needs role inject, because forwarded host errors will be in th"
	"e list, and they show where the host's memory fails. domain.explain show"
	"s everybody how many there are.\",\"paramStructure\":\"by-name\",\"x-role\":\"in"
	"ject\",\"x-mutating\":false,\"params\":[{\"name\":\"domain\",\"description\":\"Name "
	"of the guest, which may have left.\",\"required\":true,\"schema\":{\"type\":\"st"
	"ring\",\"maxLength\":63,\"minLength\":1}},{\"name\":\"after\",\"description\":\"Only"
	" pages above this address: the last one of the previous answer.\",\"requir"
	"ed\":false,\"schema\":{\"type\":[\"string\",\"integer\"],\"x-c-type\":\"hex64\"}},{\"n"
	"ame\":\"limit\",\"description\":\"Maximum number (default 1024).\",\"required\":f"
	"alse,\"schema\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":1024}}],\"result\":{"
	"\"name\":\"result\",\"schema\":{\"type\":\"object\",\"required\":[\"domain\",\"pages\",\""
	"more\"],\"properties\":{\"domain\":{\"type\":\"string\"},\"pages\":{\"type\":\"array\","
	"\"items\":{\"type\":\"object\",\"required\":[\"gpa\",\"seen_ns\",\"origin\"],\"properti"
	"es\":{\"gpa\":{\"type\":\"string\",\"description\":\"of the 4 KiB page\"},\"seen_ns\""
	":{\"type\":\"integer\",\"description\":\"when the guest got the first report, n"
	"s since 1970\"},\"origin\":{\"type\":\"string\",\"description\":\"origin of the re"
	"port: injection and its id, or as imported\"}}}},\"more\":{\"type\":\"boolean\""
	",\"description\":\"there are pages above the last one\"}}}},\"errors\":[{\"code"
	"\":1001,\"message\":\"no-such-domain\"},{\"code\":1008,\"message\":\"journal-unava"
	"ilable\"}],\"examples\":[{\"name\":\"export\",\"params\":[{\"name\":\"domain\",\"value"
	"\":\"vm1\"}],\"result\":{\"name\":\"result\",\"value\":{\"domain\":\"vm1\",\"pages\":[{\"g"
	"pa\":\"0x48000000\",\"seen_ns\":1764000000000000000,\"origin\":\"injection 6f0b6"
	"f2a-5d2c-4c52-9a57-0f5d1d4a3f10\"}],\"more\":false}}}]},{\"name\":\"poison.imp"
	"ort\",\"summary\":\"Add to the pages that a guest was told are bad. Known pa"
	"ges are not changed, so the call may be repeated. Imports give a domain "
	"at most 65536 pages. Nothing is sent to the guest.\",\"paramStructure\":\"by"
	"-name\",\"x-role\":\"admin\",\"x-mutating\":true,\"params\":[{\"name\":\"domain\",\"de"
	"scription\":\"Name of the guest.\",\"required\":true,\"schema\":{\"type\":\"string"
	"\",\"maxLength\":63,\"minLength\":1}},{\"name\":\"pages\",\"description\":\"As poiso"
	"n.export returns them: gpa, seen_ns and origin (printable ASCII, at most"
	" 100), by ascending gpa.\",\"required\":true,\"schema\":{\"type\":\"array\",\"minI"
	"tems\":0,\"maxItems\":1024,\"items\":{\"type\":\"object\",\"required\":[\"gpa\",\"seen"
	"_ns\",\"origin\"],\"properties\":{\"gpa\":{\"type\":\"string\",\"description\":\"of th"
	"e 4 KiB page\"},\"seen_ns\":{\"type\":\"integer\",\"description\":\"when the guest"
	" got the first report, ns since 1970\"},\"origin\":{\"type\":\"string\",\"descri"
	"ption\":\"origin of the report: injection and its id, or as imported\"}}}}}"
	",{\"name\":\"dry_run\",\"description\":\"Make all checks, change nothing.\",\"req"
	"uired\":false,\"schema\":{\"type\":\"boolean\"}}],\"result\":{\"name\":\"result\",\"sc"
	"hema\":{\"type\":\"object\",\"required\":[\"domain\",\"pages\",\"new\",\"dry_run\"],\"pr"
	"operties\":{\"domain\":{\"type\":\"string\"},\"pages\":{\"type\":\"integer\"},\"new\":{"
	"\"type\":\"integer\",\"description\":\"pages that were not known before\"},\"dry_"
	"run\":{\"type\":\"boolean\"}}}},\"errors\":[{\"code\":1001,\"message\":\"no-such-dom"
	"ain\"},{\"code\":1007,\"message\":\"busy\"},{\"code\":1008,\"message\":\"journal-una"
	"vailable\"}],\"examples\":[{\"name\":\"import\",\"params\":[{\"name\":\"domain\",\"val"
	"ue\":\"vm1\"},{\"name\":\"pages\",\"value\":[{\"gpa\":\"0x48000000\",\"seen_ns\":176400"
	"0000000000000,\"origin\":\"injection 6f0b6f2a-5d2c-4c52-9a57-0f5d1d4a3f10\"}"
	"]}],\"result\":{\"name\":\"result\",\"value\":{\"domain\":\"vm1\",\"pages\":1,\"new\":1,"
	"\"dry_run\":false}}}]},{\"name\":\"record.decode\",\"summary\":\"A status block a"
	"s JSON.\",\"paramStructure\":\"by-name\",\"x-role\":\"view\",\"x-mutating\":false,\""
	"params\":[{\"name\":\"record_hex\",\"description\":\"The block in hex.\",\"require"
	"d\":true,\"schema\":{\"type\":\"string\",\"maxLength\":131072,\"minLength\":1}}],\"r"
	"esult\":{\"name\":\"result\",\"schema\":{\"type\":\"object\"}},\"errors\":[{\"code\":10"
	"11,\"message\":\"invalid-record\"}]},{\"name\":\"record.encode\",\"summary\":\"JSON"
	" as a status block.\",\"paramStructure\":\"by-name\",\"x-role\":\"view\",\"x-mutat"
	"ing\":false,\"params\":[{\"name\":\"record\",\"description\":\"The neutral form th"
	"at record.decode returns.\",\"required\":true,\"schema\":{\"type\":\"object\"}}],"
	"\"result\":{\"name\":\"result\",\"schema\":{\"type\":\"object\",\"required\":[\"record_"
	"hex\",\"length\"],\"properties\":{\"record_hex\":{\"type\":\"string\"},\"length\":{\"t"
	"ype\":\"integer\",\"description\":\"bytes\"}}}},\"errors\":[{\"code\":1011,\"message"
	"\":\"invalid-record\"}]},{\"name\":\"rpc.discover\",\"summary\":\"This document.\","
	"\"paramStructure\":\"by-name\",\"x-role\":\"view\",\"x-mutating\":false,\"params\":["
	"],\"result\":{\"name\":\"result\",\"schema\":{\"type\":\"object\"}}},{\"name\":\"rpc.pi"
	"ng\",\"summary\":\"Whether rasd runs, the caller's role, and how rasd finds "
	"host pages.\",\"paramStructure\":\"by-name\",\"x-role\":\"view\",\"x-mutating\":fal"
	"se,\"params\":[],\"result\":{\"name\":\"result\",\"schema\":{\"type\":\"object\",\"requ"
	"ired\":[\"pong\",\"version\",\"role\",\"pages\"],\"properties\":{\"pong\":{\"type\":\"bo"
	"olean\"},\"version\":{\"type\":\"string\"},\"now_ns\":{\"type\":\"integer\"},\"role\":{"
	"\"type\":\"string\"}}}},\"examples\":[{\"name\":\"ping\",\"params\":[],\"result\":{\"na"
	"me\":\"result\",\"value\":{\"pong\":true,\"version\":\"0.1.0\",\"role\":\"admin\"}}}]}]"
	"}"
	;
