import { type ReactNode, useEffect, useSyncExternalStore } from "react";

/** The path shown now; a component that asks is drawn again when it changes. */
export function usePath(): string {
	return useSyncExternalStore(
		(changed) => {
			window.addEventListener("popstate", changed);
			return () => window.removeEventListener("popstate", changed);
		},
		() => window.location.pathname,
	);
}

export function go(path: string, how: "push" | "replace" = "push"): void {
	if (how === "push") window.history.pushState(null, "", path);
	else window.history.replaceState(null, "", path);
	window.dispatchEvent(new PopStateEvent("popstate"));
}

/** A link inside the application. */
export function Link(props: {
	readonly to: string;
	readonly children: ReactNode;
	readonly className?: string;
	readonly id?: string;
	readonly current?: boolean;
}) {
	return (
		<a
			href={props.to}
			className={props.className}
			id={props.id}
			aria-current={props.current ? "page" : undefined}
			onClick={(event) => {
				if (event.metaKey || event.ctrlKey || event.shiftKey) return;
				event.preventDefault();
				go(props.to);
			}}
		>
			{props.children}
		</a>
	);
}

export function Redirect({ to }: { readonly to: string }) {
	useEffect(() => go(to, "replace"), [to]);
	return null;
}
