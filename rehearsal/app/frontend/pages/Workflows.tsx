import { useCallback, useEffect, useState } from "react";
import {
	listWorkflows,
	readWorkflow,
	type Workflow,
	type WorkflowSummary,
} from "../api.ts";
import { dateOf } from "./Dashboard.tsx";
import { ErrorMessage, messageOf } from "./Form.tsx";
import { WorkflowDetail } from "./WorkflowDetail.tsx";
import { WorkflowEditor } from "./WorkflowEditor.tsx";

type View =
	| { readonly kind: "none" }
	| { readonly kind: "new" }
	| { readonly kind: "edit"; readonly workflow: Workflow }
	| { readonly kind: "detail"; readonly workflow: Workflow };

type Notice = { readonly className: string; readonly text: string };

export function Workflows() {
	const [list, setList] = useState<readonly WorkflowSummary[]>();
	const [view, setView] = useState<View>(
		window.location.search === "?new=1" ? { kind: "new" } : { kind: "none" },
	);
	const [notice, setNotice] = useState<Notice>();
	const [error, setError] = useState<string>();

	const show = useCallback(async (id: number, kind: "detail" | "edit") => {
		setError(undefined);
		try {
			setView({ kind, workflow: await readWorkflow(id) });
		} catch (failure) {
			setError(messageOf(failure));
		}
	}, []);

	const load = useCallback(async () => {
		try {
			setList(await listWorkflows());
		} catch (failure) {
			setError(messageOf(failure));
		}
	}, []);
	useEffect(() => void load(), [load]);

	return (
		<div>
			<div className="heading">
				<h1>Workflows</h1>
				<button
					type="button"
					id="new-workflow-btn"
					onClick={() => {
						setNotice(undefined);
						setView({ kind: "new" });
					}}
				>
					New workflow
				</button>
			</div>
			{notice && (
				<p className={`${notice.className} success`} role="status">
					{notice.text}
				</p>
			)}
			{error && <ErrorMessage text={error} />}
			<div className="columns">
				<ul className="workflow-list" aria-label="Your workflows">
					{list?.length === 0 && (
						<li className="muted">No workflow yet. Make the first one.</li>
					)}
					{list?.map((workflow) => (
						<li key={workflow.id} className="workflow-row">
							<button
								type="button"
								className="workflow-item"
								aria-pressed={
									view.kind === "detail" && view.workflow.id === workflow.id
								}
								onClick={() => {
									setNotice(undefined);
									void show(workflow.id, "detail");
								}}
							>
								<span className="workflow-name">{workflow.name}</span>
								<span className="muted">{dateOf(workflow.created_at)}</span>
							</button>
							<button
								type="button"
								className="edit-workflow-btn quiet"
								aria-label={`Edit ${workflow.name}`}
								onClick={() => {
									setNotice(undefined);
									void show(workflow.id, "edit");
								}}
							>
								Edit
							</button>
						</li>
					))}
				</ul>
				{view.kind === "detail" && (
					<WorkflowDetail key={view.workflow.id} workflow={view.workflow} />
				)}
				{(view.kind === "new" || view.kind === "edit") && (
					<WorkflowEditor
						key={view.kind === "edit" ? view.workflow.id : "new"}
						workflow={view.kind === "edit" ? view.workflow : undefined}
						onCancel={() => setView({ kind: "none" })}
						onSaved={(saved) => {
							setNotice(
								view.kind === "edit"
									? {
											className: "workflow-updated",
											text: `“${saved.name}” was updated.`,
										}
									: {
											className: "workflow-saved",
											text: `“${saved.name}” was saved.`,
										},
							);
							setView({ kind: "detail", workflow: saved });
							void load();
						}}
					/>
				)}
				{view.kind === "none" && (
					<section className="card muted">
						Choose a workflow to see its steps and to execute it.
					</section>
				)}
			</div>
		</div>
	);
}
