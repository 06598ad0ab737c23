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

static const struct rpc_param params_event_list[] = {
	{ "domain", RPC_STR, false, 1, 63, NULL },
	{ "before", RPC_U64, false, 1, 9007199254740991, NULL },
	{ "limit", RPC_U64, false, 1, 1000, NULL },
};

static const struct rpc_param params_event_subscribe[] = {
	{ "cursor", RPC_STR, false, 1, 64, NULL },
	{ "wait_ms", RPC_U64, false, 0, 30000, NULL },
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
	{ "event.list", rpc_event_list, RPC_INJECT, false, params_event_list, 3 },
	{ "event.subscribe", rpc_event_subscribe, RPC_INJECT, false, params_event_subscribe, 2 },
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
	{ "source.list", rpc_source_list, RPC_VIEW, false, NULL, 0 },
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
	"sage\":\"layout-unknown\"},{\"code\":1017,\"message\":\"timeout\"},{\"code\":1022,\""
	"message\":\"other-guest\"}],\"examples\":[{\"name\":\"owner\",\"params\":[{\"name\":\""
	"hpa\",\"value\":\"0x10e241000\"}],\"result\":{\"name\":\"result\",\"value\":{\"hpa\":\"0"
	"x10e241000\",\"state\":\"live\",\"found\":\"index\",\"backing\":\"thp\",\"page_bytes\":"
	"2097152,\"owners\":[{\"domain\":\"vm1\",\"gpa\":\"0x48041000\",\"state\":\"live\"}],\"r"
	"ead_ns\":1764000000000000000}}}]},{\"name\":\"domain.list\",\"summary\":\"Every "
	"guest, and whether a record can be injected into it.\",\"paramStructure\":\""
	"by-name\",\"x-role\":\"view\",\"x-mutating\":false,\"params\":[],\"result\":{\"name\""
	":\"result\",\"schema\":{\"type\":\"object\",\"required\":[\"domains\"],\"properties\":"
	"{\"domains\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}},\"complete\":{\"type\""
	":\"boolean\",\"description\":\"False if there are more guests than rasd keeps"
	" (4096). Then some that do not run are left out.\"},\"libvirt\":{\"type\":\"ob"
	"ject\",\"description\":\"The connection to libvirt: uri, connected, version,"
	" read_only, reason, hint.\"}}}},\"examples\":[{\"name\":\"list\",\"params\":[],\"r"
	"esult\":{\"name\":\"result\",\"value\":{\"domains\":[]}}}]},{\"name\":\"domain.expla"
	"in\",\"summary\":\"One guest: whether it can take a record now, by which bac"
	"kend, and if not, why and what to change.\",\"paramStructure\":\"by-name\",\"x"
	"-role\":\"view\",\"x-mutating\":false,\"params\":[{\"name\":\"domain\",\"description"
	"\":\"Name of the guest.\",\"required\":true,\"schema\":{\"type\":\"string\",\"maxLen"
	"gth\":63,\"minLength\":1}}],\"result\":{\"name\":\"result\",\"schema\":{\"type\":\"obj"
	"ect\"}},\"errors\":[{\"code\":1001,\"message\":\"no-such-domain\"}],\"examples\":[{"
	"\"name\":\"explain\",\"params\":[{\"name\":\"domain\",\"value\":\"vm1\"}],\"result\":{\"n"
	"ame\":\"result\",\"value\":{\"name\":\"vm1\"}}}]},{\"name\":\"domain.allow\",\"summary"
	"\":\"Set the grants of a libvirt domain in its metadata.\",\"paramStructure\""
	":\"by-name\",\"x-role\":\"admin\",\"x-mutating\":true,\"params\":[{\"name\":\"domain\""
	",\"description\":\"Name of the guest.\",\"required\":true,\"schema\":{\"type\":\"st"
	"ring\",\"maxLength\":63,\"minLength\":1}},{\"name\":\"target_max_severity\",\"desc"
	"ription\":\"The worst severity that an operator may inject. If absent, it "
	"stays as it is.\",\"required\":false,\"schema\":{\"type\":\"string\",\"maxLength\":"
	"16,\"minLength\":1,\"enum\":[\"none\",\"info\",\"corrected\",\"recoverable\",\"fatal\""
	"]}},{\"name\":\"forward_corrected\",\"description\":\"Whether real corrected er"
	"rors of the host are forwarded. If absent, it stays as it is.\",\"required"
	"\":false,\"schema\":{\"type\":\"boolean\"}},{\"name\":\"forward_uncorrected\",\"desc"
	"ription\":\"Whether real uncorrected errors of the host are forwarded. If "
	"absent, it stays as it is.\",\"required\":false,\"schema\":{\"type\":\"boolean\"}"
	"},{\"name\":\"dry_run\",\"description\":\"Make all checks, change nothing.\",\"re"
	"quired\":false,\"schema\":{\"type\":\"boolean\"}}],\"result\":{\"name\":\"result\",\"s"
	"chema\":{\"type\":\"object\",\"required\":[\"domain\",\"before\",\"after\",\"dry_run\"]"
	",\"properties\":{\"domain\":{\"type\":\"string\"},\"before\":{\"type\":\"object\"},\"af"
	"ter\":{\"type\":\"object\"},\"dry_run\":{\"type\":\"boolean\"}}}},\"errors\":[{\"code\""
	":1001,\"message\":\"no-such-domain\"},{\"code\":1004,\"message\":\"not-capable\"},"
	"{\"code\":1009,\"message\":\"monitor-error\"},{\"code\":1014,\"message\":\"permissi"
	"on\"},{\"code\":1018,\"message\":\"config\"}],\"examples\":[{\"name\":\"allow\",\"para"
	"ms\":[{\"name\":\"domain\",\"value\":\"vm1\"},{\"name\":\"target_max_severity\",\"valu"
	"e\":\"recoverable\"}],\"result\":{\"name\":\"result\",\"value\":{\"domain\":\"vm1\",\"be"
	"fore\":{\"target_max_severity\":\"none\",\"forward_corrected\":false,\"forward_u"
	"ncorrected\":false},\"after\":{\"target_max_severity\":\"recoverable\",\"forward"
	"_corrected\":false,\"forward_uncorrected\":false},\"dry_run\":false}}}]},{\"na"
	"me\":\"event.list\",\"summary\":\"Errors of this host, newest first: what was "
	"seen, what was decided and why, and which injection came of it. Needs ro"
	"le inject, because it names pages of the host.\",\"paramStructure\":\"by-nam"
	"e\",\"x-role\":\"inject\",\"x-mutating\":false,\"params\":[{\"name\":\"domain\",\"desc"
	"ription\":\"Only those that hit this guest.\",\"required\":false,\"schema\":{\"t"
	"ype\":\"string\",\"maxLength\":63,\"minLength\":1}},{\"name\":\"before\",\"descripti"
	"on\":\"Only those with a smaller seq: the last one of the previous answer."
	"\",\"required\":false,\"schema\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":9007"
	"199254740991}},{\"name\":\"limit\",\"description\":\"Maximum number (default 10"
	"0).\",\"required\":false,\"schema\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":1"
	"000}}],\"result\":{\"name\":\"result\",\"schema\":{\"type\":\"object\",\"required\":[\""
	"events\"],\"properties\":{\"events\":{\"type\":\"array\",\"items\":{\"type\":\"object\""
	",\"required\":[\"id\",\"seq\",\"count\",\"decision\"],\"properties\":{\"id\":{\"type\":\""
	"string\"},\"seq\":{\"type\":\"integer\",\"description\":\"its number in the feed; "
	"newer ones have larger numbers\"},\"source\":{\"type\":\"string\",\"description\""
	":\"who reported it\"},\"report\":{\"type\":\"string\",\"description\":\"what in tha"
	"t source it was read from\"},\"kind\":{\"type\":\"string\",\"enum\":[\"memory\",\"pa"
	"ge-lost\",\"sigbus\",\"processor\",\"pcie\",\"cxl\",\"other\"]},\"severity\":{\"type\":"
	"\"string\",\"enum\":[\"info\",\"corrected\",\"deferred\",\"uncorrected\",\"fatal\",\"un"
	"known\"]},\"hpa\":{\"type\":\"string\",\"description\":\"host physical address; ab"
	"sent where the report has none\"},\"count\":{\"type\":\"integer\",\"description\""
	":\"errors that this row stands for\"},\"label\":{\"type\":\"string\",\"descriptio"
	"n\":\"the memory module, where the host knows it\"},\"detail\":{\"type\":\"strin"
	"g\"},\"boot_id\":{\"type\":\"string\",\"description\":\"boot of this host that it "
	"belongs to; absent where that is not known\"},\"seen_ns\":{\"type\":\"integer\""
	",\"description\":\"when the host saw it, ns since 1970\"},\"late\":{\"type\":\"bo"
	"olean\",\"description\":\"it was stored somewhere before rasd read it\"},\"dec"
	"ision\":{\"type\":\"string\",\"enum\":[\"forwarded\",\"counted\",\"not-granted\",\"gue"
	"st-told\",\"consumed\",\"same-error\",\"secondary\",\"stale\",\"no-guest\",\"unprove"
	"d\",\"no-address\",\"noted\",\"own-error\",\"failed\",\"storm\"]},\"reason\":{\"type\":"
	"\"string\",\"description\":\"why that was decided\"},\"domain\":{\"type\":\"string\""
	",\"description\":\"the guest that had the page, where that is sure\"},\"gpa\":"
	"{\"type\":\"string\"},\"pages\":{\"type\":\"integer\",\"description\":\"guest pages t"
	"hat it costs\"},\"injection\":{\"type\":\"string\",\"description\":\"id of the fir"
	"st injection that came of it\"},\"decided_ns\":{\"type\":\"integer\"}}}}}}},\"ex"
	"amples\":[{\"name\":\"newest\",\"params\":[{\"name\":\"limit\",\"value\":10}],\"result"
	"\":{\"name\":\"result\",\"value\":{\"events\":[]}}}]},{\"name\":\"event.subscribe\",\""
	"summary\":\"What happens next: host events and the states of injections, i"
	"n order. Answered as soon as there is something behind the cursor, or em"
	"pty after wait_ms; ask again with the cursor of the answer. It is good o"
	"ver restarts of rasd and of the host. Without a cursor the answer is onl"
	"y the cursor of now.\",\"paramStructure\":\"by-name\",\"x-role\":\"inject\",\"x-mu"
	"tating\":false,\"params\":[{\"name\":\"cursor\",\"description\":\"Of the previous "
	"answer.\",\"required\":false,\"schema\":{\"type\":\"string\",\"minLength\":1,\"maxLe"
	"ngth\":64}},{\"name\":\"wait_ms\",\"description\":\"Milliseconds to wait for som"
	"ething (default 30000).\",\"required\":false,\"schema\":{\"type\":\"integer\",\"mi"
	"nimum\":0,\"maximum\":30000}}],\"result\":{\"name\":\"result\",\"schema\":{\"type\":\""
	"object\",\"required\":[\"events\",\"cursor\",\"gap\",\"rebooted\"],\"properties\":{\"e"
	"vents\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"seq\"],\"prop"
	"erties\":{\"seq\":{\"type\":\"integer\"},\"host\":{\"type\":\"object\",\"required\":[\"i"
	"d\",\"seq\",\"count\",\"decision\"],\"properties\":{\"id\":{\"type\":\"string\"},\"seq\":"
	"{\"type\":\"integer\",\"description\":\"its number in the feed; newer ones have"
	" larger numbers\"},\"source\":{\"type\":\"string\",\"description\":\"who reported "
	"it\"},\"report\":{\"type\":\"string\",\"description\":\"what in that source it was"
	" read from\"},\"kind\":{\"type\":\"string\",\"enum\":[\"memory\",\"page-lost\",\"sigbu"
	"s\",\"processor\",\"pcie\",\"cxl\",\"other\"]},\"severity\":{\"type\":\"string\",\"enum\""
	":[\"info\",\"corrected\",\"deferred\",\"uncorrected\",\"fatal\",\"unknown\"]},\"hpa\":"
	"{\"type\":\"string\",\"description\":\"host physical address; absent where the "
	"report has none\"},\"count\":{\"type\":\"integer\",\"description\":\"errors that t"
	"his row stands for\"},\"label\":{\"type\":\"string\",\"description\":\"the memory "
	"module, where the host knows it\"},\"detail\":{\"type\":\"string\"},\"boot_id\":{"
	"\"type\":\"string\",\"description\":\"boot of this host that it belongs to; abs"
	"ent where that is not known\"},\"seen_ns\":{\"type\":\"integer\",\"description\":"
	"\"when the host saw it, ns since 1970\"},\"late\":{\"type\":\"boolean\",\"descrip"
	"tion\":\"it was stored somewhere before rasd read it\"},\"decision\":{\"type\":"
	"\"string\",\"enum\":[\"forwarded\",\"counted\",\"not-granted\",\"guest-told\",\"consu"
	"med\",\"same-error\",\"secondary\",\"stale\",\"no-guest\",\"unproved\",\"no-address\""
	",\"noted\",\"own-error\",\"failed\",\"storm\"]},\"reason\":{\"type\":\"string\",\"descr"
	"iption\":\"why that was decided\"},\"domain\":{\"type\":\"string\",\"description\":"
	"\"the guest that had the page, where that is sure\"},\"gpa\":{\"type\":\"string"
	"\"},\"pages\":{\"type\":\"integer\",\"description\":\"guest pages that it costs\"},"
	"\"injection\":{\"type\":\"string\",\"description\":\"id of the first injection th"
	"at came of it\"},\"decided_ns\":{\"type\":\"integer\"}}},\"injection\":{\"type\":\"o"
	"bject\",\"required\":[\"id\",\"domain\",\"state\",\"time_ns\"],\"properties\":{\"id\":{"
	"\"type\":\"string\"},\"domain\":{\"type\":\"string\"},\"state\":{\"type\":\"string\",\"en"
	"um\":[\"intent\",\"written\",\"consumed\",\"acknowledged\",\"delivered\",\"refused\","
	"\"lost\",\"unknown\"]},\"read\":{\"type\":\"string\"},\"detail\":{\"type\":\"string\"},\""
	"time_ns\":{\"type\":\"integer\"}}}}},\"description\":\"at most 100, each with ho"
	"st or injection\"},\"cursor\":{\"type\":\"string\"},\"gap\":{\"type\":\"boolean\",\"de"
	"scription\":\"something behind the cursor that was given is deleted alread"
	"y\"},\"rebooted\":{\"type\":\"boolean\",\"description\":\"the host was started aga"
	"in since that cursor\"}}}},\"errors\":[{\"code\":1007,\"message\":\"busy\"}],\"exa"
	"mples\":[{\"name\":\"from now on\",\"params\":[],\"result\":{\"name\":\"result\",\"val"
	"ue\":{\"events\":[],\"cursor\":\"0f8fad5b-d9cb-469f-a165-70867728950e:17\",\"gap"
	"\":false,\"rebooted\":false}}}]},{\"name\":\"injection.create\",\"summary\":\"Inje"
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
	"mation\"},{\"code\":1022,\"message\":\"other-guest\"}],\"examples\":[{\"name\":\"cor"
	"rected\",\"params\":[{\"name\":\"request_id\",\"value\":\"r1\"},{\"name\":\"domain\",\"v"
	"alue\":\"vm1\"},{\"name\":\"gpa\",\"value\":\"0x48000000\"},{\"name\":\"wait\",\"value\":"
	"true}],\"result\":{\"name\":\"result\",\"value\":{\"id\":\"6f0b6f2a-5d2c-4c52-9a57-"
	"0f5d1d4a3f10\",\"state\":\"acknowledged\",\"final\":true,\"domain\":\"vm1\"}}},{\"na"
	"me\":\"sections\",\"params\":[{\"name\":\"request_id\",\"value\":\"r2\"},{\"name\":\"dom"
	"ain\",\"value\":\"vm1\"},{\"name\":\"severity\",\"value\":\"recoverable\"},{\"name\":\"s"
	"ections\",\"value\":[{\"kind\":\"proc_arm\",\"section\":{\"fields\":{\"mpidr_el1\":\"0"
	"x80000001\",\"running_state\":1,\"psci_state\":0},\"error_info\":[{\"fields\":{\"t"
	"ype\":2,\"error_information\":\"0x91000f\",\"physical_fault_address\":\"0x480000"
	"00\"}}]}}]}],\"result\":{\"name\":\"result\",\"value\":{\"id\":\"6f0b6f2a-5d2c-4c52-"
	"9a57-0f5d1d4a3f11\",\"state\":\"written\",\"final\":false,\"domain\":\"vm1\"}}}]},{"
	"\"name\":\"injection.get\",\"summary\":\"One injection as it is now.\",\"paramStr"
	"ucture\":\"by-name\",\"x-role\":\"view\",\"x-mutating\":false,\"params\":[{\"name\":\""
	"id\",\"description\":\"Id that injection.create returned.\",\"required\":true,\""
	"schema\":{\"type\":\"string\",\"maxLength\":36,\"minLength\":1}}],\"result\":{\"name"
	"\":\"result\",\"schema\":{\"type\":\"object\",\"required\":[\"id\",\"state\",\"final\",\"d"
	"omain\"],\"properties\":{\"id\":{\"type\":\"string\"},\"request_id\":{\"type\":\"strin"
	"g\"},\"domain\":{\"type\":\"string\"},\"state\":{\"type\":\"string\",\"enum\":[\"intent\""
	",\"written\",\"consumed\",\"acknowledged\",\"delivered\",\"refused\",\"lost\",\"unkno"
	"wn\"]},\"final\":{\"type\":\"boolean\"},\"detail\":{\"type\":\"string\"},\"backend\":{\""
	"type\":\"string\"},\"source\":{\"type\":\"integer\"},\"severity\":{\"type\":\"string\"}"
	",\"gpa\":{\"type\":\"string\"},\"tag\":{\"type\":\"string\"},\"uid\":{\"type\":\"integer\""
	"},\"as_uid\":{\"type\":\"integer\",\"description\":\"the uid that the caller had,"
	" where it is a subordinate uid (/etc/subuid) of uid\"},\"record_bytes\":{\"t"
	"ype\":\"integer\"},\"created_ns\":{\"type\":\"integer\"},\"decided_ns\":{\"type\":\"in"
	"teger\"},\"ack_ns\":{\"type\":\"integer\",\"description\":\"nanoseconds from send "
	"to acknowledgement; 0: none\"},\"origin\":{\"type\":\"string\",\"enum\":[\"operato"
	"r\",\"campaign\",\"host-event\"],\"description\":\"Who wanted it.\"},\"origin_ref\""
	":{\"type\":\"string\",\"description\":\"The campaign or the host event. Absent "
	"where there is none.\"},\"read\":{\"type\":\"string\",\"enum\":[\"no\",\"possibly\"],"
	"\"description\":\"Only with state lost: whether the guest may have read the"
	" record. Absent in rows of older versions.\"}}}},\"errors\":[{\"code\":1013,\""
	"message\":\"not-found\"}]},{\"name\":\"injection.list\",\"summary\":\"Injections, "
	"newest first.\",\"paramStructure\":\"by-name\",\"x-role\":\"view\",\"x-mutating\":f"
	"alse,\"params\":[{\"name\":\"domain\",\"description\":\"Only those of this guest."
	"\",\"required\":false,\"schema\":{\"type\":\"string\",\"maxLength\":63,\"minLength\":"
	"1}},{\"name\":\"limit\",\"description\":\"Maximum number (default 100).\",\"requi"
	"red\":false,\"schema\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":1000}}],\"res"
	"ult\":{\"name\":\"result\",\"schema\":{\"type\":\"object\",\"required\":[\"injections\""
	"],\"properties\":{\"injections\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"r"
	"equired\":[\"id\",\"state\",\"final\",\"domain\"],\"properties\":{\"id\":{\"type\":\"str"
	"ing\"},\"request_id\":{\"type\":\"string\"},\"domain\":{\"type\":\"string\"},\"state\":"
	"{\"type\":\"string\",\"enum\":[\"intent\",\"written\",\"consumed\",\"acknowledged\",\"d"
	"elivered\",\"refused\",\"lost\",\"unknown\"]},\"final\":{\"type\":\"boolean\"},\"detai"
	"l\":{\"type\":\"string\"},\"backend\":{\"type\":\"string\"},\"source\":{\"type\":\"integ"
	"er\"},\"severity\":{\"type\":\"string\"},\"gpa\":{\"type\":\"string\"},\"tag\":{\"type\":"
	"\"string\"},\"uid\":{\"type\":\"integer\"},\"as_uid\":{\"type\":\"integer\",\"descripti"
	"on\":\"the uid that the caller had, where it is a subordinate uid (/etc/su"
	"buid) of uid\"},\"record_bytes\":{\"type\":\"integer\"},\"created_ns\":{\"type\":\"i"
	"nteger\"},\"decided_ns\":{\"type\":\"integer\"},\"ack_ns\":{\"type\":\"integer\",\"des"
	"cription\":\"nanoseconds from send to acknowledgement; 0: none\"},\"origin\":"
	"{\"type\":\"string\",\"enum\":[\"operator\",\"campaign\",\"host-event\"],\"descriptio"
	"n\":\"Who wanted it.\"},\"origin_ref\":{\"type\":\"string\",\"description\":\"The ca"
	"mpaign or the host event. Absent where there is none.\"},\"read\":{\"type\":\""
	"string\",\"enum\":[\"no\",\"possibly\"],\"description\":\"Only with state lost: wh"
	"ether the guest may have read the record. Absent in rows of older versio"
	"ns.\"}}}}}}},\"examples\":[{\"name\":\"newest\",\"params\":[{\"name\":\"limit\",\"valu"
	"e\":10}],\"result\":{\"name\":\"result\",\"value\":{\"injections\":[]}}}]},{\"name\":"
	"\"injection.resolve\",\"summary\":\"Decide an injection whose state is unknow"
	"n.\",\"paramStructure\":\"by-name\",\"x-role\":\"admin\",\"x-mutating\":true,\"param"
	"s\":[{\"name\":\"id\",\"description\":\"Id that injection.create returned.\",\"req"
	"uired\":true,\"schema\":{\"type\":\"string\",\"maxLength\":36,\"minLength\":1}},{\"n"
	"ame\":\"state\",\"description\":\"The outcome, as far as the caller knows it.\""
	",\"required\":true,\"schema\":{\"type\":\"string\",\"maxLength\":16,\"minLength\":1,"
	"\"enum\":[\"acknowledged\",\"consumed\",\"refused\",\"lost\"]}},{\"name\":\"reason\",\""
	"description\":\"How the caller knows. The journal keeps it.\",\"required\":tr"
	"ue,\"schema\":{\"type\":\"string\",\"maxLength\":100,\"minLength\":1,\"pattern\":\"^["
	" -~]*$\"}},{\"name\":\"dry_run\",\"description\":\"Make all checks, change nothi"
	"ng.\",\"required\":false,\"schema\":{\"type\":\"boolean\"}}],\"result\":{\"name\":\"re"
	"sult\",\"schema\":{\"type\":\"object\",\"required\":[\"id\",\"state\",\"final\",\"domain"
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
	"rd. Absent in rows of older versions.\"}}}},\"errors\":[{\"code\":1013,\"messa"
	"ge\":\"not-found\"},{\"code\":1008,\"message\":\"journal-unavailable\"}]},{\"name\""
	":\"poison.export\",\"summary\":\"The 4 KiB pages that a guest was told are ba"
	"d, by address: pages of recoverable records that it acknowledged or cons"
	"umed, and imported ones. Import the list on the host that the guest is m"
	"igrated to. If there are pages, the guest need not exist. Needs role inj"
	"ect, because forwarded host errors will be in the list, and they show wh"
	"ere the host's memory fails. domain.explain shows everybody how many the"
	"re are.\",\"paramStructure\":\"by-name\",\"x-role\":\"inject\",\"x-mutating\":false"
	",\"params\":[{\"name\":\"domain\",\"description\":\"Name of the guest, which may "
	"have left.\",\"required\":true,\"schema\":{\"type\":\"string\",\"maxLength\":63,\"mi"
	"nLength\":1}},{\"name\":\"after\",\"description\":\"Only pages above this addres"
	"s: the last one of the previous answer.\",\"required\":false,\"schema\":{\"typ"
	"e\":[\"string\",\"integer\"],\"x-c-type\":\"hex64\"}},{\"name\":\"limit\",\"descriptio"
	"n\":\"Maximum number (default 1024).\",\"required\":false,\"schema\":{\"type\":\"i"
	"nteger\",\"minimum\":1,\"maximum\":1024}}],\"result\":{\"name\":\"result\",\"schema\""
	":{\"type\":\"object\",\"required\":[\"domain\",\"pages\",\"more\"],\"properties\":{\"do"
	"main\":{\"type\":\"string\"},\"pages\":{\"type\":\"array\",\"items\":{\"type\":\"object\""
	",\"required\":[\"gpa\",\"seen_ns\",\"origin\"],\"properties\":{\"gpa\":{\"type\":\"stri"
	"ng\",\"description\":\"of the 4 KiB page\"},\"seen_ns\":{\"type\":\"integer\",\"desc"
	"ription\":\"when the guest got the first report, ns since 1970\"},\"origin\":"
	"{\"type\":\"string\",\"description\":\"origin of the report: injection and its "
	"id, or as imported\"}}}},\"more\":{\"type\":\"boolean\",\"description\":\"there ar"
	"e pages above the last one\"}}}},\"errors\":[{\"code\":1001,\"message\":\"no-suc"
	"h-domain\"},{\"code\":1008,\"message\":\"journal-unavailable\"}],\"examples\":[{\""
	"name\":\"export\",\"params\":[{\"name\":\"domain\",\"value\":\"vm1\"}],\"result\":{\"nam"
	"e\":\"result\",\"value\":{\"domain\":\"vm1\",\"pages\":[{\"gpa\":\"0x48000000\",\"seen_n"
	"s\":1764000000000000000,\"origin\":\"injection 6f0b6f2a-5d2c-4c52-9a57-0f5d1"
	"d4a3f10\"}],\"more\":false}}}]},{\"name\":\"poison.import\",\"summary\":\"Add to t"
	"he pages that a guest was told are bad. Known pages are not changed, so "
	"the call may be repeated. Imports give a domain at most 65536 pages. Not"
	"hing is sent to the guest.\",\"paramStructure\":\"by-name\",\"x-role\":\"admin\","
	"\"x-mutating\":true,\"params\":[{\"name\":\"domain\",\"description\":\"Name of the "
	"guest.\",\"required\":true,\"schema\":{\"type\":\"string\",\"maxLength\":63,\"minLen"
	"gth\":1}},{\"name\":\"pages\",\"description\":\"As poison.export returns them: g"
	"pa, seen_ns and origin (printable ASCII, at most 100), by ascending gpa."
	"\",\"required\":true,\"schema\":{\"type\":\"array\",\"minItems\":0,\"maxItems\":1024,"
	"\"items\":{\"type\":\"object\",\"required\":[\"gpa\",\"seen_ns\",\"origin\"],\"properti"
	"es\":{\"gpa\":{\"type\":\"string\",\"description\":\"of the 4 KiB page\"},\"seen_ns\""
	":{\"type\":\"integer\",\"description\":\"when the guest got the first report, n"
	"s since 1970\"},\"origin\":{\"type\":\"string\",\"description\":\"origin of the re"
	"port: injection and its id, or as imported\"}}}}},{\"name\":\"dry_run\",\"desc"
	"ription\":\"Make all checks, change nothing.\",\"required\":false,\"schema\":{\""
	"type\":\"boolean\"}}],\"result\":{\"name\":\"result\",\"schema\":{\"type\":\"object\",\""
	"required\":[\"domain\",\"pages\",\"new\",\"dry_run\"],\"properties\":{\"domain\":{\"ty"
	"pe\":\"string\"},\"pages\":{\"type\":\"integer\"},\"new\":{\"type\":\"integer\",\"descri"
	"ption\":\"pages that were not known before\"},\"dry_run\":{\"type\":\"boolean\"}}"
	"}},\"errors\":[{\"code\":1001,\"message\":\"no-such-domain\"},{\"code\":1007,\"mess"
	"age\":\"busy\"},{\"code\":1008,\"message\":\"journal-unavailable\"}],\"examples\":["
	"{\"name\":\"import\",\"params\":[{\"name\":\"domain\",\"value\":\"vm1\"},{\"name\":\"page"
	"s\",\"value\":[{\"gpa\":\"0x48000000\",\"seen_ns\":1764000000000000000,\"origin\":\""
	"injection 6f0b6f2a-5d2c-4c52-9a57-0f5d1d4a3f10\"}]}],\"result\":{\"name\":\"re"
	"sult\",\"value\":{\"domain\":\"vm1\",\"pages\":1,\"new\":1,\"dry_run\":false}}}]},{\"n"
	"ame\":\"record.decode\",\"summary\":\"A status block as JSON.\",\"paramStructure"
	"\":\"by-name\",\"x-role\":\"view\",\"x-mutating\":false,\"params\":[{\"name\":\"record"
	"_hex\",\"description\":\"The block in hex.\",\"required\":true,\"schema\":{\"type\""
	":\"string\",\"maxLength\":131072,\"minLength\":1}}],\"result\":{\"name\":\"result\","
	"\"schema\":{\"type\":\"object\"}},\"errors\":[{\"code\":1011,\"message\":\"invalid-re"
	"cord\"}]},{\"name\":\"record.encode\",\"summary\":\"JSON as a status block.\",\"pa"
	"ramStructure\":\"by-name\",\"x-role\":\"view\",\"x-mutating\":false,\"params\":[{\"n"
	"ame\":\"record\",\"description\":\"The neutral form that record.decode returns"
	".\",\"required\":true,\"schema\":{\"type\":\"object\"}}],\"result\":{\"name\":\"result"
	"\",\"schema\":{\"type\":\"object\",\"required\":[\"record_hex\",\"length\"],\"properti"
	"es\":{\"record_hex\":{\"type\":\"string\"},\"length\":{\"type\":\"integer\",\"descript"
	"ion\":\"bytes\"}}}},\"errors\":[{\"code\":1011,\"message\":\"invalid-record\"}]},{\""
	"name\":\"rpc.discover\",\"summary\":\"This document.\",\"paramStructure\":\"by-nam"
	"e\",\"x-role\":\"view\",\"x-mutating\":false,\"params\":[],\"result\":{\"name\":\"resu"
	"lt\",\"schema\":{\"type\":\"object\"}}},{\"name\":\"rpc.ping\",\"summary\":\"Whether r"
	"asd runs, the caller's role, how rasd finds host pages, and its journal."
	"\",\"paramStructure\":\"by-name\",\"x-role\":\"view\",\"x-mutating\":false,\"params\""
	":[],\"result\":{\"name\":\"result\",\"schema\":{\"type\":\"object\",\"required\":[\"pon"
	"g\",\"version\",\"role\",\"pages\"],\"properties\":{\"pong\":{\"type\":\"boolean\"},\"ve"
	"rsion\":{\"type\":\"string\"},\"now_ns\":{\"type\":\"integer\"},\"role\":{\"type\":\"str"
	"ing\"},\"journal\":{\"type\":\"object\",\"description\":\"rows and undecided: stor"
	"ed injections; oldest_ns: when the oldest was created, 0 if there is non"
	"e; damage: why nothing can be stored, found at the last commit.\",\"requir"
	"ed\":[\"rows\",\"undecided\",\"oldest_ns\"],\"properties\":{\"rows\":{\"type\":\"integ"
	"er\"},\"undecided\":{\"type\":\"integer\"},\"oldest_ns\":{\"type\":\"integer\"},\"dama"
	"ge\":{\"type\":\"string\"}}}}}},\"examples\":[{\"name\":\"ping\",\"params\":[],\"resul"
	"t\":{\"name\":\"result\",\"value\":{\"pong\":true,\"version\":\"0.1.0\",\"role\":\"admin"
	"\"}}}]},{\"name\":\"source.list\",\"summary\":\"The sources of host events: whet"
	"her each is read, and if not, why and how to change that.\",\"paramStructu"
	"re\":\"by-name\",\"x-role\":\"view\",\"x-mutating\":false,\"params\":[],\"result\":{\""
	"name\":\"result\",\"schema\":{\"type\":\"object\",\"required\":[\"sources\"],\"propert"
	"ies\":{\"sources\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"na"
	"me\",\"state\"],\"properties\":{\"name\":{\"type\":\"string\"},\"state\":{\"type\":\"str"
	"ing\",\"enum\":[\"off\",\"absent\",\"unreadable\",\"waiting\",\"live\"]},\"why\":{\"type"
	"\":\"string\"},\"mend\":{\"type\":\"string\",\"description\":\"the exact change that"
	" makes it live\"},\"originates\":{\"type\":\"boolean\",\"description\":\"its repor"
	"ts may be forwarded; else it only adds to what the kernel reports\"},\"eve"
	"nts\":{\"type\":\"integer\"},\"missed\":{\"type\":\"integer\",\"description\":\"events"
	" that the source knows to have lost\"},\"malformed\":{\"type\":\"integer\"},\"la"
	"st_ns\":{\"type\":\"integer\",\"description\":\"when it last reported, 0: never\""
	"}}}}}}},\"examples\":[{\"name\":\"all\",\"params\":[],\"result\":{\"name\":\"result\","
	"\"value\":{\"sources\":[]}}}]}]}"
	;
