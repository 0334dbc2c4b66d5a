import assert from "node:assert/strict";
import type { ResourceValidationPolicy } from "@pulumi/policy";
import { type Judged, judge, messagesOf, unknown } from "./judge.ts";

/** Inputs of a resource that breaks no rule. */
export type Props = Record<string, unknown>;

/** A property, by its path through objects and lists. */
export type Path = readonly (string | number)[];

/** Tests that every rule has to pass: the compliant fixture, and each broken property by itself. */
export function testRule(rule: {
	readonly policy: () => ResourceValidationPolicy;
	/** By what they are; the first is broken by `broken` and `needed`. */
	readonly compliant: Readonly<Record<string, Judged>>;
	/** Title, the fixture's key, the path, the value put there, the whole message after the resource's name. */
	readonly broken: readonly (readonly [
		string,
		string,
		Path,
		unknown,
		string,
	])[];
	/** The fixture's key and the path of what must not be missing, but may be unknown in a preview. */
	readonly needed: readonly (readonly [string, Path])[];
	/** Only values that the rule does not look at differ: it must say nothing. */
	readonly others?: readonly Judged[];
}): void {
	const fixture = (key: string): Judged => {
		const found = rule.compliant[key];
		if (found === undefined) throw new Error(`no fixture ${key}`);
		return found;
	};

	for (const [title, resource] of Object.entries(rule.compliant)) {
		it(`accepts ${title}`, async () => {
			assert.deepEqual(await messagesOf(rule.policy(), resource), []);
		});
	}

	for (const [title, key, path, value, message] of rule.broken) {
		it(`reports ${title}`, async () => {
			assert.deepEqual(
				await messagesOf(rule.policy(), change(fixture(key), path, value)),
				[`it: ${message}`],
			);
		});
	}

	for (const [key, path] of rule.needed) {
		it(`reports a missing ${path.join(".")} of ${key}`, async () => {
			for (const nothing of [undefined, null]) {
				const messages = await messagesOf(
					rule.policy(),
					change(fixture(key), path, nothing),
				);
				assert.equal(messages.length > 0, true, String(nothing));
				assert.match(messages.join(), /got .*nothing/);
			}
		});

		it(`waits for a ${path.join(".")} of ${key} that a preview cannot know`, async () => {
			assert.deepEqual(
				await messagesOf(rule.policy(), change(fixture(key), path, unknown)),
				[],
			);
		});
	}

	it("says nothing about other resources", async () => {
		const route = { type: "aws:ec2/route:Route", props: {} };
		for (const other of [route, ...(rule.others ?? [])]) {
			assert.deepEqual(await messagesOf(rule.policy(), other), []);
		}
	});

	it("only advises on dev, and refuses on prod", async () => {
		const [first] = rule.broken;
		assert.ok(first);
		const [, key, path, value] = first;
		const broken = change(fixture(key), path, value);
		const levels = async (stack: string, config?: object) =>
			(await judge(rule.policy(), { ...broken, stack }, { ...config })).map(
				({ level }) => level,
			);
		assert.deepEqual(await levels("dev"), ["advisory"]);
		assert.deepEqual(await levels("prod"), [undefined]);
		assert.deepEqual(await levels("dev", { advisoryStacks: [] }), [undefined]);
		assert.match(rule.policy().enforcementLevel ?? "", /mandatory|remediate/);
	});

	it("refuses a setting that it does not have", async () => {
		const [resource] = Object.values(rule.compliant);
		assert.ok(resource);
		await assert.rejects(
			judge(rule.policy(), resource, { minDay: 3 }),
			/expected settings .*advisoryStacks, got minDay; correct the policy conf/,
		);
	});
}

/** The resource with one property changed; undefined takes it out. */
export function change(resource: Judged, path: Path, value: unknown): Judged {
	return { ...resource, props: Object(changed(resource.props, path, value)) };
}

function changed(
	holder: unknown,
	[name, ...rest]: Path,
	value: unknown,
): unknown {
	if (name === undefined) return value;
	const copy: Props | unknown[] = Array.isArray(holder)
		? [...holder]
		: { ...Object(holder) };
	const inner = changed(Reflect.get(copy, name), rest, value);
	if (inner === undefined) Reflect.deleteProperty(copy, name);
	else Reflect.set(copy, name, inner);
	return copy;
}
