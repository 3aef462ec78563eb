import { AppError, defineErrors, type ErrorTable } from "@oak/kit";

/** The first four are `NET_REFUSALS` of the contract. */
export const errorTable = {
  subnet_full: { status: 507, title: "The subnet of this worker has no free address" },
  port_taken: { status: 409, title: "A port of the host is taken" },
  not_registered: { status: 409, title: "Nothing is attached before POST /register" },
  process_gone: { status: 404, title: "There is no such process" },
  bad_request: { status: 400, title: "The request cannot be understood" },
  other_worker: { status: 400, title: "This host is registered as another worker" },
  no_subnet: { status: 503, title: "The cluster has not leased a subnet yet" },
  superseded: { status: 409, title: "A newer copy of this instance is attached" },
  slot_in_use: { status: 409, title: "Another instance uses this namespace" },
  unsupported: { status: 501, title: "This is not supported" },
} as const satisfies ErrorTable;

export const errors = defineErrors(errorTable);

/** What the kernel's refusal to connect a namespace means to the caller. */
export function connectRefusal(error: unknown, pid: number): unknown {
  if (error instanceof AppError) return error;
  const code: unknown = error instanceof Error ? Reflect.get(error, "code") : undefined;
  if (code === "ENOENT" || code === "ESRCH") {
    return errors.process_gone({ detail: `No process ${pid}`, cause: error });
  }
  return code === "EADDRNOTAVAIL" ? errors.subnet_full({ cause: error }) : error;
}
