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
	{ "record_hex", RPC_STR, false, 1, 8192, NULL },
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
	{ "injection.create", rpc_injection_create, RPC_INJECT, true, params_injection_create, 11 },
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
	"severity\",\"description\":\"Severity of the memory error (default corrected"
	").\",\"required\":false,\"schema\":{\"type\":\"string\",\"maxLength\":16,\"minLength"
	"\":1,\"enum\":[\"info\",\"corrected\",\"recoverable\",\"fatal\"]}},{\"name\":\"tag\",\"d"
	"escription\":\"FRU text of the record (default rasd).\",\"required\":false,\"s"
	"chema\":{\"type\":\"string\",\"maxLength\":20,\"minLength\":1,\"pattern\":\"^[ -~]*$"
	"\"}},{\"name\":\"fru_id\",\"description\":\"own (default: the injection's id), n"
	"one, keep, or a UUID; an entry that has one is never changed.\",\"required"
	"\":false,\"schema\":{\"type\":\"string\",\"maxLength\":36,\"minLength\":1}},{\"name\""
	":\"record_hex\",\"description\":\"A whole status block in hex instead of gpa "
	"and severity; role admin.\",\"required\":false,\"schema\":{\"type\":\"string\",\"m"
	"axLength\":8192,\"minLength\":1}},{\"name\":\"wait\",\"description\":\"Answer when"
	" the state is final, at the latest after timeout_ms.\",\"required\":false,\""
	"schema\":{\"type\":\"boolean\"}},{\"name\":\"timeout_ms\",\"description\":\"Millisec"
	"onds to get sent and, with wait, decided (default 10000).\",\"required\":fa"
	"lse,\"schema\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":600000}},{\"name\":\"d"
	"ry_run\",\"description\":\"All checks, nothing journalled or sent.\",\"require"
	"d\":false,\"schema\":{\"type\":\"boolean\"}},{\"name\":\"confirm\",\"description\":\"N"
	"eeded for severity fatal.\",\"required\":false,\"schema\":{\"type\":\"boolean\"}}"
	"],\"result\":{\"name\":\"result\",\"schema\":{\"type\":\"object\",\"required\":[\"id\",\""
	"state\",\"final\",\"domain\"],\"properties\":{\"id\":{\"type\":\"string\"},\"request_i"
	"d\":{\"type\":\"string\"},\"domain\":{\"type\":\"string\"},\"state\":{\"type\":\"string\""
	",\"enum\":[\"intent\",\"written\",\"consumed\",\"acknowledged\",\"refused\",\"lost\",\""
	"unknown\"]},\"final\":{\"type\":\"boolean\"},\"detail\":{\"type\":\"string\"},\"backen"
	"d\":{\"type\":\"string\"},\"source\":{\"type\":\"integer\"},\"severity\":{\"type\":\"str"
	"ing\"},\"gpa\":{\"type\":\"string\"},\"tag\":{\"type\":\"string\"},\"uid\":{\"type\":\"int"
	"eger\"},\"record_bytes\":{\"type\":\"integer\"},\"created_ns\":{\"type\":\"integer\"}"
	",\"decided_ns\":{\"type\":\"integer\"},\"ack_ns\":{\"type\":\"integer\",\"description"
	"\":\"send to acknowledgement, nanoseconds; 0 = none\"}}}},\"errors\":[{\"code\""
	":1001,\"message\":\"no-such-domain\"},{\"code\":1002,\"message\":\"policy-denied\""
	"},{\"code\":1003,\"message\":\"address-not-ram\"},{\"code\":1004,\"message\":\"not-"
	"capable\"},{\"code\":1005,\"message\":\"guest-not-ready\"},{\"code\":1006,\"messag"
	"e\":\"guest-not-running\"},{\"code\":1007,\"message\":\"busy\"},{\"code\":1008,\"mes"
	"sage\":\"journal-unavailable\"},{\"code\":1011,\"message\":\"invalid-record\"},{\""
	"code\":1012,\"message\":\"request-id-conflict\"},{\"code\":1015,\"message\":\"help"
	"er-error\"},{\"code\":1016,\"message\":\"layout-unknown\"},{\"code\":1020,\"messag"
	"e\":\"needs-confirmation\"}],\"examples\":[{\"name\":\"corrected\",\"params\":[{\"na"
	"me\":\"request_id\",\"value\":\"r1\"},{\"name\":\"domain\",\"value\":\"vm1\"},{\"name\":\""
	"gpa\",\"value\":\"0x48000000\"},{\"name\":\"wait\",\"value\":true}],\"result\":{\"name"
	"\":\"result\",\"value\":{\"id\":\"6f0b6f2a-5d2c-4c52-9a57-0f5d1d4a3f10\",\"state\":"
	"\"acknowledged\",\"final\":true,\"domain\":\"vm1\"}}}]},{\"name\":\"injection.get\","
	"\"summary\":\"One injection as it is now.\",\"paramStructure\":\"by-name\",\"x-ro"
	"le\":\"view\",\"x-mutating\":false,\"params\":[{\"name\":\"id\",\"description\":\"Id t"
	"hat injection.create answered.\",\"required\":true,\"schema\":{\"type\":\"string"
	"\",\"maxLength\":36,\"minLength\":1}}],\"result\":{\"name\":\"result\",\"schema\":{\"t"
	"ype\":\"object\",\"required\":[\"id\",\"state\",\"final\",\"domain\"],\"properties\":{\""
	"id\":{\"type\":\"string\"},\"request_id\":{\"type\":\"string\"},\"domain\":{\"type\":\"s"
	"tring\"},\"state\":{\"type\":\"string\",\"enum\":[\"intent\",\"written\",\"consumed\",\""
	"acknowledged\",\"refused\",\"lost\",\"unknown\"]},\"final\":{\"type\":\"boolean\"},\"d"
	"etail\":{\"type\":\"string\"},\"backend\":{\"type\":\"string\"},\"source\":{\"type\":\"i"
	"nteger\"},\"severity\":{\"type\":\"string\"},\"gpa\":{\"type\":\"string\"},\"tag\":{\"ty"
	"pe\":\"string\"},\"uid\":{\"type\":\"integer\"},\"record_bytes\":{\"type\":\"integer\"}"
	",\"created_ns\":{\"type\":\"integer\"},\"decided_ns\":{\"type\":\"integer\"},\"ack_ns"
	"\":{\"type\":\"integer\",\"description\":\"send to acknowledgement, nanoseconds;"
	" 0 = none\"}}}},\"errors\":[{\"code\":1013,\"message\":\"not-found\"}]},{\"name\":\""
	"injection.list\",\"summary\":\"Injections, newest first.\",\"paramStructure\":\""
	"by-name\",\"x-role\":\"view\",\"x-mutating\":false,\"params\":[{\"name\":\"domain\",\""
	"description\":\"Only those of this guest.\",\"required\":false,\"schema\":{\"typ"
	"e\":\"string\",\"maxLength\":63,\"minLength\":1}},{\"name\":\"limit\",\"description\""
	":\"At most so many (default 100).\",\"required\":false,\"schema\":{\"type\":\"int"
	"eger\",\"minimum\":1,\"maximum\":1000}}],\"result\":{\"name\":\"result\",\"schema\":{"
	"\"type\":\"object\",\"required\":[\"injections\"],\"properties\":{\"injections\":{\"t"
	"ype\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"id\",\"state\",\"final\",\""
	"domain\"],\"properties\":{\"id\":{\"type\":\"string\"},\"request_id\":{\"type\":\"stri"
	"ng\"},\"domain\":{\"type\":\"string\"},\"state\":{\"type\":\"string\",\"enum\":[\"intent"
	"\",\"written\",\"consumed\",\"acknowledged\",\"refused\",\"lost\",\"unknown\"]},\"fina"
	"l\":{\"type\":\"boolean\"},\"detail\":{\"type\":\"string\"},\"backend\":{\"type\":\"stri"
	"ng\"},\"source\":{\"type\":\"integer\"},\"severity\":{\"type\":\"string\"},\"gpa\":{\"ty"
	"pe\":\"string\"},\"tag\":{\"type\":\"string\"},\"uid\":{\"type\":\"integer\"},\"record_b"
	"ytes\":{\"type\":\"integer\"},\"created_ns\":{\"type\":\"integer\"},\"decided_ns\":{\""
	"type\":\"integer\"},\"ack_ns\":{\"type\":\"integer\",\"description\":\"send to ackno"
	"wledgement, nanoseconds; 0 = none\"}}}}}}},\"examples\":[{\"name\":\"newest\",\""
	"params\":[{\"name\":\"limit\",\"value\":10}],\"result\":{\"name\":\"result\",\"value\":"
	"{\"injections\":[]}}}]},{\"name\":\"record.decode\",\"summary\":\"A status block "
	"as JSON.\",\"paramStructure\":\"by-name\",\"x-role\":\"view\",\"x-mutating\":false,"
	"\"params\":[{\"name\":\"record_hex\",\"description\":\"The block in hex.\",\"requir"
	"ed\":true,\"schema\":{\"type\":\"string\",\"maxLength\":131072,\"minLength\":1}}],\""
	"result\":{\"name\":\"result\",\"schema\":{\"type\":\"object\"}},\"errors\":[{\"code\":1"
	"011,\"message\":\"invalid-record\"}]},{\"name\":\"record.encode\",\"summary\":\"JSO"
	"N as a status block.\",\"paramStructure\":\"by-name\",\"x-role\":\"view\",\"x-muta"
	"ting\":false,\"params\":[{\"name\":\"record\",\"description\":\"The neutral form t"
	"hat record.decode answers.\",\"required\":true,\"schema\":{\"type\":\"object\"}}]"
	",\"result\":{\"name\":\"result\",\"schema\":{\"type\":\"object\",\"required\":[\"record"
	"_hex\",\"length\"],\"properties\":{\"record_hex\":{\"type\":\"string\"},\"length\":{\""
	"type\":\"integer\",\"description\":\"bytes\"}}}},\"errors\":[{\"code\":1011,\"messag"
	"e\":\"invalid-record\"}]},{\"name\":\"rpc.discover\",\"summary\":\"This document.\""
	",\"paramStructure\":\"by-name\",\"x-role\":\"view\",\"x-mutating\":false,\"params\":"
	"[],\"result\":{\"name\":\"result\",\"schema\":{\"type\":\"object\"}}},{\"name\":\"rpc.p"
	"ing\",\"summary\":\"Is rasd there, and which role has the caller.\",\"paramStr"
	"ucture\":\"by-name\",\"x-role\":\"view\",\"x-mutating\":false,\"params\":[],\"result"
	"\":{\"name\":\"result\",\"schema\":{\"type\":\"object\",\"required\":[\"pong\",\"version"
	"\",\"role\"],\"properties\":{\"pong\":{\"type\":\"boolean\"},\"version\":{\"type\":\"str"
	"ing\"},\"now_ns\":{\"type\":\"integer\"},\"role\":{\"type\":\"string\"}}}},\"examples\""
	":[{\"name\":\"ping\",\"params\":[],\"result\":{\"name\":\"result\",\"value\":{\"pong\":t"
	"rue,\"version\":\"0.1.0\",\"role\":\"admin\"}}}]}]}"
	;
