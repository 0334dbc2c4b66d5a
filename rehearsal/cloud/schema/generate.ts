/**
 * Reads the inputs of the laptop cloud's resource types out of the type declarations of the installed @pulumi/aws, and
 * writes them beside this file. Run after an upgrade of @pulumi/aws: `npx tsx rehearsal/cloud/schema/generate.ts`.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";
import { resourceModules, tokenOf } from "./resourceTypes.ts";
import type { ObjectSchema, PropertySchema, Schema } from "./schema.ts";

const folder = dirname(
	new URL(import.meta.resolve("@pulumi/aws/package.json")).pathname,
);

/** Pure in what is installed: the same package gives the same text. */
export function generateSchema(): Schema {
	const types = new Map<string, ObjectSchema>();
	const nested = readNestedTypes(join(folder, "types/input.d.ts"));
	const describe = (members: ts.NodeArray<ts.TypeElement>): ObjectSchema =>
		describeMembers(members, (name) => {
			if (types.has(name)) return;
			const members = nested.get(name);
			if (members === undefined)
				throw new Error(`types/input.d.ts does not declare ${name}`);
			types.set(name, {});
			types.set(name, describe(members));
		});
	const resources = resourceModules.map((module) => {
		const name = tokenOf(module).split(":")[2] ?? "";
		const file = parse(join(folder, `${module}.d.ts`));
		const args = file.statements.find(
			(s): s is ts.InterfaceDeclaration =>
				ts.isInterfaceDeclaration(s) && s.name.text === `${name}Args`,
		);
		if (args === undefined) throw new Error(`${module} has no ${name}Args`);
		return [tokenOf(module), describe(args.members)] as const;
	});
	const manifest: unknown = JSON.parse(
		readFileSync(join(folder, "package.json"), "utf8"),
	);
	return {
		version: (manifest as { version: string }).version,
		resources: Object.fromEntries(resources),
		types: Object.fromEntries([...types].sort(([a], [b]) => (a < b ? -1 : 1))),
	};
}

const parse = (file: string): ts.SourceFile =>
	ts.createSourceFile(
		file,
		readFileSync(file, "utf8"),
		ts.ScriptTarget.ESNext,
		true,
	);

/** Interfaces inside `namespace ecs { ... }` by `ecs.Name`. */
function readNestedTypes(
	file: string,
): Map<string, ts.NodeArray<ts.TypeElement>> {
	const found = new Map<string, ts.NodeArray<ts.TypeElement>>();
	for (const statement of parse(file).statements) {
		if (!ts.isModuleDeclaration(statement)) continue;
		const body = statement.body;
		if (body === undefined || !ts.isModuleBlock(body)) continue;
		for (const inner of body.statements)
			if (ts.isInterfaceDeclaration(inner))
				found.set(`${statement.name.text}.${inner.name.text}`, inner.members);
	}
	return found;
}

function describeMembers(
	members: ts.NodeArray<ts.TypeElement>,
	need: (nestedType: string) => void,
): ObjectSchema {
	return Object.fromEntries(
		members.filter(ts.isPropertySignature).map((member) => {
			if (member.type === undefined)
				throw new Error(`${member.getText()} has no type`);
			const schema = describeType(member.type, need);
			const name = ts.isIdentifier(member.name)
				? member.name.text
				: member.name.getText();
			return [
				name,
				member.questionToken === undefined
					? { ...schema, required: true as const }
					: schema,
			];
		}),
	);
}

function describeType(
	node: ts.TypeNode,
	need: (nestedType: string) => void,
): PropertySchema {
	switch (node.kind) {
		case ts.SyntaxKind.StringKeyword:
			return { kind: "string" };
		case ts.SyntaxKind.NumberKeyword:
			return { kind: "number" };
		case ts.SyntaxKind.BooleanKeyword:
			return { kind: "boolean" };
		case ts.SyntaxKind.AnyKeyword:
			return { kind: "any" };
	}
	if (ts.isParenthesizedTypeNode(node)) return describeType(node.type, need);
	if (ts.isArrayTypeNode(node))
		return { kind: "array", items: describeType(node.elementType, need) };
	if (ts.isTypeLiteralNode(node)) {
		const [index] = node.members;
		if (index !== undefined && ts.isIndexSignatureDeclaration(index))
			return { kind: "map", items: describeType(index.type, need) };
	}
	if (ts.isUnionTypeNode(node)) return describeUnion(node, need);
	if (ts.isTypeReferenceNode(node)) {
		const name = node.typeName.getText();
		const [argument] = node.typeArguments ?? [];
		if (name === "pulumi.Input" && argument !== undefined)
			return describeType(argument, need);
		if (name.startsWith("inputs.")) {
			const type = name.slice("inputs.".length);
			need(type);
			return { kind: "object", type };
		}
		// Enumerations are strings that the service checks; a resource given as such arrives as its name or ARN.
		return { kind: "string" };
	}
	throw new Error(`cannot describe the type ${node.getText()}`);
}

function describeUnion(
	node: ts.UnionTypeNode,
	need: (nestedType: string) => void,
): PropertySchema {
	const choices = node.types.filter(
		(t) => t.kind !== ts.SyntaxKind.UndefinedKeyword,
	);
	const isDocument =
		choices.length === 2 &&
		choices[0]?.kind === ts.SyntaxKind.StringKeyword &&
		choices[1]?.getText().startsWith("inputs.") === true;
	if (isDocument) return { kind: "string", orObject: true };
	const described = choices.map((choice) => describeType(choice, need));
	const [first, second] = described;
	if (first === undefined) throw new Error(`empty union ${node.getText()}`);
	if (second === undefined || described.every((d) => d.kind === first.kind))
		return first;
	throw new Error(`cannot describe the union ${node.getText()}`);
}

if (process.argv[1] === import.meta.filename)
	writeFileSync(
		join(import.meta.dirname, "aws.generated.json"),
		`${JSON.stringify(generateSchema(), null, "\t")}\n`,
	);
