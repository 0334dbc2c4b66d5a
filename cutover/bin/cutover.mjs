#!/usr/bin/env node
// Plain JavaScript, so that it starts without a build: the TypeScript sources are loaded through tsx.
import { register } from "tsx/esm/api";

register();
await import("../src/cli.ts");
