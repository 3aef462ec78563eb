import type {
  NodeRegistered,
  NodeRegistration,
  SignOfLifeTerms,
  TierIdentity,
} from "@oak/contracts";
import { commonErrors, equalSecrets, hashToken } from "@oak/kit";
import type { Log } from "@oak/tier";
import { createOneAtATime } from "../domain/one-at-a-time.ts";
import {
  type Admission,
  admit,
  identityKeyOf,
  isAnotherSystem,
  isOlderWorker,
  nameOf,
  registrationFaults,
} from "../domain/registration.ts";
import { type WorkerCandidate, workerCandidate } from "../domain/worker-candidate.ts";
import { errors } from "../errors.ts";
import type { WorkerCredential, WorkerCredentialStore } from "../store/worker-credentials.ts";

export interface RegisteredCandidate {
  _id: string;
  session: number;
  want_rev: number;
}

/** Workers as the resource abstractor keeps them. */
export interface WorkerCandidates {
  /** By node id, or by name for workers without one. */
  find(identity: { nodeId: string } | { name: string }): Promise<RegisteredCandidate | undefined>;
  /** Merges into the candidate of this identity or makes it; durable when it resolves. */
  upsert(candidate: WorkerCandidate): Promise<RegisteredCandidate>;
}

/** The broker's side of a changed password. */
export interface BrokerAdmin {
  /** Ends the user's connections and forgets its password. Rejects when the broker is away. */
  disconnect(username: string): Promise<void>;
}

export interface RegisterWorkerDeps {
  credentials: WorkerCredentialStore;
  candidates: WorkerCandidates;
  broker: BrokerAdmin;
  tier: { current(): TierIdentity };
  /** Whether this worker has been heard of within the worker timeout. */
  isHeard(workerId: string): boolean;
  /** Called after everything is stored, before the worker has its answer. */
  onRegistered(worker: {
    id: string;
    session: number;
    isLegacy: boolean;
    wantRev: number;
    name: string;
  }): void;
  /** How the worker may show that it lives; undefined: nobody would see it. */
  signTerms(worker: { id: string; session: number }): SignOfLifeTerms | undefined;
  joinSecret(): string;
  newId(): string;
  newPassword(): string;
  nowMs(): number;
  log: Log;
  settings: { allowInsecureJoin: boolean; mqttBrokerPort: number; heartbeatMs: number };
}

export interface RegistrationRequest {
  registration: NodeRegistration;
  /** what came as `Authorization: Bearer …` */
  bearer: string | undefined;
  /** where the connection came from */
  address: string;
}

/** Another process may register the same worker meanwhile; a few tries settle it. */
const maxTries = 5;

/** Registers one worker; see {@link createRegisterWorker}. */
export type RegisterWorker = (request: RegistrationRequest) => Promise<NodeRegistered>;

/**
 * A worker joins, or comes back: it gets an id that it keeps, a session that is higher than any before,
 * and its own credential for the broker. Registrations of one worker run one after the other, so that
 * the last answer is also what is stored last. The function rejects with an AppError: invalid_input,
 * join_refused, older_worker_refused, worker_alive_elsewhere, unavailable.
 */
export function createRegisterWorker(deps: RegisterWorkerDeps): RegisterWorker {
  const inOrder = createOneAtATime();
  return async (request) => {
    const faults = registrationFaults(request.registration);
    if (faults.length > 0) throw commonErrors.invalid_input({ faults });
    return inOrder(identityKeyOf(request.registration), () => registerWorker(deps, request));
  };
}

async function registerWorker(
  deps: RegisterWorkerDeps,
  request: RegistrationRequest,
): Promise<NodeRegistered> {
  for (let tries = 0; tries < maxTries; tries += 1) {
    const answer = await tryToRegister(deps, request);
    if (answer !== undefined) return answer;
  }
  throw commonErrors.unavailable("This worker registers several times at once, try again");
}

