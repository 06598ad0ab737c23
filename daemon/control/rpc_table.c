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
	"\":false},\"dry_run\":false}}}]},{\"name\":\"event.list\",\"summary\":\"Errors of "
	"this host, newest first: what was seen, what was decided and why, and wh"
	"ich injection came of it. Needs role inject, because it names pages of t"
	"he host.\",\"paramStructure\":\"by-name\",\"x-role\":\"inject\",\"x-mutating\":fals"
	"e,\"params\":[{\"name\":\"domain\",\"description\":\"Only those that hit this gue"
	"st.\",\"required\":false,\"schema\":{\"type\":\"string\",\"maxLength\":63,\"minLengt"
	"h\":1}},{\"name\":\"before\",\"description\":\"Only those with a smaller seq: th"
	"e last one of the previous answer.\",\"required\":false,\"schema\":{\"type\":\"i"
	"nteger\",\"minimum\":1,\"maximum\":9007199254740991}},{\"name\":\"limit\",\"descri"
	"ption\":\"Maximum number (default 100).\",\"required\":false,\"schema\":{\"type\""
	":\"integer\",\"minimum\":1,\"maximum\":1000}}],\"result\":{\"name\":\"result\",\"sche"
	"ma\":{\"type\":\"object\",\"required\":[\"events\"],\"properties\":{\"events\":{\"type"
	"\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"id\",\"seq\",\"count\",\"decis"
	"ion\"],\"properties\":{\"id\":{\"type\":\"string\"},\"seq\":{\"type\":\"integer\",\"desc"
	"ription\":\"its number in the feed; newer ones have larger numbers\"},\"sour"
	"ce\":{\"type\":\"string\",\"description\":\"who reported it\"},\"report\":{\"type\":\""
	"string\",\"description\":\"what in that source it was read from\"},\"kind\":{\"t"
	"ype\":\"string\",\"enum\":[\"memory\",\"page-lost\",\"sigbus\",\"processor\",\"pcie\",\""
	"cxl\",\"other\"]},\"severity\":{\"type\":\"string\",\"enum\":[\"info\",\"corrected\",\"d"
	"eferred\",\"uncorrected\",\"fatal\",\"unknown\"]},\"hpa\":{\"type\":\"string\",\"descr"
	"iption\":\"host physical address; absent where the report has none\"},\"coun"
	"t\":{\"type\":\"integer\",\"description\":\"errors that this row stands for\"},\"l"
	"abel\":{\"type\":\"string\",\"description\":\"the memory module, where the host "
	"knows it\"},\"detail\":{\"type\":\"string\"},\"boot_id\":{\"type\":\"string\",\"descri"
	"ption\":\"boot of this host that it belongs to; absent where that is not k"
	"nown\"},\"seen_ns\":{\"type\":\"integer\",\"description\":\"when the host saw it, "
	"ns since 1970\"},\"late\":{\"type\":\"boolean\",\"description\":\"it was stored so"
	"mewhere before rasd read it\"},\"decision\":{\"type\":\"string\",\"enum\":[\"forwa"
	"rded\",\"counted\",\"not-granted\",\"guest-told\",\"consumed\",\"same-error\",\"seco"
	"ndary\",\"stale\",\"no-guest\",\"unproved\",\"no-address\",\"noted\",\"own-error\",\"f"
	"ailed\",\"storm\"]},\"reason\":{\"type\":\"string\",\"description\":\"why that was d"
	"ecided\"},\"domain\":{\"type\":\"string\",\"description\":\"the guest that had the"
	" page, where that is sure\"},\"gpa\":{\"type\":\"string\"},\"pages\":{\"type\":\"int"
	"eger\",\"description\":\"guest pages that it costs\"},\"injection\":{\"type\":\"st"
	"ring\",\"description\":\"id of the first injection that came of it\"},\"decide"
	"d_ns\":{\"type\":\"integer\"}}}}}}},\"examples\":[{\"name\":\"newest\",\"params\":[{\""
	"name\":\"limit\",\"value\":10}],\"result\":{\"name\":\"result\",\"value\":{\"events\":["
	"]}}}]},{\"name\":\"event.subscribe\",\"summary\":\"What happens next: host even"
	"ts and the states of injections, in order. Answered as soon as there is "
	"something behind the cursor, or empty after wait_ms; ask again with the "
	"cursor of the answer. It is good over restarts of rasd and of the host. "
	"Without a cursor the answer is only the cursor of now.\",\"paramStructure\""
	":\"by-name\",\"x-role\":\"inject\",\"x-mutating\":false,\"params\":[{\"name\":\"curso"
	"r\",\"description\":\"Of the previous answer.\",\"required\":false,\"schema\":{\"t"
	"ype\":\"string\",\"minLength\":1,\"maxLength\":64}},{\"name\":\"wait_ms\",\"descript"
	"ion\":\"Milliseconds to wait for something (default 30000).\",\"required\":fa"
	"lse,\"schema\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":30000}}],\"result\":{"
	"\"name\":\"result\",\"schema\":{\"type\":\"object\",\"required\":[\"events\",\"cursor\","
	"\"gap\",\"rebooted\"],\"properties\":{\"events\":{\"type\":\"array\",\"items\":{\"type\""
	":\"object\",\"required\":[\"seq\"],\"properties\":{\"seq\":{\"type\":\"integer\"},\"hos"
	"t\":{\"type\":\"object\",\"required\":[\"id\",\"seq\",\"count\",\"decision\"],\"properti"
	"es\":{\"id\":{\"type\":\"string\"},\"seq\":{\"type\":\"integer\",\"description\":\"its n"
	"umber in the feed; newer ones have larger numbers\"},\"source\":{\"type\":\"st"
	"ring\",\"description\":\"who reported it\"},\"report\":{\"type\":\"string\",\"descri"
	"ption\":\"what in that source it was read from\"},\"kind\":{\"type\":\"string\",\""
	"enum\":[\"memory\",\"page-lost\",\"sigbus\",\"processor\",\"pcie\",\"cxl\",\"other\"]},"
	"\"severity\":{\"type\":\"string\",\"enum\":[\"info\",\"corrected\",\"deferred\",\"uncor"
	"rected\",\"fatal\",\"unknown\"]},\"hpa\":{\"type\":\"string\",\"description\":\"host p"
	"hysical address; absent where the report has none\"},\"count\":{\"type\":\"int"
	"eger\",\"description\":\"errors that this row stands for\"},\"label\":{\"type\":\""
	"string\",\"description\":\"the memory module, where the host knows it\"},\"det"
	"ail\":{\"type\":\"string\"},\"boot_id\":{\"type\":\"string\",\"description\":\"boot of"
	" this host that it belongs to; absent where that is not known\"},\"seen_ns"
	"\":{\"type\":\"integer\",\"description\":\"when the host saw it, ns since 1970\"}"
	",\"late\":{\"type\":\"boolean\",\"description\":\"it was stored somewhere before "
	"rasd read it\"},\"decision\":{\"type\":\"string\",\"enum\":[\"forwarded\",\"counted\""
	",\"not-granted\",\"guest-told\",\"consumed\",\"same-error\",\"secondary\",\"stale\","
	"\"no-guest\",\"unproved\",\"no-address\",\"noted\",\"own-error\",\"failed\",\"storm\"]"
	"},\"reason\":{\"type\":\"string\",\"description\":\"why that was decided\"},\"domai"
	"n\":{\"type\":\"string\",\"description\":\"the guest that had the page, where th"
	"at is sure\"},\"gpa\":{\"type\":\"string\"},\"pages\":{\"type\":\"integer\",\"descript"
	"ion\":\"guest pages that it costs\"},\"injection\":{\"type\":\"string\",\"descript"
	"ion\":\"id of the first injection that came of it\"},\"decided_ns\":{\"type\":\""
	"integer\"}}},\"injection\":{\"type\":\"object\",\"required\":[\"id\",\"domain\",\"stat"
	"e\",\"time_ns\"],\"properties\":{\"id\":{\"type\":\"string\"},\"domain\":{\"type\":\"str"
	"ing\"},\"state\":{\"type\":\"string\",\"enum\":[\"intent\",\"written\",\"consumed\",\"ac"
	"knowledged\",\"delivered\",\"refused\",\"lost\",\"unknown\"]},\"read\":{\"type\":\"str"
	"ing\"},\"detail\":{\"type\":\"string\"},\"time_ns\":{\"type\":\"integer\"}}}}},\"descr"
	"iption\":\"at most 100, each with host or injection\"},\"cursor\":{\"type\":\"st"
	"ring\"},\"gap\":{\"type\":\"boolean\",\"description\":\"something behind the curso"
	"r that was given is deleted already\"},\"rebooted\":{\"type\":\"boolean\",\"desc"
	"ription\":\"the host was started again since that cursor\"}}}},\"errors\":[{\""
	"code\":1007,\"message\":\"busy\"}],\"examples\":[{\"name\":\"from now on\",\"params\""
	":[],\"result\":{\"name\":\"result\",\"value\":{\"events\":[],\"cursor\":\"0f8fad5b-d9"
	"cb-469f-a165-70867728950e:17\",\"gap\":false,\"rebooted\":false}}}]},{\"name\":"
	"\"injection.create\",\"summary\":\"Inject one error record into a guest.\",\"pa"
	"ramStructure\":\"by-name\",\"x-role\":\"inject\",\"x-mutating\":true,\"params\":[{\""
	"name\":\"request_id\",\"description\":\"Idempotency key of the caller: the sam"
	"e key with the same parameters returns the stored injection.\",\"required\""
	":true,\"schema\":{\"type\":\"string\",\"maxLength\":63,\"minLength\":1}},{\"name\":\""
	"domain\",\"description\":\"Name of the guest; may be left out with hpa if th"
	"e page has one owner.\",\"required\":false,\"schema\":{\"type\":\"string\",\"maxLe"
	"ngth\":63,\"minLength\":1}},{\"name\":\"gpa\",\"description\":\"Guest physical add"
	"ress of the memory error.\",\"required\":false,\"schema\":{\"type\":[\"string\",\""
	"integer\"],\"x-c-type\":\"hex64\"}},{\"name\":\"hpa\",\"description\":\"Host physica"
	"l address instead of gpa. It is translated, and the result is verified r"
	"ight before the record is sent.\",\"required\":false,\"schema\":{\"type\":[\"str"
	"ing\",\"integer\"],\"x-c-type\":\"hex64\"}},{\"name\":\"severity\",\"description\":\"S"
	"everity of the memory error, and of sections without their own (default "
	"corrected). Grant and confirm must cover the worst severity of block and"
	" sections, and what the guest's kernel does with the record: see dry_run"
	" and effects.\",\"required\":false,\"schema\":{\"type\":\"string\",\"maxLength\":16"
	",\"minLength\":1,\"enum\":[\"info\",\"corrected\",\"recoverable\",\"fatal\"]}},{\"nam"
	"e\":\"tag\",\"description\":\"FRU text of the record (default rasd).\",\"require"
	"d\":false,\"schema\":{\"type\":\"string\",\"maxLength\":20,\"minLength\":1,\"pattern"
	"\":\"^[ -~]*$\"}},{\"name\":\"fru_id\",\"description\":\"own (default: the injecti"
	"on's id), none, keep, or a UUID. An entry that has an FRU id is never ch"
	"anged.\",\"required\":false,\"schema\":{\"type\":\"string\",\"maxLength\":36,\"minLe"
	"ngth\":1}},{\"name\":\"sections\",\"description\":\"Instead of gpa: the sections"
	" of one block, each an entry of the neutral JSON form that record.decode"
	" shows: kind, header {error_severity, flags, fru_id, fru_text, timestamp"
	", ...} (may be missing), section {fields {...}, error_info, context_info"
	", ...}. A field that is given is valid. Every field is checked; addresse"
	"s that Linux acts on must be RAM, processor sections must fit the guest'"
	"s architecture. Kind unknown (a vendor's section_type with data): role a"
	"dmin.\",\"required\":false,\"schema\":{\"type\":\"array\",\"minItems\":1,\"maxItems\""
	":16,\"items\":{\"type\":\"object\"}}},{\"name\":\"block\",\"description\":\"With sect"
	"ions: members of the block itself, as record.decode shows them (block_st"
	"atus, raw_data, ...).\",\"required\":false,\"schema\":{\"type\":\"object\"}},{\"na"
	"me\":\"record_hex\",\"description\":\"A whole status block in hex, instead of "
	"gpa and severity. Role admin. Its addresses are not checked.\",\"required\""
	":false,\"schema\":{\"type\":\"string\",\"maxLength\":8192,\"minLength\":1}},{\"name"
	"\":\"malformed\",\"description\":\"With record_hex: the record may be invalid."
	" rasd still sends none that is known to wedge, hang or panic a guest by "
	"accident or to print its memory.\",\"required\":false,\"schema\":{\"type\":\"boo"
	"lean\"}},{\"name\":\"wait\",\"description\":\"Answer only when the state is fina"
	"l, at the latest after timeout_ms.\",\"required\":false,\"schema\":{\"type\":\"b"
	"oolean\"}},{\"name\":\"timeout_ms\",\"description\":\"Time limit to send the rec"
	"ord and, with wait, to decide it, in milliseconds (default 10000).\",\"req"
	"uired\":false,\"schema\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":600000}},{"
	"\"name\":\"dry_run\",\"description\":\"Make all checks, journal and send nothin"
	"g. The result has effects.\",\"required\":false,\"schema\":{\"type\":\"boolean\"}"
	"},{\"name\":\"confirm\",\"description\":\"Needed for severity fatal, and for a "
	"record that resets a PCIe link.\",\"required\":false,\"schema\":{\"type\":\"bool"
	"ean\"}}],\"result\":{\"name\":\"result\",\"schema\":{\"type\":\"object\",\"required\":["
	"\"id\",\"state\",\"final\",\"domain\"],\"properties\":{\"id\":{\"type\":\"string\"},\"req"
	"uest_id\":{\"type\":\"string\"},\"domain\":{\"type\":\"string\"},\"state\":{\"type\":\"s"
	"tring\",\"enum\":[\"intent\",\"written\",\"consumed\",\"acknowledged\",\"delivered\","
	"\"refused\",\"lost\",\"unknown\"]},\"final\":{\"type\":\"boolean\"},\"detail\":{\"type\""
	":\"string\"},\"backend\":{\"type\":\"string\"},\"source\":{\"type\":\"integer\"},\"seve"
	"rity\":{\"type\":\"string\"},\"gpa\":{\"type\":\"string\"},\"tag\":{\"type\":\"string\"},"
	"\"uid\":{\"type\":\"integer\"},\"as_uid\":{\"type\":\"integer\",\"description\":\"the u"
	"id that the caller had, where it is a subordinate uid (/etc/subuid) of u"
	"id\"},\"record_bytes\":{\"type\":\"integer\"},\"created_ns\":{\"type\":\"integer\"},\""
	"decided_ns\":{\"type\":\"integer\"},\"ack_ns\":{\"type\":\"integer\",\"description\":"
	"\"nanoseconds from send to acknowledgement; 0: none\"},\"origin\":{\"type\":\"s"
	"tring\",\"enum\":[\"operator\",\"campaign\",\"host-event\"],\"description\":\"Who wa"
	"nted it.\"},\"origin_ref\":{\"type\":\"string\",\"description\":\"The campaign or "
	"the host event. Absent where there is none.\"},\"read\":{\"type\":\"string\",\"e"
	"num\":[\"no\",\"possibly\"],\"description\":\"Only with state lost: whether the "
	"guest may have read the record. Absent in rows of older versions.\"},\"hpa"
	"\":{\"type\":\"string\",\"description\":\"with hpa: the host address asked for\"}"
	",\"effects\":{\"type\":\"array\",\"maxItems\":64,\"description\":\"Only with dry_ru"
	"n: what Linux does with the record beyond logging it. Empty: nothing.\",\""
	"items\":{\"type\":\"object\",\"required\":[\"effect\",\"section\",\"severity\",\"text\""
	"],\"properties\":{\"effect\":{\"type\":\"string\",\"enum\":[\"page-soft-offline\",\"p"
	"age-offline\",\"pcie-recovery\",\"pcie-reset\",\"panic\"]},\"section\":{\"type\":\"i"
	"nteger\",\"description\":\"index of the section that has it\"},\"severity\":{\"t"
	"ype\":\"string\",\"description\":\"what the effect counts as for grant and con"
	"firm\"},\"gpa\":{\"type\":\"string\",\"description\":\"of the page effects: the ad"
	"dress in the record\"},\"device\":{\"type\":\"string\",\"description\":\"of the PC"
	"Ie effects: segment:bus:device.function\"},\"text\":{\"type\":\"string\"}}}}}}}"
	",\"errors\":[{\"code\":1001,\"message\":\"no-such-domain\"},{\"code\":1002,\"messag"
	"e\":\"policy-denied\"},{\"code\":1003,\"message\":\"address-not-ram\"},{\"code\":10"
	"04,\"message\":\"not-capable\"},{\"code\":1005,\"message\":\"guest-not-ready\"},{\""
	"code\":1006,\"message\":\"guest-not-running\"},{\"code\":1007,\"message\":\"busy\"}"
	",{\"code\":1008,\"message\":\"journal-unavailable\"},{\"code\":1011,\"message\":\"i"
	"nvalid-record\"},{\"code\":1012,\"message\":\"request-id-conflict\"},{\"code\":10"
	"15,\"message\":\"helper-error\"},{\"code\":1016,\"message\":\"layout-unknown\"},{\""
	"code\":1020,\"message\":\"needs-confirmation\"}],\"examples\":[{\"name\":\"correct"
	"ed\",\"params\":[{\"name\":\"request_id\",\"value\":\"r1\"},{\"name\":\"domain\",\"value"
	"\":\"vm1\"},{\"name\":\"gpa\",\"value\":\"0x48000000\"},{\"name\":\"wait\",\"value\":true"
	"}],\"result\":{\"name\":\"result\",\"value\":{\"id\":\"6f0b6f2a-5d2c-4c52-9a57-0f5d"
	"1d4a3f10\",\"state\":\"acknowledged\",\"final\":true,\"domain\":\"vm1\"}}},{\"name\":"
	"\"sections\",\"params\":[{\"name\":\"request_id\",\"value\":\"r2\"},{\"name\":\"domain\""
	",\"value\":\"vm1\"},{\"name\":\"severity\",\"value\":\"recoverable\"},{\"name\":\"secti"
	"ons\",\"value\":[{\"kind\":\"proc_arm\",\"section\":{\"fields\":{\"mpidr_el1\":\"0x800"
	"00001\",\"running_state\":1,\"psci_state\":0},\"error_info\":[{\"fields\":{\"type\""
	":2,\"error_information\":\"0x91000f\",\"physical_fault_address\":\"0x48000000\"}"
	"}]}}]}],\"result\":{\"name\":\"result\",\"value\":{\"id\":\"6f0b6f2a-5d2c-4c52-9a57"
	"-0f5d1d4a3f11\",\"state\":\"written\",\"final\":false,\"domain\":\"vm1\"}}}]},{\"nam"
	"e\":\"injection.get\",\"summary\":\"One injection as it is now.\",\"paramStructu"
	"re\":\"by-name\",\"x-role\":\"view\",\"x-mutating\":false,\"params\":[{\"name\":\"id\","
	"\"description\":\"Id that injection.create returned.\",\"required\":true,\"sche"
	"ma\":{\"type\":\"string\",\"maxLength\":36,\"minLength\":1}}],\"result\":{\"name\":\"r"
	"esult\",\"schema\":{\"type\":\"object\",\"required\":[\"id\",\"state\",\"final\",\"domai"
	"n\"],\"properties\":{\"id\":{\"type\":\"string\"},\"request_id\":{\"type\":\"string\"},"
	"\"domain\":{\"type\":\"string\"},\"state\":{\"type\":\"string\",\"enum\":[\"intent\",\"wr"
	"itten\",\"consumed\",\"acknowledged\",\"delivered\",\"refused\",\"lost\",\"unknown\"]"
	"},\"final\":{\"type\":\"boolean\"},\"detail\":{\"type\":\"string\"},\"backend\":{\"type"
	"\":\"string\"},\"source\":{\"type\":\"integer\"},\"severity\":{\"type\":\"string\"},\"gp"
	"a\":{\"type\":\"string\"},\"tag\":{\"type\":\"string\"},\"uid\":{\"type\":\"integer\"},\"a"
	"s_uid\":{\"type\":\"integer\",\"description\":\"the uid that the caller had, whe"
	"re it is a subordinate uid (/etc/subuid) of uid\"},\"record_bytes\":{\"type\""
	":\"integer\"},\"created_ns\":{\"type\":\"integer\"},\"decided_ns\":{\"type\":\"intege"
	"r\"},\"ack_ns\":{\"type\":\"integer\",\"description\":\"nanoseconds from send to a"
	"cknowledgement; 0: none\"},\"origin\":{\"type\":\"string\",\"enum\":[\"operator\",\""
	"campaign\",\"host-event\"],\"description\":\"Who wanted it.\"},\"origin_ref\":{\"t"
	"ype\":\"string\",\"description\":\"The campaign or the host event. Absent wher"
	"e there is none.\"},\"read\":{\"type\":\"string\",\"enum\":[\"no\",\"possibly\"],\"des"
	"cription\":\"Only with state lost: whether the guest may have read the rec"
	"ord. Absent in rows of older versions.\"}}}},\"errors\":[{\"code\":1013,\"mess"
	"age\":\"not-found\"}]},{\"name\":\"injection.list\",\"summary\":\"Injections, newe"
	"st first.\",\"paramStructure\":\"by-name\",\"x-role\":\"view\",\"x-mutating\":false"
	",\"params\":[{\"name\":\"domain\",\"description\":\"Only those of this guest.\",\"r"
	"equired\":false,\"schema\":{\"type\":\"string\",\"maxLength\":63,\"minLength\":1}},"
	"{\"name\":\"limit\",\"description\":\"Maximum number (default 100).\",\"required\""
	":false,\"schema\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":1000}}],\"result\""
	":{\"name\":\"result\",\"schema\":{\"type\":\"object\",\"required\":[\"injections\"],\"p"
	"roperties\":{\"injections\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"requi"
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
	"}}}}}}},\"examples\":[{\"name\":\"newest\",\"params\":[{\"name\":\"limit\",\"value\":1"
	"0}],\"result\":{\"name\":\"result\",\"value\":{\"injections\":[]}}}]},{\"name\":\"inj"
	"ection.resolve\",\"summary\":\"Decide an injection whose state is unknown.\","
	"\"paramStructure\":\"by-name\",\"x-role\":\"admin\",\"x-mutating\":true,\"params\":["
	"{\"name\":\"id\",\"description\":\"Id that injection.create returned.\",\"require"
	"d\":true,\"schema\":{\"type\":\"string\",\"maxLength\":36,\"minLength\":1}},{\"name\""
	":\"state\",\"description\":\"The outcome, as far as the caller knows it.\",\"re"
	"quired\":true,\"schema\":{\"type\":\"string\",\"maxLength\":16,\"minLength\":1,\"enu"
	"m\":[\"acknowledged\",\"consumed\",\"refused\",\"lost\"]}},{\"name\":\"reason\",\"desc"
	"ription\":\"How the caller knows. The journal keeps it.\",\"required\":true,\""
	"schema\":{\"type\":\"string\",\"maxLength\":100,\"minLength\":1,\"pattern\":\"^[ -~]"
	"*$\"}},{\"name\":\"dry_run\",\"description\":\"Make all checks, change nothing.\""
	",\"required\":false,\"schema\":{\"type\":\"boolean\"}}],\"result\":{\"name\":\"result"
	"\",\"schema\":{\"type\":\"object\",\"required\":[\"id\",\"state\",\"final\",\"domain\"],\""
	"properties\":{\"id\":{\"type\":\"string\"},\"request_id\":{\"type\":\"string\"},\"doma"
	"in\":{\"type\":\"string\"},\"state\":{\"type\":\"string\",\"enum\":[\"intent\",\"written"
	"\",\"consumed\",\"acknowledged\",\"delivered\",\"refused\",\"lost\",\"unknown\"]},\"fi"
	"nal\":{\"type\":\"boolean\"},\"detail\":{\"type\":\"string\"},\"backend\":{\"type\":\"st"
	"ring\"},\"source\":{\"type\":\"integer\"},\"severity\":{\"type\":\"string\"},\"gpa\":{\""
	"type\":\"string\"},\"tag\":{\"type\":\"string\"},\"uid\":{\"type\":\"integer\"},\"as_uid"
	"\":{\"type\":\"integer\",\"description\":\"the uid that the caller had, where it"
	" is a subordinate uid (/etc/subuid) of uid\"},\"record_bytes\":{\"type\":\"int"
	"eger\"},\"created_ns\":{\"type\":\"integer\"},\"decided_ns\":{\"type\":\"integer\"},\""
	"ack_ns\":{\"type\":\"integer\",\"description\":\"nanoseconds from send to acknow"
	"ledgement; 0: none\"},\"origin\":{\"type\":\"string\",\"enum\":[\"operator\",\"campa"
	"ign\",\"host-event\"],\"description\":\"Who wanted it.\"},\"origin_ref\":{\"type\":"
	"\"string\",\"description\":\"The campaign or the host event. Absent where the"
	"re is none.\"},\"read\":{\"type\":\"string\",\"enum\":[\"no\",\"possibly\"],\"descript"
	"ion\":\"Only with state lost: whether the guest may have read the record. "
	"Absent in rows of older versions.\"}}}},\"errors\":[{\"code\":1013,\"message\":"
	"\"not-found\"},{\"code\":1008,\"message\":\"journal-unavailable\"}]},{\"name\":\"po"
	"ison.export\",\"summary\":\"The 4 KiB pages that a guest was told are bad, b"
	"y address: pages of recoverable records that it acknowledged or consumed"
	", and imported ones. Import the list on the host that the guest is migra"
	"ted to. If there are pages, the guest need not exist. Needs role inject,"
	" because forwarded host errors will be in the list, and they show where "
	"the host's memory fails. domain.explain shows everybody how many there a"
	"re.\",\"paramStructure\":\"by-name\",\"x-role\":\"inject\",\"x-mutating\":false,\"pa"
	"rams\":[{\"name\":\"domain\",\"description\":\"Name of the guest, which may have"
	" left.\",\"required\":true,\"schema\":{\"type\":\"string\",\"maxLength\":63,\"minLen"
	"gth\":1}},{\"name\":\"after\",\"description\":\"Only pages above this address: t"
	"he last one of the previous answer.\",\"required\":false,\"schema\":{\"type\":["
	"\"string\",\"integer\"],\"x-c-type\":\"hex64\"}},{\"name\":\"limit\",\"description\":\""
	"Maximum number (default 1024).\",\"required\":false,\"schema\":{\"type\":\"integ"
	"er\",\"minimum\":1,\"maximum\":1024}}],\"result\":{\"name\":\"result\",\"schema\":{\"t"
	"ype\":\"object\",\"required\":[\"domain\",\"pages\",\"more\"],\"properties\":{\"domain"
	"\":{\"type\":\"string\"},\"pages\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"re"
	"quired\":[\"gpa\",\"seen_ns\",\"origin\"],\"properties\":{\"gpa\":{\"type\":\"string\","
	"\"description\":\"of the 4 KiB page\"},\"seen_ns\":{\"type\":\"integer\",\"descript"
	"ion\":\"when the guest got the first report, ns since 1970\"},\"origin\":{\"ty"
	"pe\":\"string\",\"description\":\"origin of the report: injection and its id, "
	"or as imported\"}}}},\"more\":{\"type\":\"boolean\",\"description\":\"there are pa"
	"ges above the last one\"}}}},\"errors\":[{\"code\":1001,\"message\":\"no-such-do"
	"main\"},{\"code\":1008,\"message\":\"journal-unavailable\"}],\"examples\":[{\"name"
	"\":\"export\",\"params\":[{\"name\":\"domain\",\"value\":\"vm1\"}],\"result\":{\"name\":\""
	"result\",\"value\":{\"domain\":\"vm1\",\"pages\":[{\"gpa\":\"0x48000000\",\"seen_ns\":1"
	"764000000000000000,\"origin\":\"injection 6f0b6f2a-5d2c-4c52-9a57-0f5d1d4a3"
	"f10\"}],\"more\":false}}}]},{\"name\":\"poison.import\",\"summary\":\"Add to the p"
	"ages that a guest was told are bad. Known pages are not changed, so the "
	"call may be repeated. Imports give a domain at most 65536 pages. Nothing"
	" is sent to the guest.\",\"paramStructure\":\"by-name\",\"x-role\":\"admin\",\"x-m"
	"utating\":true,\"params\":[{\"name\":\"domain\",\"description\":\"Name of the gues"
	"t.\",\"required\":true,\"schema\":{\"type\":\"string\",\"maxLength\":63,\"minLength\""
	":1}},{\"name\":\"pages\",\"description\":\"As poison.export returns them: gpa, "
	"seen_ns and origin (printable ASCII, at most 100), by ascending gpa.\",\"r"
	"equired\":true,\"schema\":{\"type\":\"array\",\"minItems\":0,\"maxItems\":1024,\"ite"
	"ms\":{\"type\":\"object\",\"required\":[\"gpa\",\"seen_ns\",\"origin\"],\"properties\":"
	"{\"gpa\":{\"type\":\"string\",\"description\":\"of the 4 KiB page\"},\"seen_ns\":{\"t"
	"ype\":\"integer\",\"description\":\"when the guest got the first report, ns si"
	"nce 1970\"},\"origin\":{\"type\":\"string\",\"description\":\"origin of the report"
	": injection and its id, or as imported\"}}}}},{\"name\":\"dry_run\",\"descript"
	"ion\":\"Make all checks, change nothing.\",\"required\":false,\"schema\":{\"type"
	"\":\"boolean\"}}],\"result\":{\"name\":\"result\",\"schema\":{\"type\":\"object\",\"requ"
	"ired\":[\"domain\",\"pages\",\"new\",\"dry_run\"],\"properties\":{\"domain\":{\"type\":"
	"\"string\"},\"pages\":{\"type\":\"integer\"},\"new\":{\"type\":\"integer\",\"descriptio"
	"n\":\"pages that were not known before\"},\"dry_run\":{\"type\":\"boolean\"}}}},\""
	"errors\":[{\"code\":1001,\"message\":\"no-such-domain\"},{\"code\":1007,\"message\""
	":\"busy\"},{\"code\":1008,\"message\":\"journal-unavailable\"}],\"examples\":[{\"na"
	"me\":\"import\",\"params\":[{\"name\":\"domain\",\"value\":\"vm1\"},{\"name\":\"pages\",\""
	"value\":[{\"gpa\":\"0x48000000\",\"seen_ns\":1764000000000000000,\"origin\":\"inje"
	"ction 6f0b6f2a-5d2c-4c52-9a57-0f5d1d4a3f10\"}]}],\"result\":{\"name\":\"result"
	"\",\"value\":{\"domain\":\"vm1\",\"pages\":1,\"new\":1,\"dry_run\":false}}}]},{\"name\""
	":\"record.decode\",\"summary\":\"A status block as JSON.\",\"paramStructure\":\"b"
	"y-name\",\"x-role\":\"view\",\"x-mutating\":false,\"params\":[{\"name\":\"record_hex"
	"\",\"description\":\"The block in hex.\",\"required\":true,\"schema\":{\"type\":\"st"
	"ring\",\"maxLength\":131072,\"minLength\":1}}],\"result\":{\"name\":\"result\",\"sch"
	"ema\":{\"type\":\"object\"}},\"errors\":[{\"code\":1011,\"message\":\"invalid-record"
	"\"}]},{\"name\":\"record.encode\",\"summary\":\"JSON as a status block.\",\"paramS"
	"tructure\":\"by-name\",\"x-role\":\"view\",\"x-mutating\":false,\"params\":[{\"name\""
	":\"record\",\"description\":\"The neutral form that record.decode returns.\",\""
	"required\":true,\"schema\":{\"type\":\"object\"}}],\"result\":{\"name\":\"result\",\"s"
	"chema\":{\"type\":\"object\",\"required\":[\"record_hex\",\"length\"],\"properties\":"
	"{\"record_hex\":{\"type\":\"string\"},\"length\":{\"type\":\"integer\",\"description\""
	":\"bytes\"}}}},\"errors\":[{\"code\":1011,\"message\":\"invalid-record\"}]},{\"name"
	"\":\"rpc.discover\",\"summary\":\"This document.\",\"paramStructure\":\"by-name\",\""
	"x-role\":\"view\",\"x-mutating\":false,\"params\":[],\"result\":{\"name\":\"result\","
	"\"schema\":{\"type\":\"object\"}}},{\"name\":\"rpc.ping\",\"summary\":\"Whether rasd "
	"runs, the caller's role, how rasd finds host pages, and its journal.\",\"p"
	"aramStructure\":\"by-name\",\"x-role\":\"view\",\"x-mutating\":false,\"params\":[],"
	"\"result\":{\"name\":\"result\",\"schema\":{\"type\":\"object\",\"required\":[\"pong\",\""
	"version\",\"role\",\"pages\"],\"properties\":{\"pong\":{\"type\":\"boolean\"},\"versio"
	"n\":{\"type\":\"string\"},\"now_ns\":{\"type\":\"integer\"},\"role\":{\"type\":\"string\""
	"},\"journal\":{\"type\":\"object\",\"description\":\"rows and undecided: stored i"
	"njections; oldest_ns: when the oldest was created, 0 if there is none; d"
	"amage: why nothing can be stored, found at the last commit.\",\"required\":"
	"[\"rows\",\"undecided\",\"oldest_ns\"],\"properties\":{\"rows\":{\"type\":\"integer\"}"
	",\"undecided\":{\"type\":\"integer\"},\"oldest_ns\":{\"type\":\"integer\"},\"damage\":"
	"{\"type\":\"string\"}}}}}},\"examples\":[{\"name\":\"ping\",\"params\":[],\"result\":{"
	"\"name\":\"result\",\"value\":{\"pong\":true,\"version\":\"0.1.0\",\"role\":\"admin\"}}}"
	"]},{\"name\":\"source.list\",\"summary\":\"The sources of host events: whether "
	"each is read, and if not, why and how to change that.\",\"paramStructure\":"
	"\"by-name\",\"x-role\":\"view\",\"x-mutating\":false,\"params\":[],\"result\":{\"name"
	"\":\"result\",\"schema\":{\"type\":\"object\",\"required\":[\"sources\"],\"properties\""
	":{\"sources\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"name\","
	"\"state\"],\"properties\":{\"name\":{\"type\":\"string\"},\"state\":{\"type\":\"string\""
	",\"enum\":[\"off\",\"absent\",\"unreadable\",\"waiting\",\"live\"]},\"why\":{\"type\":\"s"
	"tring\"},\"mend\":{\"type\":\"string\",\"description\":\"the exact change that mak"
	"es it live\"},\"originates\":{\"type\":\"boolean\",\"description\":\"its reports m"
	"ay be forwarded; else it only adds to what the kernel reports\"},\"events\""
	":{\"type\":\"integer\"},\"missed\":{\"type\":\"integer\",\"description\":\"events tha"
	"t the source knows to have lost\"},\"malformed\":{\"type\":\"integer\"},\"last_n"
	"s\":{\"type\":\"integer\",\"description\":\"when it last reported, 0: never\"}}}}"
	"}}},\"examples\":[{\"name\":\"all\",\"params\":[],\"result\":{\"name\":\"result\",\"val"
	"ue\":{\"sources\":[]}}}]}]}"
	;
