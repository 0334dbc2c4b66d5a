export {
	type AddressRange,
	containsRange,
	overlaps,
	parseCidr,
} from "./cidr.ts";
export type { DatabaseSettings } from "./database.ts";
export type { EdgeSettings } from "./edge.ts";
export type { LegacySettings } from "./legacy.ts";
export type { NetworkSettings } from "./network.ts";
export type {
	ApiSettings,
	GateSettings,
	LogSettings,
	ReportSettings,
} from "./operations.ts";
export type {
	ImageSettings,
	JobSettings,
	ServiceSettings,
	ServiceSize,
} from "./release.ts";
export {
	type Phase,
	parseConfiguration,
	parseSettings,
	project,
	SettingsError,
	type StackSettings,
	secretNames,
	settingNames,
} from "./stack.ts";
export { loadStackFile } from "./stackFile.ts";
