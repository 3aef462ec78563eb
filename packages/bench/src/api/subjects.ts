import type { LoadRequest } from "./load.ts";
import type { Scene } from "./scene.ts";

/** Something that is asked of the root, and of the bare server with the same body. */
export interface Subject {
  /** also the name of its body at the bare server */
  key: string;
  label: string;
  method: LoadRequest["method"];
  /** Paths at the root, taken in turn. */
  paths: readonly string[];
  connections: number;
  /** see `LoadOptions`: how long one takes, and not how many there can be */
  everyMs?: number;
  /** requests a second, as a share of the bare server's */
  atLeast?: number;
  /** milliseconds */
  p99AtMost?: number;
}

const connections = 8;
const pageSize = 50;
const acceptEveryMs = 50;

/** What is measured, of a root with these services. */
export function subjectsOf({ applications }: Scene): Subject[] {
  const services = applications.flatMap(({ serviceIds }) => serviceIds);
  const [first = ""] = services;
  const deploy = {
    method: "POST",
    // Each service has some, so that none grows a list that makes the last request dearer than the first.
    paths: services.map((id) => `/api/service/${id}/instance`),
    p99AtMost: 10,
  } as const;
  const get = { method: "GET", connections } as const;
  return [
    {
      ...get,
      key: "one",
      label: "one service, always the same",
      paths: [`/api/service/${first}`],
      atLeast: 0.5,
    },
    {
      ...get,
      key: "any",
      label: "one service, each in turn",
      paths: services.map((id) => `/api/service/${id}`),
      atLeast: 0.5,
    },
    {
      ...get,
      key: "page",
      label: `a page of ${pageSize} of all`,
      paths: [`/api/services?limit=${pageSize}`],
      atLeast: 0.25,
    },
    {
      ...get,
      key: "application",
      label: "the services of an application",
      paths: applications.map(({ id }) => `/api/services/${id}`),
      atLeast: 0.25,
    },
    {
      ...get,
      key: "all",
      label: "all services at once",
      paths: ["/api/services"],
      connections: 1,
      atLeast: 0.25,
    },
    {
      ...deploy,
      key: "accept",
      label: `an accepted deployment, ${1000 / acceptEveryMs} a second`,
      connections: 1,
      everyMs: acceptEveryMs,
    },
    { ...deploy, key: "flood", label: "an accepted deployment, all that it can", connections: 4 },
  ];
}
