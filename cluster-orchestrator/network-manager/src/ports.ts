import type {
  Attachment,
  NetDeployStatus,
  NetUpdates,
  Pair,
  TableService,
  TunnelOffer,
  WorkerSubnet,
} from "@oak/contracts";

/** What is known of a service, and who wants to hear of it. */
export interface ServiceRecord {
  /** Job name. */
  _id: string;
  /** As the root told it last; null: the root does not have it. */
  service: TableService | null;
  /** Workers that asked for it. */
  workers: string[];
}

/** Where a worker of this cluster has attached a copy. */
export interface AttachmentRecord extends Attachment, Pair {
  /** Of the instance and the worker. */
  _id: string;
  job_id: string;
  instance_number: number;
  worker_id: string;
  /** The root has it. */
  reported: boolean;
  /** Of an older worker, which does not say which copy it is: the pair is that of its assignment. */
  unpaired?: true;
}

/** The subnet of a worker. */
export interface LeaseRecord extends WorkerSubnet {
  /** Worker id. */
  _id: string;
  /** The worker is gone; the root has not heard of it yet. */
  returning: boolean;
}

/** A collection that is read once and written through. */
export interface RecordStore<T extends { _id: string }> {
  all(): Promise<T[]>;
  put(record: T): Promise<void>;
  remove(id: string): Promise<void>;
}

/** The network-manager of the root. All reject when it is away. */
export interface RootNetwork {
  /** Undefined: it has no such service. From now on it tells what changes. */
  find(key: { name: string } | { ip: string }): Promise<TableService | undefined>;
  forget(jobName: string): Promise<void>;
  /** False: it does not know the service, or not all of the instances. */
  report(status: NetDeployStatus): Promise<boolean>;
  lease(workerId: string): Promise<WorkerSubnet>;
  giveBack(workerId: string): Promise<void>;
  /** False: it knows no such instance. */
  offer(offer: TunnelOffer): Promise<boolean>;
  updates(since: string, waitS: number, signal: AbortSignal): Promise<NetUpdates>;
}

/** Sends to workers; what finds no connection is lost, and asked for again. */
export interface WorkerMessages {
  publish(topic: string, message: object): void;
  /** Undefined: what is sent now is lost. */
  upSinceMs(): number | undefined;
}
