import { parseArgs } from "node:util";
import { pino } from "pino";
import { createEmbeddedMongo } from "./server.ts";

const usage =
  "usage: node dist/main.js --data-dir DIR [--socket PATH | --port PORT [--host HOST]]\n";

const { values } = parseArgs({
  options: {
    "data-dir": { type: "string" },
    socket: { type: "string" },
    host: { type: "string", default: "127.0.0.1" },
    port: { type: "string" },
  },
});
const dataDir = values["data-dir"];
const port = values.port === undefined ? undefined : Number(values.port);
const isPortValid = port === undefined || (Number.isInteger(port) && port >= 0 && port <= 65_535);
if (dataDir === undefined || !isPortValid || (port !== undefined && values.socket !== undefined)) {
  process.stderr.write(usage);
  process.exit(2);
}

const logger = pino({ name: "embedded-mongo" });
const tcp = port === undefined ? undefined : { host: values.host, port };
const unix = values.socket === undefined ? undefined : { socketPath: values.socket };
const address = tcp ?? unix;
const server = createEmbeddedMongo({ dataDir, logger, ...(address && { listen: address }) });

const stop = async (): Promise<void> => {
  await server.stop();
  process.exit(0);
};
process.once("SIGINT", () => void stop());
process.once("SIGTERM", () => void stop());

try {
  await server.start();
} catch (err) {
  logger.fatal({ err }, "embedded database did not start");
  process.exit(1);
}
