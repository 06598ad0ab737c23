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
	"\"0x...\\\" strings; integers up to 2^53 are accepted. A message has at mos"
	"t 1 MiB, a request 4608 JSON values, a batch 100 requests and 16384 valu"
	"es.\"},\"methods\":[{\"name\":\"address.translate\",\"summary\":\"The owner of a h"
	"ost physical page, or the host page of a guest address. Needs role injec"
	"t, because the kernel hides page numbers from users (rowhammer), and bec"
	"ause a search costs the guests time.\",\"paramStructure\":\"by-name\",\"x-role"
	"\":\"inject\",\"x-mutating\":false,\"params\":[{\"name\":\"hpa\",\"description\":\"Hos"
	"t physical address. Instead of it: domain and gpa.\",\"required\":false,\"sc"
	"hema\":{\"type\":[\"string\",\"integer\"],\"x-c-type\":\"hex64\"}},{\"name\":\"domain\""
	",\"description\":\"Name of the guest; only with gpa.\",\"required\":false,\"sch"
	"ema\":{\"type\":\"string\",\"maxLength\":63,\"minLength\":1}},{\"name\":\"gpa\",\"desc"
	"ription\":\"Guest physical address.\",\"required\":false,\"schema\":{\"type\":[\"s"
	"tring\",\"integer\"],\"x-c-type\":\"hex64\"}},{\"name\":\"timeout_ms\",\"description"
	"\":\"Milliseconds that a search may take (default 10000).\",\"required\":fals"
	"e,\"schema\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":600000}}],\"result\":{\""
	"name\":\"result\",\"schema\":{\"type\":\"object\",\"required\":[\"state\",\"found\",\"ow"
	"ners\",\"read_ns\"],\"properties\":{\"hpa\":{\"type\":\"string\",\"description\":\"abs"
	"ent: there is no host page\"},\"state\":{\"type\":\"string\",\"enum\":[\"live\",\"po"
	"isoned\",\"historic\",\"probable\",\"unbacked\",\"swapped\",\"host\",\"qemu-internal"
	"\"]},\"found\":{\"type\":\"string\",\"description\":\"how: index, rmap (by what th"
	"e kernel records of the page), huge-scan, near-scan, full-scan, swap-ent"
	"ry, history, elimination, page-flags, layout\"},\"backing\":{\"type\":\"string"
	"\",\"enum\":[\"unknown\",\"anonymous\",\"shared\",\"thp\",\"hugetlb\",\"ksm\"]},\"page_b"
	"ytes\":{\"type\":\"integer\"},\"owners\":{\"type\":\"array\",\"items\":{\"type\":\"objec"
	"t\",\"required\":[\"domain\",\"state\"],\"properties\":{\"domain\":{\"type\":\"string\""
	"},\"gpa\":{\"type\":\"string\"},\"state\":{\"type\":\"string\"},\"alias\":{\"type\":\"boo"
	"lean\",\"description\":\"the same memory at a higher guest address\"}}}},\"mor"
	"e_owners\":{\"type\":\"boolean\"},\"mappings\":{\"type\":\"integer\",\"description\":"
	"\"number of mappings by all processes, if it was counted\"},\"other_mapping"
	"s\":{\"type\":\"boolean\",\"description\":\"processes that are no owners map it "
	"too\"},\"read_ns\":{\"type\":\"integer\",\"description\":\"when the proof was read"
	", ns since 1970\"},\"seen_ns\":{\"type\":\"integer\",\"description\":\"historic: w"
	"hen the page was there\"},\"hpa_now\":{\"type\":\"string\",\"description\":\"histo"
	"ric: where it is now\"},\"moved\":{\"type\":\"integer\",\"description\":\"pages th"
	"at moved meanwhile and were read again\"},\"detail\":{\"type\":\"string\"}}}},\""
	"errors\":[{\"code\":1001,\"message\":\"no-such-domain\"},{\"code\":1003,\"message\""
	":\"address-not-ram\"},{\"code\":1007,\"message\":\"busy\"},{\"code\":1010,\"message"
	"\":\"guest-gone\"},{\"code\":1015,\"message\":\"helper-error\"},{\"code\":1016,\"mes"
	"sage\":\"layout-unknown\"},{\"code\":1017,\"message\":\"timeout\"}],\"examples\":[{"
	"\"name\":\"owner\",\"params\":[{\"name\":\"hpa\",\"value\":\"0x10e241000\"}],\"result\":"
	"{\"name\":\"result\",\"value\":{\"hpa\":\"0x10e241000\",\"state\":\"live\",\"found\":\"in"
	"dex\",\"backing\":\"thp\",\"page_bytes\":2097152,\"owners\":[{\"domain\":\"vm1\",\"gpa"
	"\":\"0x48041000\",\"state\":\"live\"}],\"read_ns\":1764000000000000000}}}]},{\"nam"
	"e\":\"domain.list\",\"summary\":\"Every guest, and whether a record can be inj"
	"ected into it.\",\"paramStructure\":\"by-name\",\"x-role\":\"view\",\"x-mutating\":"
	"false,\"params\":[],\"result\":{\"name\":\"result\",\"schema\":{\"type\":\"object\",\"r"
	"equired\":[\"domains\"],\"properties\":{\"domains\":{\"type\":\"array\",\"items\":{\"t"
	"ype\":\"object\"}},\"complete\":{\"type\":\"boolean\",\"description\":\"False if the"
	"re are more guests than rasd keeps (4096). Then some that do not run are"
	" left out.\"},\"libvirt\":{\"type\":\"object\",\"description\":\"The connection to"
	" libvirt: uri, connected, version, read_only, reason, hint.\"}}}},\"exampl"
	"es\":[{\"name\":\"list\",\"params\":[],\"result\":{\"name\":\"result\",\"value\":{\"doma"
	"ins\":[]}}}]},{\"name\":\"domain.explain\",\"summary\":\"One guest: whether it c"
	"an take a record now, by which backend, and if not, why and what to chan"
	"ge.\",\"paramStructure\":\"by-name\",\"x-role\":\"view\",\"x-mutating\":false,\"para"
	"ms\":[{\"name\":\"domain\",\"description\":\"Name of the guest.\",\"required\":true"
	",\"schema\":{\"type\":\"string\",\"maxLength\":63,\"minLength\":1}}],\"result\":{\"na"
	"me\":\"result\",\"schema\":{\"type\":\"object\"}},\"errors\":[{\"code\":1001,\"message"
	"\":\"no-such-domain\"}],\"examples\":[{\"name\":\"explain\",\"params\":[{\"name\":\"do"
	"main\",\"value\":\"vm1\"}],\"result\":{\"name\":\"result\",\"value\":{\"name\":\"vm1\"}}}"
	"]},{\"name\":\"domain.allow\",\"summary\":\"Set the grants of a libvirt domain "
	"in its metadata.\",\"paramStructure\":\"by-name\",\"x-role\":\"admin\",\"x-mutatin"
	"g\":true,\"params\":[{\"name\":\"domain\",\"description\":\"Name of the guest.\",\"r"
	"equired\":true,\"schema\":{\"type\":\"string\",\"maxLength\":63,\"minLength\":1}},{"
	"\"name\":\"target_max_severity\",\"description\":\"The worst severity that an o"
	"perator may inject. If absent, it stays as it is.\",\"required\":false,\"sch"
	"ema\":{\"type\":\"string\",\"maxLength\":16,\"minLength\":1,\"enum\":[\"none\",\"info\""
	",\"corrected\",\"recoverable\",\"fatal\"]}},{\"name\":\"forward_corrected\",\"descr"
	"iption\":\"Whether real corrected errors of the host are forwarded. If abs"
	"ent, it stays as it is.\",\"required\":false,\"schema\":{\"type\":\"boolean\"}},{"
	"\"name\":\"forward_uncorrected\",\"description\":\"Whether real uncorrected err"
	"ors of the host are forwarded. If absent, it stays as it is.\",\"required\""
	":false,\"schema\":{\"type\":\"boolean\"}},{\"name\":\"dry_run\",\"description\":\"Mak"
	"e all checks, change nothing.\",\"required\":false,\"schema\":{\"type\":\"boolea"
	"n\"}}],\"result\":{\"name\":\"result\",\"schema\":{\"type\":\"object\",\"required\":[\"d"
	"omain\",\"before\",\"after\",\"dry_run\"],\"properties\":{\"domain\":{\"type\":\"strin"
	"g\"},\"before\":{\"type\":\"object\"},\"after\":{\"type\":\"object\"},\"dry_run\":{\"typ"
	"e\":\"boolean\"}}}},\"errors\":[{\"code\":1001,\"message\":\"no-such-domain\"},{\"co"
	"de\":1004,\"message\":\"not-capable\"},{\"code\":1009,\"message\":\"monitor-error\""
	"},{\"code\":1014,\"message\":\"permission\"},{\"code\":1018,\"message\":\"config\"}]"
	",\"examples\":[{\"name\":\"allow\",\"params\":[{\"name\":\"domain\",\"value\":\"vm1\"},{"
	"\"name\":\"target_max_severity\",\"value\":\"recoverable\"}],\"result\":{\"name\":\"r"
	"esult\",\"value\":{\"domain\":\"vm1\",\"before\":{\"target_max_severity\":\"none\",\"f"
	"orward_corrected\":false,\"forward_uncorrected\":false},\"after\":{\"target_ma"
	"x_severity\":\"recoverable\",\"forward_corrected\":false,\"forward_uncorrected"
	"\":false},\"dry_run\":false}}}]},{\"name\":\"injection.create\",\"summary\":\"Inje"
	"ct one error record into a guest.\",\"paramStructure\":\"by-name\",\"x-role\":\""
	"inject\",\"x-mutating\":true,\"params\":[{\"name\":\"request_id\",\"description\":\""
	"Idempotency key of the caller: the same key with the same parameters ret"
	"urns the stored injection.\",\"required\":true,\"schema\":{\"type\":\"string\",\"m"
	"axLength\":63,\"minLength\":1}},{\"name\":\"domain\",\"description\":\"Name of the"
	" guest; may be left out with hpa if the page has one owner.\",\"required\":"
	"false,\"schema\":{\"type\":\"string\",\"maxLength\":63,\"minLength\":1}},{\"name\":\""
	"gpa\",\"description\":\"Guest physical address of the memory error.\",\"requir"
	"ed\":false,\"schema\":{\"type\":[\"string\",\"integer\"],\"x-c-type\":\"hex64\"}},{\"n"
	"ame\":\"hpa\",\"description\":\"Host physical address instead of gpa. It is tr"
	"anslated, and the result is verified right before the record is sent.\",\""
	"required\":false,\"schema\":{\"type\":[\"string\",\"integer\"],\"x-c-type\":\"hex64\""
	"}},{\"name\":\"severity\",\"description\":\"Severity of the memory error, and o"
	"f sections without their own (default corrected). Grant and confirm must"
	" cover the worst severity of block and sections, and what the guest's ke"
	"rnel does with the record: see dry_run and effects.\",\"required\":false,\"s"
	"chema\":{\"type\":\"string\",\"maxLength\":16,\"minLength\":1,\"enum\":[\"info\",\"cor"
	"rected\",\"recoverable\",\"fatal\"]}},{\"name\":\"tag\",\"description\":\"FRU text o"
	"f the record (default rasd).\",\"required\":false,\"schema\":{\"type\":\"string\""
	",\"maxLength\":20,\"minLength\":1,\"pattern\":\"^[ -~]*$\"}},{\"name\":\"fru_id\",\"d"
	"escription\":\"own (default: the injection's id), none, keep, or a UUID. A"
	"n entry that has an FRU id is never changed.\",\"required\":false,\"schema\":"
	"{\"type\":\"string\",\"maxLength\":36,\"minLength\":1}},{\"name\":\"sections\",\"desc"
	"ription\":\"Instead of gpa: the sections of one block, each an entry of th"
	"e neutral JSON form that record.decode shows: kind, header {error_severi"
	"ty, flags, fru_id, fru_text, timestamp, ...} (may be missing), section {"
	"fields {...}, error_info, context_info, ...}. A field that is given is v"
	"alid. Every field is checked; addresses that Linux acts on must be RAM, "
	"processor sections must fit the guest's architecture. Kind unknown (a ve"
	"ndor's section_type with data): role admin.\",\"required\":false,\"schema\":{"
	"\"type\":\"array\",\"minItems\":1,\"maxItems\":16,\"items\":{\"type\":\"object\"}}},{\""
	"name\":\"block\",\"description\":\"With sections: members of the block itself,"
	" as record.decode shows them (block_status, raw_data, ...).\",\"required\":"
	"false,\"schema\":{\"type\":\"object\"}},{\"name\":\"record_hex\",\"description\":\"A "
	"whole status block in hex, instead of gpa and severity. Role admin. Its "
	"addresses are not checked.\",\"required\":false,\"schema\":{\"type\":\"string\",\""
	"maxLength\":8192,\"minLength\":1}},{\"name\":\"malformed\",\"description\":\"With "
	"record_hex: the record may be invalid. rasd still sends none that is kno"
	"wn to wedge, hang or panic a guest by accident or to print its memory.\","
	"\"required\":false,\"schema\":{\"type\":\"boolean\"}},{\"name\":\"wait\",\"descriptio"
	"n\":\"Answer only when the state is final, at the latest after timeout_ms."
	"\",\"required\":false,\"schema\":{\"type\":\"boolean\"}},{\"name\":\"timeout_ms\",\"de"
	"scription\":\"Time limit to send the record and, with wait, to decide it, "
	"in milliseconds (default 10000).\",\"required\":false,\"schema\":{\"type\":\"int"
	"eger\",\"minimum\":1,\"maximum\":600000}},{\"name\":\"dry_run\",\"description\":\"Ma"
	"ke all checks, journal and send nothing. The result has effects.\",\"requi"
	"red\":false,\"schema\":{\"type\":\"boolean\"}},{\"name\":\"confirm\",\"description\":"
	"\"Needed for severity fatal, and for a record that resets a PCIe link.\",\""
	"required\":false,\"schema\":{\"type\":\"boolean\"}}],\"result\":{\"name\":\"result\","
	"\"schema\":{\"type\":\"object\",\"required\":[\"id\",\"state\",\"final\",\"domain\"],\"pr"
	"operties\":{\"id\":{\"type\":\"string\"},\"request_id\":{\"type\":\"string\"},\"domain"
	"\":{\"type\":\"string\"},\"state\":{\"type\":\"string\",\"enum\":[\"intent\",\"written\","
	"\"consumed\",\"acknowledged\",\"delivered\",\"refused\",\"lost\",\"unknown\"]},\"fina"
	"l\":{\"type\":\"boolean\"},\"detail\":{\"type\":\"string\"},\"backend\":{\"type\":\"stri"
	"ng\"},\"source\":{\"type\":\"integer\"},\"severity\":{\"type\":\"string\"},\"gpa\":{\"ty"
	"pe\":\"string\"},\"tag\":{\"type\":\"string\"},\"uid\":{\"type\":\"integer\"},\"record_b"
	"ytes\":{\"type\":\"integer\"},\"created_ns\":{\"type\":\"integer\"},\"decided_ns\":{\""
	"type\":\"integer\"},\"ack_ns\":{\"type\":\"integer\",\"description\":\"nanoseconds f"
	"rom send to acknowledgement; 0: none\"},\"origin\":{\"type\":\"string\",\"enum\":"
	"[\"operator\",\"campaign\",\"host-event\"],\"description\":\"Who wanted it.\"},\"or"
	"igin_ref\":{\"type\":\"string\",\"description\":\"The campaign or the host event"
	". Absent where there is none.\"},\"read\":{\"type\":\"string\",\"enum\":[\"no\",\"po"
	"ssibly\"],\"description\":\"Only with state lost: whether the guest may have"
	" read the record. Absent in rows of older versions.\"},\"hpa\":{\"type\":\"str"
	"ing\",\"description\":\"with hpa: the host address asked for\"},\"effects\":{\"t"
	"ype\":\"array\",\"maxItems\":64,\"description\":\"Only with dry_run: what Linux "
	"does with the record beyond logging it. Empty: nothing.\",\"items\":{\"type\""
	":\"object\",\"required\":[\"effect\",\"section\",\"severity\",\"text\"],\"properties\""
	":{\"effect\":{\"type\":\"string\",\"enum\":[\"page-soft-offline\",\"page-offline\",\""
	"pcie-recovery\",\"pcie-reset\",\"panic\"]},\"section\":{\"type\":\"integer\",\"descr"
	"iption\":\"index of the section that has it\"},\"severity\":{\"type\":\"string\","
	"\"description\":\"what the effect counts as for grant and confirm\"},\"gpa\":{"
	"\"type\":\"string\",\"description\":\"of the page effects: the address in the r"
	"ecord\"},\"device\":{\"type\":\"string\",\"description\":\"of the PCIe effects: se"
	"gment:bus:device.function\"},\"text\":{\"type\":\"string\"}}}}}}},\"errors\":[{\"c"
	"ode\":1001,\"message\":\"no-such-domain\"},{\"code\":1002,\"message\":\"policy-den"
	"ied\"},{\"code\":1003,\"message\":\"address-not-ram\"},{\"code\":1004,\"message\":\""
	"not-capable\"},{\"code\":1005,\"message\":\"guest-not-ready\"},{\"code\":1006,\"me"
	"ssage\":\"guest-not-running\"},{\"code\":1007,\"message\":\"busy\"},{\"code\":1008,"
	"\"message\":\"journal-unavailable\"},{\"code\":1011,\"message\":\"invalid-record\""
	"},{\"code\":1012,\"message\":\"request-id-conflict\"},{\"code\":1015,\"message\":\""
	"helper-error\"},{\"code\":1016,\"message\":\"layout-unknown\"},{\"code\":1020,\"me"
	"ssage\":\"needs-confirmation\"}],\"examples\":[{\"name\":\"corrected\",\"params\":["
	"{\"name\":\"request_id\",\"value\":\"r1\"},{\"name\":\"domain\",\"value\":\"vm1\"},{\"nam"
	"e\":\"gpa\",\"value\":\"0x48000000\"},{\"name\":\"wait\",\"value\":true}],\"result\":{\""
	"name\":\"result\",\"value\":{\"id\":\"6f0b6f2a-5d2c-4c52-9a57-0f5d1d4a3f10\",\"sta"
	"te\":\"acknowledged\",\"final\":true,\"domain\":\"vm1\"}}},{\"name\":\"sections\",\"pa"
	"rams\":[{\"name\":\"request_id\",\"value\":\"r2\"},{\"name\":\"domain\",\"value\":\"vm1\""
	"},{\"name\":\"severity\",\"value\":\"recoverable\"},{\"name\":\"sections\",\"value\":["
	"{\"kind\":\"proc_arm\",\"section\":{\"fields\":{\"mpidr_el1\":\"0x80000001\",\"runnin"
	"g_state\":1,\"psci_state\":0},\"error_info\":[{\"fields\":{\"type\":2,\"error_info"
	"rmation\":\"0x91000f\",\"physical_fault_address\":\"0x48000000\"}}]}}]}],\"resul"
	"t\":{\"name\":\"result\",\"value\":{\"id\":\"6f0b6f2a-5d2c-4c52-9a57-0f5d1d4a3f11\""
	",\"state\":\"written\",\"final\":false,\"domain\":\"vm1\"}}}]},{\"name\":\"injection."
	"get\",\"summary\":\"One injection as it is now.\",\"paramStructure\":\"by-name\","
	"\"x-role\":\"view\",\"x-mutating\":false,\"params\":[{\"name\":\"id\",\"description\":"
	"\"Id that injection.create returned.\",\"required\":true,\"schema\":{\"type\":\"s"
	"tring\",\"maxLength\":36,\"minLength\":1}}],\"result\":{\"name\":\"result\",\"schema"
	"\":{\"type\":\"object\",\"required\":[\"id\",\"state\",\"final\",\"domain\"],\"propertie"
	"s\":{\"id\":{\"type\":\"string\"},\"request_id\":{\"type\":\"string\"},\"domain\":{\"typ"
	"e\":\"string\"},\"state\":{\"type\":\"string\",\"enum\":[\"intent\",\"written\",\"consum"
	"ed\",\"acknowledged\",\"delivered\",\"refused\",\"lost\",\"unknown\"]},\"final\":{\"ty"
	"pe\":\"boolean\"},\"detail\":{\"type\":\"string\"},\"backend\":{\"type\":\"string\"},\"s"
	"ource\":{\"type\":\"integer\"},\"severity\":{\"type\":\"string\"},\"gpa\":{\"type\":\"st"
	"ring\"},\"tag\":{\"type\":\"string\"},\"uid\":{\"type\":\"integer\"},\"record_bytes\":{"
	"\"type\":\"integer\"},\"created_ns\":{\"type\":\"integer\"},\"decided_ns\":{\"type\":\""
	"integer\"},\"ack_ns\":{\"type\":\"integer\",\"description\":\"nanoseconds from sen"
	"d to acknowledgement; 0: none\"},\"origin\":{\"type\":\"string\",\"enum\":[\"opera"
	"tor\",\"campaign\",\"host-event\"],\"description\":\"Who wanted it.\"},\"origin_re"
	"f\":{\"type\":\"string\",\"description\":\"The campaign or the host event. Absen"
	"t where there is none.\"},\"read\":{\"type\":\"string\",\"enum\":[\"no\",\"possibly\""
	"],\"description\":\"Only with state lost: whether the guest may have read t"
	"he record. Absent in rows of older versions.\"}}}},\"errors\":[{\"code\":1013"
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
	"\"delivered\",\"refused\",\"lost\",\"unknown\"]},\"final\":{\"type\":\"boolean\"},\"det"
	"ail\":{\"type\":\"string\"},\"backend\":{\"type\":\"string\"},\"source\":{\"type\":\"int"
	"eger\"},\"severity\":{\"type\":\"string\"},\"gpa\":{\"type\":\"string\"},\"tag\":{\"type"
	"\":\"string\"},\"uid\":{\"type\":\"integer\"},\"record_bytes\":{\"type\":\"integer\"},\""
	"created_ns\":{\"type\":\"integer\"},\"decided_ns\":{\"type\":\"integer\"},\"ack_ns\":"
	"{\"type\":\"integer\",\"description\":\"nanoseconds from send to acknowledgemen"
	"t; 0: none\"},\"origin\":{\"type\":\"string\",\"enum\":[\"operator\",\"campaign\",\"ho"
	"st-event\"],\"description\":\"Who wanted it.\"},\"origin_ref\":{\"type\":\"string\""
	",\"description\":\"The campaign or the host event. Absent where there is no"
	"ne.\"},\"read\":{\"type\":\"string\",\"enum\":[\"no\",\"possibly\"],\"description\":\"On"
	"ly with state lost: whether the guest may have read the record. Absent i"
	"n rows of older versions.\"}}}}}}},\"examples\":[{\"name\":\"newest\",\"params\":"
	"[{\"name\":\"limit\",\"value\":10}],\"result\":{\"name\":\"result\",\"value\":{\"inject"
	"ions\":[]}}}]},{\"name\":\"injection.resolve\",\"summary\":\"Decide an injection"
	" whose state is unknown.\",\"paramStructure\":\"by-name\",\"x-role\":\"admin\",\"x"
	"-mutating\":true,\"params\":[{\"name\":\"id\",\"description\":\"Id that injection."
	"create returned.\",\"required\":true,\"schema\":{\"type\":\"string\",\"maxLength\":"
	"36,\"minLength\":1}},{\"name\":\"state\",\"description\":\"The outcome, as far as"
	" the caller knows it.\",\"required\":true,\"schema\":{\"type\":\"string\",\"maxLen"
	"gth\":16,\"minLength\":1,\"enum\":[\"acknowledged\",\"consumed\",\"refused\",\"lost\""
	"]}},{\"name\":\"reason\",\"description\":\"How the caller knows. The journal ke"
	"eps it.\",\"required\":true,\"schema\":{\"type\":\"string\",\"maxLength\":100,\"minL"
	"ength\":1,\"pattern\":\"^[ -~]*$\"}},{\"name\":\"dry_run\",\"description\":\"Make al"
	"l checks, change nothing.\",\"required\":false,\"schema\":{\"type\":\"boolean\"}}"
	"],\"result\":{\"name\":\"result\",\"schema\":{\"type\":\"object\",\"required\":[\"id\",\""
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
	"rsions.\"}}}},\"errors\":[{\"code\":1013,\"message\":\"not-found\"},{\"code\":1008,"
	"\"message\":\"journal-unavailable\"}]},{\"name\":\"poison.export\",\"summary\":\"Th"
	"e 4 KiB pages that a guest was told are bad, by address: pages of recove"
	"rable records that it acknowledged or consumed, and imported ones. Impor"
	"t the list on the host that the guest is migrated to. If there are pages"
	", the guest need not exist. Needs role inject, because forwarded host er"
	"rors will be in the list, and they show where the host's memory fails. d"
	"omain.explain shows everybody how many there are.\",\"paramStructure\":\"by-"
	"name\",\"x-role\":\"inject\",\"x-mutating\":false,\"params\":[{\"name\":\"domain\",\"d"
	"escription\":\"Name of the guest, which may have left.\",\"required\":true,\"s"
	"chema\":{\"type\":\"string\",\"maxLength\":63,\"minLength\":1}},{\"name\":\"after\",\""
	"description\":\"Only pages above this address: the last one of the previou"
	"s answer.\",\"required\":false,\"schema\":{\"type\":[\"string\",\"integer\"],\"x-c-t"
	"ype\":\"hex64\"}},{\"name\":\"limit\",\"description\":\"Maximum number (default 10"
	"24).\",\"required\":false,\"schema\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":"
	"1024}}],\"result\":{\"name\":\"result\",\"schema\":{\"type\":\"object\",\"required\":["
	"\"domain\",\"pages\",\"more\"],\"properties\":{\"domain\":{\"type\":\"string\"},\"pages"
	"\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"gpa\",\"seen_ns\",\""
	"origin\"],\"properties\":{\"gpa\":{\"type\":\"string\",\"description\":\"of the 4 Ki"
	"B page\"},\"seen_ns\":{\"type\":\"integer\",\"description\":\"when the guest got t"
	"he first report, ns since 1970\"},\"origin\":{\"type\":\"string\",\"description\""
	":\"origin of the report: injection and its id, or as imported\"}}}},\"more\""
	":{\"type\":\"boolean\",\"description\":\"there are pages above the last one\"}}}"
	"},\"errors\":[{\"code\":1001,\"message\":\"no-such-domain\"},{\"code\":1008,\"messa"
	"ge\":\"journal-unavailable\"}],\"examples\":[{\"name\":\"export\",\"params\":[{\"nam"
	"e\":\"domain\",\"value\":\"vm1\"}],\"result\":{\"name\":\"result\",\"value\":{\"domain\":"
	"\"vm1\",\"pages\":[{\"gpa\":\"0x48000000\",\"seen_ns\":1764000000000000000,\"origin"
	"\":\"injection 6f0b6f2a-5d2c-4c52-9a57-0f5d1d4a3f10\"}],\"more\":false}}}]},{"
	"\"name\":\"poison.import\",\"summary\":\"Add to the pages that a guest was told"
	" are bad. Known pages are not changed, so the call may be repeated. Impo"
	"rts give a domain at most 65536 pages. Nothing is sent to the guest.\",\"p"
	"aramStructure\":\"by-name\",\"x-role\":\"admin\",\"x-mutating\":true,\"params\":[{\""
	"name\":\"domain\",\"description\":\"Name of the guest.\",\"required\":true,\"schem"
	"a\":{\"type\":\"string\",\"maxLength\":63,\"minLength\":1}},{\"name\":\"pages\",\"desc"
	"ription\":\"As poison.export returns them: gpa, seen_ns and origin (printa"
	"ble ASCII, at most 100), by ascending gpa.\",\"required\":true,\"schema\":{\"t"
	"ype\":\"array\",\"minItems\":0,\"maxItems\":1024,\"items\":{\"type\":\"object\",\"requ"
	"ired\":[\"gpa\",\"seen_ns\",\"origin\"],\"properties\":{\"gpa\":{\"type\":\"string\",\"d"
	"escription\":\"of the 4 KiB page\"},\"seen_ns\":{\"type\":\"integer\",\"descriptio"
	"n\":\"when the guest got the first report, ns since 1970\"},\"origin\":{\"type"
	"\":\"string\",\"description\":\"origin of the report: injection and its id, or"
	" as imported\"}}}}},{\"name\":\"dry_run\",\"description\":\"Make all checks, cha"
	"nge nothing.\",\"required\":false,\"schema\":{\"type\":\"boolean\"}}],\"result\":{\""
	"name\":\"result\",\"schema\":{\"type\":\"object\",\"required\":[\"domain\",\"pages\",\"n"
	"ew\",\"dry_run\"],\"properties\":{\"domain\":{\"type\":\"string\"},\"pages\":{\"type\":"
	"\"integer\"},\"new\":{\"type\":\"integer\",\"description\":\"pages that were not kn"
	"own before\"},\"dry_run\":{\"type\":\"boolean\"}}}},\"errors\":[{\"code\":1001,\"mes"
	"sage\":\"no-such-domain\"},{\"code\":1007,\"message\":\"busy\"},{\"code\":1008,\"mes"
	"sage\":\"journal-unavailable\"}],\"examples\":[{\"name\":\"import\",\"params\":[{\"n"
	"ame\":\"domain\",\"value\":\"vm1\"},{\"name\":\"pages\",\"value\":[{\"gpa\":\"0x48000000"
	"\",\"seen_ns\":1764000000000000000,\"origin\":\"injection 6f0b6f2a-5d2c-4c52-9"
	"a57-0f5d1d4a3f10\"}]}],\"result\":{\"name\":\"result\",\"value\":{\"domain\":\"vm1\","
	"\"pages\":1,\"new\":1,\"dry_run\":false}}}]},{\"name\":\"record.decode\",\"summary\""
	":\"A status block as JSON.\",\"paramStructure\":\"by-name\",\"x-role\":\"view\",\"x"
	"-mutating\":false,\"params\":[{\"name\":\"record_hex\",\"description\":\"The block"
	" in hex.\",\"required\":true,\"schema\":{\"type\":\"string\",\"maxLength\":131072,\""
	"minLength\":1}}],\"result\":{\"name\":\"result\",\"schema\":{\"type\":\"object\"}},\"e"
	"rrors\":[{\"code\":1011,\"message\":\"invalid-record\"}]},{\"name\":\"record.encod"
	"e\",\"summary\":\"JSON as a status block.\",\"paramStructure\":\"by-name\",\"x-rol"
	"e\":\"view\",\"x-mutating\":false,\"params\":[{\"name\":\"record\",\"description\":\"T"
	"he neutral form that record.decode returns.\",\"required\":true,\"schema\":{\""
	"type\":\"object\"}}],\"result\":{\"name\":\"result\",\"schema\":{\"type\":\"object\",\"r"
	"equired\":[\"record_hex\",\"length\"],\"properties\":{\"record_hex\":{\"type\":\"str"
	"ing\"},\"length\":{\"type\":\"integer\",\"description\":\"bytes\"}}}},\"errors\":[{\"c"
	"ode\":1011,\"message\":\"invalid-record\"}]},{\"name\":\"rpc.discover\",\"summary\""
	":\"This document.\",\"paramStructure\":\"by-name\",\"x-role\":\"view\",\"x-mutating"
	"\":false,\"params\":[],\"result\":{\"name\":\"result\",\"schema\":{\"type\":\"object\"}"
	"}},{\"name\":\"rpc.ping\",\"summary\":\"Whether rasd runs, the caller's role, h"
	"ow rasd finds host pages, and its journal.\",\"paramStructure\":\"by-name\",\""
	"x-role\":\"view\",\"x-mutating\":false,\"params\":[],\"result\":{\"name\":\"result\","
	"\"schema\":{\"type\":\"object\",\"required\":[\"pong\",\"version\",\"role\",\"pages\"],\""
	"properties\":{\"pong\":{\"type\":\"boolean\"},\"version\":{\"type\":\"string\"},\"now_"
	"ns\":{\"type\":\"integer\"},\"role\":{\"type\":\"string\"},\"journal\":{\"type\":\"objec"
	"t\",\"description\":\"rows and undecided: stored injections; oldest_ns: when"
	" the oldest was created, 0 if there is none; damage: why nothing can be "
	"stored, found at the last commit.\",\"required\":[\"rows\",\"undecided\",\"oldes"
	"t_ns\"],\"properties\":{\"rows\":{\"type\":\"integer\"},\"undecided\":{\"type\":\"inte"
	"ger\"},\"oldest_ns\":{\"type\":\"integer\"},\"damage\":{\"type\":\"string\"}}}}}},\"ex"
	"amples\":[{\"name\":\"ping\",\"params\":[],\"result\":{\"name\":\"result\",\"value\":{\""
	"pong\":true,\"version\":\"0.1.0\",\"role\":\"admin\"}}}]}]}"
	;
