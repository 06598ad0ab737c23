// SPDX-License-Identifier: LGPL-2.1-or-later
/* Made by tools/rpcgen.py from proto/ras-rpc.json: do not edit. */
#include "control/handlers.h"

static const struct rpc_param params_domain_explain[] = {
	{ "domain", RPC_STR, true, 1, 63, NULL },
};

static const char *const words_injection_create_severity[] = { "info", "corrected", "recoverable", "fatal", NULL };
static const struct rpc_param params_injection_create[] = {
	{ "request_id", RPC_STR, true, 1, 63, NULL },
	{ "domain", RPC_STR, true, 1, 63, NULL },
	{ "gpa", RPC_HEX64, false, 0, UINT64_MAX, NULL },
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

static const struct rpc_param params_record_decode[] = {
	{ "record_hex", RPC_STR, true, 1, 131072, NULL },
};

static const struct rpc_param params_record_encode[] = {
	{ "record", RPC_OBJ, true, 0, UINT64_MAX, NULL },
};

const struct rpc_method rpc_methods[] = {
	{ "domain.list", rpc_domain_list, RPC_VIEW, false, NULL, 0 },
	{ "domain.explain", rpc_domain_explain, RPC_VIEW, false, params_domain_explain, 1 },
	{ "injection.create", rpc_injection_create, RPC_INJECT, true, params_injection_create, 14 },
	{ "injection.get", rpc_injection_get, RPC_VIEW, false, params_injection_get, 1 },
	{ "injection.list", rpc_injection_list, RPC_VIEW, false, params_injection_list, 2 },
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
	":\"domain.list\",\"summary\":\"Every guest, and whether a record can be injec"
	"ted into it.\",\"paramStructure\":\"by-name\",\"x-role\":\"view\",\"x-mutating\":fa"
	"lse,\"params\":[],\"result\":{\"name\":\"result\",\"schema\":{\"type\":\"object\",\"req"
	"uired\":[\"domains\"],\"properties\":{\"domains\":{\"type\":\"array\",\"items\":{\"typ"
	"e\":\"object\"}}}}},\"examples\":[{\"name\":\"list\",\"params\":[],\"result\":{\"name\""
	":\"result\",\"value\":{\"domains\":[]}}}]},{\"name\":\"domain.explain\",\"summary\":"
	"\"One guest: can it take a record now, by which backend, and if not why a"
	"nd what to change.\",\"paramStructure\":\"by-name\",\"x-role\":\"view\",\"x-mutati"
	"ng\":false,\"params\":[{\"name\":\"domain\",\"description\":\"Name of the guest.\","
	"\"required\":true,\"schema\":{\"type\":\"string\",\"maxLength\":63,\"minLength\":1}}"
	"],\"result\":{\"name\":\"result\",\"schema\":{\"type\":\"object\"}},\"errors\":[{\"code"
	"\":1001,\"message\":\"no-such-domain\"}],\"examples\":[{\"name\":\"explain\",\"param"
	"s\":[{\"name\":\"domain\",\"value\":\"vm1\"}],\"result\":{\"name\":\"result\",\"value\":{"
	"\"name\":\"vm1\"}}}]},{\"name\":\"injection.create\",\"summary\":\"Inject one error"
	" record into a guest.\",\"paramStructure\":\"by-name\",\"x-role\":\"inject\",\"x-m"
	"utating\":true,\"params\":[{\"name\":\"request_id\",\"description\":\"Idempotency "
	"key of the caller: the same key and parameters give the stored injection"
	".\",\"required\":true,\"schema\":{\"type\":\"string\",\"maxLength\":63,\"minLength\":"
	"1}},{\"name\":\"domain\",\"description\":\"Name of the guest.\",\"required\":true,"
	"\"schema\":{\"type\":\"string\",\"maxLength\":63,\"minLength\":1}},{\"name\":\"gpa\",\""
	"description\":\"Guest physical address of the memory error.\",\"required\":fa"
	"lse,\"schema\":{\"type\":[\"string\",\"integer\"],\"x-c-type\":\"hex64\"}},{\"name\":\""
	"severity\",\"description\":\"Severity of the memory error, and of sections t"
	"hat do not tell theirs (default corrected). The grant and confirm count "
	"for the worst of block and sections.\",\"required\":false,\"schema\":{\"type\":"
	"\"string\",\"maxLength\":16,\"minLength\":1,\"enum\":[\"info\",\"corrected\",\"recove"
	"rable\",\"fatal\"]}},{\"name\":\"tag\",\"description\":\"FRU text of the record (d"
	"efault rasd).\",\"required\":false,\"schema\":{\"type\":\"string\",\"maxLength\":20"
	",\"minLength\":1,\"pattern\":\"^[ -~]*$\"}},{\"name\":\"fru_id\",\"description\":\"ow"
	"n (default: the injection's id), none, keep, or a UUID; an entry that ha"
	"s one is never changed.\",\"required\":false,\"schema\":{\"type\":\"string\",\"max"
	"Length\":36,\"minLength\":1}},{\"name\":\"sections\",\"description\":\"Instead of "
	"gpa: the sections of one block, each an entry of the neutral JSON form t"
	"hat record.decode shows: kind, header {error_severity, flags, fru_id, fr"
	"u_text, timestamp, ...} (may be missing), section {fields {...}, error_i"
	"nfo, context_info, ...}. A field that is given is valid. Every field is "
	"checked; addresses that Linux acts on must be RAM, processor sections mu"
	"st fit the guest's architecture. Kind unknown (a vendor's section_type w"
	"ith data): role admin.\",\"required\":false,\"schema\":{\"type\":\"array\",\"minIt"
	"ems\":1,\"maxItems\":16,\"items\":{\"type\":\"object\"}}},{\"name\":\"block\",\"descri"
	"ption\":\"With sections: members of the block itself, as record.decode sho"
	"ws them (block_status, raw_data, ...).\",\"required\":false,\"schema\":{\"type"
	"\":\"object\"}},{\"name\":\"record_hex\",\"description\":\"A whole status block in"
	" hex instead of gpa and severity; role admin. Its addresses are not chec"
	"ked.\",\"required\":false,\"schema\":{\"type\":\"string\",\"maxLength\":8192,\"minLe"
	"ngth\":1}},{\"name\":\"malformed\",\"description\":\"With record_hex: the record"
	" may be invalid, but none is sent that is known to wedge, hang or panic "
	"a guest by accident or to print its memory.\",\"required\":false,\"schema\":{"
	"\"type\":\"boolean\"}},{\"name\":\"wait\",\"description\":\"Answer when the state i"
	"s final, at the latest after timeout_ms.\",\"required\":false,\"schema\":{\"ty"
	"pe\":\"boolean\"}},{\"name\":\"timeout_ms\",\"description\":\"Milliseconds to get "
	"sent and, with wait, decided (default 10000).\",\"required\":false,\"schema\""
	":{\"type\":\"integer\",\"minimum\":1,\"maximum\":600000}},{\"name\":\"dry_run\",\"des"
	"cription\":\"All checks, nothing journalled or sent.\",\"required\":false,\"sc"
	"hema\":{\"type\":\"boolean\"}},{\"name\":\"confirm\",\"description\":\"Needed for se"
	"verity fatal.\",\"required\":false,\"schema\":{\"type\":\"boolean\"}}],\"result\":{"
	"\"name\":\"result\",\"schema\":{\"type\":\"object\",\"required\":[\"id\",\"state\",\"fina"
	"l\",\"domain\"],\"properties\":{\"id\":{\"type\":\"string\"},\"request_id\":{\"type\":\""
	"string\"},\"domain\":{\"type\":\"string\"},\"state\":{\"type\":\"string\",\"enum\":[\"in"
	"tent\",\"written\",\"consumed\",\"acknowledged\",\"refused\",\"lost\",\"unknown\"]},\""
	"final\":{\"type\":\"boolean\"},\"detail\":{\"type\":\"string\"},\"backend\":{\"type\":\""
	"string\"},\"source\":{\"type\":\"integer\"},\"severity\":{\"type\":\"string\"},\"gpa\":"
	"{\"type\":\"string\"},\"tag\":{\"type\":\"string\"},\"uid\":{\"type\":\"integer\"},\"reco"
	"rd_bytes\":{\"type\":\"integer\"},\"created_ns\":{\"type\":\"integer\"},\"decided_ns"
	"\":{\"type\":\"integer\"},\"ack_ns\":{\"type\":\"integer\",\"description\":\"send to a"
	"cknowledgement, nanoseconds; 0 = none\"}}}},\"errors\":[{\"code\":1001,\"messa"
	"ge\":\"no-such-domain\"},{\"code\":1002,\"message\":\"policy-denied\"},{\"code\":10"
	"03,\"message\":\"address-not-ram\"},{\"code\":1004,\"message\":\"not-capable\"},{\""
	"code\":1005,\"message\":\"guest-not-ready\"},{\"code\":1006,\"message\":\"guest-no"
	"t-running\"},{\"code\":1007,\"message\":\"busy\"},{\"code\":1008,\"message\":\"journ"
	"al-unavailable\"},{\"code\":1011,\"message\":\"invalid-record\"},{\"code\":1012,\""
	"message\":\"request-id-conflict\"},{\"code\":1015,\"message\":\"helper-error\"},{"
	"\"code\":1016,\"message\":\"layout-unknown\"},{\"code\":1020,\"message\":\"needs-co"
	"nfirmation\"}],\"examples\":[{\"name\":\"corrected\",\"params\":[{\"name\":\"request"
	"_id\",\"value\":\"r1\"},{\"name\":\"domain\",\"value\":\"vm1\"},{\"name\":\"gpa\",\"value\""
	":\"0x48000000\"},{\"name\":\"wait\",\"value\":true}],\"result\":{\"name\":\"result\",\""
	"value\":{\"id\":\"6f0b6f2a-5d2c-4c52-9a57-0f5d1d4a3f10\",\"state\":\"acknowledge"
	"d\",\"final\":true,\"domain\":\"vm1\"}}},{\"name\":\"sections\",\"params\":[{\"name\":\""
	"request_id\",\"value\":\"r2\"},{\"name\":\"domain\",\"value\":\"vm1\"},{\"name\":\"sever"
	"ity\",\"value\":\"recoverable\"},{\"name\":\"sections\",\"value\":[{\"kind\":\"proc_ar"
	"m\",\"section\":{\"fields\":{\"mpidr_el1\":\"0x80000001\",\"running_state\":1,\"psci"
	"_state\":0},\"error_info\":[{\"fields\":{\"type\":2,\"error_information\":\"0x9100"
	"0f\",\"physical_fault_address\":\"0x48000000\"}}]}}]}],\"result\":{\"name\":\"resu"
	"lt\",\"value\":{\"id\":\"6f0b6f2a-5d2c-4c52-9a57-0f5d1d4a3f11\",\"state\":\"writte"
	"n\",\"final\":false,\"domain\":\"vm1\"}}}]},{\"name\":\"injection.get\",\"summary\":\""
	"One injection as it is now.\",\"paramStructure\":\"by-name\",\"x-role\":\"view\","
	"\"x-mutating\":false,\"params\":[{\"name\":\"id\",\"description\":\"Id that injecti"
	"on.create answered.\",\"required\":true,\"schema\":{\"type\":\"string\",\"maxLengt"
	"h\":36,\"minLength\":1}}],\"result\":{\"name\":\"result\",\"schema\":{\"type\":\"objec"
	"t\",\"required\":[\"id\",\"state\",\"final\",\"domain\"],\"properties\":{\"id\":{\"type\""
	":\"string\"},\"request_id\":{\"type\":\"string\"},\"domain\":{\"type\":\"string\"},\"st"
	"ate\":{\"type\":\"string\",\"enum\":[\"intent\",\"written\",\"consumed\",\"acknowledge"
	"d\",\"refused\",\"lost\",\"unknown\"]},\"final\":{\"type\":\"boolean\"},\"detail\":{\"ty"
	"pe\":\"string\"},\"backend\":{\"type\":\"string\"},\"source\":{\"type\":\"integer\"},\"s"
	"everity\":{\"type\":\"string\"},\"gpa\":{\"type\":\"string\"},\"tag\":{\"type\":\"string"
	"\"},\"uid\":{\"type\":\"integer\"},\"record_bytes\":{\"type\":\"integer\"},\"created_n"
	"s\":{\"type\":\"integer\"},\"decided_ns\":{\"type\":\"integer\"},\"ack_ns\":{\"type\":\""
	"integer\",\"description\":\"send to acknowledgement, nanoseconds; 0 = none\"}"
	"}}},\"errors\":[{\"code\":1013,\"message\":\"not-found\"}]},{\"name\":\"injection.l"
	"ist\",\"summary\":\"Injections, newest first.\",\"paramStructure\":\"by-name\",\"x"
	"-role\":\"view\",\"x-mutating\":false,\"params\":[{\"name\":\"domain\",\"description"
	"\":\"Only those of this guest.\",\"required\":false,\"schema\":{\"type\":\"string\""
	",\"maxLength\":63,\"minLength\":1}},{\"name\":\"limit\",\"description\":\"At most s"
	"o many (default 100).\",\"required\":false,\"schema\":{\"type\":\"integer\",\"mini"
	"mum\":1,\"maximum\":1000}}],\"result\":{\"name\":\"result\",\"schema\":{\"type\":\"obj"
	"ect\",\"required\":[\"injections\"],\"properties\":{\"injections\":{\"type\":\"array"
	"\",\"items\":{\"type\":\"object\",\"required\":[\"id\",\"state\",\"final\",\"domain\"],\"p"
	"roperties\":{\"id\":{\"type\":\"string\"},\"request_id\":{\"type\":\"string\"},\"domai"
	"n\":{\"type\":\"string\"},\"state\":{\"type\":\"string\",\"enum\":[\"intent\",\"written\""
	",\"consumed\",\"acknowledged\",\"refused\",\"lost\",\"unknown\"]},\"final\":{\"type\":"
	"\"boolean\"},\"detail\":{\"type\":\"string\"},\"backend\":{\"type\":\"string\"},\"sourc"
	"e\":{\"type\":\"integer\"},\"severity\":{\"type\":\"string\"},\"gpa\":{\"type\":\"string"
	"\"},\"tag\":{\"type\":\"string\"},\"uid\":{\"type\":\"integer\"},\"record_bytes\":{\"typ"
	"e\":\"integer\"},\"created_ns\":{\"type\":\"integer\"},\"decided_ns\":{\"type\":\"inte"
	"ger\"},\"ack_ns\":{\"type\":\"integer\",\"description\":\"send to acknowledgement,"
	" nanoseconds; 0 = none\"}}}}}}},\"examples\":[{\"name\":\"newest\",\"params\":[{\""
	"name\":\"limit\",\"value\":10}],\"result\":{\"name\":\"result\",\"value\":{\"injection"
	"s\":[]}}}]},{\"name\":\"record.decode\",\"summary\":\"A status block as JSON.\",\""
	"paramStructure\":\"by-name\",\"x-role\":\"view\",\"x-mutating\":false,\"params\":[{"
	"\"name\":\"record_hex\",\"description\":\"The block in hex.\",\"required\":true,\"s"
	"chema\":{\"type\":\"string\",\"maxLength\":131072,\"minLength\":1}}],\"result\":{\"n"
	"ame\":\"result\",\"schema\":{\"type\":\"object\"}},\"errors\":[{\"code\":1011,\"messag"
	"e\":\"invalid-record\"}]},{\"name\":\"record.encode\",\"summary\":\"JSON as a stat"
	"us block.\",\"paramStructure\":\"by-name\",\"x-role\":\"view\",\"x-mutating\":false"
	",\"params\":[{\"name\":\"record\",\"description\":\"The neutral form that record."
	"decode answers.\",\"required\":true,\"schema\":{\"type\":\"object\"}}],\"result\":{"
	"\"name\":\"result\",\"schema\":{\"type\":\"object\",\"required\":[\"record_hex\",\"leng"
	"th\"],\"properties\":{\"record_hex\":{\"type\":\"string\"},\"length\":{\"type\":\"inte"
	"ger\",\"description\":\"bytes\"}}}},\"errors\":[{\"code\":1011,\"message\":\"invalid"
	"-record\"}]},{\"name\":\"rpc.discover\",\"summary\":\"This document.\",\"paramStru"
	"cture\":\"by-name\",\"x-role\":\"view\",\"x-mutating\":false,\"params\":[],\"result\""
	":{\"name\":\"result\",\"schema\":{\"type\":\"object\"}}},{\"name\":\"rpc.ping\",\"summa"
	"ry\":\"Is rasd there, and which role has the caller.\",\"paramStructure\":\"by"
	"-name\",\"x-role\":\"view\",\"x-mutating\":false,\"params\":[],\"result\":{\"name\":\""
	"result\",\"schema\":{\"type\":\"object\",\"required\":[\"pong\",\"version\",\"role\"],\""
	"properties\":{\"pong\":{\"type\":\"boolean\"},\"version\":{\"type\":\"string\"},\"now_"
	"ns\":{\"type\":\"integer\"},\"role\":{\"type\":\"string\"}}}},\"examples\":[{\"name\":\""
	"ping\",\"params\":[],\"result\":{\"name\":\"result\",\"value\":{\"pong\":true,\"versio"
	"n\":\"0.1.0\",\"role\":\"admin\"}}}]}]}"
	;
