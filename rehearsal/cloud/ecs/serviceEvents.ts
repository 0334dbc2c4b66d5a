import { randomUUID } from "node:crypto";
import type { Cloud } from "../handler.ts";
import { services } from "./model.ts";

const kept = 100;

/** Adds `(service <name>) <message>` to the service's events and to the log. */
export function addEvent(
	cloud: Cloud,
	serviceArn: string,
	message: string,
): void {
	const service = services.get(cloud, serviceArn);
	if (!service) {
		return;
	}
	const text = `(service ${service.name}) ${message}`;
	cloud.log(text);
	services.change(cloud, serviceArn, ({ events }) => ({
		events: [
			{ id: randomUUID(), createdAt: Date.now(), message: text },
			...events,
		].slice(0, kept),
	}));
}
