import type { DeleteCommand, DeployCommand, SyncCommand } from "@oak/contracts";
import { aJobId } from "./builders.ts";

export const incarnation = "incarnation-1";
export interface CommandOverrides {
  image?: string;
  instance?: number;
  placement?: number;
  wantRev?: number;
  cmd?: string[];
  exclusiveTtlS?: number;
}

export function aDeploy(overrides: CommandOverrides = {}): DeployCommand {
  const {
    image = "fake/ok",
    instance = 0,
    placement = 1,
    wantRev = 1,
    cmd,
    exclusiveTtlS,
  } = overrides;
  return {
    _id: aJobId,
    job_name: "app.ns.svc.ns",
    image,
    virtualization: "docker",
    instance_number: instance,
    assignment: { incarnation, epoch: 1, placement, spec_rev: 1, want_rev: wantRev },
    ...(cmd !== undefined && { cmd }),
    ...(exclusiveTtlS !== undefined && { exclusive_ttl_s: exclusiveTtlS }),
  };
}

export function aDelete(overrides: CommandOverrides = {}): DeleteCommand {
  const { instance = 0, placement = 1, wantRev = 1 } = overrides;
  return {
    job_id: aJobId,
    job_name: "app.ns.svc.ns",
    virtualization: "docker",
    instance_number: instance,
    assignment: { incarnation, epoch: 1, placement, spec_rev: 1, want_rev: wantRev },
  };
}

export function aSync(wantRev: number, wanted: DeployCommand[], session = 1): SyncCommand {
  return { incarnation, session, want_rev: wantRev, wanted, gone: [] };
}
