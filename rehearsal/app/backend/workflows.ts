import type { Database, Query } from "./database.ts";
import type { Account } from "./store.ts";

export interface Step {
	readonly type: string;
	readonly config: Record<string, unknown>;
}

/** A workflow as lists show it. */
export interface WorkflowSummary {
	readonly id: number;
	readonly name: string;
	readonly description: string | null;
	readonly is_active: boolean;
	readonly created_at: Date | null;
	readonly updated_at: Date | null;
}

export interface Workflow extends WorkflowSummary {
	readonly steps: readonly (Step & { readonly position: number })[];
}

export interface NewWorkflow {
	readonly name: string;
	readonly description?: string | undefined;
	readonly is_active?: boolean | undefined;
	readonly steps?: readonly Step[] | undefined;
}

/** What is undefined stays as it is. */
export interface WorkflowChange extends Omit<NewWorkflow, "name"> {
	readonly name?: string | undefined;
}

/** Workflows of one account; the tables are the same in both schemas but for the types of `user_id` and `config`. */
export interface Workflows {
	/** Newest first; `before` is the id at which the page before ended. */
	list(
		account: Account,
		page: { readonly limit: number; readonly before?: number | undefined },
	): Promise<WorkflowSummary[]>;
	find(account: Account, id: number): Promise<Workflow | undefined>;
	create(account: Account, workflow: NewWorkflow): Promise<Workflow>;
	update(
		account: Account,
		id: number,
		change: WorkflowChange,
	): Promise<Workflow | undefined>;
	/** Whether there was one to remove. */
	remove(account: Account, id: number): Promise<boolean>;
}

// Legacy times have no zone and mean UTC; read with their zone, both schemas give the same instant.
const summaryColumns = `id::float8 as id, name, description, coalesce(is_active, true) as is_active,
	created_at at time zone 'UTC' as created_at, updated_at at time zone 'UTC' as updated_at`;

export function openWorkflows(
	database: Database,
	schema: "legacy" | "current",
): Workflows {
	const columns =
		schema === "legacy"
			? summaryColumns
			: summaryColumns.replaceAll(" at time zone 'UTC'", "");

	async function read(
		query: Query,
		account: Account,
		id: number,
	): Promise<Workflow | undefined> {
		const [summary] = await query<WorkflowSummary>(
			`select ${columns} from public.workflows where id = $1 and user_id = $2`,
			[id, account.id],
		);
		if (!summary) return undefined;
		const steps = await query<{
			position: number;
			type: string;
			config: unknown;
		}>(
			"select position, type, config from public.workflow_steps where workflow_id = $1 order by position, id",
			[id],
		);
		return {
			...summary,
			steps: steps.map((step) => ({ ...step, config: objectOf(step.config) })),
		};
	}

	return {
		list: (account, { limit, before }) =>
			database.transaction({ access: "read", as: account.id }, (query) =>
				query<WorkflowSummary>(
					`select ${columns} from public.workflows
					where user_id = $1 and ($2::bigint is null or id < $2::bigint) order by id desc limit $3`,
					[account.id, before ?? null, limit],
				),
			),
		find: (account, id) =>
			database.transaction({ access: "read", as: account.id }, (query) =>
				read(query, account, id),
			),
		create: (account, workflow) =>
			database.transaction(
				{ access: "write", as: account.id },
				async (query) => {
					const [made] = await query<{ id: number }>(
						`insert into public.workflows (user_id, name, description, is_active, created_at, updated_at)
						values ($1, $2, $3, $4, now(), now()) returning id::float8 as id`,
						[
							account.id,
							workflow.name,
							workflow.description ?? null,
							workflow.is_active ?? true,
						],
					);
					const id = Number(made?.id);
					await addSteps(query, id, workflow.steps ?? []);
					const whole = await read(query, account, id);
					if (!whole) throw new Error("expected the new workflow to be seen");
					return whole;
				},
			),
		update: (account, id, change) =>
			database.transaction(
				{ access: "write", as: account.id },
				async (query) => {
					const [changed] = await query(
						`update public.workflows set name = coalesce($3, name), description = coalesce($4, description),
						is_active = coalesce($5, is_active), updated_at = now()
						where id = $1 and user_id = $2 returning id`,
						[
							id,
							account.id,
							change.name ?? null,
							change.description ?? null,
							change.is_active ?? null,
						],
					);
					if (!changed) return undefined;
					if (change.steps) {
						await query(
							"delete from public.workflow_steps where workflow_id = $1",
							[id],
						);
						await addSteps(query, id, change.steps);
					}
					return read(query, account, id);
				},
			),
		remove: (account, id) =>
			database.transaction(
				{ access: "write", as: account.id },
				async (query) => {
					const gone = await query(
						"delete from public.workflows where id = $1 and user_id = $2 returning id",
						[id, account.id],
					);
					return gone.length > 0;
				},
			),
	};
}

async function addSteps(
	query: Query,
	id: number,
	steps: readonly Step[],
): Promise<void> {
	if (steps.length === 0) return;
	const values = steps.flatMap((step, index) => [
		index + 1,
		step.type,
		JSON.stringify(step.config),
	]);
	const rows = steps.map(
		(_, index) =>
			`($1, $${index * 3 + 2}, $${index * 3 + 3}, $${index * 3 + 4})`,
	);
	await query(
		`insert into public.workflow_steps (workflow_id, position, type, config) values ${rows.join(", ")}`,
		[id, ...values],
	);
}

function objectOf(config: unknown): Record<string, unknown> {
	try {
		const value: unknown =
			typeof config === "string" ? JSON.parse(config) : config;
		return typeof value === "object" && value !== null && !Array.isArray(value)
			? { ...value }
			: {};
	} catch {
		return {};
	}
}
