import {
	type HTMLInputTypeAttribute,
	type ReactNode,
	useId,
	useState,
} from "react";

/** A labelled input; `name` is what the form's data calls it. */
export function Field(props: {
	readonly name: string;
	readonly label: string;
	readonly type?: HTMLInputTypeAttribute;
	readonly autoComplete?: string;
	readonly value?: string;
	readonly hint?: string;
	readonly minLength?: number;
	readonly maxLength?: number;
}) {
	const hint = useId();
	return (
		<div className="field">
			<label htmlFor={props.name}>{props.label}</label>
			<input
				id={props.name}
				name={props.name}
				type={props.type ?? "text"}
				autoComplete={props.autoComplete}
				defaultValue={props.value}
				minLength={props.minLength}
				maxLength={props.maxLength ?? 255}
				aria-describedby={props.hint ? hint : undefined}
				required
			/>
			{props.hint && (
				<small id={hint} className="muted">
					{props.hint}
				</small>
			)}
		</div>
	);
}

/** A form that hands its texts to `onSubmit`, is busy until that is done, and shows what it threw. */
export function Form(props: {
	readonly id?: string;
	readonly submit: string;
	readonly submitId?: string;
	readonly children: ReactNode;
	readonly extra?: ReactNode;
	readonly onSubmit: (values: FormData) => Promise<void>;
}) {
	const [busy, setBusy] = useState(false);
	const [error, setError] = useState<string>();
	return (
		<form
			id={props.id}
			onSubmit={async (event) => {
				event.preventDefault();
				setBusy(true);
				setError(undefined);
				try {
					await props.onSubmit(new FormData(event.currentTarget));
				} catch (failure) {
					setError(messageOf(failure));
				} finally {
					setBusy(false);
				}
			}}
		>
			{props.children}
			{error && <ErrorMessage text={error} />}
			<div className="actions">
				<button type="submit" id={props.submitId} disabled={busy}>
					{busy ? "One moment…" : props.submit}
				</button>
				{props.extra}
			</div>
		</form>
	);
}

export function ErrorMessage({ text }: { readonly text: string }) {
	return (
		<p className="error-message" role="alert">
			{text}
		</p>
	);
}

export function messageOf(failure: unknown): string {
	return failure instanceof Error ? failure.message : String(failure);
}

/** The text of a field; an absent one is empty. */
export function textOf(values: FormData, name: string): string {
	const value = values.get(name);
	return typeof value === "string" ? value : "";
}
