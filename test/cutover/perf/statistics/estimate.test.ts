import assert from "node:assert/strict";
import fc from "fast-check";
import { standardError } from "../../../../cutover/src/perf/statistics/bootstrap.ts";
import {
	boundsOf,
	estimateApart,
	estimatePaired,
	estimateValue,
} from "../../../../cutover/src/perf/statistics/estimate.ts";
import { seededRandom } from "../../../../cutover/src/perf/statistics/random.ts";
import { normals } from "../distributions.ts";

const drawing = { together: 1, seed: 1 };
const series = fc.array(fc.double({ min: 0.01, max: 1e4, noNaN: true }), {
	minLength: 12,
	maxLength: 30,
});

describe("a figure and its error", () => {
	it("chooses the same rounds for the same seed, and others for another", () => {
		const draw = (seed: number) =>
			Array.from({ length: 5 }, seededRandom(seed));
		assert.deepEqual(draw(1), draw(1));
		assert.notDeepEqual(draw(1), draw(2));
		assert.ok(draw(3).every((value) => value >= 0 && value < 1));
	});

	it("knows the error of a mean of independent values", () => {
		const values = normals(7, 400);
		// A fifth trimmed at either end costs 6 % over a mean, whose error is 1 / 20.
		const error = standardError(values, drawing);
		assert.ok(Math.abs(error - 0.053) < 0.008, `${error}`);
	});

	it("sees that noise which lasts is less evidence than it looks", () => {
		const noise = normals(3, 100);
		const lasting = noise.flatMap((value) => Array(6).fill(value));
		const fooled = standardError(lasting, drawing);
		const honest = standardError(lasting, { ...drawing, together: 6 });
		assert.ok(honest > 1.7 * fooled, `${honest} and ${fooled}`);
	});

	it("has no error to tell of one round", () => {
		assert.ok(Number.isNaN(standardError([1], drawing)));
	});

	it("finds the factor between two series exactly when it is the same in every round", () => {
		fc.assert(
			fc.property(
				series,
				fc.double({ min: 0.2, max: 5, noNaN: true }),
				(before, factor) => {
					const after = before.map((value) => value * factor);
					const found = estimatePaired(before, after, drawing);
					assert.ok(Math.abs(Math.exp(found.log) - factor) < 1e-9);
					assert.ok(found.error < 1e-9);
				},
			),
		);
	});

	it("comes to the reverse when before and after change places", () => {
		fc.assert(
			fc.property(series, series, (one, other) => {
				const length = Math.min(one.length, other.length);
				const [a, b] = [one.slice(0, length), other.slice(0, length)];
				const there = estimatePaired(a, b, drawing);
				const back = estimatePaired(b, a, drawing);
				assert.ok(Math.abs(there.log + back.log) < 1e-9);
			}),
		);
	});

	it("is wider when the two were measured at different times", () => {
		const noise = normals(5, 30);
		const before = noise.map((value) => Math.exp(0.3 * value));
		const after = noise.map((value, at) =>
			Math.exp(0.3 * value + 0.01 * (at % 3)),
		);
		const paired = estimatePaired(before, after, drawing);
		const apart = estimateApart(before, after, drawing);
		assert.ok(apart.error > 5 * paired.error);
	});

	it("widens its bounds with the certainty that is asked for", () => {
		const estimate = estimateValue(
			normals(9, 20).map((value) => Math.exp(value / 10)),
			drawing,
		);
		const [narrow, wide] = [
			boundsOf(estimate, 0.025),
			boundsOf(estimate, 0.001),
		];
		assert.ok(
			wide[0] < narrow[0] && narrow[0] < narrow[1] && narrow[1] < wide[1],
		);
	});
});
