// The pack's runner loads its entry with require(); the pack itself is made of ES modules in TypeScript.
module.exports = import("tsx").then(() => import("./index.ts"));
