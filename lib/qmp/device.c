// SPDX-License-Identifier: LGPL-2.1-or-later
#include "qmp/device.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "qmp/cmds.h"
#include "qmp/send.h"
#include "qmp/text.h"

#define DEVICES "/machine/peripheral"

int qmp_cmd_list_devices(struct monitor *m, qmp_reply_fn fn, void *arg, struct ras_err *err)
{
	_json_ json_object *args = json_object_new_object();

	if (!qmp_add_str(args, "path", DEVICES))
		return ras_fail(err, RAS_E_NOMEM, "no memory for qom-list");
	return m->ops->exec(m, "qom-list", TAKE(args), MONITOR_QUERY, QMP_CMD_TIMEOUT_MS, fn, arg,
			    err);
}

/* As QEMU's id_wellformed() has it. */
static bool is_id(const char *s)
{
	size_t n = strlen(s);

	if (n >= QMP_ID_SIZE || !isascii(s[0]) || !isalpha((unsigned char)s[0]))
		return false;
	return strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._") == n;
}

/* The type in "child<TYPE>". */
static bool child_type(const char *s, char *out, size_t size)
{
	size_t n = strlen(s);

	if (strncmp(s, "child<", 6) != 0 || s[n - 1] != '>' || n - 7 >= size)
		return false;
	memcpy(out, s + 6, n - 7);
	out[n - 7] = '\0';
	return true;
}

int qmp_parse_devices(json_object *ret, void (*fn)(void *arg, const char *id, const char *type),
		      void *arg, struct ras_err *err)
{
	if (!json_object_is_type(ret, json_type_array))
		return qmp_odd(err, "qom-list");
	for (size_t i = 0; i < json_object_array_length(ret); i++) {
		json_object *o = json_object_array_get_idx(ret, i);
		const char *id, *type;
		char name[64];

		if (!json_object_is_type(o, json_type_object) ||
		    json_get_str(o, "name", &id, NULL) < 0 ||
		    json_get_str(o, "type", &type, NULL) < 0)
			return qmp_odd(err, "qom-list");
		if (is_id(id) && child_type(type, name, sizeof(name)))
			fn(arg, id, name);
	}
	return 0;
}

int qmp_cmd_device_get(struct monitor *m, const char *id, const char *property, qmp_reply_fn fn,
		       void *arg, struct ras_err *err)
{
	char path[QMP_DEVICE_PATH_SIZE];

	snprintf(path, sizeof(path), "%s/%s", DEVICES, id);
	return qmp_cmd_qom_get(m, path, property, fn, arg, err);
}

int qmp_parse_u64(json_object *ret, uint64_t *out, struct ras_err *err)
{
	if (!json_object_is_type(ret, json_type_int) || json_object_get_int64(ret) < 0)
		return qmp_odd(err, "qom-get");
	*out = json_object_get_uint64(ret);
	return 0;
}

int qmp_cmd_read_words(struct monitor *m, uint64_t gpa, size_t n, enum monitor_kind kind,
		       qmp_reply_fn fn, void *arg, struct ras_err *err)
{
	char line[64];

	snprintf(line, sizeof(line), "xp /%zuxw 0x%" PRIx64, n, gpa);
	return qmp_send_line(m, line, kind, fn, arg, err);
}

/* "ADDRESS: 0xWORD 0xWORD 0xWORD 0xWORD", and nothing else. */
static bool four_words(struct span line, uint64_t gpa, uint32_t *out)
{
	struct span word;
	uint64_t v;

	if (!text_hex(&line, &v) || v != gpa || !text_skip(&line, ":"))
		return false;
	for (size_t i = 0; i < 4; i++) {
		if (!text_word(&line, &word) || word.len != 10 || !text_skip(&word, "0x") ||
		    !text_hex(&word, &v) || word.len)
			return false;
		out[i] = (uint32_t)v;
	}
	return !text_word(&line, &word);
}

int qmp_parse_words(json_object *ret, uint64_t gpa, size_t n, uint32_t *out, struct ras_err *err)
{
	uint32_t got[QMP_WORDS_MAX];
	struct span text, line;
	const char *p;
	size_t len;

	if (qmp_parse_text(ret, &p, &len, err) < 0)
		return -RAS_E_MONITOR;
	text = (struct span){ p, len };
	for (size_t i = 0; i < n; i += 4)
		if (i + 4 > QMP_WORDS_MAX || !text_line(&text, &line) ||
		    !four_words(line, gpa + 4 * i, got + i))
			return ras_fail(err, RAS_E_MONITOR, "QEMU cannot read 0x%" PRIx64, gpa);
	while (text_line(&text, &line))
		if (text_word(&line, &(struct span){ 0 }))
			return qmp_odd(err, "xp");
	memcpy(out, got, n * sizeof(*out));
	return 0;
}

int qmp_cmd_aer(struct monitor *m, const struct qmp_aer *a, qmp_reply_fn fn, void *arg,
		struct ras_err *err)
{
	char line[192], header[64] = "";

	if (!is_id(a->id))
		return ras_fail(err, RAS_E_INTERNAL, "that is no id of a device");
	if (a->has_header)
		snprintf(header, sizeof(header), " 0x%x 0x%x 0x%x 0x%x", a->header[0], a->header[1],
			 a->header[2], a->header[3]);
	snprintf(line, sizeof(line), "pcie_aer_inject_error %s%s 0x%x%s",
		 a->correctable ? "-c " : "", a->id, a->status, header);
	return qmp_send_line(m, line, MONITOR_CHANGE, fn, arg, err);
}

/* "OK id: ID root bus: PATH, bus: B devfn: D.F" */
static bool took_it(struct span text, const char *id, uint16_t bdf)
{
	uint64_t bus, device, function;
	struct span line, word;

	if (!text_line(&text, &line) || !text_skip(&line, "OK id: ") || !text_skip(&line, id) ||
	    !text_skip(&line, " root bus: ") || !text_word(&line, &word) ||
	    !text_skip(&line, " bus: ") || !text_hex(&line, &bus) ||
	    !text_skip(&line, " devfn: ") || !text_hex(&line, &device) || !text_skip(&line, ".") ||
	    !text_hex(&line, &function) || line.len)
		return false;
	if (text_line(&text, &line) && line.len)
		return false;
	return bus == bdf >> 8 && device == (bdf >> 3 & 31) && function == (bdf & 7);
}

int qmp_parse_aer(json_object *ret, const char *id, uint16_t bdf, struct ras_err *err)
{
	const char *text;
	char said[120];
	size_t len;

	if (qmp_parse_text(ret, &text, &len, err) < 0)
		return -RAS_E_MONITOR;
	if (took_it((struct span){ text, len }, id, bdf))
		return 0;
	while (len && (text[len - 1] == '\n' || text[len - 1] == '\r'))
		len--;
	utf8_clean(said, sizeof(said), text, len);
	return ras_fail(err, RAS_E_MONITOR, "QEMU did not take the error: %s",
			len ? said : "it said nothing");
}
