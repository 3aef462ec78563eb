import {
  BatchRequest,
  CalculateDeploy,
  JobSpec,
  PlacementRequest,
  PORT_LIST_PATTERN,
  parsePortList,
} from "@oak/contracts";
import { z } from "zod";

const amount = z.number().min(0).exactOptional();

/** What placement computes with, checked more strictly than the contract of what travels to workers. */
const computed = {
  vcpus: amount,
  memory: amount,
  storage: amount,
  vgpus: z.int().min(0).exactOptional(),
  port: z
    .string()
    .regex(PORT_LIST_PATTERN, "entries host:container[/tcp|udp], separated by ; or ,")
    .refine(hasOnlyPorts, "ports go from 1 to 65535 (host port 0: any)")
    .exactOptional(),
};

function hasOnlyPorts(list: string): boolean {
  try {
    parsePortList(list);
    return true;
  } catch {
    return false;
  }
}

export const BatchBody = BatchRequest.extend({
  requests: z.array(PlacementRequest.extend({ job: JobSpec.extend(computed) })).max(1000),
});

export const ExplainRequest = PlacementRequest.extend({ job: JobSpec.extend(computed) });

/** upstream: `_id` is a job id at the root and `<job id>/<instance number>` at a cluster. */
export const DeployBody = CalculateDeploy.extend({
  ...computed,
  _id: z.string().regex(/^[0-9a-f]{24}(\/\d{1,16})?$/, "a job id, or <job id>/<instance number>"),
  attempt_id: z.string().min(1).max(128).exactOptional(),
});
