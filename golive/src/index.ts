export {
	type Category,
	type Checklist,
	type Criterion,
	categories,
	type Gate,
	gateName,
	gates,
	type Item,
	parseChecklist,
	roleName,
	stackName,
	stackOf,
} from "./checklist.ts";
export { dataTypes, matchesType } from "./dataTypes.ts";
export { decide, type Question } from "./decide.ts";
export type {
	CategoryState,
	Context,
	CriterionState,
	Decision,
	ItemState,
	SignOffState,
} from "./decision.ts";
export {
	type Destroyed,
	type DestroyedState,
	type DestructionAnswer,
	destructionItem,
	destructionWaiverCommand,
	isDestructionItem,
	judgeDestruction,
} from "./destruction.ts";
export {
	bytesToSign,
	type Envelope,
	sealPayload,
	signPayload,
} from "./dsse.ts";
export { ChecklistError, EvidenceError, TrustError } from "./errors.ts";
export { settingsHash } from "./evidenceSet.ts";
export type { Finding, Status } from "./findings.ts";
export {
	gateOf,
	judgeUpdate,
	type UpdateAnswer,
	type UpdateQuestion,
} from "./judgeUpdate.ts";
export {
	judgeWindow,
	type WindowAnswer,
	type WindowQuestion,
	windowText,
} from "./judgeWindow.ts";
export {
	createKeyPair,
	parseSigningKey,
	publicKeyOfBytes,
	type SigningKey,
} from "./keys.ts";
export { type Kind, type KindName, kindNames, kindOf } from "./kinds.ts";
export { belowMinimum } from "./minimum.ts";
export {
	type FoundReport,
	openRecord,
	openRecords,
	type RefusedRecord,
	type SignedRecord,
	type StoredRecord,
} from "./records.ts";
export { renderDecision } from "./render.ts";
export {
	judgeRollback,
	type RollbackAnswer,
	type RollbackQuestion,
} from "./rollback.ts";
export {
	type Predicate,
	type PredicateName,
	type RollbackTo,
	reasonText,
	releaseName,
	type Statement,
	sha256Hex,
	statementText,
	writeStatement,
} from "./statement.ts";
export {
	digestsOf,
	isOutsideTree,
	type Subject,
	type TreeFile,
	treeHash,
} from "./subject.ts";
export { parseTrust, type Trust, type TrustedKey } from "./trust.ts";
export {
	inWindow,
	type MaintenanceWindow,
	nextWindow,
	type Occurrence,
} from "./window.ts";
