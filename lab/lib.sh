#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Shared by the lab's scripts: where the lab is, how a step is shown, which QEMU is used.
# shellcheck disable=SC2034
LAB=${RASD_LAB_DIR:-/var/cache/rasd-lab}
LAB_USER=rasd-lab

say() { printf 'lab: %s\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# Show a step with its seconds; its output goes to a log that is shown when it fails. A function
# runs in a shell of its own and ends at the first command that fails: in an `if` it would go on.
step() {
	local what=$1 t0=$SECONDS log rc
	shift
	log=$(mktemp)
	printf 'lab: %s ...' "$what" >&2
	set +e
	(set -e; "$@") >"$log" 2>&1
	rc=$?
	set -e
	if [ "$rc" = 0 ]; then
		printf ' %d s\n' $((SECONDS - t0)) >&2
		rm -f "$log"
	else
		printf ' failed\n' >&2
		tail -n 30 "$log" >&2
		rm -f "$log"
		die "$what failed. hint: the lines above say why"
	fi
}

host_qemu_new_enough() {
	local v
	v=$(qemu-system-aarch64 --version 2>/dev/null |
		sed -n '1s/.*version \([0-9]*\)\.\([0-9]*\).*/\1 \2/p')
	[ -n "$v" ] || return 1
	# shellcheck disable=SC2086
	set -- $v
	[ "$1" -gt 10 ] || { [ "$1" -eq 10 ] && [ "$2" -ge 2 ]; }
}

# The machine's own Debian mirror; never one written down here.
debian_mirror() {
	local m
	# shellcheck disable=SC2016
	m=$(apt-get indextargets --format '$(REPO_URI)|$(LABEL)|$(CODENAME)' 2>/dev/null |
		awk -F'|' '$2=="Debian" && $3!~/backports|updates|security/ {print $1; exit}')
	[ -n "$m" ] || m=$(awk '/^URIs:/ {print $2; exit}
		/^deb / {for(i=2;i<=NF;i++) if($i~/^[a-z]+:\/\//) {print $i; exit}}' \
		/etc/apt/sources.list /etc/apt/sources.list.d/*debian* 2>/dev/null || true)
	printf '%s\n' "$m"
}
