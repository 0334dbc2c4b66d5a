/** What is used of `playwright-core`; names and shapes are its own. */

export interface LaunchOptions {
	readonly executablePath: string;
	readonly headless: boolean;
	readonly chromiumSandbox: boolean;
	readonly args: readonly string[];
	readonly timeout: number;
	readonly artifactsDir: string;
	readonly tracesDir: string;
	readonly handleSIGINT: boolean;
	readonly handleSIGTERM: boolean;
	readonly handleSIGHUP: boolean;
}

export interface Size {
	readonly width: number;
	readonly height: number;
}

/** Cookies and local storage of a signed-in browser. */
export interface StorageState {
	readonly cookies: readonly unknown[];
	readonly origins: readonly unknown[];
}

export interface Waiting {
	readonly timeout?: number;
	readonly signal?: AbortSignal;
}

export interface Browser {
	version(): string;
	isConnected(): boolean;
	newContext(options: {
		readonly viewport: Size;
		readonly storageState?: StorageState;
		readonly locale?: string;
		readonly serviceWorkers?: "allow" | "block";
	}): Promise<BrowserContext>;
	close(): Promise<void>;
}

export interface BrowserContext {
	readonly tracing: {
		start(options: {
			readonly screenshots: boolean;
			readonly snapshots: boolean;
			readonly title?: string;
		}): Promise<void>;
		stop(options?: { readonly path: string }): Promise<void>;
	};
	newPage(): Promise<Page>;
	addInitScript(script: string): Promise<unknown>;
	route(
		url: string | RegExp,
		handler: (route: Route, request: Request) => Promise<unknown> | unknown,
	): Promise<unknown>;
	setDefaultTimeout(milliseconds: number): void;
	storageState(): Promise<StorageState>;
	close(): Promise<void>;
}

export interface Page {
	on(event: "console", listener: (message: ConsoleMessage) => void): unknown;
	on(event: "pageerror", listener: (error: Error) => void): unknown;
	on(event: "response", listener: (response: Response) => void): unknown;
	on(
		event: "request" | "requestfailed" | "requestfinished",
		listener: (request: Request) => void,
	): unknown;
	goto(
		url: string,
		options?: Waiting & { readonly waitUntil?: "load" | "domcontentloaded" },
	): Promise<Response | null>;
	reload(options?: Waiting): Promise<Response | null>;
	url(): string;
	title(): Promise<string>;
	locator(selector: string): Locator;
	/** Runs an expression in the page. */
	evaluate<T = unknown>(expression: string): Promise<T>;
	screenshot(
		options?: Waiting & {
			readonly type?: "png";
			readonly animations?: "disabled" | "allow";
			readonly caret?: "hide" | "initial";
			readonly fullPage?: boolean;
		},
	): Promise<Buffer>;
	setViewportSize(size: Size): Promise<void>;
	setContent(html: string): Promise<void>;
	waitForURL(
		url: (url: URL) => boolean,
		options?: Waiting & {
			readonly waitUntil?: "load" | "commit" | "domcontentloaded";
		},
	): Promise<void>;
	waitForResponse(
		wanted: (response: Response) => boolean,
		options?: Waiting,
	): Promise<Response>;
	waitForFunction(
		expression: string,
		argument?: unknown,
		options?: Waiting,
	): Promise<unknown>;
	waitForTimeout(milliseconds: number): Promise<void>;
	close(): Promise<void>;
}

export interface Locator {
	first(): Locator;
	last(): Locator;
	nth(index: number): Locator;
	locator(selector: string): Locator;
	filter(options: {
		readonly has?: Locator;
		readonly hasText?: string | RegExp;
		readonly visible?: boolean;
	}): Locator;
	click(options?: Waiting): Promise<void>;
	fill(value: string, options?: Waiting): Promise<void>;
	selectOption(
		wanted: string | { readonly label: string },
		options?: Waiting,
	): Promise<readonly string[]>;
	waitFor(
		options?: Waiting & {
			readonly state?: "attached" | "visible" | "hidden" | "detached";
		},
	): Promise<void>;
	count(): Promise<number>;
	isVisible(): Promise<boolean>;
	inputValue(options?: Waiting): Promise<string>;
	innerText(options?: Waiting): Promise<string>;
	allInnerTexts(): Promise<readonly string[]>;
	/** Runs a function's text with the element as its argument. */
	evaluate<T = unknown>(expression: string): Promise<T>;
}

export interface ConsoleMessage {
	type(): string;
	text(): string;
	location(): { readonly url: string; readonly lineNumber: number };
}

export interface Request {
	url(): string;
	method(): string;
	failure(): { readonly errorText: string } | null;
	frame(): { url(): string };
	headers(): Readonly<Record<string, string>>;
}

export interface Response {
	url(): string;
	status(): number;
	ok(): boolean;
	request(): Request;
	json(): Promise<unknown>;
}

export interface Route {
	abort(code?: string): Promise<void>;
	continue(): Promise<void>;
	fallback(): Promise<void>;
	fulfill(answer: {
		readonly status?: number;
		readonly headers?: Readonly<Record<string, string>>;
		readonly contentType?: string;
		readonly body?: string;
	}): Promise<void>;
}

/** Loads the package from where it lies. */
export function loadPlaywright(file: string): {
	readonly chromium: { launch(options: LaunchOptions): Promise<Browser> };
};
