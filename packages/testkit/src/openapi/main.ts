import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describeApi } from "@oak/system-manager";

/** `npm run openapi`: writes the document of the public API to docs/openapi.json, where a test holds it to the code. */
const file = fileURLToPath(new URL("../../../../docs/openapi.json", import.meta.url));
await writeFile(file, await describeApi());
process.stdout.write("docs/openapi.json is what the code says\n");
