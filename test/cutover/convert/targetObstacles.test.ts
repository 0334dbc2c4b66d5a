import assert from "node:assert/strict";
import { filledBy } from "../../../cutover/src/convert/targetObstacles.ts";

const tables = ["auth.users", "public.profiles"];

describe("a trigger's function", () => {
	for (const [title, body, filled] of [
		[
			"fills a table that is loaded",
			"BEGIN INSERT INTO public.profiles (id) VALUES (NEW.id); RETURN NEW; END",
			"public.profiles",
		],
		[
			"fills it by its name alone, quoted, over two lines",
			'insert\n\tINTO "profiles" (id) SELECT NEW.id',
			"public.profiles",
		],
		[
			"minds rows already there",
			"INSERT INTO public.profiles (id) VALUES (NEW.id) ON CONFLICT DO NOTHING",
			undefined,
		],
		[
			"writes elsewhere",
			"INSERT INTO public.profiles_audit (id) VALUES (NEW.id)",
			undefined,
		],
		["does so in a remark only", "-- insert into profiles\nNULL;", undefined],
	] as const) {
		it(title, () => {
			assert.equal(filledBy(body, tables), filled);
		});
	}
});
