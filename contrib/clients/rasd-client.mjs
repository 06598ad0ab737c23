#!/usr/bin/env node
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A client of rasd in JavaScript, for Node.js 18 or later, without any package.
 *
 *     rasd-client.mjs [--socket PATH] help [METHOD]
 *     rasd-client.mjs [--socket PATH] METHOD ['{"PARAMETER": VALUE, ...}']
 *     rasd-client.mjs [--socket PATH] watch
 *
 * It knows no method: what there is, it learns from rpc.discover (OpenRPC, proto/ras-rpc.json). The
 * class may be copied into other programs.
 *
 * Numbers: times in ns (names that end in _ns) are larger than JavaScript's exact integers (2^53)
 * and lose their last digits here. Addresses are strings, "0x...", for this reason.
 */
import net from "node:net";
import readline from "node:readline";

const SOCKET = "/run/rasd/rasd.sock";

class Rasd {
	#socket;
	#waiting = new Map(); // id: { resolve, reject }
	#lastId = 0;

	constructor(path = SOCKET) {
		this.#socket = net.connect(path);
		const fail = (e) => {
			this.#waiting.forEach((w) => w.reject(e));
			this.#waiting.clear();
		};
		this.#socket.on("error", fail);
		this.#socket.on("close", () => fail(new Error("rasd has closed the connection")));
		const lines = readline.createInterface({ input: this.#socket });
		lines.on("error", fail);
		lines.on("line", (line) => {
			const answer = JSON.parse(line);
			const waiting = this.#waiting.get(answer.id);

			this.#waiting.delete(answer.id);
			if (answer.error)
				waiting?.reject(Object.assign(new Error(answer.error.message), answer));
			else
				waiting?.resolve(answer.result);
		});
	}

	/* Many calls may be under way: answers come in any order and are told apart by their ids. */
	call(method, params = {}) {
		const id = ++this.#lastId;

		return new Promise((resolve, reject) => {
			this.#waiting.set(id, { resolve, reject });
			this.#socket.write(JSON.stringify({ jsonrpc: "2.0", id, method, params }) + "\n");
		});
	}

	/* What happens from now on, without an end: host events and states of injections. */
	async *events() {
		let { cursor } = await this.call("event.subscribe");

		for (;;) {
			const answer = await this.call("event.subscribe", { cursor });

			yield* answer.events;
			cursor = answer.cursor;
		}
	}

	close() {
		this.#socket.end();
	}
}

function helpText(methods, wanted) {
	const lines = [];

	for (const m of methods.filter((m) => !wanted || m.name === wanted)) {
		lines.push(`${m.name}  (${m["x-role"]}${m["x-mutating"] ? ", changes things" : ""})`);
		if (!wanted)
			continue;
		lines.push(m.summary);
		for (const p of m.params)
			lines.push(`  ${p.name} (${p.required ? "required" : "optional"}): ${p.description}`);
	}
	return lines.join("\n");
}

const args = process.argv.slice(2);
const path = args[0] === "--socket" ? args.splice(0, 2)[1] : SOCKET;
const [verb, argument] = args;

if (!verb) {
	console.error("usage: rasd-client.mjs [--socket PATH] help [METHOD] | watch | METHOD [JSON]");
	process.exit(2);
}
const rasd = new Rasd(path);

try {
	if (verb === "help") {
		console.log(helpText((await rasd.call("rpc.discover")).methods, argument));
	} else if (verb === "watch") {
		for await (const event of rasd.events())
			console.log(JSON.stringify(event));
	} else {
		console.log(JSON.stringify(await rasd.call(verb, JSON.parse(argument ?? "{}"))));
	}
	rasd.close();
} catch (e) {
	console.error(e.error ? JSON.stringify(e.error) : e.message);
	process.exit(1);
}
