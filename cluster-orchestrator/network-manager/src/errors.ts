import { commonErrors, defineErrors, type ErrorTable } from "@oak/kit";

/** What only the cluster's network-manager answers; the rest is in kit. Codes are never renamed. */
export const networkManagerErrorTable = {
  service_unknown: { status: 404, title: "No such service" },
} as const satisfies ErrorTable;

export const errors = { ...commonErrors, ...defineErrors(networkManagerErrorTable) };
