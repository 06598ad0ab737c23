// SPDX-License-Identifier: LGPL-2.1-or-later
/* The methods of the control socket on a played guest: see live_env.h. */
#include "live_env.h"

struct question {
	const char *method, *params, *want; /* ' for " */
};

static void ask_all(const struct question *q, size_t n)
{
	for (size_t i = 0; i < n; i++)
		live_expect(q[i].method, q[i].params, q[i].want);
}

#define BAD(m, p, field)                    \
	{                                   \
		m, p, "'field':'" field "'" \
	}

static void a_guest_is_shown(void **state)
{
	static const struct question q[] = {
		{ "rpc.ping", "{}", "'role':'admin'" },
		{ "rpc.discover", "{}", "'injection.create'" },
		{ "domain.explain", "{'domain':'vm1'}", "'qemu_version':'11.1.3'" },
		{ "domain.explain", "{'domain':'vm1'}", "'block':'0x0000000040001000'" },
		{ "domain.explain", "{'domain':'vm1'}", "'bytes':67108864" },
		{ "domain.list", "{}", "'complete':true" },
		{ "domain.list", "{}", "'target_max_severity':'recoverable'" },
		{ "domain.explain", "{'domain':'vm2'}", "'code':1001" },
		{ "domain.allow", "{'domain':'vm2','forward_corrected':true}", "'code':1001" },
		{ "domain.allow", "{'domain':'vm1','forward_corrected':true}", "'code':1004" },
	};

	(void)state;
	ask_all(q, ARRAY_LEN(q));
}

static void a_record_is_acknowledged(void **state)
{
	static const struct question q[] = {
		{ "injection.create",
		  "{'request_id':'a','domain':'vm1','gpa':'0x40100000','tag':'t','wait':true}",
		  "'state':'acknowledged'" },
		/* the same again is the stored row, another with its id is an error */
		{ "injection.create",
		  "{'request_id':'a','domain':'vm1','gpa':'0x40100000','tag':'t','wait':true}",
		  "'state':'acknowledged'" },
		{ "injection.create", "{'request_id':'a','domain':'vm1','gpa':'0x40101000'}",
		  "'code':1012" },
		{ "injection.list", "{}", "'gpa':'0x40100000'" },
		{ "injection.list", "{'domain':'vm2'}", "{'injections':[]}" },
		{ "injection.create",
		  "{'request_id':'b','domain':'vm1','gpa':'0x40100000','severity':'recoverable',"
		  "'fru_id':'none','wait':true}",
		  "'state':'acknowledged'" },
	};

	(void)state;
	ask_all(q, ARRAY_LEN(q));
	live_until("domain.explain", "{'domain':'vm1'}", "'poisoned_pages':1");
	assert_int_equal(live_os->n_injected, 2);
}

static void wrong_parameters(void **state)
{
#define CREATE(more) "{'request_id':'r','domain':'vm1'," more "}"
	static const struct question q[] = {
		BAD("injection.create", CREATE("'gpa':'0x0','hpa':'0x0'"), "gpa"),
		BAD("injection.create", CREATE("'gpa':'0x0','malformed':true"), "malformed"),
		BAD("injection.create", CREATE("'gpa':'0x0','block':{}"), "block"),
		BAD("injection.create", CREATE("'gpa':'0x40100000','tag':'\\u0007'"), "tag"),
		BAD("injection.create", CREATE("'gpa':'0x40100000','fru_id':'x'"), "fru_id"),
		BAD("injection.create", CREATE("'record_hex':'0'"), "record_hex"),
		BAD("injection.create", CREATE("'sections':[1]"), "sections[0]"),
		BAD("injection.create",
		    CREATE("'sections':[{'kind':'mem','section':{'fields':"
			   "{'no_such':1}}}]"),
		    "sections[0].section.fields.no_such"),
		BAD("injection.create", CREATE("'timeout_ms':0,'gpa':'0x0'"), "timeout_ms"),
		{ "injection.create", "{'request_id':'r','domain':'vm2','gpa':'0x0'}",
		  "'code':1001" },
		{ "injection.create", CREATE("'gpa':'0x0'"), "'code':1003" },
		{ "injection.create", CREATE("'gpa':'0x40100000','severity':'fatal'"),
		  "'code':1002" },
		{ "injection.create", CREATE("'record_hex':'00'"), "'code':1011" },
		BAD("injection.get", "{'id':'x'}", "id"),
		{ "injection.get", "{'id':'00000000-0000-4000-8000-000000000000'}", "'error'" },
		BAD("injection.resolve", "{'id':'x','state':'lost','reason':'r'}", "id"),
		BAD("injection.resolve",
		    "{'id':'00000000-0000-4000-8000-000000000000','state':'lost','reason':"
		    "'\\u0007'}",
		    "reason"),
		BAD("address.translate", "{'hpa':'0x0','domain':'vm1'}", "hpa"),
		BAD("address.translate", "{'gpa':'0x0'}", "domain"),
		BAD("address.owners", "{'from':'0x0'}", "to"),
		BAD("address.owners", "{'from':'0x2000','to':'0x2000'}", "to"),
		BAD("address.owners", "{'from':'0x0','to':'0xffffffffffffffff'}", "to"),
		{ "address.translate", "{'gpa':'0x0','domain':'vm2'}", "'code':1001" },
		{ "address.translate", "{'gpa':'0x0','domain':'vm1'}", "'code':1003" },
		{ "record.encode", "{'record':{'entries':[{'kind':'mem'}]}}", "'error'" },
		{ "record.decode", "{'record_hex':'0g'}", "'error'" },
		{ "record.decode", "{'record_hex':'00'}", "'error'" },
		{ "record.decode",
		  "{'record_hex':'0000000000000000000000000000000000000000000000000000'}",
		  "NOT_A_RECORD" },
	};

	(void)state;
	ask_all(q, ARRAY_LEN(q));
	assert_int_equal(live_os->n_injected, 0);
}

