// The server that these tests mean: what CLAQUE_BIN names, or the debug build of this repository.

import { fileURLToPath } from "node:url";

process.env.CLAQUE_BIN ||= fileURLToPath(new URL("../../../target/debug/claque", import.meta.url));
