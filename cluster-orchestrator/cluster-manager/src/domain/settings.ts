/** Times of the cluster's placer, all in seconds. */
export interface PlacerSettings {
  /** an assignment that is not confirmed is sent again after this */
  resendS: number;
  /** NODE_SCHEDULED: a worker that lives but does not confirm loses the instance after this */
  acknowledgeS: number;
  /** CREATING without progress */
  creatingS: number;
  /** CREATED without RUNNING */
  createdS: number;
  /** how long a worker that failed with an instance is skipped for it */
  excludeS: number;
  /** the same of one that had no address left, which says nothing about the instance */
  fullS: number;
  /** first and longest pause between tries to place */
  retryBaseS: number;
  retryMaxS: number;
  /** refusals in a row after which the instance is handed back to the root */
  handBackAfter: number;
}

export const DEFAULT_PLACER_SETTINGS: PlacerSettings = {
  resendS: 2,
  acknowledgeS: 15,
  creatingS: 600,
  createdS: 30,
  excludeS: 60,
  fullS: 10,
  retryBaseS: 0.5,
  retryMaxS: 30,
  handBackAfter: 3,
};
