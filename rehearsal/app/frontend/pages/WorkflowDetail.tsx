import { useEffect, useRef, useState } from "react";
import { executeWorkflow, type Workflow } from "../api.ts";
import { ErrorMessage, messageOf } from "./Form.tsx";
import { labelOf } from "./WorkflowEditor.tsx";

/** The steps of a workflow, and its execution after a question. */
export function WorkflowDetail({ workflow }: { readonly workflow: Workflow }) {
	const [asking, setAsking] = useState(false);
	const [status, setStatus] = useState<string>();
	const [error, setError] = useState<string>();
	const dialog = useRef<HTMLDialogElement>(null);
	useEffect(() => {
		if (asking) dialog.current?.showModal();
		else dialog.current?.close();
	}, [asking]);

	async function execute(): Promise<void> {
		setAsking(false);
		setError(undefined);
		setStatus("running");
		try {
			setStatus((await executeWorkflow(workflow.id)).status);
		} catch (failure) {
			setStatus(undefined);
			setError(messageOf(failure));
		}
	}

	return (
		<section className="card">
			<h2>{workflow.name}</h2>
			{workflow.description && <p className="muted">{workflow.description}</p>}
			<ol className="steps">
				{workflow.steps.map((step, index) => (
					// biome-ignore lint/suspicious/noArrayIndexKey: steps have no other identity than their place
					<li key={index}>{labelOf(step.type)}</li>
				))}
			</ol>
			<button
				type="button"
				id="execute-workflow-btn"
				onClick={() => setAsking(true)}
			>
				Execute
			</button>
			{status && (
				<p
					className={
						status === "completed"
							? "execution-status success"
							: "execution-status"
					}
					role="status"
				>
					Execution {status}
				</p>
			)}
			{error && <ErrorMessage text={error} />}
			<dialog ref={dialog} onClose={() => setAsking(false)}>
				<h2>Execute “{workflow.name}”?</h2>
				<div className="actions">
					<button
						type="button"
						id="confirm-execute-btn"
						onClick={() => void execute()}
					>
						Execute
					</button>
					<button
						type="button"
						className="quiet"
						onClick={() => setAsking(false)}
					>
						Cancel
					</button>
				</div>
			</dialog>
		</section>
	);
}
