import type {
  InstanceKey,
  NodeRegistered,
  NodeRegistration,
  PresenceReport,
  SignHeard,
  SignOfLife,
  UPWARD_TOPICS,
} from "@oak/contracts";
import type { Lease } from "./domain/lease-book.ts";
import type { LogEntry } from "./domain/log-entries.ts";
import type { ObservedWorkload, Room, WorkloadSpec } from "./domain/workload.ts";
import type { NamespaceHost } from "./network/ports.ts";
import type { InstanceRecord } from "./store/instance-record.ts";

/** What a runtime can do beyond starting and stopping. */
export interface RuntimeCapabilities {
  /** Published ports, also chosen by the runtime (host port 0). */
  ports: boolean;
  gpus: boolean;
  /** `logsTail` answers something. */
  logs: boolean;
  /** `usage` answers something. */
  usage: boolean;
}

/** What a runtime tells without being asked. A hint: what counts in the end is `list`. */
export type RuntimeEvent =
  | { kind: "changed"; workload: ObservedWorkload }
  | { kind: "removed"; handle: string }
  /** The process that held a namespace has ended. */
  | { kind: "namespace_gone"; handle: string }
  /** Events may have been missed (connected for the first time, or again): list everything. */
  | { kind: "resync" };

/** Figures of a running workload. */
export interface WorkloadUsage {
  /** Share of all cores of the machine, 0 to 100; 0 in the first look at a workload. */
  cpuPercent: number;
  /** Memory that cannot be given back at once: usage less inactive page cache. */
  memoryBytes: number;
}

export interface PullOptions {
  /** `os/arch`; absent: the platform of the machine. */
  platform?: string;
  /** Ends the pull; then `pull` rejects with the signal's reason. */
  signal: AbortSignal;
  /** Percent of the work done, growing; called often. */
  onProgress: (percent: number) => void;
}

/**
 * What runs workloads: Docker, or a scripted one for tests. It touches only what carries the id of
 * its engine.
 *
 * Every method may be called concurrently for different workloads; for one workload the engine calls
 * one at a time. All but `pull` end within a bounded time. Failures reject with a `RuntimeFault`:
 * `runtime_unavailable` says nothing about any workload, since the runtime did not answer.
 */
export interface Runtime {
  /** Value of `virtualization` that it serves, for example `docker`. */
  readonly name: string;
  readonly capabilities: RuntimeCapabilities;
  /** Absent: its workloads can join none. */
  readonly namespaces?: NamespaceHost;

  /** Begins to follow events. Does not wait for the runtime: it may be down, and come later. */
  start(): Promise<void>;
  /** Ends following. Workloads go on. */
  stop(): Promise<void>;

  /**
   * Everything that carries our engine id, stopped ones too.
   * @throws RuntimeFault `runtime_unavailable` or `runtime_failed`.
   */
  list(): Promise<ObservedWorkload[]>;

  /**
   * Fetches an image; one that is present is fetched again. Concurrent pulls of one image share work.
   * @throws RuntimeFault `image_not_found`, `image_wrong_platform`, `image_pull_failed`, `no_space` …
   */
  pull(image: string, options: PullOptions): Promise<void>;

  /**
   * Creates without starting. Idempotent: when a workload of this very copy exists, because an earlier
   * answer was lost, that one is answered. An image that is present is used without a pull. In a `room` it
   * joins the namespace, and publishes no ports itself.
   * @throws RuntimeFault `image_missing` when it has to be pulled first; `spec_refused`, `no_space` …
   */
  create(spec: WorkloadSpec, room?: Room): Promise<ObservedWorkload>;

  /**
   * Starts one that is created or has exited; one that runs stays as it is. Resolves when the process
   * runs, or has run. An event with the whole look follows.
   * @throws RuntimeFault `port_taken`, `command_not_found`, `device_missing`, `workload_gone` …
   */
  startWorkload(handle: string): Promise<void>;

  /**
   * How one workload is at the moment; undefined: it is gone.
   * @throws RuntimeFault `runtime_unavailable` or `runtime_failed`.
   */
  look(handle: string): Promise<ObservedWorkload | undefined>;

  /** SIGTERM, and SIGKILL after `graceMs`. One that does not run, or is gone, is success. */
  stopWorkload(handle: string, options: { graceMs: number }): Promise<void>;

  /** SIGKILL, without any grace. One that does not run, or is gone, is success. */
  killWorkload(handle: string): Promise<void>;

  /** Removes it with everything that was written inside; kills it if it runs. Gone is success. */
  remove(handle: string): Promise<void>;

  /** It will not be started again: what is kept for that may go. Never throws. */
  letGo?(handle: string): void;

  /**
   * Calls `listener` for each event, in the order of one workload; answers what ends that. A listener
   * must not throw.
   */
  events(listener: (event: RuntimeEvent) => void): () => void;

