// The pack's runner loads its entry with require(); the pack itself is an ES module in TypeScript.
require("tsx/esm/api").register();
module.exports = import("./index.ts");
