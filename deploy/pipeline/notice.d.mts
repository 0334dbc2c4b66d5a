export function buildNotice(
	title: string,
	needs: Readonly<Record<string, { readonly result: string }>>,
	about: {
		readonly channel: string;
		readonly commit: string;
		readonly run: string;
	},
): { readonly channel: string; readonly text: string };
