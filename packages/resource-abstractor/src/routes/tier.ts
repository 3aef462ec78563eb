import { TierIdentity, TierRenewal } from "@oak/contracts";
import type { HttpApp } from "@oak/kit";
import type { TierReader } from "../use-cases/tier-base.ts";

export function addTierRoutes(app: HttpApp, { tier }: { tier: TierReader }): void {
  const tags = ["tier"];
  const response = { 200: TierIdentity };
  app.get("/tier", { schema: { tags, response } }, () => tier.current());
  app.post("/tier/renew", { schema: { tags, body: TierRenewal, response } }, ({ body }) =>
    tier.renew(body.incarnation),
  );
}
