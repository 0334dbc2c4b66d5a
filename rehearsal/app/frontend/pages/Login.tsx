import { readProfile, signIn } from "../api.ts";
import { go, Link } from "../router.tsx";
import { showTheme } from "../theme.ts";
import { Field, Form, textOf } from "./Form.tsx";

export function Login() {
	return (
		<section className="card narrow">
			<h1>Welcome back</h1>
			<p className="muted">Sign in to reach your workflows.</p>
			<Form
				id="login-form"
				submit="Sign in"
				submitId="login-btn"
				onSubmit={async (values) => {
					await signIn(textOf(values, "email"), textOf(values, "password"));
					go("/dashboard");
					const profile = await readProfile().catch(() => undefined);
					if (profile) showTheme(profile.preferences.theme);
				}}
			>
				<Field
					name="email"
					label="E-mail"
					type="email"
					autoComplete="username"
				/>
				<Field
					name="password"
					label="Password"
					type="password"
					autoComplete="current-password"
				/>
			</Form>
			<p className="muted">
				No account yet? <Link to="/register">Register</Link>
			</p>
		</section>
	);
}
