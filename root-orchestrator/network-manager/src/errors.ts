import { commonErrors, defineErrors, type ErrorTable } from "@oak/kit";

/** What only the root's network-manager answers; the rest is in kit. Codes are never renamed. */
export const networkManagerErrorTable = {
  service_unknown: { status: 404, title: "No such service" },
  instance_unknown: { status: 404, title: "No such instance" },
  cluster_unknown: { status: 404, title: "No such cluster" },
  address_invalid: { status: 400, title: "The address cannot be chosen" },
  address_taken: { status: 409, title: "The address is taken" },
  address_fixed: { status: 409, title: "The service has another address already" },
  // upstream: 400
  still_deployed: { status: 400, title: "There are services still deployed" },
  pool_exhausted: { status: 507, title: "No address is left" },
} as const satisfies ErrorTable;

export const errors = { ...commonErrors, ...defineErrors(networkManagerErrorTable) };
