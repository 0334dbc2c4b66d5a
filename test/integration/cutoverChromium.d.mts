/** What is used of playwright-core in tests; names and shapes are its own. */
export interface Page {
	goto(url: string): Promise<unknown>;
	title(): Promise<string>;
	evaluate<T>(expression: string): Promise<T>;
	screenshot(options: {
		readonly path: string;
		readonly fullPage: boolean;
	}): Promise<unknown>;
	on(event: "console", listener: (message: { text(): string }) => void): void;
	on(event: "pageerror", listener: (error: Error) => void): void;
	on(event: "request", listener: (request: { url(): string }) => void): void;
	context(): Context;
}
export interface Context {
	newPage(): Promise<Page>;
	newCDPSession(page: Page): Promise<{
		send(
			method: "Runtime.evaluate",
			options: {
				readonly expression: string;
				readonly awaitPromise: boolean;
				readonly returnByValue: boolean;
			},
		): Promise<{ readonly result: { readonly value?: unknown } }>;
	}>;
	close(): Promise<void>;
}
export interface Browser {
	newContext(options: {
		readonly viewport: { readonly width: number; readonly height: number };
		readonly colorScheme: "light" | "dark";
		readonly javaScriptEnabled?: boolean;
	}): Promise<Context>;
	close(): Promise<void>;
}
/** Chromium or Chrome of this machine, headless. */
export function startBrowser(): Promise<Browser>;
/** The accessibility rules as a script that defines `axe`. */
export function accessibilityScript(): string;
