import { request } from "node:http";

/** Where Docker listens unless DOCKER_HOST says otherwise. */
export const defaultSocket = "/var/run/docker.sock";

/**
 * @param {string | undefined} dockerHost the value of DOCKER_HOST
 * @returns {{ socketPath: string } | { host: string, port: number }}
 */
export function dockerAddress(dockerHost) {
  if (dockerHost === undefined || dockerHost === "") return { socketPath: defaultSocket };
  if (dockerHost.startsWith("unix://")) return { socketPath: dockerHost.slice("unix://".length) };
  const url = new URL(dockerHost.replace(/^tcp:/, "http:"));
  return { host: url.hostname, port: Number(url.port || 2375) };
}

/**
 * Asks the engine itself (`GET /_ping`): a `docker` client without an engine behind it is common.
 *
 * @param {number} [timeoutMs]
 * @returns {Promise<"answers" | "forbidden" | "silent">} `forbidden`: it is there, we may not talk to it
 */
export function pingDocker(timeoutMs = 3_000) {
  return new Promise((resolve) => {
    const ping = request({
      ...dockerAddress(process.env["DOCKER_HOST"]),
      path: "/_ping",
      timeout: timeoutMs,
    });
    ping.once("response", (response) => {
      response.resume();
      resolve(response.statusCode === 200 ? "answers" : "silent");
    });
    ping.once("timeout", () => ping.destroy(new Error("no answer")));
    ping.once("error", (error) => {
      resolve("code" in error && error.code === "EACCES" ? "forbidden" : "silent");
    });
    ping.end();
  });
}
