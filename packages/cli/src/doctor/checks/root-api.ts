import { type Check, check } from "../check.ts";
import { type Finding, fault, notChecked } from "../finding.ts";
import type { Probes } from "../probes.ts";
import { judgeClusters, judgeServices } from "./judge-root.ts";

/** How the doctor shows the root who it is; what is absent was not given. */
export interface Login {
  token?: string | undefined;
  user?: string | undefined;
  password?: string | undefined;
}

const how = "set OAK_TOKEN, or OAK_USER and OAK_PASSWORD, to have clusters and instances checked";

/** Clusters and instances as the root's API shows them. */
export function rootApiCheck(base: string, login: Login): Check {
  return check("clusters", async (probes) => {
    const token = await tokenOf(probes, base, login);
    if (typeof token !== "string") return [token];
    const get = async (path: string) => listFrom(probes, { base, path, token });
    const [clusters, services] = await Promise.all([get("/api/clusters"), get("/api/services")]);
    return [
      ...(Array.isArray(clusters) ? judgeClusters(clusters) : [clusters]),
      ...(Array.isArray(services) ? judgeServices(services) : [services]),
    ];
  });
}

async function tokenOf(probes: Probes, base: string, login: Login): Promise<string | Finding> {
  if (login.token !== undefined) return login.token;
  const { user: username, password } = login;
  if (username === undefined || password === undefined) return notChecked("clusters", how);
  const body = { username, password };
  const answer = await probes.http({ base, path: "/api/auth/login", body });
  if (answer.kind !== "answer") return notChecked("clusters", `no login: ${answer.detail}`);
  const token: unknown =
    typeof answer.body === "object" && answer.body !== null
      ? Reflect.get(answer.body, "token")
      : undefined;
  if (typeof token === "string") return token;
  return refusal(answer.status);
}

function refusal(status: number): Finding {
  if (status === 401 || status === 403) {
    return fault(
      "login",
      "the root does not take this login",
      "Give the right OAK_USER and OAK_PASSWORD, or a fresh OAK_TOKEN",
    );
  }
  return notChecked("clusters", `the root answers ${status} to a login`);
}

async function listFrom(
  probes: Probes,
  { base, path, token }: { base: string; path: string; token: string },
): Promise<unknown[] | Finding> {
  const headers = { authorization: `Bearer ${token}` };
  const answer = await probes.http({ base, path, headers });
  const name = path.slice("/api/".length);
  if (answer.kind !== "answer") return notChecked(name, answer.detail);
  if (Array.isArray(answer.body)) return answer.body;
  return answer.status === 401
    ? refusal(401)
    : notChecked(name, `${path} answers ${answer.status}`);
}
