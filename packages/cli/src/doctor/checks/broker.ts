import { endpointOf } from "@oak/kit/address-reach";
import { type Check, check } from "../check.ts";
import { ok } from "../finding.ts";
import { type Endpoint, unanswered } from "./no-answer.ts";

const sentences = {
  accepted: (at: string) => `an MQTT broker answers at ${at} and lets everybody in`,
  "refused-login": (at: string) => `an MQTT broker answers at ${at} and asks for a login`,
  tls: (at: string) =>
    `TLS answers at ${at}; which broker is behind it is seen by who has a certificate`,
} as const;

/** That an MQTT broker answers. It need not let us in: workers show a login that nobody else has. */
export function brokerCheck(endpoint: Endpoint): Check {
  const name = `mqtt-broker ${endpoint.port}/tcp`;
  return check(name, async (probes) => {
    const outcome = await probes.broker(endpoint.host, endpoint.port);
    if (outcome.kind !== "answer") return [unanswered(name, endpoint, outcome)];
    const at = endpointOf(endpoint.host, endpoint.port);
    return [ok(name, sentences[outcome.login](at))];
  });
}
