const themeKey = "trusted-login-theme";

/** Shows light or dark as the user chose; anything else leaves it to the system's own setting. */
export function showTheme(theme: string): void {
	localStorage.setItem(themeKey, theme);
	showRememberedTheme();
}

export function showRememberedTheme(): void {
	const theme = localStorage.getItem(themeKey);
	if (theme === "light" || theme === "dark") {
		document.documentElement.dataset.theme = theme;
	} else {
		delete document.documentElement.dataset.theme;
	}
}