/** `undefined`: another registration of the same worker was quicker. */
async function tryToRegister(
  deps: RegisterWorkerDeps,
  request: RegistrationRequest,
): Promise<NodeRegistered | undefined> {
  const { registration, bearer } = request;
  const identityKey = identityKeyOf(registration);
  const known = await deps.credentials.findByIdentity(identityKey);
  const { how } = admitted(deps, request, known);
  refuseClone(deps, registration, known);

  const { node_id: nodeId } = registration;
  const candidate = await deps.candidates.find(
    nodeId === undefined ? { name: nameOf(registration) } : { nodeId },
  );
  const workerId = candidate?._id ?? known?.worker_id ?? deps.newId();
  // Higher than whatever either database remembers: one of them may have been lost or restored.
  const floors = [known?.session ?? 0, candidate?.session ?? 0, deps.tier.current().base];
  const session = Math.max(...floors) + 1;
  const password = how === "password" && bearer !== undefined ? bearer : deps.newPassword();
  const { machine_id, boot_id } = registration;
  const isSaved = await deps.credentials.save(
    {
      _id: identityKey,
      worker_id: workerId,
      password_hash: hashToken(password),
      session,
      ...(machine_id === undefined ? {} : { machine_id }),
      ...(boot_id === undefined ? {} : { boot_id }),
      registered_at: deps.nowMs() / 1000,
    },
    known?.session,
  );
  if (!isSaved) return undefined;

  const given = { workerId, session, address: request.address, atMs: deps.nowMs() };
  const written = workerCandidate(registration, given);
  const stored = await deps.candidates.upsert(written);
  if (known !== undefined && how !== "password") await endOldPassword(deps, workerId);
  const isLegacy = isOlderWorker(registration);
  const name = nameOf(registration);
  deps.onRegistered({ id: workerId, session, isLegacy, wantRev: stored.want_rev, name });
  deps.log.info({ worker: workerId, name, session, how }, "worker registered");
  return answerOf(deps, { workerId, session, password });
}

function admitted(
  { joinSecret, settings }: RegisterWorkerDeps,
  { registration, bearer }: RegistrationRequest,
  known: WorkerCredential | undefined,
): Extract<Admission, { ok: true }> {
  const { token = "" } = registration;
  const admission = admit(
    {
      isOlder: isOlderWorker(registration),
      hasJoinSecret: token !== "" && equalSecrets(token, joinSecret()),
      hasPassword: known !== undefined && bearer !== undefined && isPassword(known, bearer),
      hasTried: token !== "" || bearer !== undefined,
    },
    settings.allowInsecureJoin,
  );
  if (admission.ok) return admission;
  if (admission.reason === "older_worker") {
    throw errors.older_worker_refused(
      "It sends neither node_id nor proto. ALLOW_INSECURE_JOIN=true lets such workers in, without credentials",
    );
  }
  throw errors.join_refused(
    admission.reason === "no_secret"
      ? "Send the cluster's worker join secret as token"
      : "The token is not the worker join secret of this cluster, and no password of this worker came with it",
  );
}

export function isPassword(credential: WorkerCredential, password: string): boolean {
  return equalSecrets(credential.password_hash, hashToken(password));
}

function refuseClone(
  { isHeard, log }: RegisterWorkerDeps,
  registration: NodeRegistration,
  known: WorkerCredential | undefined,
): void {
  if (known === undefined || !isAnotherSystem(known, registration)) return;
  if (!isHeard(known.worker_id)) return;
  log.warn(
    { worker: known.worker_id, name: nameOf(registration) },
    "a second system uses the identity of a living worker",
  );
  throw errors.worker_alive_elsewhere(
    `Worker ${known.worker_id} is alive on another system. If this disk is a copy, remove the node id ` +
      "from the agent's data directory; if the machine has just restarted, try again in some seconds",
  );
}

/**
 * Before the worker has its answer, or it would cut the connection that the new password makes. Without
 * the broker the old password stays good for as long as the broker remembers it, a minute.
 */
async function endOldPassword(
  { broker, log }: RegisterWorkerDeps,
  workerId: string,
): Promise<void> {
  try {
    await broker.disconnect(workerId);
  } catch (err) {
    log.warn({ worker: workerId, err }, "the broker was not told of a new password");
  }
}

function answerOf(
  { settings, tier, signTerms }: RegisterWorkerDeps,
  { workerId, session, password }: { workerId: string; session: number; password: string },
): NodeRegistered {
  const terms = signTerms({ id: workerId, session });
  return {
    id: workerId,
    MQTT_BROKER_PORT: String(settings.mqttBrokerPort),
    session,
    incarnation: tier.current().incarnation,
    mqtt: { username: workerId, password },
    heartbeat_ms: settings.heartbeatMs,
    ...(terms === undefined ? {} : { sign_of_life: terms }),
  };
}
