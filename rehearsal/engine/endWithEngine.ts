/** Put into the bundle of every provider plugin: a plugin without its engine has nobody left to work for. */
import { endWithParent } from "./endWithParent.ts";

endWithParent(() => process.exit(0));