static void records_of_the_caller(void **state)
{
#define SECTIONS                                                                            \
	"'sections':[{'kind':'mem','header':{},'section':{'fields':{'memory_error_type':2," \
	"'physical_address':'0x40200000'}}}]"
	static const struct question q[] = {
		{ "injection.create",
		  CREATE("'gpa':'0x40200000','severity':'recoverable','dry_run':true"),
		  "'effect':'page-offline'" },
		{ "injection.create", CREATE(SECTIONS ",'severity':'corrected','dry_run':true"),
		  "'effects':" },
		{ "injection.create", CREATE(SECTIONS ",'block':{},'wait':true"),
		  "'state':'acknowledged'" },
		{ "injection.create",
		  "{'request_id':'v','domain':'vm1','sections':[{'header':{'section_type':"
		  "'6d2e8d4c-51a2-4b47-a1d3-c0ffee5ec710'},'kind':'unknown','section':"
		  "{'data':'0001020304050607'}}],'wait':true}",
		  "'state':'acknowledged'" },
	};

	(void)state;
	ask_all(q, ARRAY_LEN(q));
	/* Who is no admin gives no raw bytes, and lets no backend crash a guest. */
	live_server->conns->role = RPC_INJECT;
	live_until("injection.create", CREATE("'record_hex':'00'"), "'code':1014");
	live_until("injection.create", CREATE("'gpa':'0x40200000','allow_crash':true"),
		   "'field':'allow_crash'");
	live_until("injection.create",
		   "{'request_id':'via','domain':'vm1','gpa':'0x40200000','backend':'hmp-mce'}",
		   "takes no machine checks");
	live_until("injection.create",
		   "{'request_id':'w','domain':'vm1','sections':[{'header':{'section_type':"
		   "'6d2e8d4c-51a2-4b47-a1d3-c0ffee5ec710'},'kind':'unknown','section':"
		   "{'data':'0001020304050607'}}]}",
		   "'field':'sections[0].header.section_type'");
}

/* Grant and confirm count what Linux does with a record, not only what it says. */
static void what_is_allowed(void **state)
{
#define ZERO_16 "00000000000000000000000000000000"
#define AER "'aer_info':'" ZERO_16 ZERO_16 ZERO_16 ZERO_16 ZERO_16 ZERO_16 "'"
#define PORT                                                                               \
	"{'port_type':4,'vendor_id':6966,'device_id':12,'class_code':394240,'function':0," \
	"'device':4,'segment':0,'bus':0,'secondary_bus':0,'slot':0," AER "}"
#define PCIE_RESET                                                              \
	"{'request_id':'p','domain':'vm1','sections':[{'kind':'pcie','header':" \
	"{'error_severity':2,'flags':4},'section':{'fields':" PORT "}}]}"
#define PAGE_FATAL "{'request_id':'f','domain':'vm1','gpa':'0x40100000','severity':'fatal'"
	static const struct {
		enum conf_severity limit;
		struct question q;
	} t[] = {
		{ CONF_SEV_RECOVERABLE,
		  { "injection.create", PCIE_RESET, "which counts as fatal" } },
		{ CONF_SEV_NONE,
		  { "injection.create", "{'request_id':'n','domain':'vm1','gpa':'0x40100000'}",
		    "'code':1002" } },
		{ CONF_SEV_FATAL, { "injection.create", PCIE_RESET, "with this record Linux" } },
		{ CONF_SEV_FATAL, { "injection.create", PAGE_FATAL "}", "'code':1020" } },
		{ CONF_SEV_FATAL,
		  { "injection.create", PAGE_FATAL ",'confirm':true,'dry_run':true}",
		    "'effect':'panic'" } },
		{ CONF_SEV_FATAL,
		  { "injection.create", PAGE_FATAL ",'confirm':true,'wait':true}",
		    "'state':'acknowledged'" } },
	};

	(void)state;
	assert_int_equal(live.conf.n_grants, 1);
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		live.conf.grant[0].target_max_severity = t[i].limit;
		ask_all(&t[i].q, 1);
	}
	assert_int_equal(live_os->n_injected, 1);
}