  /** Figures of those that run, from files of the kernel; others are left out. Never throws. */
  usage(handles: readonly string[]): Promise<Map<string, WorkloadUsage>>;

  /**
   * A mark of what each has printed so far: it changes when more is printed. Those of which that cannot be
   * told are left out. Never throws.
   */
  logMarks(handles: readonly string[]): Promise<Map<string, string>>;
  /**
   * The end of what it printed, at most `bytes` of UTF-8.
   * @throws RuntimeFault `workload_gone`, `runtime_unavailable` …
   */
  logsTail(handle: string, bytes: number): Promise<string>;
  /**
   * What all its runs printed, oldest first, as far as that is kept; followed, what it prints until its run or `signal` ends.
   * Reads no faster than it is asked.
   * @throws RuntimeFault `workload_gone`, `runtime_unavailable` …
   */
  logs(handle: string, query: LogQuery): AsyncIterable<LogEntry>;
}

export interface LogQuery {
  /** Nothing that is older; by the runtime's clock, and as precise as that may be. */
  sinceMs?: number;
  /** Only the last ones of what is there. */
  tail?: number;
  follow: boolean;
  signal: AbortSignal;
}

/** What {@link InstanceStore.load} found. */
export interface LoadedRecords {
  records: InstanceRecord[];
  /** Instances whose records could not be read, now or at an earlier start: unknown is not unwanted. */
  unreadable: InstanceKey[];
}

/** The assignments of this worker on its own disk. */
export interface InstanceStore {
  /** Called once, before anything else. Unreadable records are set aside, they do not fail the rest. */
  load(): Promise<LoadedRecords>;
  /** Resolves when the record survives a power cut. The engine calls it once at a time for one key. */
  save(record: InstanceRecord): Promise<void>;
  /** Forgets a record; an absent one is success. */
  remove(key: InstanceKey): Promise<void>;
}

/** The leases of exclusive instances, for an agent that is killed. */
export interface LeaseStore {
  /**
   * Called once. Those of an earlier boot, and of no boot that is known, come without `sentMs`. Never throws:
   * what cannot be read counts as ended.
   */
  load(): Promise<Lease[]>;
  /** Replaces all; survives the end of the process, not a power cut. Calls take effect in their order. */
  save(leases: readonly Lease[]): Promise<void>;
}

/** Registers this worker at one cluster-manager. */
export interface ClusterDoor {
  /** `host:port`, for people. */
  readonly target: string;
  /**
   * One try. `password` is the MQTT password of an earlier registration, which proves that it is the same
   * worker. Rejects with the errors of kit's HTTP client, or with the signal's reason.
   */
  register(
    registration: NodeRegistration,
    options: { password?: string; signal: AbortSignal },
  ): Promise<NodeRegistered>;
  close(): void;
}

/** Topics that this worker publishes. */
export type UpwardTopic = (typeof UPWARD_TOPICS)[number];

/** One connection to the broker, under one session. */
export interface BrokerConnection {
  /**
   * Hands a message to the socket; dropped when the connection is over. QoS 1 is repeated by nobody: what
   * is lost shows as a gap in the numbers and is repaired by a sync.
   */
  send(topic: UpwardTopic, message: object, options: { qos: 0 | 1 }): void;
  /** Asks the broker for a sign of life, unless a question is open already. */
  ask(): void;
  /** Since when a question is open, monotonic milliseconds; undefined: none is. */
  unansweredSinceMs(): number | undefined;
  /** Resolves when the connection is over, whoever ended it. */
  readonly ended: Promise<void>;
  /**
   * Ends it in order, so that no will is published, after saying `presence` when that is given. Bounded:
   * a broker that does not answer is not waited for. Never rejects.
   */
  close(presence?: PresenceReport): Promise<void>;
}

/** Datagrams to the cluster-manager, and its answers. */
export interface SignPost {
  /** What is lost is lost: never throws, never waits. */
  send(sign: SignOfLife): void;
  /** Called for each answer. */
  onHeard(listener: (heard: SignHeard) => void): void;
  /** Ends what was opened for sending; the next sign opens it anew. */
  rest(): void;
}

/** As whom to connect, and under which session. */
export interface BrokerLogin {
  workerId: string;
  session: number;
  port: number;
  username: string;
  password: string;
}

/** The way to the broker of the cluster. */
export interface Broker {
  /**
   * One try; resolves when commands are subscribed to. `onCommand` is called for each message of
   * `control/+`, also before that. Rejects with BrokerRefusal, with a network error or the signal's reason.
   */
  connect(
    login: BrokerLogin,
    options: { onCommand: (topic: string, payload: Buffer) => void; signal: AbortSignal },
  ): Promise<BrokerConnection>;
}
