// SPDX-License-Identifier: LGPL-2.1-or-later
/* Made by tools/rpcgen.py from proto/ras-rpc.json: do not edit. */
#include "control/handlers.h"

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
	{ "domain.allow", rpc_domain_allow, RPC_ADMIN, true, params_domain_allow, 5 },
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
	"e\":\"object\"}},\"libvirt\":{\"type\":\"object\",\"description\":\"The connection t"
	"o libvirt: uri, connected, version, read_only, reason, hint.\"}}}},\"examp"
	"les\":[{\"name\":\"list\",\"params\":[],\"result\":{\"name\":\"result\",\"value\":{\"dom"
	"ains\":[]}}}]},{\"name\":\"domain.explain\",\"summary\":\"One guest: can it take"
	" a record now, by which backend, and if not why and what to change.\",\"pa"
	"ramStructure\":\"by-name\",\"x-role\":\"view\",\"x-mutating\":false,\"params\":[{\"n"
	"ame\":\"domain\",\"description\":\"Name of the guest.\",\"required\":true,\"schema"
	"\":{\"type\":\"string\",\"maxLength\":63,\"minLength\":1}}],\"result\":{\"name\":\"res"
	"ult\",\"schema\":{\"type\":\"object\"}},\"errors\":[{\"code\":1001,\"message\":\"no-su"
	"ch-domain\"}],\"examples\":[{\"name\":\"explain\",\"params\":[{\"name\":\"domain\",\"v"
	"alue\":\"vm1\"}],\"result\":{\"name\":\"result\",\"value\":{\"name\":\"vm1\"}}}]},{\"nam"
	"e\":\"domain.allow\",\"summary\":\"Set what is allowed to be done to a domain "
	"of libvirt, in its metadata.\",\"paramStructure\":\"by-name\",\"x-role\":\"admin"
	"\",\"x-mutating\":true,\"params\":[{\"name\":\"domain\",\"description\":\"Name of th"
	"e guest.\",\"required\":true,\"schema\":{\"type\":\"string\",\"maxLength\":63,\"minL"
	"ength\":1}},{\"name\":\"target_max_severity\",\"description\":\"The worst that a"
	"n operator may inject; as it is where absent.\",\"required\":false,\"schema\""
	":{\"type\":\"string\",\"maxLength\":16,\"minLength\":1,\"enum\":[\"none\",\"info\",\"co"
	"rrected\",\"recoverable\",\"fatal\"]}},{\"name\":\"forward_corrected\",\"descripti"
	"on\":\"Whether real corrected errors of the host are forwarded; as it is w"
	"here absent.\",\"required\":false,\"schema\":{\"type\":\"boolean\"}},{\"name\":\"for"
	"ward_uncorrected\",\"description\":\"Whether real uncorrected errors of the "
	"host are forwarded; as it is where absent.\",\"required\":false,\"schema\":{\""
	"type\":\"boolean\"}},{\"name\":\"dry_run\",\"description\":\"All checks, nothing c"
	"hanged.\",\"required\":false,\"schema\":{\"type\":\"boolean\"}}],\"result\":{\"name\""
	":\"result\",\"schema\":{\"type\":\"object\",\"required\":[\"domain\",\"before\",\"after"
	"\",\"dry_run\"],\"properties\":{\"domain\":{\"type\":\"string\"},\"before\":{\"type\":\""
	"object\"},\"after\":{\"type\":\"object\"},\"dry_run\":{\"type\":\"boolean\"}}}},\"erro"
	"rs\":[{\"code\":1001,\"message\":\"no-such-domain\"},{\"code\":1004,\"message\":\"no"
	"t-capable\"},{\"code\":1009,\"message\":\"monitor-error\"},{\"code\":1014,\"messag"
	"e\":\"permission\"},{\"code\":1018,\"message\":\"config\"}],\"examples\":[{\"name\":\""
	"allow\",\"params\":[{\"name\":\"domain\",\"value\":\"vm1\"},{\"name\":\"target_max_sev"
	"erity\",\"value\":\"recoverable\"}],\"result\":{\"name\":\"result\",\"value\":{\"domai"
	"n\":\"vm1\",\"before\":{\"target_max_severity\":\"none\",\"forward_corrected\":fals"
	"e,\"forward_uncorrected\":false},\"after\":{\"target_max_severity\":\"recoverab"
	"le\",\"forward_corrected\":false,\"forward_uncorrected\":false},\"dry_run\":fal"
	"se}}}]},{\"name\":\"injection.create\",\"summary\":\"Inject one error record in"
	"to a guest.\",\"paramStructure\":\"by-name\",\"x-role\":\"inject\",\"x-mutating\":t"
	"rue,\"params\":[{\"name\":\"request_id\",\"description\":\"Idempotency key of the"
	" caller: the same key and parameters give the stored injection.\",\"requir"
	"ed\":true,\"schema\":{\"type\":\"string\",\"maxLength\":63,\"minLength\":1}},{\"name"
	"\":\"domain\",\"description\":\"Name of the guest.\",\"required\":true,\"schema\":{"
	"\"type\":\"string\",\"maxLength\":63,\"minLength\":1}},{\"name\":\"gpa\",\"descriptio"
	"n\":\"Guest physical address of the memory error.\",\"required\":false,\"schem"
	"a\":{\"type\":[\"string\",\"integer\"],\"x-c-type\":\"hex64\"}},{\"name\":\"severity\","
	"\"description\":\"Severity of the memory error, and of sections that do not"
	" tell theirs (default corrected). The grant and confirm count for the wo"
	"rst of block and sections.\",\"required\":false,\"schema\":{\"type\":\"string\",\""
	"maxLength\":16,\"minLength\":1,\"enum\":[\"info\",\"corrected\",\"recoverable\",\"fa"
	"tal\"]}},{\"name\":\"tag\",\"description\":\"FRU text of the record (default ras"
	"d).\",\"required\":false,\"schema\":{\"type\":\"string\",\"maxLength\":20,\"minLengt"
	"h\":1,\"pattern\":\"^[ -~]*$\"}},{\"name\":\"fru_id\",\"description\":\"own (default"
	": the injection's id), none, keep, or a UUID; an entry that has one is n"
	"ever changed.\",\"required\":false,\"schema\":{\"type\":\"string\",\"maxLength\":36"
	",\"minLength\":1}},{\"name\":\"sections\",\"description\":\"Instead of gpa: the s"
	"ections of one block, each an entry of the neutral JSON form that record"
	".decode shows: kind, header {error_severity, flags, fru_id, fru_text, ti"
	"mestamp, ...} (may be missing), section {fields {...}, error_info, conte"
	"xt_info, ...}. A field that is given is valid. Every field is checked; a"
	"ddresses that Linux acts on must be RAM, processor sections must fit the"
	" guest's architecture. Kind unknown (a vendor's section_type with data):"
	" role admin.\",\"required\":false,\"schema\":{\"type\":\"array\",\"minItems\":1,\"ma"
	"xItems\":16,\"items\":{\"type\":\"object\"}}},{\"name\":\"block\",\"description\":\"Wi"
	"th sections: members of the block itself, as record.decode shows them (b"
	"lock_status, raw_data, ...).\",\"required\":false,\"schema\":{\"type\":\"object\""
	"}},{\"name\":\"record_hex\",\"description\":\"A whole status block in hex inste"
	"ad of gpa and severity; role admin. Its addresses are not checked.\",\"req"
	"uired\":false,\"schema\":{\"type\":\"string\",\"maxLength\":8192,\"minLength\":1}},"
	"{\"name\":\"malformed\",\"description\":\"With record_hex: the record may be in"
	"valid, but none is sent that is known to wedge, hang or panic a guest by"
	" accident or to print its memory.\",\"required\":false,\"schema\":{\"type\":\"bo"
	"olean\"}},{\"name\":\"wait\",\"description\":\"Answer when the state is final, a"
	"t the latest after timeout_ms.\",\"required\":false,\"schema\":{\"type\":\"boole"
	"an\"}},{\"name\":\"timeout_ms\",\"description\":\"Milliseconds to get sent and, "
	"with wait, decided (default 10000).\",\"required\":false,\"schema\":{\"type\":\""
	"integer\",\"minimum\":1,\"maximum\":600000}},{\"name\":\"dry_run\",\"description\":"
	"\"All checks, nothing journalled or sent.\",\"required\":false,\"schema\":{\"ty"
	"pe\":\"boolean\"}},{\"name\":\"confirm\",\"description\":\"Needed for severity fat"
	"al.\",\"required\":false,\"schema\":{\"type\":\"boolean\"}}],\"result\":{\"name\":\"re"
	"sult\",\"schema\":{\"type\":\"object\",\"required\":[\"id\",\"state\",\"final\",\"domain"
	"\"],\"properties\":{\"id\":{\"type\":\"string\"},\"request_id\":{\"type\":\"string\"},\""
	"domain\":{\"type\":\"string\"},\"state\":{\"type\":\"string\",\"enum\":[\"intent\",\"wri"
	"tten\",\"consumed\",\"acknowledged\",\"refused\",\"lost\",\"unknown\"]},\"final\":{\"t"
	"ype\":\"boolean\"},\"detail\":{\"type\":\"string\"},\"backend\":{\"type\":\"string\"},\""
	"source\":{\"type\":\"integer\"},\"severity\":{\"type\":\"string\"},\"gpa\":{\"type\":\"s"
	"tring\"},\"tag\":{\"type\":\"string\"},\"uid\":{\"type\":\"integer\"},\"record_bytes\":"
	"{\"type\":\"integer\"},\"created_ns\":{\"type\":\"integer\"},\"decided_ns\":{\"type\":"
	"\"integer\"},\"ack_ns\":{\"type\":\"integer\",\"description\":\"send to acknowledge"
	"ment, nanoseconds; 0 = none\"}}}},\"errors\":[{\"code\":1001,\"message\":\"no-su"
	"ch-domain\"},{\"code\":1002,\"message\":\"policy-denied\"},{\"code\":1003,\"messag"
	"e\":\"address-not-ram\"},{\"code\":1004,\"message\":\"not-capable\"},{\"code\":1005"
	",\"message\":\"guest-not-ready\"},{\"code\":1006,\"message\":\"guest-not-running\""
	"},{\"code\":1007,\"message\":\"busy\"},{\"code\":1008,\"message\":\"journal-unavail"
	"able\"},{\"code\":1011,\"message\":\"invalid-record\"},{\"code\":1012,\"message\":\""
	"request-id-conflict\"},{\"code\":1015,\"message\":\"helper-error\"},{\"code\":101"
	"6,\"message\":\"layout-unknown\"},{\"code\":1020,\"message\":\"needs-confirmation"
	"\"}],\"examples\":[{\"name\":\"corrected\",\"params\":[{\"name\":\"request_id\",\"valu"
	"e\":\"r1\"},{\"name\":\"domain\",\"value\":\"vm1\"},{\"name\":\"gpa\",\"value\":\"0x480000"
	"00\"},{\"name\":\"wait\",\"value\":true}],\"result\":{\"name\":\"result\",\"value\":{\"i"
	"d\":\"6f0b6f2a-5d2c-4c52-9a57-0f5d1d4a3f10\",\"state\":\"acknowledged\",\"final\""
	":true,\"domain\":\"vm1\"}}},{\"name\":\"sections\",\"params\":[{\"name\":\"request_id"
	"\",\"value\":\"r2\"},{\"name\":\"domain\",\"value\":\"vm1\"},{\"name\":\"severity\",\"valu"
	"e\":\"recoverable\"},{\"name\":\"sections\",\"value\":[{\"kind\":\"proc_arm\",\"sectio"
	"n\":{\"fields\":{\"mpidr_el1\":\"0x80000001\",\"running_state\":1,\"psci_state\":0}"
	",\"error_info\":[{\"fields\":{\"type\":2,\"error_information\":\"0x91000f\",\"physi"
	"cal_fault_address\":\"0x48000000\"}}]}}]}],\"result\":{\"name\":\"result\",\"value"
	"\":{\"id\":\"6f0b6f2a-5d2c-4c52-9a57-0f5d1d4a3f11\",\"state\":\"written\",\"final\""
	":false,\"domain\":\"vm1\"}}}]},{\"name\":\"injection.get\",\"summary\":\"One inject"
	"ion as it is now.\",\"paramStructure\":\"by-name\",\"x-role\":\"view\",\"x-mutatin"
	"g\":false,\"params\":[{\"name\":\"id\",\"description\":\"Id that injection.create "
	"answered.\",\"required\":true,\"schema\":{\"type\":\"string\",\"maxLength\":36,\"min"
	"Length\":1}}],\"result\":{\"name\":\"result\",\"schema\":{\"type\":\"object\",\"requir"
	"ed\":[\"id\",\"state\",\"final\",\"domain\"],\"properties\":{\"id\":{\"type\":\"string\"}"
	",\"request_id\":{\"type\":\"string\"},\"domain\":{\"type\":\"string\"},\"state\":{\"typ"
	"e\":\"string\",\"enum\":[\"intent\",\"written\",\"consumed\",\"acknowledged\",\"refuse"
	"d\",\"lost\",\"unknown\"]},\"final\":{\"type\":\"boolean\"},\"detail\":{\"type\":\"strin"
	"g\"},\"backend\":{\"type\":\"string\"},\"source\":{\"type\":\"integer\"},\"severity\":{"
	"\"type\":\"string\"},\"gpa\":{\"type\":\"string\"},\"tag\":{\"type\":\"string\"},\"uid\":{"
	"\"type\":\"integer\"},\"record_bytes\":{\"type\":\"integer\"},\"created_ns\":{\"type\""
	":\"integer\"},\"decided_ns\":{\"type\":\"integer\"},\"ack_ns\":{\"type\":\"integer\",\""
	"description\":\"send to acknowledgement, nanoseconds; 0 = none\"}}}},\"error"
	"s\":[{\"code\":1013,\"message\":\"not-found\"}]},{\"name\":\"injection.list\",\"summ"
	"ary\":\"Injections, newest first.\",\"paramStructure\":\"by-name\",\"x-role\":\"vi"
	"ew\",\"x-mutating\":false,\"params\":[{\"name\":\"domain\",\"description\":\"Only th"
	"ose of this guest.\",\"required\":false,\"schema\":{\"type\":\"string\",\"maxLengt"
	"h\":63,\"minLength\":1}},{\"name\":\"limit\",\"description\":\"At most so many (de"
	"fault 100).\",\"required\":false,\"schema\":{\"type\":\"integer\",\"minimum\":1,\"ma"
	"ximum\":1000}}],\"result\":{\"name\":\"result\",\"schema\":{\"type\":\"object\",\"requ"
	"ired\":[\"injections\"],\"properties\":{\"injections\":{\"type\":\"array\",\"items\":"
	"{\"type\":\"object\",\"required\":[\"id\",\"state\",\"final\",\"domain\"],\"properties\""
	":{\"id\":{\"type\":\"string\"},\"request_id\":{\"type\":\"string\"},\"domain\":{\"type\""
	":\"string\"},\"state\":{\"type\":\"string\",\"enum\":[\"intent\",\"written\",\"consumed"
	"\",\"acknowledged\",\"refused\",\"lost\",\"unknown\"]},\"final\":{\"type\":\"boolean\"}"
	",\"detail\":{\"type\":\"string\"},\"backend\":{\"type\":\"string\"},\"source\":{\"type\""
	":\"integer\"},\"severity\":{\"type\":\"string\"},\"gpa\":{\"type\":\"string\"},\"tag\":{"
	"\"type\":\"string\"},\"uid\":{\"type\":\"integer\"},\"record_bytes\":{\"type\":\"intege"
	"r\"},\"created_ns\":{\"type\":\"integer\"},\"decided_ns\":{\"type\":\"integer\"},\"ack"
	"_ns\":{\"type\":\"integer\",\"description\":\"send to acknowledgement, nanosecon"
	"ds; 0 = none\"}}}}}}},\"examples\":[{\"name\":\"newest\",\"params\":[{\"name\":\"lim"
	"it\",\"value\":10}],\"result\":{\"name\":\"result\",\"value\":{\"injections\":[]}}}]}"
	",{\"name\":\"record.decode\",\"summary\":\"A status block as JSON.\",\"paramStruc"
	"ture\":\"by-name\",\"x-role\":\"view\",\"x-mutating\":false,\"params\":[{\"name\":\"re"
	"cord_hex\",\"description\":\"The block in hex.\",\"required\":true,\"schema\":{\"t"
	"ype\":\"string\",\"maxLength\":131072,\"minLength\":1}}],\"result\":{\"name\":\"resu"
	"lt\",\"schema\":{\"type\":\"object\"}},\"errors\":[{\"code\":1011,\"message\":\"invali"
	"d-record\"}]},{\"name\":\"record.encode\",\"summary\":\"JSON as a status block.\""
	",\"paramStructure\":\"by-name\",\"x-role\":\"view\",\"x-mutating\":false,\"params\":"
	"[{\"name\":\"record\",\"description\":\"The neutral form that record.decode ans"
	"wers.\",\"required\":true,\"schema\":{\"type\":\"object\"}}],\"result\":{\"name\":\"re"
	"sult\",\"schema\":{\"type\":\"object\",\"required\":[\"record_hex\",\"length\"],\"prop"
	"erties\":{\"record_hex\":{\"type\":\"string\"},\"length\":{\"type\":\"integer\",\"desc"
	"ription\":\"bytes\"}}}},\"errors\":[{\"code\":1011,\"message\":\"invalid-record\"}]"
	"},{\"name\":\"rpc.discover\",\"summary\":\"This document.\",\"paramStructure\":\"by"
	"-name\",\"x-role\":\"view\",\"x-mutating\":false,\"params\":[],\"result\":{\"name\":\""
	"result\",\"schema\":{\"type\":\"object\"}}},{\"name\":\"rpc.ping\",\"summary\":\"Is ra"
	"sd there, and which role has the caller.\",\"paramStructure\":\"by-name\",\"x-"
	"role\":\"view\",\"x-mutating\":false,\"params\":[],\"result\":{\"name\":\"result\",\"s"
	"chema\":{\"type\":\"object\",\"required\":[\"pong\",\"version\",\"role\"],\"properties"
	"\":{\"pong\":{\"type\":\"boolean\"},\"version\":{\"type\":\"string\"},\"now_ns\":{\"type"
	"\":\"integer\"},\"role\":{\"type\":\"string\"}}}},\"examples\":[{\"name\":\"ping\",\"par"
	"ams\":[],\"result\":{\"name\":\"result\",\"value\":{\"pong\":true,\"version\":\"0.1.0\""
	",\"role\":\"admin\"}}}]}]}"
	;