static void pages_move_with_a_guest(void **state)
{
#define PAGE(gpa) "{'gpa':'" gpa "','seen_ns':5,'origin':'other'}"
#define IMPORT(pages) "{'domain':'vm1','pages':[" pages "]}"
	static const struct question q[] = {
		{ "poison.import", "{'domain':'vm2','pages':[]}", "'code':1001" },
		{ "poison.import", IMPORT(PAGE("0x1000") "," PAGE("0x2000")), "'new':2" },
		{ "poison.import", IMPORT(PAGE("0x2000") "," PAGE("0x3000")), "'new':1" },
		{ "poison.import", "{'domain':'vm1','pages':[" PAGE("0x9000") "],'dry_run':true}",
		  "'new':1" },
		{ "poison.export", "{'domain':'vm1'}", "'gpa':'0x3000'" },
		{ "poison.export", "{'domain':'vm1','limit':1}", "'more':true" },
		{ "poison.export", "{'domain':'vm1','after':'0x3000'}", "'pages':[],'more':false" },
		{ "poison.export", "{'domain':'vm2'}", "'code':1001" },
		{ "domain.explain", "{'domain':'vm1'}", "'poisoned_pages':3" },
		BAD("poison.import", IMPORT("1"), "pages[0]"),
		BAD("poison.import", IMPORT("{'x':1}"), "pages[0].x"),
		BAD("poison.import", IMPORT("{'gpa':1.5}"), "pages[0].gpa"),
		BAD("poison.import", IMPORT(PAGE("0x1001")), "pages[0].gpa"),
		BAD("poison.import", IMPORT(PAGE("0x2000") "," PAGE("0x1000")), "pages[1].gpa"),
		BAD("poison.import", IMPORT("{'gpa':'0x1000','seen_ns':-1}"), "pages[0].seen_ns"),
		BAD("poison.import", IMPORT("{'gpa':'0x1000','seen_ns':1,'origin':''}"),
		    "pages[0].origin"),
		BAD("poison.import", IMPORT("{'gpa':'0x1000','seen_ns':1,'origin':'\\u0007'}"),
		    "pages[0].origin"),
	};

	(void)state;
	ask_all(q, ARRAY_LEN(q));
}

/* A watcher asks with the cursor of the answer before; nothing is kept for it. */
static void what_happens_is_followed(void **state)
{
	static const struct question q[] = {
		{ "event.list", "{}", "'events':[]" },
		{ "event.list", "{'domain':'vm1','limit':1000,'severity':['fatal']}",
		  "'events':[]" },
		{ "event.list", "{'cursor':'7'}", "'field':'cursor'" },
		{ "injection.list", "{'cursor':'7'}", "'field':'cursor'" },
		{ "injection.list", "{'state':['lost','alive']}", "'field':'state[1]'" },
		{ "source.list", "{}", "'sources':[" },
		{ "event.subscribe",
		  "{'cursor':'00000000-0000-0000-0000-000000000000:0',"
		  "'wait_ms':0}",
		  "'rebooted':true" },
		{ "event.subscribe",
		  "{'cursor':'00000000-0000-0000-0000-000000000000:99999',"
		  "'wait_ms':0}",
		  "'gap':true" },
		BAD("event.subscribe", "{'cursor':'17'}", "cursor"),
		BAD("event.subscribe", "{'cursor':'a:b'}", "cursor"),
		BAD("event.subscribe", "{'wait_ms':30001}", "wait_ms"),
		BAD("event.list", "{'before':0}", "before"),
	};
	char cursor[80], params[160];
	const char *text;

	(void)state;
	ask_all(q, ARRAY_LEN(q));
	text = live_expect("event.subscribe", "{}", "'events':[],'cursor':'");
	assert_int_equal(sscanf(strstr(text, "\"cursor\""), "\"cursor\":\"%79[0-9a-f:-]", cursor),
			 1);
	snprintf(params, sizeof(params), "{'cursor':'%s','wait_ms':0}", cursor);
	live_expect("event.subscribe", params, "'events':[],");
	live_expect("injection.create",
		    "{'request_id':'watched','domain':'vm1','gpa':'0x40100000','wait':true}",
		    "'state':'acknowledged'");
	live_until("event.subscribe", params, "'state':'acknowledged'");
	snprintf(params, sizeof(params), "{'cursor':'%s','wait_ms':30000}", cursor);
	live_expect("event.subscribe", params,
		    "'state':'intent'"); /* at once: there is something */
}

