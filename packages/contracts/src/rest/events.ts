import { z } from "zod";
import { Id, InstanceNumber } from "../ids.ts";

/** What an event is about, as far as that is known; names are those of that moment. */
export const EventSubject = z.object({
  application_id: Id.exactOptional(),
  application_name: z.string().exactOptional(),
  service_id: Id.exactOptional(),
  service_name: z.string().exactOptional(),
  instance_number: InstanceNumber.exactOptional(),
  cluster_id: Id.exactOptional(),
  cluster_name: z.string().exactOptional(),
  node_id: Id.exactOptional(),
  node_name: z.string().exactOptional(),
});
export type EventSubject = z.infer<typeof EventSubject>;

/** What happened, when and why. */
export const EventView = EventSubject.extend({
  id: z.int().min(1).describe("grows; `?after=` and `Last-Event-ID` take it"),
  at: z.number().describe("Unix seconds"),
  type: z.string().describe("what it is about: application, service, instance, cluster, node …"),
  level: z.enum(["normal", "warning"]),
  reason: z.string().describe("one word for programs, see docs/api/events.md"),
  message: z.string().describe("one sentence for people"),
  actor: z.string().exactOptional().describe("the user who did it"),
  count: z.int().exactOptional().describe("how often it happened, if more than once"),
  last_at: z.number().exactOptional().describe("when it happened last, if more than once"),
}).meta({
  id: "Event",
  examples: [
    {
      id: 1823472000000000,
      at: 1780734375.25,
      type: "instance",
      level: "warning",
      reason: "no_place",
      message: "No worker has 512 MB of free memory: the most is 300 (worker garage-1)",
      application_id: "65f0c0ffee65f0c0ffee65f0",
      application_name: "shop",
      service_id: "65f0c0ffee65f0c0ffee65f1",
      service_name: "web",
      instance_number: 2,
    },
  ],
});
export type EventView = z.infer<typeof EventView>;
