import { z } from "zod";

/** A port of the host as it is claimed: `8080/tcp`. */
export const HostPort = z.string().regex(/^\d{1,5}\/(tcp|udp)$/);

/** What an instance takes from its child: cores, MB, whole GPUs, ports of the host. */
export const Need = z
  .object({
    vcpus: z.number().min(0),
    memory: z.number().min(0).describe("MB"),
    vgpus: z.int().min(0),
    host_ports: z.array(HostPort),
  })
  .meta({ id: "Need" });
export type Need = z.infer<typeof Need>;

/** Capacity set aside for one instance, in the document of the candidate that gives it. */
export const Hold = Need.extend({
  epoch: z.int().min(0),
  placement: z.int().min(0),
  since: z.number().describe("Unix seconds of the tier's own clock"),
}).meta({ id: "Hold" });
export type Hold = z.infer<typeof Hold>;