static void records_are_translated(void **state)
{
	const char *text;
	char hex[4096], params[8192];

	(void)state;
	text = live_expect("record.encode",
			   "{'record':{'block':{},'entries':[{'kind':'mem','header':"
			   "{'error_severity':2},'section':{'fields':{'memory_error_type':2}}}]}}",
			   "'record_hex':");
	assert_int_equal(
		sscanf(strstr(text, "\"record_hex\""), "\"record_hex\":\"%4095[0-9a-f]", hex), 1);
	snprintf(params, sizeof(params), "{'record_hex':'%s'}", hex);
	live_expect("record.decode", params, "'kind':'mem'");
	snprintf(params, sizeof(params),
		 "{'request_id':'h','domain':'vm1','record_hex':'%s','wait':true}", hex);
	live_until("injection.create", params, "'state':'acknowledged'");
}

static int n_refused, n_any;

static void on_any(void *arg, const struct journal_row *row, const struct ras_err *err)
{
	(void)arg;
	assert_null(row);
	assert_non_null(err);
	n_any++;
}

static void on_refused(void *arg, const struct journal_row *row, const struct ras_err *err)
{
	(void)arg;
	assert_null(row);
	assert_int_equal(err->code, RAS_E_RECORD);
	n_refused++;
}

/* Of another room than control, which has its own limit. */
static void a_record_that_is_too_long(void **state)
{
	static const uint8_t bytes[JOURNAL_MAX_RECORD + 1];
	const struct inject_request rq = { .domain = "vm1",
					   .request_id = "long",
					   .params_digest = "",
					   .record = bytes,
					   .record_len = sizeof(bytes),
					   .timeout_ms = 1000 };

	(void)state;
	n_refused = 0;
	injector_create(live.injector, &rq, on_refused, NULL);
	env_until(base, &n_refused, 1);
	forward_inject(live.forward, &rq, (struct hpa){ 0x1000 }, on_any, NULL);
	env_until(base, &n_any, 1);
	assert_int_equal(live_os->n_injected, 0);
}

/* rasd-pagemap has another configuration: explain and list say the same, and how to mend it. */
static void the_helper_refuses(void **state)
{
	static const char *const want[] = { "'ready':'no'", "'available':false",
					    "is not a configured QEMU user",
					    "qemu-user = 64055 to [guests]" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		live_until("domain.list", "{}", want[i]);
		live_expect("domain.explain", "{'domain':'vm1'}", want[i]);
	}
	live_expect("injection.create", "{'request_id':'r','domain':'vm1','gpa':'0x40100000'}",
		    "is not a configured QEMU user");
}

static void forget_users(struct conf *c)
{
	c->n_qemu_uids = 0; /* rasd takes any user then */
}

static int setup_other_user(void **state)
{
	helper_qemu_user = 1;
	live_change = forget_users;
	return live_setup(state);
}

static int teardown_other_user(void **state)
{
	helper_qemu_user = UID;
	live_change = NULL;
	return live_teardown(state);
}

/* What is listed is what the next injection will meet. */
static void ready_once_it_was_looked_at(void **state)
{
	(void)state;
	live_until("domain.list", "{}", "'ready':'yes','backend':'qemu-ghes'");
	live_expect("domain.explain", "{'domain':'vm1'}", "'ready':'yes'");
	assert_int_equal(live_os->n_injected, 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, live_setup, live_teardown)
	const struct CMUnitTest tests[] = {
		T(a_guest_is_shown),
		T(a_record_is_acknowledged),
		T(wrong_parameters),
		T(records_of_the_caller),
		T(pages_move_with_a_guest),
		T(what_happens_is_followed),
		T(records_are_translated),
		T(what_is_allowed),
		T(a_record_that_is_too_long),
		T(ready_once_it_was_looked_at),
		cmocka_unit_test_setup_teardown(the_helper_refuses, setup_other_user,
						teardown_other_user),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
