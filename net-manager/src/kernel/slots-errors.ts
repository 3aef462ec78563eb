import { defineErrors } from "@oak/kit";

/** Why a namespace was not connected. */
export const slotErrors = defineErrors({
  process_gone: { status: 404, title: "There is no such process" },
  own_namespace: { status: 409, title: "The process is in the network of the host" },
  interface_taken: { status: 409, title: "The namespace has a network already" },
  subnet_full: { status: 507, title: "All addresses of this worker are taken" },
});
