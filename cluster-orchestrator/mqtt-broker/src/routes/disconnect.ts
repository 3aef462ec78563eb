import { type HttpApp, requirePrincipal, type Secret, tierSecretAuthenticator } from "@oak/kit";
import { z } from "zod";
import type { MqttBroker } from "../service.ts";

/**
 * `POST /disconnect {username}`: the cluster-manager has given this user a new password or removed it.
 * Ends its connections and what is remembered of its password.
 */
export function addDisconnectRoute(
  app: HttpApp,
  { broker, tierSecret }: { broker: Pick<MqttBroker, "disconnect">; tierSecret: Secret | string },
): void {
  app.post(
    "/disconnect",
    {
      onRequest: requirePrincipal(tierSecretAuthenticator(tierSecret), "tier"),
      schema: {
        body: z.object({ username: z.string().min(1).max(128) }),
        response: { 200: z.object({ disconnected: z.int() }) },
      },
    },
    async (request) => ({ disconnected: broker.disconnect(request.body.username) }),
  );
}
