import assert from "node:assert/strict";
import { buildContainer } from "../../../components/ecs/container.ts";

const smallest = {
	name: "app",
	image: "registry/app@sha256:abc",
	environment: {},
	secrets: {},
	logGroup: "/ecs/app",
	region: "us-east-1",
};

describe("buildContainer", () => {
	it("runs unprivileged on a read-only file system", () => {
		const container = buildContainer(smallest);
		assert.equal(container.user, "1000:1000");
		assert.equal(container.readonlyRootFilesystem, true);
	});

	it("takes a whole secret, or one key of it", () => {
		const { secrets } = buildContainer({
			...smallest,
			secrets: {
				PGUSER: { arn: "arn:master", key: "username" },
				JWT_SECRET: { arn: "arn:jwt" },
			},
		});
		assert.deepEqual(secrets, [
			{ name: "JWT_SECRET", valueFrom: "arn:jwt" },
			{ name: "PGUSER", valueFrom: "arn:master:username::" },
		]);
	});

	it("is the same whatever the order of its environment", () => {
		const one = buildContainer({
			...smallest,
			environment: { B: "2", A: "1" },
		});
		const other = buildContainer({
			...smallest,
			environment: { A: "1", B: "2" },
		});
		assert.equal(JSON.stringify(one), JSON.stringify(other));
	});

	it("may bind a port below 1024 only where it listens on one", () => {
		assert.deepEqual(buildContainer({ ...smallest, port: 80 }).systemControls, [
			{ namespace: "net.ipv4.ip_unprivileged_port_start", value: "80" },
		]);
		assert.equal(
			"systemControls" in buildContainer({ ...smallest, port: 8000 }),
			false,
		);
		assert.equal("portMappings" in buildContainer(smallest), false);
	});

	it("mounts files read-only", () => {
		const { mountPoints } = buildContainer({
			...smallest,
			mounts: [{ volume: "files", path: "/srv/uploads" }],
		});
		assert.deepEqual(mountPoints, [
			{ sourceVolume: "files", containerPath: "/srv/uploads", readOnly: true },
		]);
	});
});
