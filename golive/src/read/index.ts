export {
	type GateAnswer,
	type GatedSettings,
	gateText,
	type RunnerEnvironment,
	readGate,
} from "./gate.ts";
export { openPlace } from "./open.ts";
export {
	type EvidencePlace,
	folder,
	readText,
	recordsFolder,
	reportKey,
} from "./place.ts";
export { digestsOnly, readQuestion, type Where } from "./question.ts";
export { readRecords } from "./records.ts";
export { type Program, readProgram, readProgramFile } from "./subject.ts";
