// What a worker's installer and agents ask: a cluster-manager on 127.0.0.1:10100 that knows one join secret, and a Docker Engine that
// runs nothing.   far-side.mjs SECRET [API-VERSION]
import { rmSync } from "node:fs";
import { createServer } from "node:http";

const [secret = "", apiVersion = "1.41"] = process.argv.slice(2);
const socket = "/var/run/docker.sock";
const worker = "0123456789abcdef01234567";

createServer(async (request, response) => {
  const answer = answerOn(response);
  const body = await read(request);
  if (request.url !== "/api/node/register") return answer(200, { status: "alive" });
  if (JSON.parse(body).token !== secret && request.headers.authorization === undefined) {
    return answer(403, { code: 403, status: "Forbidden", message: "join_refused" });
  }
  return answer(200, {
    id: worker,
    MQTT_BROKER_PORT: "10003",
    session: 1,
    incarnation: "of-a-test",
    mqtt: { username: worker, password: "for-the-broker" },
    heartbeat_ms: 5_000,
  });
}).listen(10_100, "127.0.0.1");

rmSync(socket, { force: true });
createServer((request, response) => {
  const answer = answerOn(response);
  const path = (request.url ?? "").replace(/^\/v[\d.]+/, "").split("?")[0];
  if (path === "/version") return answer(200, { ApiVersion: apiVersion });
  if (path === "/containers/json" || path === "/images/json") return answer(200, []);
  if (path === "/events") return response.writeHead(200).flushHeaders();
  return path === "/_ping" ? response.end("OK") : answer(404, { message: "not here" });
}).listen(socket, () => process.stdout.write("ready\n"));

/** @param {import("node:http").ServerResponse} response */
function answerOn(response) {
  return (/** @type {number} */ status, /** @type {unknown} */ value) => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
  };
}

/** @param {import("node:http").IncomingMessage} request */
async function read(request) {
  let text = "";
  for await (const part of request) text += part;
  return text;
}
