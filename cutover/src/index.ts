export { isValidEmail, normalizeEmail } from "./conversion/email.ts";
export { defaultNamespace, userUuid } from "./conversion/identity.ts";
export { hashFormat } from "./conversion/passwordHash.ts";
export {
	convertSettings,
	defaultPreferences,
	type Preferences,
} from "./conversion/settings.ts";
export type { Check, Outcome, Result } from "./outcome.ts";
