import { commonErrors, defineErrors, type ErrorTable } from "@oak/kit";

/** What only the system-manager answers; the rest is in kit. Codes are never renamed. */
export const systemManagerErrorTable = {
  application_unknown: { status: 404, title: "No such application" },
  application_exists: { status: 409, title: "An application of this name exists" },
  service_unknown: { status: 404, title: "No such service" },
  service_name_taken: { status: 409, title: "This service name is taken" },
  service_update_unsupported: { status: 501, title: "A service cannot be updated yet" },
  instance_unknown: { status: 404, title: "No such instance" },
  instance_not_running: { status: 409, title: "Only a running instance can be moved" },
  instance_not_movable: { status: 409, title: "The instance cannot be moved" },
  too_many_instances: { status: 409, title: "The service has as many instances as it may have" },
  too_many_services: { status: 409, title: "The application has as many services as it may have" },
  precondition_failed: { status: 412, title: "This is not the version that was meant" },
  changed_meanwhile: { status: 409, title: "Somebody else changed this at the same moment" },
  sla_invalid: { status: 422, title: "The SLA is not valid" },
  login_failed: { status: 401, title: "User name or password is wrong" },
  organization_unknown: { status: 404, title: "No such organization" },
  user_unknown: { status: 404, title: "No such user" },
  token_expired: { status: 401, title: "Token has expired" },
  token_malformed: { status: 422, title: "The token cannot be read" },
  too_many_failed_logins: { status: 429, title: "Too many failed logins" },
  cluster_unknown: { status: 404, title: "No such cluster" },
  cluster_name_taken: { status: 409, title: "A cluster of this name is connected" },
  address_taken: { status: 409, title: "The address is taken" },
  address_refused: { status: 400, title: "The address cannot be chosen" },
  addresses_exhausted: { status: 507, title: "No address is left" },
  unknown_session: { status: 409, title: "Register again" },
  first_account_refused: { status: 503, title: "No account can be made" },
} as const satisfies ErrorTable;

export const errors = { ...commonErrors, ...defineErrors(systemManagerErrorTable) };
