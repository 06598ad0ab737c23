// SPDX-License-Identifier: LGPL-2.1-or-later
/* Made by tools/rpcgen.py from proto/ras-rpc.json: do not edit. */
#include "control/methods/methods.h"

static const struct rpc_param params_address_owners[] = {
	{ "from", RPC_HEX64, true, 0, UINT64_MAX, NULL },
	{ "to", RPC_HEX64, true, 0, UINT64_MAX, NULL },
	{ "after", RPC_STR, false, 1, 63, NULL },
	{ "timeout_ms", RPC_U64, false, 1, 600000, NULL },
};

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
	{ "address.owners", rpc_address_owners, RPC_INJECT, false, params_address_owners, 4 },
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
	"es.\"},\"methods\":[{\"name\":\"address.owners\",\"summary\":\"Which guests have h"
	"ow much memory in a range of host physical addresses, such as a failing "
	"row, rank or DIMM. Guests are gone through in the order of their names u"
	"ntil timeout_ms is over; then next says behind which name to go on. Need"
	"s role inject, as address.translate.\",\"paramStructure\":\"by-name\",\"x-role"
	"\":\"inject\",\"x-mutating\":false,\"params\":[{\"name\":\"from\",\"description\":\"Fi"
	"rst host physical address.\",\"required\":true,\"schema\":{\"type\":[\"string\",\""
	"integer\"],\"x-c-type\":\"hex64\"}},{\"name\":\"to\",\"description\":\"The address b"
	"ehind the last one. A range has at most 2^34 pages.\",\"required\":true,\"sc"
	"hema\":{\"type\":[\"string\",\"integer\"],\"x-c-type\":\"hex64\"}},{\"name\":\"after\","
	"\"description\":\"Only guests whose names come after this one: next of the "
	"answer before.\",\"required\":false,\"schema\":{\"type\":\"string\",\"maxLength\":6"
	"3,\"minLength\":1}},{\"name\":\"timeout_ms\",\"description\":\"Milliseconds that "
	"this call may take (default 10000).\",\"required\":false,\"schema\":{\"type\":\""
	"integer\",\"minimum\":1,\"maximum\":600000}}],\"result\":{\"name\":\"result\",\"sche"
	"ma\":{\"type\":\"object\",\"required\":[\"from\",\"to\",\"complete\",\"how\",\"read_ns\","
	"\"n_read\",\"n_left\",\"guests\",\"not_read\"],\"properties\":{\"from\":{\"type\":\"str"
	"ing\"},\"to\":{\"type\":\"string\"},\"complete\":{\"type\":\"boolean\",\"description\":"
	"\"every guest was read to its end, or lies before after\"},\"how\":{\"type\":\""
	"string\",\"enum\":[\"pages\",\"guests\"],\"description\":\"pages: each page of the"
	" range was looked up; guests: the memory of the guests was gone through\""
	"},\"read_ns\":{\"type\":\"integer\",\"description\":\"when the reading ended, ns "
	"since 1970. Pages move while they are read\"},\"n_read\":{\"type\":\"integer\","
	"\"description\":\"guests that this answer is about\"},\"n_left\":{\"type\":\"inte"
	"ger\",\"description\":\"guests behind next\"},\"guests\":{\"type\":\"array\",\"descr"
	"iption\":\"only those that have memory there\",\"items\":{\"type\":\"object\",\"re"
	"quired\":[\"domain\",\"bytes\",\"memory_bytes\",\"ranges\",\"more_ranges\"],\"proper"
	"ties\":{\"domain\":{\"type\":\"string\"},\"bytes\":{\"type\":\"integer\",\"description"
	"\":\"guest memory that is in the range, poisoned pages included\"},\"poisone"
	"d_bytes\":{\"type\":\"integer\",\"description\":\"of these: the kernel has taken"
	" the pages away\"},\"probable_bytes\":{\"type\":\"integer\",\"description\":\"not "
	"in bytes: poisoned pages that may have been in the range\"},\"memory_bytes"
	"\":{\"type\":\"integer\",\"description\":\"all memory of the guest\"},\"ranges\":{\""
	"type\":\"array\",\"description\":\"where the guest sees it: the first 8 runs\","
	"\"items\":{\"type\":\"object\",\"required\":[\"gpa\",\"bytes\"],\"properties\":{\"gpa\":"
	"{\"type\":\"string\"},\"bytes\":{\"type\":\"integer\"}}}},\"more_ranges\":{\"type\":\"b"
	"oolean\"}}}},\"not_read\":{\"type\":\"array\",\"description\":\"guests that were n"
	"ot read, or not to their end: bytes is the least then\",\"items\":{\"type\":\""
	"object\",\"required\":[\"domain\",\"reason\",\"partly\"],\"properties\":{\"domain\":{"
	"\"type\":\"string\"},\"reason\":{\"type\":\"string\"},\"partly\":{\"type\":\"boolean\"}}"
	"}},\"next\":{\"type\":\"string\",\"description\":\"absent: there are no more gues"
	"ts\"}}}},\"errors\":[{\"code\":1007,\"message\":\"busy\"},{\"code\":1010,\"message\":"
	"\"guest-gone\"},{\"code\":1015,\"message\":\"helper-error\"}],\"examples\":[{\"name"
	"\":\"rank\",\"params\":[{\"name\":\"from\",\"value\":\"0x100000000\"},{\"name\":\"to\",\"v"
	"alue\":\"0x140000000\"}],\"result\":{\"name\":\"result\",\"value\":{\"from\":\"0x10000"
	"0000\",\"to\":\"0x140000000\",\"complete\":true,\"how\":\"guests\",\"read_ns\":176400"
	"0000000000000,\"n_read\":2,\"n_left\":0,\"guests\":[{\"domain\":\"vm1\",\"bytes\":20"
	"97152,\"memory_bytes\":4294967296,\"ranges\":[{\"gpa\":\"0x48000000\",\"bytes\":20"
	"97152}],\"more_ranges\":false}],\"not_read\":[]}}}]},{\"name\":\"address.transl"
	"ate\",\"summary\":\"The owner of a host physical page, or the host page of a"
	" guest address. Needs role inject, because the kernel hides page numbers"
	" from users (rowhammer), and because a search costs the guests time.\",\"p"
	"aramStructure\":\"by-name\",\"x-role\":\"inject\",\"x-mutating\":false,\"params\":["
	"{\"name\":\"hpa\",\"description\":\"Host physical address. Instead of it: domai"
	"n and gpa.\",\"required\":false,\"schema\":{\"type\":[\"string\",\"integer\"],\"x-c-"
	"type\":\"hex64\"}},{\"name\":\"domain\",\"description\":\"Name of the guest; only "
	"with gpa.\",\"required\":false,\"schema\":{\"type\":\"string\",\"maxLength\":63,\"mi"
	"nLength\":1}},{\"name\":\"gpa\",\"description\":\"Guest physical address.\",\"requ"
	"ired\":false,\"schema\":{\"type\":[\"string\",\"integer\"],\"x-c-type\":\"hex64\"}},{"
	"\"name\":\"timeout_ms\",\"description\":\"Milliseconds that a search may take ("
	"default 10000).\",\"required\":false,\"schema\":{\"type\":\"integer\",\"minimum\":1"
	",\"maximum\":600000}}],\"result\":{\"name\":\"result\",\"schema\":{\"type\":\"object\""
	",\"required\":[\"state\",\"found\",\"owners\",\"read_ns\"],\"properties\":{\"hpa\":{\"t"
	"ype\":\"string\",\"description\":\"absent: there is no host page\"},\"state\":{\"t"
	"ype\":\"string\",\"enum\":[\"live\",\"poisoned\",\"historic\",\"probable\",\"unbacked\""
	",\"swapped\",\"host\",\"qemu-internal\"]},\"found\":{\"type\":\"string\",\"descriptio"
	"n\":\"how: index, rmap (by what the kernel records of the page), huge-scan"
	", near-scan, full-scan, swap-entry, history, elimination, page-flags, la"
	"yout\"},\"backing\":{\"type\":\"string\",\"enum\":[\"unknown\",\"anonymous\",\"shared\""
	",\"thp\",\"hugetlb\",\"ksm\"]},\"page_bytes\":{\"type\":\"integer\"},\"owners\":{\"type"
	"\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"domain\",\"state\"],\"proper"
	"ties\":{\"domain\":{\"type\":\"string\"},\"gpa\":{\"type\":\"string\"},\"state\":{\"type"
	"\":\"string\"},\"alias\":{\"type\":\"boolean\",\"description\":\"the same memory at "
	"a higher guest address\"}}}},\"more_owners\":{\"type\":\"boolean\"},\"mappings\":"
	"{\"type\":\"integer\",\"description\":\"number of mappings by all processes, if"
	" it was counted\"},\"other_mappings\":{\"type\":\"boolean\",\"description\":\"proc"
	"esses that are no owners map it too\"},\"read_ns\":{\"type\":\"integer\",\"descr"
	"iption\":\"when the proof was read, ns since 1970\"},\"seen_ns\":{\"type\":\"int"
	"eger\",\"description\":\"historic: when the page was there\"},\"hpa_now\":{\"typ"
	"e\":\"string\",\"description\":\"historic: where it is now\"},\"moved\":{\"type\":\""
	"integer\",\"description\":\"pages that moved meanwhile and were read again\"}"
	",\"detail\":{\"type\":\"string\"}}}},\"errors\":[{\"code\":1001,\"message\":\"no-such"
	"-domain\"},{\"code\":1003,\"message\":\"address-not-ram\"},{\"code\":1007,\"messag"
	"e\":\"busy\"},{\"code\":1010,\"message\":\"guest-gone\"},{\"code\":1015,\"message\":\""
	"helper-error\"},{\"code\":1016,\"message\":\"layout-unknown\"},{\"code\":1017,\"me"
	"ssage\":\"timeout\"},{\"code\":1022,\"message\":\"other-guest\"}],\"examples\":[{\"n"
	"ame\":\"owner\",\"params\":[{\"name\":\"hpa\",\"value\":\"0x10e241000\"}],\"result\":{\""
	"name\":\"result\",\"value\":{\"hpa\":\"0x10e241000\",\"state\":\"live\",\"found\":\"inde"
	"x\",\"backing\":\"thp\",\"page_bytes\":2097152,\"owners\":[{\"domain\":\"vm1\",\"gpa\":"
	"\"0x48041000\",\"state\":\"live\"}],\"read_ns\":1764000000000000000}}}]},{\"name\""
	":\"domain.list\",\"summary\":\"Every guest, and whether a record can be injec"
	"ted into it.\",\"paramStructure\":\"by-name\",\"x-role\":\"view\",\"x-mutating\":fa"
	"lse,\"params\":[],\"result\":{\"name\":\"result\",\"schema\":{\"type\":\"object\",\"req"
	"uired\":[\"domains\"],\"properties\":{\"domains\":{\"type\":\"array\",\"items\":{\"typ"
	"e\":\"object\"}},\"complete\":{\"type\":\"boolean\",\"description\":\"False if there"
	" are more guests than rasd keeps (4096). Then some that do not run are l"
	"eft out.\"},\"libvirt\":{\"type\":\"object\",\"description\":\"The connection to l"
	"ibvirt: uri, connected, version, read_only, reason, hint.\"}}}},\"examples"
	"\":[{\"name\":\"list\",\"params\":[],\"result\":{\"name\":\"result\",\"value\":{\"domain"
	"s\":[]}}}]},{\"name\":\"domain.explain\",\"summary\":\"One guest: whether it can"
	" take a record now, by which backend, and if not, why and what to change"
	".\",\"paramStructure\":\"by-name\",\"x-role\":\"view\",\"x-mutating\":false,\"params"
	"\":[{\"name\":\"domain\",\"description\":\"Name of the guest.\",\"required\":true,\""
	"schema\":{\"type\":\"string\",\"maxLength\":63,\"minLength\":1}}],\"result\":{\"name"
	"\":\"result\",\"schema\":{\"type\":\"object\"}},\"errors\":[{\"code\":1001,\"message\":"
	"\"no-such-domain\"}],\"examples\":[{\"name\":\"explain\",\"params\":[{\"name\":\"doma"
	"in\",\"value\":\"vm1\"}],\"result\":{\"name\":\"result\",\"value\":{\"name\":\"vm1\"}}}]}"
	",{\"name\":\"domain.allow\",\"summary\":\"Set the grants of a libvirt domain in"
	" its metadata.\",\"paramStructure\":\"by-name\",\"x-role\":\"admin\",\"x-mutating\""
	":true,\"params\":[{\"name\":\"domain\",\"description\":\"Name of the guest.\",\"req"
	"uired\":true,\"schema\":{\"type\":\"string\",\"maxLength\":63,\"minLength\":1}},{\"n"
	"ame\":\"target_max_severity\",\"description\":\"The worst severity that an ope"
	"rator may inject. If absent, it stays as it is.\",\"required\":false,\"schem"
	"a\":{\"type\":\"string\",\"maxLength\":16,\"minLength\":1,\"enum\":[\"none\",\"info\",\""
	"corrected\",\"recoverable\",\"fatal\"]}},{\"name\":\"forward_corrected\",\"descrip"
	"tion\":\"Whether real corrected errors of the host are forwarded. If absen"
	"t, it stays as it is.\",\"required\":false,\"schema\":{\"type\":\"boolean\"}},{\"n"
	"ame\":\"forward_uncorrected\",\"description\":\"Whether real uncorrected error"
	"s of the host are forwarded. If absent, it stays as it is.\",\"required\":f"
	"alse,\"schema\":{\"type\":\"boolean\"}},{\"name\":\"dry_run\",\"description\":\"Make "
	"all checks, change nothing.\",\"required\":false,\"schema\":{\"type\":\"boolean\""
	"}}],\"result\":{\"name\":\"result\",\"schema\":{\"type\":\"object\",\"required\":[\"dom"
	"ain\",\"before\",\"after\",\"dry_run\"],\"properties\":{\"domain\":{\"type\":\"string\""
	"},\"before\":{\"type\":\"object\"},\"after\":{\"type\":\"object\"},\"dry_run\":{\"type\""
	":\"boolean\"}}}},\"errors\":[{\"code\":1001,\"message\":\"no-such-domain\"},{\"code"
	"\":1004,\"message\":\"not-capable\"},{\"code\":1009,\"message\":\"monitor-error\"},"
	"{\"code\":1014,\"message\":\"permission\"},{\"code\":1018,\"message\":\"config\"}],\""
	"examples\":[{\"name\":\"allow\",\"params\":[{\"name\":\"domain\",\"value\":\"vm1\"},{\"n"
	"ame\":\"target_max_severity\",\"value\":\"recoverable\"}],\"result\":{\"name\":\"res"
	"ult\",\"value\":{\"domain\":\"vm1\",\"before\":{\"target_max_severity\":\"none\",\"for"
	"ward_corrected\":false,\"forward_uncorrected\":false},\"after\":{\"target_max_"
	"severity\":\"recoverable\",\"forward_corrected\":false,\"forward_uncorrected\":"
	"false},\"dry_run\":false}}}]},{\"name\":\"event.list\",\"summary\":\"Errors of th"
	"is host, newest first: what was seen, what was decided and why, and whic"
	"h injection came of it. Needs role inject, because it names pages of the"
	" host.\",\"paramStructure\":\"by-name\",\"x-role\":\"inject\",\"x-mutating\":false,"
	"\"params\":[{\"name\":\"domain\",\"description\":\"Only those that hit this guest"
	".\",\"required\":false,\"schema\":{\"type\":\"string\",\"maxLength\":63,\"minLength\""
	":1}},{\"name\":\"before\",\"description\":\"Only those with a smaller seq: the "
	"last one of the previous answer.\",\"required\":false,\"schema\":{\"type\":\"int"
	"eger\",\"minimum\":1,\"maximum\":9007199254740991}},{\"name\":\"limit\",\"descript"
	"ion\":\"Maximum number (default 100).\",\"required\":false,\"schema\":{\"type\":\""
	"integer\",\"minimum\":1,\"maximum\":1000}}],\"result\":{\"name\":\"result\",\"schema"
	"\":{\"type\":\"object\",\"required\":[\"events\"],\"properties\":{\"events\":{\"type\":"
	"\"array\",\"items\":{\"type\":\"object\",\"required\":[\"id\",\"seq\",\"count\",\"decisio"
	"n\"],\"properties\":{\"id\":{\"type\":\"string\"},\"seq\":{\"type\":\"integer\",\"descri"
	"ption\":\"its number in the feed; newer ones have larger numbers\"},\"source"
	"\":{\"type\":\"string\",\"description\":\"who reported it\"},\"report\":{\"type\":\"st"
	"ring\",\"description\":\"what in that source it was read from\"},\"kind\":{\"typ"
	"e\":\"string\",\"enum\":[\"memory\",\"page-lost\",\"sigbus\",\"processor\",\"pcie\",\"cx"
	"l\",\"other\"]},\"severity\":{\"type\":\"string\",\"enum\":[\"info\",\"corrected\",\"def"
	"erred\",\"uncorrected\",\"fatal\",\"unknown\"]},\"hpa\":{\"type\":\"string\",\"descrip"
	"tion\":\"host physical address; absent where the report has none\"},\"count\""
	":{\"type\":\"integer\",\"description\":\"errors that this row stands for\"},\"lab"
	"el\":{\"type\":\"string\",\"description\":\"the memory module, where the host kn"
	"ows it\"},\"detail\":{\"type\":\"string\"},\"boot_id\":{\"type\":\"string\",\"descript"
	"ion\":\"boot of this host that it belongs to; absent where that is not kno"
	"wn\"},\"seen_ns\":{\"type\":\"integer\",\"description\":\"when the host saw it, ns"
	" since 1970\"},\"late\":{\"type\":\"boolean\",\"description\":\"it was stored some"
	"where before rasd read it\"},\"decision\":{\"type\":\"string\",\"enum\":[\"forward"
	"ed\",\"counted\",\"not-granted\",\"guest-told\",\"consumed\",\"same-error\",\"second"
	"ary\",\"stale\",\"no-guest\",\"unproved\",\"no-address\",\"noted\",\"own-error\",\"fai"
	"led\",\"storm\"]},\"reason\":{\"type\":\"string\",\"description\":\"why that was dec"
	"ided\"},\"domain\":{\"type\":\"string\",\"description\":\"the guest that had the p"
	"age, where that is sure\"},\"gpa\":{\"type\":\"string\"},\"pages\":{\"type\":\"integ"
	"er\",\"description\":\"guest pages that it costs\"},\"injection\":{\"type\":\"stri"
	"ng\",\"description\":\"id of the first injection that came of it\"},\"decided_"
	"ns\":{\"type\":\"integer\"}}}}}}},\"examples\":[{\"name\":\"newest\",\"params\":[{\"na"
	"me\":\"limit\",\"value\":10}],\"result\":{\"name\":\"result\",\"value\":{\"events\":[]}"
	"}}]},{\"name\":\"event.subscribe\",\"summary\":\"What happens next: host events"
	" and the states of injections, in order. Answered as soon as there is so"
	"mething behind the cursor, or empty after wait_ms; ask again with the cu"
	"rsor of the answer. It is good over restarts of rasd and of the host. Wi"
	"thout a cursor the answer is only the cursor of now.\",\"paramStructure\":\""
	"by-name\",\"x-role\":\"inject\",\"x-mutating\":false,\"params\":[{\"name\":\"cursor\""
	",\"description\":\"Of the previous answer.\",\"required\":false,\"schema\":{\"typ"
	"e\":\"string\",\"minLength\":1,\"maxLength\":64}},{\"name\":\"wait_ms\",\"descriptio"
	"n\":\"Milliseconds to wait for something (default 30000).\",\"required\":fals"
	"e,\"schema\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":30000}}],\"result\":{\"n"
	"ame\":\"result\",\"schema\":{\"type\":\"object\",\"required\":[\"events\",\"cursor\",\"g"
	"ap\",\"rebooted\"],\"properties\":{\"events\":{\"type\":\"array\",\"items\":{\"type\":\""
	"object\",\"required\":[\"seq\"],\"properties\":{\"seq\":{\"type\":\"integer\"},\"host\""
	":{\"type\":\"object\",\"required\":[\"id\",\"seq\",\"count\",\"decision\"],\"properties"
	"\":{\"id\":{\"type\":\"string\"},\"seq\":{\"type\":\"integer\",\"description\":\"its num"
	"ber in the feed; newer ones have larger numbers\"},\"source\":{\"type\":\"stri"
	"ng\",\"description\":\"who reported it\"},\"report\":{\"type\":\"string\",\"descript"
	"ion\":\"what in that source it was read from\"},\"kind\":{\"type\":\"string\",\"en"
	"um\":[\"memory\",\"page-lost\",\"sigbus\",\"processor\",\"pcie\",\"cxl\",\"other\"]},\"s"
	"everity\":{\"type\":\"string\",\"enum\":[\"info\",\"corrected\",\"deferred\",\"uncorre"
	"cted\",\"fatal\",\"unknown\"]},\"hpa\":{\"type\":\"string\",\"description\":\"host phy"
	"sical address; absent where the report has none\"},\"count\":{\"type\":\"integ"
	"er\",\"description\":\"errors that this row stands for\"},\"label\":{\"type\":\"st"
	"ring\",\"description\":\"the memory module, where the host knows it\"},\"detai"
	"l\":{\"type\":\"string\"},\"boot_id\":{\"type\":\"string\",\"description\":\"boot of t"
	"his host that it belongs to; absent where that is not known\"},\"seen_ns\":"
	"{\"type\":\"integer\",\"description\":\"when the host saw it, ns since 1970\"},\""
	"late\":{\"type\":\"boolean\",\"description\":\"it was stored somewhere before ra"
	"sd read it\"},\"decision\":{\"type\":\"string\",\"enum\":[\"forwarded\",\"counted\",\""
	"not-granted\",\"guest-told\",\"consumed\",\"same-error\",\"secondary\",\"stale\",\"n"
	"o-guest\",\"unproved\",\"no-address\",\"noted\",\"own-error\",\"failed\",\"storm\"]},"
	"\"reason\":{\"type\":\"string\",\"description\":\"why that was decided\"},\"domain\""
	":{\"type\":\"string\",\"description\":\"the guest that had the page, where that"
	" is sure\"},\"gpa\":{\"type\":\"string\"},\"pages\":{\"type\":\"integer\",\"descriptio"
	"n\":\"guest pages that it costs\"},\"injection\":{\"type\":\"string\",\"descriptio"
	"n\":\"id of the first injection that came of it\"},\"decided_ns\":{\"type\":\"in"
	"teger\"}}},\"injection\":{\"type\":\"object\",\"required\":[\"id\",\"domain\",\"state\""
	",\"time_ns\"],\"properties\":{\"id\":{\"type\":\"string\"},\"domain\":{\"type\":\"strin"
	"g\"},\"state\":{\"type\":\"string\",\"enum\":[\"intent\",\"written\",\"consumed\",\"ackn"
	"owledged\",\"delivered\",\"refused\",\"lost\",\"unknown\"]},\"read\":{\"type\":\"strin"
	"g\"},\"detail\":{\"type\":\"string\"},\"time_ns\":{\"type\":\"integer\"}}}}},\"descrip"
	"tion\":\"at most 100, each with host or injection\"},\"cursor\":{\"type\":\"stri"
	"ng\"},\"gap\":{\"type\":\"boolean\",\"description\":\"something behind the cursor "
	"that was given is deleted already\"},\"rebooted\":{\"type\":\"boolean\",\"descri"
	"ption\":\"the host was started again since that cursor\"}}}},\"errors\":[{\"co"
	"de\":1007,\"message\":\"busy\"}],\"examples\":[{\"name\":\"from now on\",\"params\":["
	"],\"result\":{\"name\":\"result\",\"value\":{\"events\":[],\"cursor\":\"0f8fad5b-d9cb"
	"-469f-a165-70867728950e:17\",\"gap\":false,\"rebooted\":false}}}]},{\"name\":\"i"
	"njection.create\",\"summary\":\"Inject one error record into a guest.\",\"para"
	"mStructure\":\"by-name\",\"x-role\":\"inject\",\"x-mutating\":true,\"params\":[{\"na"
	"me\":\"request_id\",\"description\":\"Idempotency key of the caller: the same "
	"key with the same parameters returns the stored injection.\",\"required\":t"
	"rue,\"schema\":{\"type\":\"string\",\"maxLength\":63,\"minLength\":1}},{\"name\":\"do"
	"main\",\"description\":\"Name of the guest; may be left out with hpa if the "
	"page has one owner.\",\"required\":false,\"schema\":{\"type\":\"string\",\"maxLeng"
	"th\":63,\"minLength\":1}},{\"name\":\"gpa\",\"description\":\"Guest physical addre"
	"ss of the memory error.\",\"required\":false,\"schema\":{\"type\":[\"string\",\"in"
	"teger\"],\"x-c-type\":\"hex64\"}},{\"name\":\"hpa\",\"description\":\"Host physical "
	"address instead of gpa. It is translated, and the result is verified rig"
	"ht before the record is sent.\",\"required\":false,\"schema\":{\"type\":[\"strin"
	"g\",\"integer\"],\"x-c-type\":\"hex64\"}},{\"name\":\"severity\",\"description\":\"Sev"
	"erity of the memory error, and of sections without their own (default co"
	"rrected). Grant and confirm must cover the worst severity of block and s"
	"ections, and what the guest's kernel does with the record: see dry_run a"
	"nd effects.\",\"required\":false,\"schema\":{\"type\":\"string\",\"maxLength\":16,\""
	"minLength\":1,\"enum\":[\"info\",\"corrected\",\"recoverable\",\"fatal\"]}},{\"name\""
	":\"tag\",\"description\":\"FRU text of the record (default rasd).\",\"required\""
	":false,\"schema\":{\"type\":\"string\",\"maxLength\":20,\"minLength\":1,\"pattern\":"
	"\"^[ -~]*$\"}},{\"name\":\"fru_id\",\"description\":\"own (default: the injection"
	"'s id), none, keep, or a UUID. An entry that has an FRU id is never chan"
	"ged.\",\"required\":false,\"schema\":{\"type\":\"string\",\"maxLength\":36,\"minLeng"
	"th\":1}},{\"name\":\"sections\",\"description\":\"Instead of gpa: the sections o"
	"f one block, each an entry of the neutral JSON form that record.decode s"
	"hows: kind, header {error_severity, flags, fru_id, fru_text, timestamp, "
	"...} (may be missing), section {fields {...}, error_info, context_info, "
	"...}. A field that is given is valid. Every field is checked; addresses "
	"that Linux acts on must be RAM, processor sections must fit the guest's "
	"architecture. Kind unknown (a vendor's section_type with data): role adm"
	"in.\",\"required\":false,\"schema\":{\"type\":\"array\",\"minItems\":1,\"maxItems\":1"
	"6,\"items\":{\"type\":\"object\"}}},{\"name\":\"block\",\"description\":\"With sectio"
	"ns: members of the block itself, as record.decode shows them (block_stat"
	"us, raw_data, ...).\",\"required\":false,\"schema\":{\"type\":\"object\"}},{\"name"
	"\":\"record_hex\",\"description\":\"A whole status block in hex, instead of gp"
	"a and severity. Role admin. Its addresses are not checked.\",\"required\":f"
	"alse,\"schema\":{\"type\":\"string\",\"maxLength\":8192,\"minLength\":1}},{\"name\":"
	"\"malformed\",\"description\":\"With record_hex: the record may be invalid. r"
	"asd still sends none that is known to wedge, hang or panic a guest by ac"
	"cident or to print its memory.\",\"required\":false,\"schema\":{\"type\":\"boole"
	"an\"}},{\"name\":\"wait\",\"description\":\"Answer only when the state is final,"
	" at the latest after timeout_ms.\",\"required\":false,\"schema\":{\"type\":\"boo"
	"lean\"}},{\"name\":\"timeout_ms\",\"description\":\"Time limit to send the recor"
	"d and, with wait, to decide it, in milliseconds (default 10000).\",\"requi"
	"red\":false,\"schema\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":600000}},{\"n"
	"ame\":\"dry_run\",\"description\":\"Make all checks, journal and send nothing."
	" The result has effects.\",\"required\":false,\"schema\":{\"type\":\"boolean\"}},"
	"{\"name\":\"confirm\",\"description\":\"Needed for severity fatal, and for a re"
	"cord that resets a PCIe link.\",\"required\":false,\"schema\":{\"type\":\"boolea"
	"n\"}}],\"result\":{\"name\":\"result\",\"schema\":{\"type\":\"object\",\"required\":[\"i"
	"d\",\"state\",\"final\",\"domain\"],\"properties\":{\"id\":{\"type\":\"string\"},\"reque"
	"st_id\":{\"type\":\"string\"},\"domain\":{\"type\":\"string\"},\"state\":{\"type\":\"str"
	"ing\",\"enum\":[\"intent\",\"written\",\"consumed\",\"acknowledged\",\"delivered\",\"r"
	"efused\",\"lost\",\"unknown\"]},\"final\":{\"type\":\"boolean\"},\"detail\":{\"type\":\""
	"string\"},\"backend\":{\"type\":\"string\"},\"source\":{\"type\":\"integer\"},\"severi"
	"ty\":{\"type\":\"string\"},\"gpa\":{\"type\":\"string\"},\"tag\":{\"type\":\"string\"},\"u"
	"id\":{\"type\":\"integer\"},\"as_uid\":{\"type\":\"integer\",\"description\":\"the uid"
	" that the caller had, where it is a subordinate uid (/etc/subuid) of uid"
	"\"},\"record_bytes\":{\"type\":\"integer\"},\"created_ns\":{\"type\":\"integer\"},\"de"
	"cided_ns\":{\"type\":\"integer\"},\"ack_ns\":{\"type\":\"integer\",\"description\":\"n"
	"anoseconds from send to acknowledgement; 0: none\"},\"origin\":{\"type\":\"str"
	"ing\",\"enum\":[\"operator\",\"campaign\",\"host-event\"],\"description\":\"Who want"
	"ed it.\"},\"origin_ref\":{\"type\":\"string\",\"description\":\"The campaign or th"
	"e host event. Absent where there is none.\"},\"read\":{\"type\":\"string\",\"enu"
	"m\":[\"no\",\"possibly\"],\"description\":\"Only with state lost: whether the gu"
	"est may have read the record. Absent in rows of older versions.\"},\"hpa\":"
	"{\"type\":\"string\",\"description\":\"with hpa: the host address asked for\"},\""
	"effects\":{\"type\":\"array\",\"maxItems\":64,\"description\":\"Only with dry_run:"
	" what Linux does with the record beyond logging it. Empty: nothing.\",\"it"
	"ems\":{\"type\":\"object\",\"required\":[\"effect\",\"section\",\"severity\",\"text\"],"
	"\"properties\":{\"effect\":{\"type\":\"string\",\"enum\":[\"page-soft-offline\",\"pag"
	"e-offline\",\"pcie-recovery\",\"pcie-reset\",\"panic\"]},\"section\":{\"type\":\"int"
	"eger\",\"description\":\"index of the section that has it\"},\"severity\":{\"typ"
	"e\":\"string\",\"description\":\"what the effect counts as for grant and confi"
	"rm\"},\"gpa\":{\"type\":\"string\",\"description\":\"of the page effects: the addr"
	"ess in the record\"},\"device\":{\"type\":\"string\",\"description\":\"of the PCIe"
	" effects: segment:bus:device.function\"},\"text\":{\"type\":\"string\"}}}}}}},\""
	"errors\":[{\"code\":1001,\"message\":\"no-such-domain\"},{\"code\":1002,\"message\""
	":\"policy-denied\"},{\"code\":1003,\"message\":\"address-not-ram\"},{\"code\":1004"
	",\"message\":\"not-capable\"},{\"code\":1005,\"message\":\"guest-not-ready\"},{\"co"
	"de\":1006,\"message\":\"guest-not-running\"},{\"code\":1007,\"message\":\"busy\"},{"
	"\"code\":1008,\"message\":\"journal-unavailable\"},{\"code\":1011,\"message\":\"inv"
	"alid-record\"},{\"code\":1012,\"message\":\"request-id-conflict\"},{\"code\":1015"
	",\"message\":\"helper-error\"},{\"code\":1016,\"message\":\"layout-unknown\"},{\"co"
	"de\":1020,\"message\":\"needs-confirmation\"},{\"code\":1022,\"message\":\"other-g"
	"uest\"}],\"examples\":[{\"name\":\"corrected\",\"params\":[{\"name\":\"request_id\",\""
	"value\":\"r1\"},{\"name\":\"domain\",\"value\":\"vm1\"},{\"name\":\"gpa\",\"value\":\"0x48"
	"000000\"},{\"name\":\"wait\",\"value\":true}],\"result\":{\"name\":\"result\",\"value\""
	":{\"id\":\"6f0b6f2a-5d2c-4c52-9a57-0f5d1d4a3f10\",\"state\":\"acknowledged\",\"fi"
	"nal\":true,\"domain\":\"vm1\"}}},{\"name\":\"sections\",\"params\":[{\"name\":\"reques"
	"t_id\",\"value\":\"r2\"},{\"name\":\"domain\",\"value\":\"vm1\"},{\"name\":\"severity\",\""
	"value\":\"recoverable\"},{\"name\":\"sections\",\"value\":[{\"kind\":\"proc_arm\",\"se"
	"ction\":{\"fields\":{\"mpidr_el1\":\"0x80000001\",\"running_state\":1,\"psci_state"
	"\":0},\"error_info\":[{\"fields\":{\"type\":2,\"error_information\":\"0x91000f\",\"p"
	"hysical_fault_address\":\"0x48000000\"}}]}}]}],\"result\":{\"name\":\"result\",\"v"
	"alue\":{\"id\":\"6f0b6f2a-5d2c-4c52-9a57-0f5d1d4a3f11\",\"state\":\"written\",\"fi"
	"nal\":false,\"domain\":\"vm1\"}}}]},{\"name\":\"injection.get\",\"summary\":\"One in"
	"jection as it is now.\",\"paramStructure\":\"by-name\",\"x-role\":\"view\",\"x-mut"
	"ating\":false,\"params\":[{\"name\":\"id\",\"description\":\"Id that injection.cre"
	"ate returned.\",\"required\":true,\"schema\":{\"type\":\"string\",\"maxLength\":36,"
	"\"minLength\":1}}],\"result\":{\"name\":\"result\",\"schema\":{\"type\":\"object\",\"re"
	"quired\":[\"id\",\"state\",\"final\",\"domain\"],\"properties\":{\"id\":{\"type\":\"stri"
	"ng\"},\"request_id\":{\"type\":\"string\"},\"domain\":{\"type\":\"string\"},\"state\":{"
	"\"type\":\"string\",\"enum\":[\"intent\",\"written\",\"consumed\",\"acknowledged\",\"de"
	"livered\",\"refused\",\"lost\",\"unknown\"]},\"final\":{\"type\":\"boolean\"},\"detail"
	"\":{\"type\":\"string\"},\"backend\":{\"type\":\"string\"},\"source\":{\"type\":\"intege"
	"r\"},\"severity\":{\"type\":\"string\"},\"gpa\":{\"type\":\"string\"},\"tag\":{\"type\":\""
	"string\"},\"uid\":{\"type\":\"integer\"},\"as_uid\":{\"type\":\"integer\",\"descriptio"
	"n\":\"the uid that the caller had, where it is a subordinate uid (/etc/sub"
	"uid) of uid\"},\"record_bytes\":{\"type\":\"integer\"},\"created_ns\":{\"type\":\"in"
	"teger\"},\"decided_ns\":{\"type\":\"integer\"},\"ack_ns\":{\"type\":\"integer\",\"desc"
	"ription\":\"nanoseconds from send to acknowledgement; 0: none\"},\"origin\":{"
	"\"type\":\"string\",\"enum\":[\"operator\",\"campaign\",\"host-event\"],\"description"
	"\":\"Who wanted it.\"},\"origin_ref\":{\"type\":\"string\",\"description\":\"The cam"
	"paign or the host event. Absent where there is none.\"},\"read\":{\"type\":\"s"
	"tring\",\"enum\":[\"no\",\"possibly\"],\"description\":\"Only with state lost: whe"
	"ther the guest may have read the record. Absent in rows of older version"
	"s.\"}}}},\"errors\":[{\"code\":1013,\"message\":\"not-found\"}]},{\"name\":\"injecti"
	"on.list\",\"summary\":\"Injections, newest first.\",\"paramStructure\":\"by-name"
	"\",\"x-role\":\"view\",\"x-mutating\":false,\"params\":[{\"name\":\"domain\",\"descrip"
	"tion\":\"Only those of this guest.\",\"required\":false,\"schema\":{\"type\":\"str"
	"ing\",\"maxLength\":63,\"minLength\":1}},{\"name\":\"limit\",\"description\":\"Maxim"
	"um number (default 100).\",\"required\":false,\"schema\":{\"type\":\"integer\",\"m"
	"inimum\":1,\"maximum\":1000}}],\"result\":{\"name\":\"result\",\"schema\":{\"type\":\""
	"object\",\"required\":[\"injections\"],\"properties\":{\"injections\":{\"type\":\"ar"
	"ray\",\"items\":{\"type\":\"object\",\"required\":[\"id\",\"state\",\"final\",\"domain\"]"
	",\"properties\":{\"id\":{\"type\":\"string\"},\"request_id\":{\"type\":\"string\"},\"do"
	"main\":{\"type\":\"string\"},\"state\":{\"type\":\"string\",\"enum\":[\"intent\",\"writt"
	"en\",\"consumed\",\"acknowledged\",\"delivered\",\"refused\",\"lost\",\"unknown\"]},\""
	"final\":{\"type\":\"boolean\"},\"detail\":{\"type\":\"string\"},\"backend\":{\"type\":\""
	"string\"},\"source\":{\"type\":\"integer\"},\"severity\":{\"type\":\"string\"},\"gpa\":"
	"{\"type\":\"string\"},\"tag\":{\"type\":\"string\"},\"uid\":{\"type\":\"integer\"},\"as_u"
	"id\":{\"type\":\"integer\",\"description\":\"the uid that the caller had, where "
	"it is a subordinate uid (/etc/subuid) of uid\"},\"record_bytes\":{\"type\":\"i"
	"nteger\"},\"created_ns\":{\"type\":\"integer\"},\"decided_ns\":{\"type\":\"integer\"}"
	",\"ack_ns\":{\"type\":\"integer\",\"description\":\"nanoseconds from send to ackn"
	"owledgement; 0: none\"},\"origin\":{\"type\":\"string\",\"enum\":[\"operator\",\"cam"
	"paign\",\"host-event\"],\"description\":\"Who wanted it.\"},\"origin_ref\":{\"type"
	"\":\"string\",\"description\":\"The campaign or the host event. Absent where t"
	"here is none.\"},\"read\":{\"type\":\"string\",\"enum\":[\"no\",\"possibly\"],\"descri"
	"ption\":\"Only with state lost: whether the guest may have read the record"
	". Absent in rows of older versions.\"}}}}}}},\"examples\":[{\"name\":\"newest\""
	",\"params\":[{\"name\":\"limit\",\"value\":10}],\"result\":{\"name\":\"result\",\"value"
	"\":{\"injections\":[]}}}]},{\"name\":\"injection.resolve\",\"summary\":\"Decide an"
	" injection whose state is unknown.\",\"paramStructure\":\"by-name\",\"x-role\":"
	"\"admin\",\"x-mutating\":true,\"params\":[{\"name\":\"id\",\"description\":\"Id that "
	"injection.create returned.\",\"required\":true,\"schema\":{\"type\":\"string\",\"m"
	"axLength\":36,\"minLength\":1}},{\"name\":\"state\",\"description\":\"The outcome,"
	" as far as the caller knows it.\",\"required\":true,\"schema\":{\"type\":\"strin"
	"g\",\"maxLength\":16,\"minLength\":1,\"enum\":[\"acknowledged\",\"consumed\",\"refus"
	"ed\",\"lost\"]}},{\"name\":\"reason\",\"description\":\"How the caller knows. The "
	"journal keeps it.\",\"required\":true,\"schema\":{\"type\":\"string\",\"maxLength\""
	":100,\"minLength\":1,\"pattern\":\"^[ -~]*$\"}},{\"name\":\"dry_run\",\"description"
	"\":\"Make all checks, change nothing.\",\"required\":false,\"schema\":{\"type\":\""
	"boolean\"}}],\"result\":{\"name\":\"result\",\"schema\":{\"type\":\"object\",\"require"
	"d\":[\"id\",\"state\",\"final\",\"domain\"],\"properties\":{\"id\":{\"type\":\"string\"},"
	"\"request_id\":{\"type\":\"string\"},\"domain\":{\"type\":\"string\"},\"state\":{\"type"
	"\":\"string\",\"enum\":[\"intent\",\"written\",\"consumed\",\"acknowledged\",\"deliver"
	"ed\",\"refused\",\"lost\",\"unknown\"]},\"final\":{\"type\":\"boolean\"},\"detail\":{\"t"
	"ype\":\"string\"},\"backend\":{\"type\":\"string\"},\"source\":{\"type\":\"integer\"},\""
	"severity\":{\"type\":\"string\"},\"gpa\":{\"type\":\"string\"},\"tag\":{\"type\":\"strin"
	"g\"},\"uid\":{\"type\":\"integer\"},\"as_uid\":{\"type\":\"integer\",\"description\":\"t"
	"he uid that the caller had, where it is a subordinate uid (/etc/subuid) "
	"of uid\"},\"record_bytes\":{\"type\":\"integer\"},\"created_ns\":{\"type\":\"integer"
	"\"},\"decided_ns\":{\"type\":\"integer\"},\"ack_ns\":{\"type\":\"integer\",\"descripti"
	"on\":\"nanoseconds from send to acknowledgement; 0: none\"},\"origin\":{\"type"
	"\":\"string\",\"enum\":[\"operator\",\"campaign\",\"host-event\"],\"description\":\"Wh"
	"o wanted it.\"},\"origin_ref\":{\"type\":\"string\",\"description\":\"The campaign"
	" or the host event. Absent where there is none.\"},\"read\":{\"type\":\"string"
	"\",\"enum\":[\"no\",\"possibly\"],\"description\":\"Only with state lost: whether "
	"the guest may have read the record. Absent in rows of older versions.\"}}"
	"}},\"errors\":[{\"code\":1013,\"message\":\"not-found\"},{\"code\":1008,\"message\":"
	"\"journal-unavailable\"}]},{\"name\":\"poison.export\",\"summary\":\"The 4 KiB pa"
	"ges that a guest was told are bad, by address: pages of recoverable reco"
	"rds that it acknowledged or consumed, and imported ones. Import the list"
	" on the host that the guest is migrated to. If there are pages, the gues"
	"t need not exist. Needs role inject, because forwarded host errors will "
	"be in the list, and they show where the host's memory fails. domain.expl"
	"ain shows everybody how many there are.\",\"paramStructure\":\"by-name\",\"x-r"
	"ole\":\"inject\",\"x-mutating\":false,\"params\":[{\"name\":\"domain\",\"description"
	"\":\"Name of the guest, which may have left.\",\"required\":true,\"schema\":{\"t"
	"ype\":\"string\",\"maxLength\":63,\"minLength\":1}},{\"name\":\"after\",\"descriptio"
	"n\":\"Only pages above this address: the last one of the previous answer.\""
	",\"required\":false,\"schema\":{\"type\":[\"string\",\"integer\"],\"x-c-type\":\"hex6"
	"4\"}},{\"name\":\"limit\",\"description\":\"Maximum number (default 1024).\",\"req"
	"uired\":false,\"schema\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":1024}}],\"r"
	"esult\":{\"name\":\"result\",\"schema\":{\"type\":\"object\",\"required\":[\"domain\",\""
	"pages\",\"more\"],\"properties\":{\"domain\":{\"type\":\"string\"},\"pages\":{\"type\":"
	"\"array\",\"items\":{\"type\":\"object\",\"required\":[\"gpa\",\"seen_ns\",\"origin\"],\""
	"properties\":{\"gpa\":{\"type\":\"string\",\"description\":\"of the 4 KiB page\"},\""
	"seen_ns\":{\"type\":\"integer\",\"description\":\"when the guest got the first r"
	"eport, ns since 1970\"},\"origin\":{\"type\":\"string\",\"description\":\"origin o"
	"f the report: injection and its id, or as imported\"}}}},\"more\":{\"type\":\""
	"boolean\",\"description\":\"there are pages above the last one\"}}}},\"errors\""
	":[{\"code\":1001,\"message\":\"no-such-domain\"},{\"code\":1008,\"message\":\"journ"
	"al-unavailable\"}],\"examples\":[{\"name\":\"export\",\"params\":[{\"name\":\"domain"
	"\",\"value\":\"vm1\"}],\"result\":{\"name\":\"result\",\"value\":{\"domain\":\"vm1\",\"pag"
	"es\":[{\"gpa\":\"0x48000000\",\"seen_ns\":1764000000000000000,\"origin\":\"injecti"
	"on 6f0b6f2a-5d2c-4c52-9a57-0f5d1d4a3f10\"}],\"more\":false}}}]},{\"name\":\"po"
	"ison.import\",\"summary\":\"Add to the pages that a guest was told are bad. "
	"Known pages are not changed, so the call may be repeated. Imports give a"
	" domain at most 65536 pages. Nothing is sent to the guest.\",\"paramStruct"
	"ure\":\"by-name\",\"x-role\":\"admin\",\"x-mutating\":true,\"params\":[{\"name\":\"dom"
	"ain\",\"description\":\"Name of the guest.\",\"required\":true,\"schema\":{\"type\""
	":\"string\",\"maxLength\":63,\"minLength\":1}},{\"name\":\"pages\",\"description\":\""
	"As poison.export returns them: gpa, seen_ns and origin (printable ASCII,"
	" at most 100), by ascending gpa.\",\"required\":true,\"schema\":{\"type\":\"arra"
	"y\",\"minItems\":0,\"maxItems\":1024,\"items\":{\"type\":\"object\",\"required\":[\"gp"
	"a\",\"seen_ns\",\"origin\"],\"properties\":{\"gpa\":{\"type\":\"string\",\"description"
	"\":\"of the 4 KiB page\"},\"seen_ns\":{\"type\":\"integer\",\"description\":\"when t"
	"he guest got the first report, ns since 1970\"},\"origin\":{\"type\":\"string\""
	",\"description\":\"origin of the report: injection and its id, or as import"
	"ed\"}}}}},{\"name\":\"dry_run\",\"description\":\"Make all checks, change nothin"
	"g.\",\"required\":false,\"schema\":{\"type\":\"boolean\"}}],\"result\":{\"name\":\"res"
	"ult\",\"schema\":{\"type\":\"object\",\"required\":[\"domain\",\"pages\",\"new\",\"dry_r"
	"un\"],\"properties\":{\"domain\":{\"type\":\"string\"},\"pages\":{\"type\":\"integer\"}"
	",\"new\":{\"type\":\"integer\",\"description\":\"pages that were not known before"
	"\"},\"dry_run\":{\"type\":\"boolean\"}}}},\"errors\":[{\"code\":1001,\"message\":\"no-"
	"such-domain\"},{\"code\":1007,\"message\":\"busy\"},{\"code\":1008,\"message\":\"jou"
	"rnal-unavailable\"}],\"examples\":[{\"name\":\"import\",\"params\":[{\"name\":\"doma"
	"in\",\"value\":\"vm1\"},{\"name\":\"pages\",\"value\":[{\"gpa\":\"0x48000000\",\"seen_ns"
	"\":1764000000000000000,\"origin\":\"injection 6f0b6f2a-5d2c-4c52-9a57-0f5d1d"
	"4a3f10\"}]}],\"result\":{\"name\":\"result\",\"value\":{\"domain\":\"vm1\",\"pages\":1,"
	"\"new\":1,\"dry_run\":false}}}]},{\"name\":\"record.decode\",\"summary\":\"A status"
	" block as JSON.\",\"paramStructure\":\"by-name\",\"x-role\":\"view\",\"x-mutating\""
	":false,\"params\":[{\"name\":\"record_hex\",\"description\":\"The block in hex.\","
	"\"required\":true,\"schema\":{\"type\":\"string\",\"maxLength\":131072,\"minLength\""
	":1}}],\"result\":{\"name\":\"result\",\"schema\":{\"type\":\"object\"}},\"errors\":[{\""
	"code\":1011,\"message\":\"invalid-record\"}]},{\"name\":\"record.encode\",\"summar"
	"y\":\"JSON as a status block.\",\"paramStructure\":\"by-name\",\"x-role\":\"view\","
	"\"x-mutating\":false,\"params\":[{\"name\":\"record\",\"description\":\"The neutral"
	" form that record.decode returns.\",\"required\":true,\"schema\":{\"type\":\"obj"
	"ect\"}}],\"result\":{\"name\":\"result\",\"schema\":{\"type\":\"object\",\"required\":["
	"\"record_hex\",\"length\"],\"properties\":{\"record_hex\":{\"type\":\"string\"},\"len"
	"gth\":{\"type\":\"integer\",\"description\":\"bytes\"}}}},\"errors\":[{\"code\":1011,"
	"\"message\":\"invalid-record\"}]},{\"name\":\"rpc.discover\",\"summary\":\"This doc"
	"ument.\",\"paramStructure\":\"by-name\",\"x-role\":\"view\",\"x-mutating\":false,\"p"
	"arams\":[],\"result\":{\"name\":\"result\",\"schema\":{\"type\":\"object\"}}},{\"name\""
	":\"rpc.ping\",\"summary\":\"Whether rasd runs, the caller's role, how rasd fi"
	"nds host pages, and its journal.\",\"paramStructure\":\"by-name\",\"x-role\":\"v"
	"iew\",\"x-mutating\":false,\"params\":[],\"result\":{\"name\":\"result\",\"schema\":{"
	"\"type\":\"object\",\"required\":[\"pong\",\"version\",\"role\",\"pages\"],\"properties"
	"\":{\"pong\":{\"type\":\"boolean\"},\"version\":{\"type\":\"string\"},\"now_ns\":{\"type"
	"\":\"integer\"},\"role\":{\"type\":\"string\"},\"journal\":{\"type\":\"object\",\"descri"
	"ption\":\"rows and undecided: stored injections; oldest_ns: when the oldes"
	"t was created, 0 if there is none; damage: why nothing can be stored, fo"
	"und at the last commit.\",\"required\":[\"rows\",\"undecided\",\"oldest_ns\"],\"pr"
	"operties\":{\"rows\":{\"type\":\"integer\"},\"undecided\":{\"type\":\"integer\"},\"old"
	"est_ns\":{\"type\":\"integer\"},\"damage\":{\"type\":\"string\"}}}}}},\"examples\":[{"
	"\"name\":\"ping\",\"params\":[],\"result\":{\"name\":\"result\",\"value\":{\"pong\":true"
	",\"version\":\"0.1.0\",\"role\":\"admin\"}}}]},{\"name\":\"source.list\",\"summary\":\""
	"The sources of host events: whether each is read, and if not, why and ho"
	"w to change that.\",\"paramStructure\":\"by-name\",\"x-role\":\"view\",\"x-mutatin"
	"g\":false,\"params\":[],\"result\":{\"name\":\"result\",\"schema\":{\"type\":\"object\""
	",\"required\":[\"sources\"],\"properties\":{\"sources\":{\"type\":\"array\",\"items\":"
	"{\"type\":\"object\",\"required\":[\"name\",\"state\"],\"properties\":{\"name\":{\"type"
	"\":\"string\"},\"state\":{\"type\":\"string\",\"enum\":[\"off\",\"absent\",\"unreadable\""
	",\"waiting\",\"live\"]},\"why\":{\"type\":\"string\"},\"mend\":{\"type\":\"string\",\"des"
	"cription\":\"the exact change that makes it live\"},\"originates\":{\"type\":\"b"
	"oolean\",\"description\":\"its reports may be forwarded; else it only adds t"
	"o what the kernel reports\"},\"events\":{\"type\":\"integer\"},\"missed\":{\"type\""
	":\"integer\",\"description\":\"events that the source knows to have lost\"},\"m"
	"alformed\":{\"type\":\"integer\"},\"last_ns\":{\"type\":\"integer\",\"description\":\""
	"when it last reported, 0: never\"}}}}}}},\"examples\":[{\"name\":\"all\",\"param"
	"s\":[],\"result\":{\"name\":\"result\",\"value\":{\"sources\":[]}}}]}]}"
	;
