/** What `oak top` can show. */
export const topKinds = ["node", "service", "cluster"] as const;
