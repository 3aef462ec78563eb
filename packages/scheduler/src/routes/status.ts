import type { HttpApp } from "@oak/kit";
import { z } from "zod";

/** upstream: scheduler, the health check of its compose files; open to everybody. */
export function addStatusRoute(app: HttpApp): void {
  app.get(
    "/status",
    { schema: { tags: ["status"], response: { 200: z.object({ status: z.literal("ok") }) } } },
    async () => ({ status: "ok" as const }),
  );
}
