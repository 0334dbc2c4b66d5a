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
export type { ApiSettings, LogSettings, ReportSettings } from "./operations.ts";
export type {
	ImageSettings,
	JobSettings,
	ServiceSettings,
	ServiceSize,
} from "./release.ts";
export {
	type Phase,
	parseSettings,
	SettingsError,
	type StackSettings,
	settingNames,
} from "./stack.ts";
export { loadStackFile, project, secretNames } from "./stackFile.ts";
