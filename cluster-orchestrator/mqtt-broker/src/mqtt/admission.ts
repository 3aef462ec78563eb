import type { Logger } from "@oak/kit";
import type { AedesOptions, AuthenticateError, Client } from "aedes";
import {
  type ClientIdentity,
  isAcceptableName,
  mayReplace,
  mayUseClientId,
  unverifiedIdentity,
  verified,
} from "../domain/identity.ts";
import type { CredentialChecker } from "../ports.ts";
import type { BrokerMetrics } from "./broker-metrics.ts";
import type { Connections } from "./connections.ts";
import type { BrokerLimits } from "./limits.ts";

export interface AdmissionOptions {
  credentials: CredentialChecker;
  allowInsecureJoin: boolean;
  connections: Connections;
  limits: BrokerLimits;
  metrics: BrokerMetrics;
  logger: Logger;
}

type Refusal = "unavailable" | "bad_credentials" | "no_credentials" | "foreign_client_id";

/** CONNACK return codes, [MQTT-3.2.2.3]. 3 tells a client to try again, 4 and 5 that it is to blame. */
const returnCodes = {
  unavailable: 3,
  bad_credentials: 4,
  no_credentials: 5,
  foreign_client_id: 5,
} as const satisfies Record<Refusal, number>;

interface GivenCredential {
  username: string | undefined;
  password: string;
}

type Verdict = { identity: ClientIdentity } | { refusal: Refusal; cause?: unknown };

/** Who may connect, and as whom. */
export function createAdmission(
  options: AdmissionOptions,
): Required<Pick<AedesOptions, "preConnect" | "authenticate">> {
  const { connections, metrics, limits } = options;
  const log = refusalLog(options.logger);

  return {
    preConnect: (_client, packet, callback) => {
      // Nothing is kept for a client that is away: an old command must not arrive hours later. A client
      // that asks for a session is told in the CONNACK that there is none, as [MQTT-3.2.2-3] allows.
      packet.clean = true;
      callback(null, true);
    },
    authenticate: (client, username, password, done) => {
      const connection = connections.of(client);
      void judge(options, client, { username, password: password?.toString() ?? "" }).then(
        (verdict) => {
          if (client.closed || connection === undefined) return;
          if ("refusal" in verdict) {
            metrics.refusedClients.inc({ reason: verdict.refusal });
            log(client.id, username, verdict);
            done(refusalError(verdict.refusal), false);
            return;
          }
          connection.identity = verdict.identity;
          if (username !== undefined) connection.username = username;
          connections.claims.claim(client.id, client, () => {
            connection.guard.allow(limits.maxPacketBytes);
            done(null, true);
          });
        },
      );
    },
  };
}

async function judge(
  options: AdmissionOptions,
  client: Client,
  given: GivenCredential,
): Promise<Verdict> {
  const verdict = await identify(options, client.id, given);
  if ("refusal" in verdict) return verdict;
  const { identity } = verdict;
  if (!mayUseClientId(identity, client.id)) return { refusal: "foreign_client_id" };
  const { claims, of } = options.connections;
  const holder = claims.holderOf(client.id);
  const heldBy = holder === undefined ? undefined : of(holder)?.identity;
  if (heldBy !== undefined && !mayReplace(identity, heldBy)) return { refusal: "no_credentials" };
  return verdict;
}

async function identify(
  { credentials, allowInsecureJoin }: AdmissionOptions,
  clientId: string,
  { username, password }: GivenCredential,
): Promise<Verdict> {
  // upstream: its workers connect with an empty user name
  if (username === undefined || username === "") {
    const identity = allowInsecureJoin ? unverifiedIdentity(clientId) : undefined;
    return identity === undefined ? { refusal: "no_credentials" } : { identity };
  }
  if (!isAcceptableName(username)) return { refusal: "bad_credentials" };
  try {
    const found = await credentials.check({ username, password });
    return found === undefined ? { refusal: "bad_credentials" } : { identity: verified(found) };
  } catch (cause) {
    return { refusal: "unavailable", cause };
  }
}

function refusalError(refusal: Refusal): AuthenticateError {
  return Object.assign(new Error(`not admitted: ${refusal}`), { returnCode: returnCodes[refusal] });
}

/** So many refused clients are remembered as having been logged. */
const maxLogged = 1_000;

/** A client that is refused comes back every few seconds: one warning, the rest for those who look. */
function refusalLog(logger: Logger) {
  const logged = new Set<string>();
  return (
    clientId: string,
    username: string | undefined,
    { refusal, cause }: { refusal: Refusal; cause?: unknown },
  ): void => {
    const key = `${refusal} ${clientId}`;
    const isNew = !logged.has(key);
    if (logged.size >= maxLogged) logged.clear();
    logged.add(key);
    const facts = {
      clientId,
      username,
      reason: refusal,
      ...(cause === undefined ? {} : { err: cause }),
    };
    logger[isNew ? "warn" : "debug"](facts, "client refused");
  };
}
