import generated from "./aws.generated.json" with { type: "json" };

/** What one property may hold. */
export interface PropertySchema {
	readonly kind:
		| "string"
		| "number"
		| "boolean"
		| "array"
		| "map"
		| "object"
		| "any";
	readonly required?: true;
	/** Of an array's or map's items. */
	readonly items?: PropertySchema;
	/** Name of a nested type in `types`, for kind object. */
	readonly type?: string;
	/** The provider also takes the value as an object and turns it into JSON text. */
	readonly orObject?: true;
}

export type ObjectSchema = Readonly<Record<string, PropertySchema>>;

/** The inputs of the resource types that the laptop cloud has. */
export interface Schema {
	/** Version of @pulumi/aws that it was read from. */
	readonly version: string;
	/** By type token. */
	readonly resources: Readonly<Record<string, ObjectSchema>>;
	/** Nested types by name, each described once. */
	readonly types: Readonly<Record<string, ObjectSchema>>;
}

export const awsSchema = generated as Schema;
