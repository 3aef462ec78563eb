import { DEFAULT_PLACER_SETTINGS } from "@oak/cluster-manager/core";
import { DEFAULT_ROLLOUT_SETTINGS, DEFAULT_ROOT_SETTINGS } from "@oak/system-manager/core";

/**
 * The times that an operator can choose, shorter than anybody would: so a second of a run holds more silence,
 * more giving up and more coming back. What stands in the code as a constant stays as it is.
 */

/** Silence after which a worker counts as lost, and the time for all to connect again. */
export const SILENCE = { timeoutMs: 2500, reconnectMs: 1000 };

/** Silence after which a cluster gets nothing new. */
export const CLUSTER_TIMEOUT_MS = 3000;

/** How long a tier listens after a start, or a renewal, before it decides: clusters ask every few seconds. */
export const LEARN_S = { cluster: 5, root: 10 };

export const CLUSTER_SETTINGS = {
  ...DEFAULT_PLACER_SETTINGS,
  resendS: 1,
  acknowledgeS: 5,
  creatingS: 60,
  createdS: 10,
  excludeS: 15,
  fullS: 5,
  retryMaxS: 8,
};

export const ROOT_SETTINGS = { ...DEFAULT_ROOT_SETTINGS, retryMaxS: 10, excludeS: 4 };

export const ROLLOUT_SETTINGS = { ...DEFAULT_ROLLOUT_SETTINGS, readyS: 1, deadlineS: 30 };
