import type { ResourceHandler } from "../handler.ts";

/** The resource types of Elastic Load Balancing that the laptop cloud serves, by type token. */
export const elbHandlers: Readonly<Record<string, ResourceHandler>> = {};
