import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { verbs } from "../../../cutover/src/verbs/index.ts";
import { commandReference } from "../../../cutover/src/verbs/reference.ts";

// npm run docs:commands
const file = join(import.meta.dirname, "../../../docs/commands.md");
await writeFile(file, commandReference(verbs));
