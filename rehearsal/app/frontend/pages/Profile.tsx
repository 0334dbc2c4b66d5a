import { useEffect, useState } from "react";
import { type Profile, readProfile, saveProfile } from "../api.ts";
import { showTheme } from "../theme.ts";
import { ErrorMessage, Field, Form, messageOf, textOf } from "./Form.tsx";

const themes = [
	{ value: "light", label: "Light" },
	{ value: "dark", label: "Dark" },
];
const languages = [
	{ value: "en", label: "English" },
	{ value: "de", label: "Deutsch" },
	{ value: "es", label: "Español" },
	{ value: "fr", label: "Français" },
	{ value: "ja", label: "日本語" },
];

export function ProfilePage() {
	const [profile, setProfile] = useState<Profile>();
	const [saved, setSaved] = useState(false);
	const [error, setError] = useState<string>();
	useEffect(() => {
		readProfile().then(setProfile, (failure) => setError(messageOf(failure)));
	}, []);
	return (
		<section className="card narrow">
			<h1>Profile</h1>
			{error && <ErrorMessage text={error} />}
			{profile && (
				<Form
					id="profile-form"
					submit="Save"
					submitId="save-profile-btn"
					onSubmit={async (values) => {
						setSaved(false);
						const now = await saveProfile({
							username: textOf(values, "username"),
							preferences: {
								theme: textOf(values, "theme"),
								language: textOf(values, "language"),
								notifications: values.has("notifications"),
							},
						});
						setProfile(now);
						showTheme(now.preferences.theme);
						setSaved(true);
					}}
				>
					<Field
						name="username"
						label="User name"
						value={profile.username ?? ""}
						autoComplete="nickname"
					/>
					<Choice
						name="theme"
						label="Theme"
						value={profile.preferences.theme}
						choices={themes}
					/>
					<Choice
						name="language"
						label="Language"
						value={profile.preferences.language}
						choices={languages}
					/>
					<label className="check">
						<input
							type="checkbox"
							name="notifications"
							defaultChecked={profile.preferences.notifications}
						/>
						Tell me by e-mail what happens
					</label>
					{saved && (
						<p className="profile-saved success" role="status">
							The profile was saved.
						</p>
					)}
				</Form>
			)}
		</section>
	);
}

function Choice(props: {
	readonly name: string;
	readonly label: string;
	readonly value: string;
	readonly choices: readonly {
		readonly value: string;
		readonly label: string;
	}[];
}) {
	// A value from elsewhere stays choosable: saving the form must not change what nobody touched.
	const choices = props.choices.some(({ value }) => value === props.value)
		? props.choices
		: [...props.choices, { value: props.value, label: props.value }];
	return (
		<div className="field">
			<label htmlFor={props.name}>{props.label}</label>
			<select id={props.name} name={props.name} defaultValue={props.value}>
				{choices.map(({ value, label }) => (
					<option key={value} value={value}>
						{label}
					</option>
				))}
			</select>
		</div>
	);
}
