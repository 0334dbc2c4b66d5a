import { join } from "node:path";
import type { Cloud } from "../handler.ts";
import { AccessLog } from "./accessLog.ts";
import type { ForwardedForMode } from "./forward.ts";
import type { TargetState } from "./health.ts";
import {
	type AccessLine,
	type ListenerSettings,
	type OpenListener,
	openListener,
} from "./listener.ts";
import type { Action, Rule, WeightedGroup } from "./routing.ts";
import { TargetGroup, type TargetGroupSettings } from "./targetGroup.ts";

export interface BalancerSettings {
	readonly name: string;
	readonly forwardedFor: ForwardedForMode;
	readonly idleSeconds: number;
}

interface LiveListener {
	readonly balancerArn: string;
	settings: ListenerSettings;
	readonly server: OpenListener;
}

interface LiveRule extends Rule {
	readonly listenerArn: string;
}

/** Everything of Elastic Load Balancing that lives in the daemon: ports, rules, target groups and their checks. */
export class Balancing {
	readonly #folder: string;
	readonly #balancers = new Map<string, BalancerSettings>();
	readonly #logs = new Map<string, AccessLog>();
	readonly #listeners = new Map<string, LiveListener>();
	readonly #rules = new Map<string, LiveRule>();
	readonly #groups = new Map<string, TargetGroup>();
	#rulesByListener = new Map<string, readonly Rule[]>();

	constructor(folder: string) {
		this.#folder = folder;
	}

	setBalancer(arn: string, settings: BalancerSettings): void {
		this.#balancers.set(arn, settings);
		for (const listener of this.#listeners.values()) {
			if (listener.balancerArn === arn) {
				listener.settings = { ...listener.settings, ...settings };
			}
		}
	}

	async removeBalancer(arn: string): Promise<void> {
		this.#balancers.delete(arn);
		const log = this.#logs.get(arn);
		this.#logs.delete(arn);
		await log?.close();
	}

	/** Opens the listener's port, or changes what an open one does. */
	async setListener(
		arn: string,
		balancerArn: string,
		given: Omit<ListenerSettings, "forwardedFor" | "idleSeconds">,
	): Promise<void> {
		const { forwardedFor, idleSeconds } = this.#balancers.get(balancerArn) ?? {
			forwardedFor: "append",
			idleSeconds: 60,
		};
		const settings: ListenerSettings = { ...given, forwardedFor, idleSeconds };
		const live = this.#listeners.get(arn);
		if (live && samePort(live.settings, settings)) {
			const { certificate } = settings;
			const isRenewed = certificate?.cert !== live.settings.certificate?.cert;
			if (certificate && isRenewed) live.server.renew(certificate);
			live.settings = settings;
			return;
		}
		await this.removeListener(arn);
		let current = () => settings;
		const server = await openListener(() => current(), {
			rules: () => this.#rulesOf(arn),
			group: (groupArn) => this.#groups.get(groupArn),
			log: (line) => this.#log(balancerArn, line),
		});
		const opened: LiveListener = {
			balancerArn,
			settings,
			server,
		};
		current = () => opened.settings;
		this.#listeners.set(arn, opened);
	}

	async removeListener(arn: string): Promise<void> {
		const live = this.#listeners.get(arn);
		this.#listeners.delete(arn);
		await live?.server.close();
	}

	setRule(listenerArn: string, rule: Rule): void {
		this.#rules.set(rule.arn, { ...rule, listenerArn });
		this.#rulesByListener = new Map();
	}

	removeRule(arn: string): void {
		this.#rules.delete(arn);
		this.#rulesByListener = new Map();
	}

	rule(arn: string): Rule | undefined {
		return this.#rules.get(arn);
	}

	/** The rule of a listener that has this priority already. */
	ruleAt(listenerArn: string, priority: number): Rule | undefined {
		return this.#rulesOf(listenerArn).find(
			(rule) => rule.priority === priority,
		);
	}

	/** The first free priority of a listener. */
	nextPriority(listenerArn: string): number {
		const taken = this.#rulesOf(listenerArn).map((rule) => rule.priority);
		return Math.max(0, ...taken) + 1;
	}

	/** Sends the traffic of a rule to these groups from the next request on. */
	shift(ruleArn: string, groups: readonly WeightedGroup[]): void {
		const rule = this.#rules.get(ruleArn);
		if (!rule) {
			throw new Error(`RuleNotFound: listener rule ${ruleArn} does not exist`);
		}
		const action: Action = { type: "forward", groups };
		this.setRule(rule.listenerArn, { ...rule, action });
	}

	setGroup(arn: string, settings: TargetGroupSettings): void {
		const known = this.#groups.get(arn);
		if (known) {
			known.configure(settings);
		} else {
			this.#groups.set(arn, new TargetGroup(arn, settings));
		}
	}

	removeGroup(arn: string): void {
		this.#groups.get(arn)?.close();
		this.#groups.delete(arn);
	}

	register(groupArn: string, host: string, port: number): void {
		const group = this.#groups.get(groupArn);
		if (!group) {
			throw new Error(`TargetGroupNotFound: ${groupArn} does not exist`);
		}
		group.register(host, port);
	}

	/** Resolves when the target's requests under way are answered; at once when it is not known. */
	async deregister(
		groupArn: string,
		host: string,
		port: number,
	): Promise<void> {
		await this.#groups.get(groupArn)?.deregister(host, port);
	}

	targetState(
		groupArn: string,
		host: string,
		port: number,
	): TargetState | undefined {
		return this.#groups.get(groupArn)?.state(host, port);
	}

	hasGroup(arn: string): boolean {
		return this.#groups.has(arn);
	}

	/** Closes every port and ends every check: nothing of it lives on. */
	async close(): Promise<void> {
		await Promise.all(
			[...this.#listeners.keys()].map((arn) => this.removeListener(arn)),
		);
		for (const arn of [...this.#groups.keys()]) {
			this.removeGroup(arn);
		}
		await Promise.all(
			[...this.#balancers.keys()].map((arn) => this.removeBalancer(arn)),
		);
	}

	#rulesOf(listenerArn: string): readonly Rule[] {
		let rules = this.#rulesByListener.get(listenerArn);
		if (!rules) {
			rules = [...this.#rules.values()]
				.filter((rule) => rule.listenerArn === listenerArn)
				.sort((a, b) => a.priority - b.priority);
			this.#rulesByListener.set(listenerArn, rules);
		}
		return rules;
	}

	#log(balancerArn: string, line: AccessLine): void {
		const balancer = this.#balancers.get(balancerArn);
		let log = this.#logs.get(balancerArn);
		if (!log && balancer) {
			log = new AccessLog(join(this.#folder, `${balancer.name}.access.jsonl`));
			this.#logs.set(balancerArn, log);
		}
		log?.add(line);
	}
}

const known = new Map<string, Balancing>();

/** The load balancing of a cloud; one per folder, for the life of the daemon. */
export function balancingOf(cloud: Cloud): Balancing {
	let balancing = known.get(cloud.root);
	if (!balancing) {
		balancing = new Balancing(join(cloud.root, "elb"));
		known.set(cloud.root, balancing);
	}
	return balancing;
}

function samePort(a: ListenerSettings, b: ListenerSettings): boolean {
	return a.port === b.port && a.protocol === b.protocol;
}
