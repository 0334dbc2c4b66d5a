import http from "node:http";
import {
	type HealthCheck,
	initialIntervalSeconds,
	matchesStatus,
	newTarget,
	nextHealth,
	type TargetHealth,
	type TargetState,
} from "./health.ts";

export interface TargetGroupSettings {
	readonly name: string;
	readonly healthCheck: HealthCheck;
	readonly deregistrationDelaySeconds: number;
}

/** One address behind a target group. */
export interface Target {
	readonly host: string;
	readonly port: number;
	/** Keeps connections; its sockets are closed once the target is gone. */
	readonly agent: http.Agent;
	/** Requests that were sent to it and are not yet answered in full. */
	underWay: number;
	health: TargetHealth;
	draining: boolean;
	/** Called when the last request under way is answered. */
	onIdle: (() => void) | undefined;
}

interface Registration extends Target {
	readonly registeredAt: number;
	timer: NodeJS.Timeout | undefined;
}

/**
 * Connections idle longer than this are not used again. Below Node's own five seconds of keep-alive, because a target
 * that closes a connection while a request is being written to it makes that request fail.
 */
const idleMs = 2_000;

/** The targets of one group: asked for their health, taken in turn. */
export class TargetGroup {
	readonly arn: string;
	#settings: TargetGroupSettings;
	readonly #targets = new Map<string, Registration>();
	#turn = 0;

	constructor(arn: string, settings: TargetGroupSettings) {
		this.arn = arn;
		this.#settings = settings;
	}

	get settings(): TargetGroupSettings {
		return this.#settings;
	}

	configure(settings: TargetGroupSettings): void {
		this.#settings = settings;
	}

	/** Adds a target and asks it at once. One that is known stays as it is; one that is draining starts anew. */
	register(host: string, port: number): void {
		const key = `${host}:${port}`;
		const known = this.#targets.get(key);
		if (known && !known.draining) {
			return;
		}
		const target: Registration = {
			host,
			port,
			agent: new http.Agent({
				keepAlive: true,
				maxFreeSockets: 64,
				timeout: idleMs,
			}),
			underWay: 0,
			health: newTarget,
			draining: false,
			registeredAt: Date.now(),
			timer: undefined,
			onIdle: undefined,
		};
		this.#targets.set(key, target);
		void this.#ask(target);
	}

	/** Sends nothing new to the target and waits until what is under way is answered, or the delay is over. */
	async deregister(host: string, port: number): Promise<void> {
		const key = `${host}:${port}`;
		const target = this.#targets.get(key);
		if (!target || target.draining) {
			return;
		}
		target.draining = true;
		clearTimeout(target.timer);
		if (target.underWay > 0) {
			await new Promise<void>((resolve) => {
				const limit = setTimeout(
					resolve,
					this.#settings.deregistrationDelaySeconds * 1_000,
				);
				target.onIdle = () => {
					clearTimeout(limit);
					resolve();
				};
			});
		}
		target.agent.destroy();
		if (this.#targets.get(key) === target) {
			this.#targets.delete(key);
		}
	}

	state(host: string, port: number): TargetState | undefined {
		const target = this.#targets.get(`${host}:${port}`);
		return target && (target.draining ? "draining" : target.health.state);
	}

	/** The next healthy target in turn, or undefined when there is none. */
	pick(): Target | undefined {
		const healthy = [...this.#targets.values()].filter(
			(target) => !target.draining && target.health.state === "healthy",
		);
		this.#turn = (this.#turn + 1) % Math.max(healthy.length, 1);
		return healthy[this.#turn];
	}

	started(target: Target): void {
		target.underWay += 1;
	}

	finished(target: Target): void {
		target.underWay -= 1;
		if (target.underWay === 0) {
			target.onIdle?.();
		}
	}

	close(): void {
		for (const target of this.#targets.values()) {
			target.draining = true;
			clearTimeout(target.timer);
			target.agent.destroy();
		}
		this.#targets.clear();
	}

	async #ask(target: Registration): Promise<void> {
		const check = this.#settings.healthCheck;
		const passed = await probe(target, check);
		if (
			target.draining ||
			this.#targets.get(`${target.host}:${target.port}`) !== target
		) {
			return;
		}
		const seconds = (Date.now() - target.registeredAt) / 1_000;
		target.health = nextHealth(target.health, passed, seconds, check);
		const pause =
			target.health.state === "initial"
				? initialIntervalSeconds
				: Math.max(1, check.intervalSeconds);
		target.timer = setTimeout(() => void this.#ask(target), pause * 1_000);
		target.timer.unref();
	}
}

function probe(target: Target, check: HealthCheck): Promise<boolean> {
	return new Promise((resolve) => {
		const request = http.get(
			{
				host: target.host,
				port: target.port,
				path: check.path,
				agent: false,
				headers: { "user-agent": "ELB-HealthChecker/2.0" },
				signal: AbortSignal.timeout(check.timeoutSeconds * 1_000),
			},
			(response) => {
				response.resume();
				response.on("error", () => resolve(false));
				resolve(matchesStatus(check.matcher, response.statusCode ?? 0));
			},
		);
		request.on("error", () => resolve(false));
	});
}
