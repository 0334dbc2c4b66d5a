import { type Mapping, mappingSchema } from "./mapping.ts";

/** The legacy Trusted Login system, table by table. */
export const trustedLogin: Mapping = mappingSchema.parse({
	users: {
		source: "legacy_users",
		username: "username",
		email: "email",
		passwordHash: "password_hash",
		createdAt: "created_at",
		lastSignIn: "last_login",
		settings: "settings",
		preferences: {
			theme: { from: "ui_theme", type: "string", default: "light" },
			notifications: {
				from: "email_notifications",
				type: "boolean",
				default: true,
			},
			language: {
				from: "lang",
				type: "string",
				default: "en",
				onlyWithSettings: true,
			},
		},
	},
	tables: [
		{
			label: "workflows",
			source: "workflows",
			target: "public.workflows",
			owner: { of: "legacy_users", from: "user_id", to: "user_id" },
			columns: {
				name: "varchar(255)",
				description: "text",
				is_active: "boolean",
				created_at: "time",
				updated_at: "time",
			},
		},
		{
			label: "files",
			source: "uploaded_files",
			target: "public.files",
			owner: { of: "legacy_users", from: "user_id", to: "user_id" },
			columns: {
				filename: "varchar(255)",
				storage_key: { from: "stored_path", as: "text" },
				content_type: "varchar(255)",
				size_bytes: "bigint",
				created_at: "time",
			},
			file: { path: "stored_path", size: "size_bytes" },
		},
		{
			label: "workflow steps",
			source: "workflow_steps",
			target: "public.workflow_steps",
			owner: { of: "workflows", from: "workflow_id", to: "workflow_id" },
			columns: {
				position: "integer",
				type: "varchar(50)",
				config: "json",
			},
		},
	],
});
