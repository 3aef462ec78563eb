/** Something of which there is so much, and for each so much of it. */
export interface Share {
  /** Answers whether there was something left. */
  take(who: string): boolean;
  giveBack(who: string): void;
}

export function createShare({ most, mostOfOne }: { most: number; mostOfOne: number }): Share {
  const taken = new Map<string, number>();
  let total = 0;
  return {
    take: (who) => {
      const own = taken.get(who) ?? 0;
      if (total >= most || own >= mostOfOne) return false;
      total += 1;
      taken.set(who, own + 1);
      return true;
    },
    giveBack: (who) => {
      total -= 1;
      const own = (taken.get(who) ?? 0) - 1;
      if (own > 0) taken.set(who, own);
      else taken.delete(who);
    },
  };
}
