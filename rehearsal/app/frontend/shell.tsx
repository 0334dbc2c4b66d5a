import { type ReactNode, useState, useSyncExternalStore } from "react";
import { release, signedInAs, signOut } from "./api.ts";
import { go, Link, usePath } from "./router.tsx";

type Viewport = "desktop" | "tablet" | "mobile";

const desktop = window.matchMedia("(min-width: 1024px)");
const mobile = window.matchMedia("(max-width: 599px)");

/** The frame of every page: navigation by viewport, content, release. */
export function Shell({ children }: { readonly children: ReactNode }) {
	const viewport = useViewport();
	const email = signedInAs();
	return (
		<div className={viewport === "tablet" ? "shell tablet-layout" : "shell"}>
			<header className="bar">
				<Link to="/" className="brand">
					<img src="/icon.svg" alt="" width="28" height="28" />
					<span>Trusted Login</span>
				</Link>
				{viewport === "mobile" ? (
					<MobileMenu email={email} />
				) : (
					<nav
						className={viewport === "desktop" ? "navigation" : "tablet-nav"}
						aria-label="Main"
					>
						<Links email={email} />
					</nav>
				)}
			</header>
			<main>{children}</main>
			<footer>Release {release}</footer>
		</div>
	);
}

function MobileMenu({ email }: { readonly email: string | undefined }) {
	const [open, setOpen] = useState(false);
	return (
		<div className="mobile-menu">
			<button
				type="button"
				className="quiet"
				aria-expanded={open}
				aria-controls="mobile-links"
				onClick={() => setOpen(!open)}
			>
				Menu
			</button>
			{open && (
				<nav id="mobile-links" aria-label="Main">
					<Links email={email} />
				</nav>
			)}
		</div>
	);
}

function Links({ email }: { readonly email: string | undefined }) {
	const path = usePath();
	if (email === undefined) {
		return (
			<>
				<Link to="/login" current={path === "/login"}>
					Sign in
				</Link>
				<Link to="/register" current={path === "/register"}>
					Register
				</Link>
			</>
		);
	}
	return (
		<>
			<Link to="/dashboard" current={path === "/dashboard"}>
				Dashboard
			</Link>
			<Link to="/workflows" current={path === "/workflows"}>
				Workflows
			</Link>
			<Link to="/profile" current={path === "/profile"}>
				Profile
			</Link>
			<button
				type="button"
				className="quiet"
				title={`Signed in as ${email}`}
				onClick={() => {
					signOut();
					go("/login");
				}}
			>
				Sign out
			</button>
		</>
	);
}

function useViewport(): Viewport {
	return useSyncExternalStore(
		(changed) => {
			desktop.addEventListener("change", changed);
			mobile.addEventListener("change", changed);
			return () => {
				desktop.removeEventListener("change", changed);
				mobile.removeEventListener("change", changed);
			};
		},
		() => (desktop.matches ? "desktop" : mobile.matches ? "mobile" : "tablet"),
	);
}
