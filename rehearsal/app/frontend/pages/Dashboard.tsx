import { useEffect, useState } from "react";
import { listWorkflows, signedInAs, type WorkflowSummary } from "../api.ts";
import { Link } from "../router.tsx";
import { ErrorMessage, messageOf } from "./Form.tsx";

export function Dashboard() {
	const [workflows, setWorkflows] = useState<readonly WorkflowSummary[]>();
	const [error, setError] = useState<string>();
	useEffect(() => {
		listWorkflows().then(setWorkflows, (failure) =>
			setError(messageOf(failure)),
		);
	}, []);
	const active = workflows?.filter((workflow) => workflow.is_active).length;
	return (
		<div className="dashboard">
			<div className="heading">
				<div>
					<h1>Dashboard</h1>
					<p className="muted">Signed in as {signedInAs()}</p>
				</div>
				<Link to="/workflows?new=1" id="new-workflow-btn" className="button">
					New workflow
				</Link>
			</div>
			{error && <ErrorMessage text={error} />}
			<div className="tiles">
				<Tile label="Workflows" value={workflows?.length} />
				<Tile label="Active" value={active} />
				<Tile
					label="Paused"
					value={
						workflows && active !== undefined
							? workflows.length - active
							: undefined
					}
				/>
			</div>
			<section className="card">
				<h2>Newest</h2>
				{workflows?.length === 0 && (
					<p className="muted">No workflow yet. Make the first one.</p>
				)}
				<ul className="plain">
					{workflows?.slice(0, 5).map((workflow) => (
						<li key={workflow.id}>
							<Link to="/workflows">{workflow.name}</Link>
							<span className="muted">{dateOf(workflow.created_at)}</span>
						</li>
					))}
				</ul>
			</section>
		</div>
	);
}

function Tile(props: {
	readonly label: string;
	readonly value: number | undefined;
}) {
	return (
		<div className="card tile">
			<strong>{props.value ?? "–"}</strong>
			<span className="muted">{props.label}</span>
		</div>
	);
}

/** A date as the reader's language writes it. */
export function dateOf(time: string | null): string {
	return time === null ? "" : new Date(time).toLocaleDateString();
}
