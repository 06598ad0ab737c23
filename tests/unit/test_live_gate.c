// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The gate on a played guest, by the control socket: who may call what, [injector] sections,
 * limits, policy.check and dry runs. test_live_lever.c has the safety lever.
 */
#include "gate_env.h"

/* --- who --- */

struct role {
	const char *name;
	uid_t uid;
	gid_t gid;
	enum rpc_role role;
};

static const struct role roles[] = {
	{ "root", 0, 0, RPC_ADMIN },
	{ "admin", SOMEBODY, ADMIN_GID, RPC_ADMIN },
	{ "inject", SOMEBODY, INJECT_GID, RPC_INJECT },
	{ "view", SOMEBODY, VIEW_GID, RPC_VIEW },
	{ "nobody", SOMEBODY, OTHER_GID, RPC_NONE },
};

/* The role that the document says, for every method: no role too low ever reaches a handler. */
static void every_method_by_every_role(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(roles); i++) {
		be(roles[i].uid, roles[i].gid);
		for (size_t k = 0; k < rpc_n_methods; k++) {
			const struct rpc_method *m = &rpc_methods[k];
			/* Refused for its parameters where it is not refused for the role. */
			const char *answer = live_ask(m->name, "{'no_such':1}");
			bool refused = strstr(answer, "\"code\":1014");

			if (refused != (roles[i].role < m->role))
				fail_msg("%s: %s -> %s", roles[i].name, m->name, answer);
			assert_non_null(
				strstr(answer, refused ? "usermod -aG" : "\"code\":-32602"));
		}
	}
	assert_int_equal(live_os->n_injected, 0);
}

static struct conf_injector *add_section(const char *name, uint32_t id, bool is_user)
{
	struct conf_injector *in = &live.conf.roles.injector[live.conf.roles.n_injectors++];

	*in = (struct conf_injector){ .id = id, .is_user = is_user, .n_domains = 1 };
	snprintf(in->name, sizeof(in->name), "%s", name);
	snprintf(in->domains[0], sizeof(in->domains[0]), "vm*");
	in->max_severity = CONF_SEV_CORRECTED;
	return in;
}

/* A section lets in whoever it names, for what it says; who has one has no more than it says. */
static void sections_of_injectors(void **state)
{
	static const char *const member[][3] = {
		{ "rpc.ping", "{}", "'role':'inject'" },
		{ "policy.get", "{}", "'name':'group team','domains':['vm*']" },
		{ "injection.create", WAITED("a"), "'state':'acknowledged'" },
		{ "injection.create",
		  "{'request_id':'b','domain':'vm1','gpa':'0x40100000','severity':'recoverable'}",
		  "max-severity = corrected" },
		{ "domain.allow", "{'domain':'vm1','forward_label':true}", "'code':1014" },
		{ "domain.provision", "{'domain':'vm1'}", "'code':1014" },
	};
	struct conf_injector *team;

	(void)state;
	be(SOMEBODY, TEAM_GID);
	live_expect("injection.create", INJECT("0"), "'code':1014");
	team = add_section("group team", TEAM_GID, false);
	be(SOMEBODY, TEAM_GID);
	expect_all(member, ARRAY_LEN(member));
	/* the same answer as one of a batch */
	assert_non_null(
		strstr(live_ask_line("[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":"
				     "\"injection.create\",\"params\":{\"request_id\":\"c\","
				     "\"domain\":\"vm1\",\"gpa\":\"0x40100000\","
				     "\"severity\":\"recoverable\"}}]\n"),
		       "max-severity = corrected"));
	snprintf(team->domains[0], sizeof(team->domains[0]), "test-*");
	live_expect("injection.create", INJECT("d"), "does not cover vm1");
	/* Another section of the same person adds to it; one for a member of the group takes. */
	add_section("user somebody", SOMEBODY, true);
	live_expect("injection.create", WAITED("d"), "'state':'acknowledged'");
	be(SOMEBODY, INJECT_GID);
	live_expect("injection.create",
		    "{'request_id':'e','domain':'vm1','gpa':'0x40100000','severity':'recoverable'}",
		    "[injector user somebody]");
	be(SOMEBODY + 1, INJECT_GID);
	live_expect("injection.create",
		    "{'request_id':'e','domain':'vm1','gpa':'0x40100000','severity':'recoverable',"
		    "'wait':true}",
		    "'state':'acknowledged'");
}

