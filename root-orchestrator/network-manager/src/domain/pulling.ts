/** Which clusters ask by themselves, so that nobody has to dial them. */
export interface Pulling {
  /** A cluster asks; call what it answers when the question is over. */
  begin(clusterId: string): () => void;
  isPulling(clusterId: string): boolean;
}

/** Between two questions a cluster handles the answer of the first. */
const patienceMs = 10_000;

export function createPulling(monotonicMs: () => number): Pulling {
  const asking = new Map<string, { open: number; lastMs: number }>();
  return {
    begin: (clusterId) => {
      const state = asking.get(clusterId) ?? { open: 0, lastMs: 0 };
      asking.set(clusterId, state);
      state.open += 1;
      return () => {
        state.open -= 1;
        state.lastMs = monotonicMs();
      };
    },
    isPulling: (clusterId) => {
      const state = asking.get(clusterId);
      return state !== undefined && (state.open > 0 || monotonicMs() - state.lastMs < patienceMs);
    },
  };
}
