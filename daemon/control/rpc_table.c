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
	"pe\":\"string\"},\"tag\":{\"type\":\"string\"},\"uid\":{\"type\":\"integer\"},\"as_uid\":"
	"{\"type\":\"integer\",\"description\":\"the uid that the caller had, where it i"
	"s a subordinate uid (/etc/subuid) of uid\"},\"record_bytes\":{\"type\":\"integ"
	"er\"},\"created_ns\":{\"type\":\"integer\"},\"decided_ns\":{\"type\":\"integer\"},\"ac"
	"k_ns\":{\"type\":\"integer\",\"description\":\"nanoseconds from send to acknowle"
	"dgement; 0: none\"},\"origin\":{\"type\":\"string\",\"enum\":[\"operator\",\"campaig"
	"n\",\"host-event\"],\"description\":\"Who wanted it.\"},\"origin_ref\":{\"type\":\"s"
	"tring\",\"description\":\"The campaign or the host event. Absent where there"
	" is none.\"},\"read\":{\"type\":\"string\",\"enum\":[\"no\",\"possibly\"],\"descriptio"
	"n\":\"Only with state lost: whether the guest may have read the record. Ab"
	"sent in rows of older versions.\"},\"hpa\":{\"type\":\"string\",\"description\":\""
	"with hpa: the host address asked for\"},\"effects\":{\"type\":\"array\",\"maxIte"
	"ms\":64,\"description\":\"Only with dry_run: what Linux does with the record"
	" beyond logging it. Empty: nothing.\",\"items\":{\"type\":\"object\",\"required\""
	":[\"effect\",\"section\",\"severity\",\"text\"],\"properties\":{\"effect\":{\"type\":\""
	"string\",\"enum\":[\"page-soft-offline\",\"page-offline\",\"pcie-recovery\",\"pcie"
	"-reset\",\"panic\"]},\"section\":{\"type\":\"integer\",\"description\":\"index of th"
	"e section that has it\"},\"severity\":{\"type\":\"string\",\"description\":\"what "
	"the effect counts as for grant and confirm\"},\"gpa\":{\"type\":\"string\",\"des"
	"cription\":\"of the page effects: the address in the record\"},\"device\":{\"t"
	"ype\":\"string\",\"description\":\"of the PCIe effects: segment:bus:device.fun"
	"ction\"},\"text\":{\"type\":\"string\"}}}}}}},\"errors\":[{\"code\":1001,\"message\":"
	"\"no-such-domain\"},{\"code\":1002,\"message\":\"policy-denied\"},{\"code\":1003,\""
	"message\":\"address-not-ram\"},{\"code\":1004,\"message\":\"not-capable\"},{\"code"
	"\":1005,\"message\":\"guest-not-ready\"},{\"code\":1006,\"message\":\"guest-not-ru"
	"nning\"},{\"code\":1007,\"message\":\"busy\"},{\"code\":1008,\"message\":\"journal-u"
	"navailable\"},{\"code\":1011,\"message\":\"invalid-record\"},{\"code\":1012,\"mess"
	"age\":\"request-id-conflict\"},{\"code\":1015,\"message\":\"helper-error\"},{\"cod"
	"e\":1016,\"message\":\"layout-unknown\"},{\"code\":1020,\"message\":\"needs-confir"
	"mation\"}],\"examples\":[{\"name\":\"corrected\",\"params\":[{\"name\":\"request_id\""
	",\"value\":\"r1\"},{\"name\":\"domain\",\"value\":\"vm1\"},{\"name\":\"gpa\",\"value\":\"0x"
	"48000000\"},{\"name\":\"wait\",\"value\":true}],\"result\":{\"name\":\"result\",\"valu"
	"e\":{\"id\":\"6f0b6f2a-5d2c-4c52-9a57-0f5d1d4a3f10\",\"state\":\"acknowledged\",\""
	"final\":true,\"domain\":\"vm1\"}}},{\"name\":\"sections\",\"params\":[{\"name\":\"requ"
	"est_id\",\"value\":\"r2\"},{\"name\":\"domain\",\"value\":\"vm1\"},{\"name\":\"severity\""
	",\"value\":\"recoverable\"},{\"name\":\"sections\",\"value\":[{\"kind\":\"proc_arm\",\""
	"section\":{\"fields\":{\"mpidr_el1\":\"0x80000001\",\"running_state\":1,\"psci_sta"
	"te\":0},\"error_info\":[{\"fields\":{\"type\":2,\"error_information\":\"0x91000f\","
	"\"physical_fault_address\":\"0x48000000\"}}]}}]}],\"result\":{\"name\":\"result\","
	"\"value\":{\"id\":\"6f0b6f2a-5d2c-4c52-9a57-0f5d1d4a3f11\",\"state\":\"written\",\""
	"final\":false,\"domain\":\"vm1\"}}}]},{\"name\":\"injection.get\",\"summary\":\"One "
	"injection as it is now.\",\"paramStructure\":\"by-name\",\"x-role\":\"view\",\"x-m"
	"utating\":false,\"params\":[{\"name\":\"id\",\"description\":\"Id that injection.c"
	"reate returned.\",\"required\":true,\"schema\":{\"type\":\"string\",\"maxLength\":3"
	"6,\"minLength\":1}}],\"result\":{\"name\":\"result\",\"schema\":{\"type\":\"object\",\""
	"required\":[\"id\",\"state\",\"final\",\"domain\"],\"properties\":{\"id\":{\"type\":\"st"
	"ring\"},\"request_id\":{\"type\":\"string\"},\"domain\":{\"type\":\"string\"},\"state\""
	":{\"type\":\"string\",\"enum\":[\"intent\",\"written\",\"consumed\",\"acknowledged\",\""
	"delivered\",\"refused\",\"lost\",\"unknown\"]},\"final\":{\"type\":\"boolean\"},\"deta"
	"il\":{\"type\":\"string\"},\"backend\":{\"type\":\"string\"},\"source\":{\"type\":\"inte"
	"ger\"},\"severity\":{\"type\":\"string\"},\"gpa\":{\"type\":\"string\"},\"tag\":{\"type\""
	":\"string\"},\"uid\":{\"type\":\"integer\"},\"as_uid\":{\"type\":\"integer\",\"descript"
	"ion\":\"the uid that the caller had, where it is a subordinate uid (/etc/s"
	"ubuid) of uid\"},\"record_bytes\":{\"type\":\"integer\"},\"created_ns\":{\"type\":\""
	"integer\"},\"decided_ns\":{\"type\":\"integer\"},\"ack_ns\":{\"type\":\"integer\",\"de"
	"scription\":\"nanoseconds from send to acknowledgement; 0: none\"},\"origin\""
	":{\"type\":\"string\",\"enum\":[\"operator\",\"campaign\",\"host-event\"],\"descripti"
	"on\":\"Who wanted it.\"},\"origin_ref\":{\"type\":\"string\",\"description\":\"The c"
	"ampaign or the host event. Absent where there is none.\"},\"read\":{\"type\":"
	"\"string\",\"enum\":[\"no\",\"possibly\"],\"description\":\"Only with state lost: w"
	"hether the guest may have read the record. Absent in rows of older versi"
	"ons.\"}}}},\"errors\":[{\"code\":1013,\"message\":\"not-found\"}]},{\"name\":\"injec"
	"tion.list\",\"summary\":\"Injections, newest first.\",\"paramStructure\":\"by-na"
	"me\",\"x-role\":\"view\",\"x-mutating\":false,\"params\":[{\"name\":\"domain\",\"descr"
	"iption\":\"Only those of this guest.\",\"required\":false,\"schema\":{\"type\":\"s"
	"tring\",\"maxLength\":63,\"minLength\":1}},{\"name\":\"limit\",\"description\":\"Max"
	"imum number (default 100).\",\"required\":false,\"schema\":{\"type\":\"integer\","
	"\"minimum\":1,\"maximum\":1000}}],\"result\":{\"name\":\"result\",\"schema\":{\"type\""
	":\"object\",\"required\":[\"injections\"],\"properties\":{\"injections\":{\"type\":\""
	"array\",\"items\":{\"type\":\"object\",\"required\":[\"id\",\"state\",\"final\",\"domain"
	"\"],\"properties\":{\"id\":{\"type\":\"string\"},\"request_id\":{\"type\":\"string\"},\""
	"domain\":{\"type\":\"string\"},\"state\":{\"type\":\"string\",\"enum\":[\"intent\",\"wri"
	"tten\",\"consumed\",\"acknowledged\",\"delivered\",\"refused\",\"lost\",\"unknown\"]}"
	",\"final\":{\"type\":\"boolean\"},\"detail\":{\"type\":\"string\"},\"backend\":{\"type\""
	":\"string\"},\"source\":{\"type\":\"integer\"},\"severity\":{\"type\":\"string\"},\"gpa"
	"\":{\"type\":\"string\"},\"tag\":{\"type\":\"string\"},\"uid\":{\"type\":\"integer\"},\"as"
	"_uid\":{\"type\":\"integer\",\"description\":\"the uid that the caller had, wher"
	"e it is a subordinate uid (/etc/subuid) of uid\"},\"record_bytes\":{\"type\":"
	"\"integer\"},\"created_ns\":{\"type\":\"integer\"},\"decided_ns\":{\"type\":\"integer"
	"\"},\"ack_ns\":{\"type\":\"integer\",\"description\":\"nanoseconds from send to ac"
	"knowledgement; 0: none\"},\"origin\":{\"type\":\"string\",\"enum\":[\"operator\",\"c"
	"ampaign\",\"host-event\"],\"description\":\"Who wanted it.\"},\"origin_ref\":{\"ty"
	"pe\":\"string\",\"description\":\"The campaign or the host event. Absent where"
	" there is none.\"},\"read\":{\"type\":\"string\",\"enum\":[\"no\",\"possibly\"],\"desc"
	"ription\":\"Only with state lost: whether the guest may have read the reco"
	"rd. Absent in rows of older versions.\"}}}}}}},\"examples\":[{\"name\":\"newes"
	"t\",\"params\":[{\"name\":\"limit\",\"value\":10}],\"result\":{\"name\":\"result\",\"val"
	"ue\":{\"injections\":[]}}}]},{\"name\":\"injection.resolve\",\"summary\":\"Decide "
	"an injection whose state is unknown.\",\"paramStructure\":\"by-name\",\"x-role"
	"\":\"admin\",\"x-mutating\":true,\"params\":[{\"name\":\"id\",\"description\":\"Id tha"
	"t injection.create returned.\",\"required\":true,\"schema\":{\"type\":\"string\","
	"\"maxLength\":36,\"minLength\":1}},{\"name\":\"state\",\"description\":\"The outcom"
	"e, as far as the caller knows it.\",\"required\":true,\"schema\":{\"type\":\"str"
	"ing\",\"maxLength\":16,\"minLength\":1,\"enum\":[\"acknowledged\",\"consumed\",\"ref"
	"used\",\"lost\"]}},{\"name\":\"reason\",\"description\":\"How the caller knows. Th"
	"e journal keeps it.\",\"required\":true,\"schema\":{\"type\":\"string\",\"maxLengt"
	"h\":100,\"minLength\":1,\"pattern\":\"^[ -~]*$\"}},{\"name\":\"dry_run\",\"descripti"
	"on\":\"Make all checks, change nothing.\",\"required\":false,\"schema\":{\"type\""
	":\"boolean\"}}],\"result\":{\"name\":\"result\",\"schema\":{\"type\":\"object\",\"requi"
	"red\":[\"id\",\"state\",\"final\",\"domain\"],\"properties\":{\"id\":{\"type\":\"string\""
	"},\"request_id\":{\"type\":\"string\"},\"domain\":{\"type\":\"string\"},\"state\":{\"ty"
	"pe\":\"string\",\"enum\":[\"intent\",\"written\",\"consumed\",\"acknowledged\",\"deliv"
	"ered\",\"refused\",\"lost\",\"unknown\"]},\"final\":{\"type\":\"boolean\"},\"detail\":{"
	"\"type\":\"string\"},\"backend\":{\"type\":\"string\"},\"source\":{\"type\":\"integer\"}"
	",\"severity\":{\"type\":\"string\"},\"gpa\":{\"type\":\"string\"},\"tag\":{\"type\":\"str"
	"ing\"},\"uid\":{\"type\":\"integer\"},\"as_uid\":{\"type\":\"integer\",\"description\":"
	"\"the uid that the caller had, where it is a subordinate uid (/etc/subuid"
	") of uid\"},\"record_bytes\":{\"type\":\"integer\"},\"created_ns\":{\"type\":\"integ"
	"er\"},\"decided_ns\":{\"type\":\"integer\"},\"ack_ns\":{\"type\":\"integer\",\"descrip"
	"tion\":\"nanoseconds from send to acknowledgement; 0: none\"},\"origin\":{\"ty"
	"pe\":\"string\",\"enum\":[\"operator\",\"campaign\",\"host-event\"],\"description\":\""
	"Who wanted it.\"},\"origin_ref\":{\"type\":\"string\",\"description\":\"The campai"
	"gn or the host event. Absent where there is none.\"},\"read\":{\"type\":\"stri"
	"ng\",\"enum\":[\"no\",\"possibly\"],\"description\":\"Only with state lost: whethe"
	"r the guest may have read the record. Absent in rows of older versions.\""
	"}}}},\"errors\":[{\"code\":1013,\"message\":\"not-found\"},{\"code\":1008,\"message"
	"\":\"journal-unavailable\"}]},{\"name\":\"poison.export\",\"summary\":\"The 4 KiB "
	"pages that a guest was told are bad, by address: pages of recoverable re"
	"cords that it acknowledged or consumed, and imported ones. Import the li"
	"st on the host that the guest is migrated to. If there are pages, the gu"
	"est need not exist. Needs role inject, because forwarded host errors wil"
	"l be in the list, and they show where the host's memory fails. domain.ex"
	"plain shows everybody how many there are.\",\"paramStructure\":\"by-name\",\"x"
	"-role\":\"inject\",\"x-mutating\":false,\"params\":[{\"name\":\"domain\",\"descripti"
	"on\":\"Name of the guest, which may have left.\",\"required\":true,\"schema\":{"
	"\"type\":\"string\",\"maxLength\":63,\"minLength\":1}},{\"name\":\"after\",\"descript"
	"ion\":\"Only pages above this address: the last one of the previous answer"
	".\",\"required\":false,\"schema\":{\"type\":[\"string\",\"integer\"],\"x-c-type\":\"he"
	"x64\"}},{\"name\":\"limit\",\"description\":\"Maximum number (default 1024).\",\"r"
	"equired\":false,\"schema\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":1024}}],"
	"\"result\":{\"name\":\"result\",\"schema\":{\"type\":\"object\",\"required\":[\"domain\""
	",\"pages\",\"more\"],\"properties\":{\"domain\":{\"type\":\"string\"},\"pages\":{\"type"
	"\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"gpa\",\"seen_ns\",\"origin\"]"
	",\"properties\":{\"gpa\":{\"type\":\"string\",\"description\":\"of the 4 KiB page\"}"
	",\"seen_ns\":{\"type\":\"integer\",\"description\":\"when the guest got the first"
	" report, ns since 1970\"},\"origin\":{\"type\":\"string\",\"description\":\"origin"
	" of the report: injection and its id, or as imported\"}}}},\"more\":{\"type\""
	":\"boolean\",\"description\":\"there are pages above the last one\"}}}},\"error"
	"s\":[{\"code\":1001,\"message\":\"no-such-domain\"},{\"code\":1008,\"message\":\"jou"
	"rnal-unavailable\"}],\"examples\":[{\"name\":\"export\",\"params\":[{\"name\":\"doma"
	"in\",\"value\":\"vm1\"}],\"result\":{\"name\":\"result\",\"value\":{\"domain\":\"vm1\",\"p"
	"ages\":[{\"gpa\":\"0x48000000\",\"seen_ns\":1764000000000000000,\"origin\":\"injec"
	"tion 6f0b6f2a-5d2c-4c52-9a57-0f5d1d4a3f10\"}],\"more\":false}}}]},{\"name\":\""
	"poison.import\",\"summary\":\"Add to the pages that a guest was told are bad"
	". Known pages are not changed, so the call may be repeated. Imports give"
	" a domain at most 65536 pages. Nothing is sent to the guest.\",\"paramStru"
	"cture\":\"by-name\",\"x-role\":\"admin\",\"x-mutating\":true,\"params\":[{\"name\":\"d"
	"omain\",\"description\":\"Name of the guest.\",\"required\":true,\"schema\":{\"typ"
	"e\":\"string\",\"maxLength\":63,\"minLength\":1}},{\"name\":\"pages\",\"description\""
	":\"As poison.export returns them: gpa, seen_ns and origin (printable ASCI"
	"I, at most 100), by ascending gpa.\",\"required\":true,\"schema\":{\"type\":\"ar"
	"ray\",\"minItems\":0,\"maxItems\":1024,\"items\":{\"type\":\"object\",\"required\":[\""
	"gpa\",\"seen_ns\",\"origin\"],\"properties\":{\"gpa\":{\"type\":\"string\",\"descripti"
	"on\":\"of the 4 KiB page\"},\"seen_ns\":{\"type\":\"integer\",\"description\":\"when"
	" the guest got the first report, ns since 1970\"},\"origin\":{\"type\":\"strin"
	"g\",\"description\":\"origin of the report: injection and its id, or as impo"
	"rted\"}}}}},{\"name\":\"dry_run\",\"description\":\"Make all checks, change noth"
	"ing.\",\"required\":false,\"schema\":{\"type\":\"boolean\"}}],\"result\":{\"name\":\"r"
	"esult\",\"schema\":{\"type\":\"object\",\"required\":[\"domain\",\"pages\",\"new\",\"dry"
	"_run\"],\"properties\":{\"domain\":{\"type\":\"string\"},\"pages\":{\"type\":\"integer"
	"\"},\"new\":{\"type\":\"integer\",\"description\":\"pages that were not known befo"
	"re\"},\"dry_run\":{\"type\":\"boolean\"}}}},\"errors\":[{\"code\":1001,\"message\":\"n"
	"o-such-domain\"},{\"code\":1007,\"message\":\"busy\"},{\"code\":1008,\"message\":\"j"
	"ournal-unavailable\"}],\"examples\":[{\"name\":\"import\",\"params\":[{\"name\":\"do"
	"main\",\"value\":\"vm1\"},{\"name\":\"pages\",\"value\":[{\"gpa\":\"0x48000000\",\"seen_"
	"ns\":1764000000000000000,\"origin\":\"injection 6f0b6f2a-5d2c-4c52-9a57-0f5d"
	"1d4a3f10\"}]}],\"result\":{\"name\":\"result\",\"value\":{\"domain\":\"vm1\",\"pages\":"
	"1,\"new\":1,\"dry_run\":false}}}]},{\"name\":\"record.decode\",\"summary\":\"A stat"
	"us block as JSON.\",\"paramStructure\":\"by-name\",\"x-role\":\"view\",\"x-mutatin"
	"g\":false,\"params\":[{\"name\":\"record_hex\",\"description\":\"The block in hex."
	"\",\"required\":true,\"schema\":{\"type\":\"string\",\"maxLength\":131072,\"minLengt"
	"h\":1}}],\"result\":{\"name\":\"result\",\"schema\":{\"type\":\"object\"}},\"errors\":["
	"{\"code\":1011,\"message\":\"invalid-record\"}]},{\"name\":\"record.encode\",\"summ"
	"ary\":\"JSON as a status block.\",\"paramStructure\":\"by-name\",\"x-role\":\"view"
	"\",\"x-mutating\":false,\"params\":[{\"name\":\"record\",\"description\":\"The neutr"
	"al form that record.decode returns.\",\"required\":true,\"schema\":{\"type\":\"o"
	"bject\"}}],\"result\":{\"name\":\"result\",\"schema\":{\"type\":\"object\",\"required\""
	":[\"record_hex\",\"length\"],\"properties\":{\"record_hex\":{\"type\":\"string\"},\"l"
	"ength\":{\"type\":\"integer\",\"description\":\"bytes\"}}}},\"errors\":[{\"code\":101"
	"1,\"message\":\"invalid-record\"}]},{\"name\":\"rpc.discover\",\"summary\":\"This d"
	"ocument.\",\"paramStructure\":\"by-name\",\"x-role\":\"view\",\"x-mutating\":false,"
	"\"params\":[],\"result\":{\"name\":\"result\",\"schema\":{\"type\":\"object\"}}},{\"nam"
	"e\":\"rpc.ping\",\"summary\":\"Whether rasd runs, the caller's role, how rasd "
	"finds host pages, and its journal.\",\"paramStructure\":\"by-name\",\"x-role\":"
	"\"view\",\"x-mutating\":false,\"params\":[],\"result\":{\"name\":\"result\",\"schema\""
	":{\"type\":\"object\",\"required\":[\"pong\",\"version\",\"role\",\"pages\"],\"properti"
	"es\":{\"pong\":{\"type\":\"boolean\"},\"version\":{\"type\":\"string\"},\"now_ns\":{\"ty"
	"pe\":\"integer\"},\"role\":{\"type\":\"string\"},\"journal\":{\"type\":\"object\",\"desc"
	"ription\":\"rows and undecided: stored injections; oldest_ns: when the old"
	"est was created, 0 if there is none; damage: why nothing can be stored, "
	"found at the last commit.\",\"required\":[\"rows\",\"undecided\",\"oldest_ns\"],\""
	"properties\":{\"rows\":{\"type\":\"integer\"},\"undecided\":{\"type\":\"integer\"},\"o"
	"ldest_ns\":{\"type\":\"integer\"},\"damage\":{\"type\":\"string\"}}}}}},\"examples\":"
	"[{\"name\":\"ping\",\"params\":[],\"result\":{\"name\":\"result\",\"value\":{\"pong\":tr"
	"ue,\"version\":\"0.1.0\",\"role\":\"admin\"}}}]}]}"
	;
