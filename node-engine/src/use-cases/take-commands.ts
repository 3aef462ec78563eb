import type { Logger } from "@oak/kit";
import type { Engine } from "../engine.ts";
import type { CommandTakers } from "../mqtt/commands.ts";
import type { Questions } from "./answer-questions.ts";
import type { ClusterFollower } from "./follow-cluster.ts";

export interface TakeCommandsDeps {
  follower: ClusterFollower;
  engine: Pick<Engine, "allowStrayRemoval" | "leases">;
  questions: Pick<Questions, "take">;
  registerAgain(): void;
  logger: Logger;
}

/** What becomes of each command of the cluster. */
export function createCommandTakers(deps: TakeCommandsDeps): CommandTakers {
  const { follower, engine, logger } = deps;
  let hasSynced = false;
  return {
    deploy: (command) => follower.deploy(command),
    remove: (command) => follower.remove(command),
    sync: async (command) => {
      await follower.sync(command);
      if (command.incarnation !== follower.known().incarnation) return "foreign";
      // Before this, a workload without a record could be one whose command is on its way.
      if (!hasSynced) engine.allowStrayRemoval();
      hasSynced = true;
      return "apply";
    },
    heard: async (notice) => engine.leases.heard(notice),
    sendInventory: async () => {
      follower.sendInventory();
      return "apply";
    },
    ask: async (ask) => {
      deps.questions.take(ask);
      return "apply";
    },
    registerAgain: async (message) => {
      logger.info({ reason: message }, "the cluster asks for a new registration");
      deps.registerAgain();
      return "apply";
    },
  };
}
