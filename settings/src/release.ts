import { z } from "zod";

const image = z
	.string()
	.regex(
		/^(sha256:[0-9a-f]{64}|[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})$/,
		"expected sha256:<64 hex digits> or a tag",
	)
	.refine(
		(reference) => reference !== "latest",
		"expected a tag that never moves, got latest",
	);

/** What runs: an image of each repository, by digest or by a tag that is resolved to one. */
export const imageSettings = z.strictObject({
	frontend: image.optional(),
	backend: image.optional(),
	cutover: image.optional(),
});

/** CPU units (1024 = one CPU) and the memory in MiB that Fargate offers with them: from, to, step. */
const FARGATE_MEMORY: Readonly<
	Record<number, readonly [number, number, number]>
> = {
	256: [512, 2048, 512],
	512: [1024, 4096, 1024],
	1024: [2048, 8192, 1024],
	2048: [4096, 16384, 1024],
	4096: [8192, 30720, 1024],
};

function fargateSize<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
	return z.strictObject(shape).superRefine((size, context) => {
		const { cpu, memoryMb } = z
			.looseObject({ cpu: z.number(), memoryMb: z.number() })
			.parse(size);
		const [from, to, step] = FARGATE_MEMORY[cpu] ?? [0, 0, 1];
		if (memoryMb < from || memoryMb > to || memoryMb % step !== 0) {
			context.addIssue({
				code: "custom",
				path: ["memoryMb"],
				message: from
					? `expected ${from} to ${to} in steps of ${step} with cpu ${cpu}, got ${memoryMb}`
					: `expected cpu to be one of ${Object.keys(FARGATE_MEMORY).join(", ")}, got ${cpu}`,
			});
		}
	});
}

/** bakeMinutes: the old colour stays this long after the switch, for a rollback without a start. */
const bakeMinutes = z.int().min(0).max(1440).default(5);

/** How large each service is. */
export const serviceSettings = z.strictObject({
	frontend: fargateSize({
		desiredCount: z.int().min(1).max(100).default(3),
		cpu: z.int().default(256),
		memoryMb: z.int().default(512),
		bakeMinutes,
	}).prefault({}),
	backend: fargateSize({
		desiredCount: z.int().min(1).max(100).default(2),
		cpu: z.int().default(512),
		memoryMb: z.int().default(1024),
		bakeMinutes,
	}).prefault({}),
});

/** How large the tasks are that move the data, and how long one may take. */
export const jobSettings = fargateSize({
	cpu: z.int().default(2048),
	memoryMb: z.int().default(4096),
	/** The whole production window: a job that needs longer must not go on unseen. */
	timeoutMinutes: z.int().min(1).max(1440).default(240),
});

export type ImageSettings = z.infer<typeof imageSettings>;
export type ServiceSettings = z.infer<typeof serviceSettings>;
export type ServiceSize = ServiceSettings["backend"];
export type JobSettings = z.infer<typeof jobSettings>;
