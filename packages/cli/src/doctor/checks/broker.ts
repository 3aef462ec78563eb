import { endpointOf } from "@oak/kit/address-reach";
import { type Check, check } from "../check.ts";
import { ok } from "../finding.ts";
import { type Endpoint, unanswered } from "./no-answer.ts";

/** That an MQTT broker answers. It need not let us in: workers show a login that nobody else has. */
export function brokerCheck(endpoint: Endpoint): Check {
  const name = `mqtt-broker ${endpoint.port}/tcp`;
  return check(name, async (probes) => {
    const outcome = await probes.broker(endpoint.host, endpoint.port);
    if (outcome.kind !== "answer") return [unanswered(name, endpoint, outcome)];
    const at = endpointOf(endpoint.host, endpoint.port);
    const manner = outcome.login === "accepted" ? "lets everybody in" : "asks for a login";
    return [ok(name, `an MQTT broker answers at ${at} and ${manner}`)];
  });
}