/* By host address the guest is found first, and the answer is the same. */
static void sections_by_host_address(void **state)
{
	const char *at;
	char params[160], hpa[24];

	(void)state;
	live_until("address.translate", "{'domain':'vm1','gpa':'0x40100000'}", "'hpa':'0x");
	at = strstr(live_ask("address.translate", "{'domain':'vm1','gpa':'0x40100000'}"),
		    "\"hpa\":\"0x");
	assert_non_null(at);
	assert_int_equal(sscanf(at, "\"hpa\":\"%20[0-9a-fx]", hpa), 1);
	snprintf(add_section("group team", TEAM_GID, false)->domains[0], 64, "test-*");
	be(SOMEBODY, TEAM_GID);
	snprintf(params, sizeof(params), "{'request_id':'h','hpa':'%s'}", hpa);
	live_until("injection.create", params, "does not cover vm1");
	live.conf.roles.injector[0].domains[0][0] = '*';
	live.conf.roles.injector[0].domains[0][1] = '\0';
	snprintf(params, sizeof(params), "{'request_id':'h','hpa':'%s','wait':true}", hpa);
	live_until("injection.create", params, "'state':'acknowledged'");
}

static void a_section_has_a_rate(void **state)
{
	struct conf_injector *team = add_section("group team", TEAM_GID, false);

	(void)state;
	team->per_minute = 2;
	be(SOMEBODY, TEAM_GID);
	live_expect("injection.create", WAITED("a"), "'state':'acknowledged'");
	live_expect("injection.create", WAITED("b"), "'state':'acknowledged'");
	live_expect("injection.create", WAITED("c"), "'retry_after_ms':");
	live_expect("policy.check", "{'domain':'vm1'}", "'decided_by':'injector-per-minute'");
	/* Others have one of their own. */
	be(SOMEBODY + 1, TEAM_GID);
	live_expect("injection.create", WAITED("d"), "'state':'acknowledged'");
	team->per_minute = 0;
	be(SOMEBODY, TEAM_GID);
	live_expect("injection.create", WAITED("c"), "'state':'acknowledged'");
}

/* --- limits --- */

static void limits_are_counted_over_a_restart(void **state)
{
	FILE *f = fopen(conf_path, "ae");

	(void)state;
	assert_non_null(f);
	fprintf(f, "[limits]\nguest-per-minute = 1\nguest-burst = 2\n");
	assert_int_equal(fclose(f), 0);
	restart();
	live_expect("injection.create", WAITED("a"), "'state':'acknowledged'");
	live_expect("injection.create",
		    "{'request_id':'x','domain':'vm1','gpa':'0x40100000','dry_run':true}",
		    "'state':'dry-run'");
	live_expect("injection.create", WAITED("b"), "'state':'acknowledged'");
	live_expect("injection.create", WAITED("c"), "guest-per-minute in [limits]");
	/* The same request again is no injection more. */
	live_expect("injection.create", WAITED("b"), "'state':'acknowledged'");
	restart();
	live_expect("injection.create", WAITED("c"), "'reason':'rate-limited'");
	live.conf.limits.guest_per_minute = 0;
	live_expect("injection.create", WAITED("c"), "'state':'acknowledged'");
}

