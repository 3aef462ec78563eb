import type {
  DeleteCommand,
  DeployCommand,
  ErrorCommand,
  HeardNotice,
  SyncCommand,
  WorkerTopic,
} from "@oak/contracts";
import { workerTopic } from "@oak/contracts";
import type { BrokerLink } from "@oak/tier/mqtt";
import type { WorkerLink } from "../ports.ts";

/** Commands to workers over MQTT. upstream: the topics `nodes/<id>/control/…`. */
export function createWorkerLink({ publish }: Pick<BrokerLink, "publish">): WorkerLink {
  const send = (
    workerId: string,
    topic: WorkerTopic,
    command: DeployCommand | DeleteCommand | SyncCommand | HeardNotice | ErrorCommand,
  ): void => publish(workerTopic(workerId, topic), command);
  return {
    deploy: (workerId, command) => send(workerId, "deploy", command),
    remove: (workerId, command) => send(workerId, "delete", command),
    sync: (workerId, command) => send(workerId, "sync", command),
    heard: (workerId, notice) => send(workerId, "heard", notice),
    registerAgain: (workerId) =>
      send(workerId, "error", {
        // upstream: this sentence
        message: "Node not registered to the cluster",
        register_again: true,
      }),
  };
}
