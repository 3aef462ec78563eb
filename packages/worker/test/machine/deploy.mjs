// As a user of the root on 127.0.0.1:10000: deploys the SLA on the standard input, waits until its instance runs, and prints its number.
import { text } from "node:stream/consumers";

const root = "http://127.0.0.1:10000";
/** @type {Record<string, string>} */
const headers = { "content-type": "application/json" };

/** @param {string} method @param {string} path @param {unknown} [body] */
async function call(method, path, body) {
  const options = {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  };
  const answer = await fetch(`${root}${path}`, options);
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

/** @template T @param {() => Promise<T | undefined>} look @returns {Promise<T>} */
async function until(look) {
  const endMs = Date.now() + 40_000;
  for (;;) {
    const found = await look().catch(() => undefined);
    if (found !== undefined) return found;
    if (Date.now() > endMs) throw new Error("it took too long");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const sla = JSON.parse(await text(process.stdin));
const { token } = await until(() =>
  call("POST", "/api/auth/login", { username: "Admin", password: "Admin" }),
);
headers["authorization"] = `Bearer ${token}`;
const [application] = await call("POST", "/api/application", sla);
const service = `/api/service/${application.microservices[0]}`;
await call("POST", `${service}/instance`);
await until(async () => {
  const [instance] = (await call("GET", service)).instance_list;
  return instance?.status === "RUNNING" ? instance : undefined;
});
process.stdout.write(`${application.microservices[0]}\n`);
