import { useState } from "react";
import { type Step, saveWorkflow, type Workflow } from "../api.ts";
import { Field, Form, textOf } from "./Form.tsx";

interface Draft extends Step {
	readonly key: number;
}

const stepTypes: readonly (Step & { readonly label: string })[] = [
	{ type: "screenshot", label: "Screenshot", config: { region: "full" } },
	{ type: "wait", label: "Wait", config: { seconds: 1 } },
	{ type: "click", label: "Click", config: {} },
	{ type: "type", label: "Type text", config: {} },
];

/** Makes a workflow, or changes the given one. */
export function WorkflowEditor(props: {
	readonly workflow: Workflow | undefined;
	readonly onSaved: (workflow: Workflow) => void;
	readonly onCancel: () => void;
}) {
	const [steps, setSteps] = useState<readonly Draft[]>(
		(props.workflow?.steps ?? []).map(({ type, config }, key) => ({
			type,
			config,
			key,
		})),
	);
	return (
		<section className="card">
			<h2>{props.workflow ? "Edit workflow" : "New workflow"}</h2>
			<Form
				id="workflow-form"
				submit="Save"
				submitId="save-workflow-btn"
				extra={
					<button type="button" className="quiet" onClick={props.onCancel}>
						Cancel
					</button>
				}
				onSubmit={async (values) => {
					const saved = await saveWorkflow(props.workflow?.id, {
						name: textOf(values, "workflowName"),
						steps: steps.map(({ type, config }) => ({ type, config })),
					});
					props.onSaved(saved);
				}}
			>
				<Field
					name="workflowName"
					label="Name"
					value={props.workflow?.name ?? ""}
					autoComplete="off"
				/>
				<fieldset>
					<legend>Steps</legend>
					{steps.map((step, index) => (
						<div className="step" key={step.key}>
							<label htmlFor={`stepType-${step.key}`}>Step {index + 1}</label>
							<select
								id={`stepType-${step.key}`}
								name="stepType"
								value={step.type}
								onChange={(event) =>
									setSteps(
										steps.map((other) =>
											other.key === step.key
												? { ...draftOf(event.target.value), key: step.key }
												: other,
										),
									)
								}
							>
								{choicesFor(step.type).map(({ type, label }) => (
									<option key={type} value={type}>
										{label}
									</option>
								))}
							</select>
							<button
								type="button"
								className="quiet"
								aria-label={`Remove step ${index + 1}`}
								onClick={() =>
									setSteps(steps.filter((other) => other.key !== step.key))
								}
							>
								Remove
							</button>
						</div>
					))}
					<button
						type="button"
						id="add-step-btn"
						className="quiet"
						onClick={() =>
							setSteps([
								...steps,
								{
									...draftOf("screenshot"),
									key: Math.max(-1, ...steps.map(({ key }) => key)) + 1,
								},
							])
						}
					>
						Add step
					</button>
				</fieldset>
			</Form>
		</section>
	);
}

/** What people read for a step's type. */
export function labelOf(type: string): string {
	return stepTypes.find((step) => step.type === type)?.label ?? type;
}

function draftOf(type: string): Step {
	return stepTypes.find((step) => step.type === type) ?? { type, config: {} };
}

function choicesFor(type: string) {
	return stepTypes.some((step) => step.type === type)
		? stepTypes
		: [...stepTypes, { type, label: type, config: {} }];
}