static void other_limits(void **state)
{
	struct conf_limits *l = &live.conf.limits;

	(void)state;
	l->host_per_minute = l->host_burst = 1;
	live_expect("injection.create", WAITED("h"), "'state':'acknowledged'");
	live_expect("injection.create", INJECT("a"), "host-per-minute in [limits]");
	l->host_per_minute = 0;
	l->max_severity = CONF_SEV_INFO;
	live_expect("injection.create", INJECT("a"), "this host allows no corrected injections");
	l->max_severity = CONF_SEV_FATAL;
	l->concurrent = 1;
	live_os->os = OS_SLEEPS;
	written("a");
	live_expect("injection.create", INJECT("b"), "'retry_after_ms':1000");
	guest_acknowledges();
	live_os->os = OS_ACKS;
	live_until("injection.create", WAITED("b"), "'state':'acknowledged'");
	/* This guest is one of the one that it may be. */
	l->guests_per_hour = 1;
	live_expect("injection.create", WAITED("c"), "'state':'acknowledged'");
}

/* --- asked, not done --- */

static void check_says_why(void **state)
{
	static const char *const ask[][3] = {
		{ "policy.check", "{'domain':'vm1','severity':'recoverable'}", "'allowed':true" },
		{ "policy.check", "{'domain':'vm1','severity':'fatal'}", "'decided_by':'grant'" },
		{ "policy.check", "{'domain':'vm1','severity':'fatal'}",
		  "'rule':'confirmation','verdict':'refuses'" },
		{ "policy.check", "{'domain':'vm1','severity':'fatal'}",
		  "rasctl allow vm1 --target-max-severity fatal" },
		{ "policy.check", "{'domain':'vm2'}", "'code':1001" },
		{ "policy.check", "{'domain':'vm1','uid':71100,'gids':[71005]}",
		  "'decided_by':'injector'" },
		{ "policy.check", "{'domain':'vm1','uid':71100,'gids':[71002]}", "'allowed':true" },
		{ "policy.check", "{'domain':'vm1','uid':71100,'gids':['x']}",
		  "'field':'gids[0]'" },
		{ "policy.get", "{}", "'limits':{'max_severity':'fatal','guest_per_minute':600" },
		/* by what the record does, not by what it says */
		{ "policy.check",
		  "{'domain':'vm1','severity':'corrected','sections':[{'kind':'mem','header':"
		  "{'error_severity':0,'flags':0},'section':{'fields':{'memory_error_type':2,"
		  "'physical_address':'0x40200000'}}}]}",
		  "'severity':'recoverable'" },
	};

	(void)state;
	expect_all(ask, ARRAY_LEN(ask));
	be(SOMEBODY, VIEW_GID);
	live_expect("policy.check", "{'domain':'vm1'}", "'decided_by':'injector'");
	live_expect("policy.check", "{'domain':'vm1','uid':0}", "'field':'uid'");
	assert_int_equal(live_os->n_injected, 0);
}

static void a_dry_run_shows_all(void **state)
{
#define DRY "{'request_id':'a','domain':'vm1','gpa':'0x40100000','dry_run':true}"
	static const char *const ask[][3] = {
		{ "injection.create", DRY, "'state':'dry-run','final':true" },
		{ "injection.create", DRY, "'record_hex':'" },
		{ "injection.create", DRY, "'physical_address':" },
		{ "injection.create", DRY, "'policy':{'allowed':true" },
		{ "injection.list", "{}", "{'injections':[]}" },
	};

	(void)state;
	expect_all(ask, ARRAY_LEN(ask));
	assert_null(strstr(live_ask("injection.create", DRY), "\"id\":\""));
	assert_int_equal(live_os->n_injected, 0);
	live_expect("injection.create", WAITED("a"), "'state':'acknowledged'");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, gate_setup, live_teardown)
	const struct CMUnitTest tests[] = {
		T(every_method_by_every_role),
		T(sections_of_injectors),
		T(sections_by_host_address),
		T(a_section_has_a_rate),
		T(limits_are_counted_over_a_restart),
		T(other_limits),
		T(check_says_why),
		T(a_dry_run_shows_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
