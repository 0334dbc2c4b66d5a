import { useState } from "react";
import { register } from "../api.ts";
import { Link } from "../router.tsx";
import { Field, Form, textOf } from "./Form.tsx";

export function Register() {
	const [done, setDone] = useState<string>();
	if (done !== undefined) {
		return (
			<section className="card narrow">
				<h1>You are in</h1>
				<p className="success-message" role="status">
					The account for {done} was made.
				</p>
				<Link to="/login" className="button">
					Sign in
				</Link>
			</section>
		);
	}
	return (
		<section className="card narrow">
			<h1>Make an account</h1>
			<p className="muted">It takes an e-mail address and a password.</p>
			<Form
				id="register-form"
				submit="Register"
				submitId="register-btn"
				onSubmit={async (values) => {
					const email = textOf(values, "email");
					const password = textOf(values, "password");
					if (password !== textOf(values, "confirmPassword")) {
						throw new Error("The two passwords are not the same.");
					}
					await register(email, password);
					setDone(email);
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
					autoComplete="new-password"
					minLength={8}
					maxLength={72}
					hint="At least 8 characters."
				/>
				<Field
					name="confirmPassword"
					label="Password once more"
					type="password"
					autoComplete="new-password"
					maxLength={72}
				/>
			</Form>
			<p className="muted">
				Already registered? <Link to="/login">Sign in</Link>
			</p>
		</section>
	);
}
