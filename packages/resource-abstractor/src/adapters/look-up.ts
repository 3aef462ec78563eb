import { lookup } from "node:dns/promises";

/** Every address of a name. */
export type Resolve = (host: string) => Promise<readonly string[]>;

/**
 * The system's look-up occupies one of the four threads on which a database writes its files, for many seconds where no
 * name server answers, and cannot be stopped. So callers share the look-up of one name, and few are under way.
 */
const mostAtOnce = 2;

export function createLookUp(resolve: Resolve = resolveByTheSystem): Resolve {
  const known = new Map<string, Promise<readonly string[]>>();
  const waiting: (() => void)[] = [];
  let running = 0;

  const inTurn = async (host: string): Promise<readonly string[]> => {
    if (running >= mostAtOnce) await new Promise<void>((begin) => waiting.push(begin));
    else running += 1;
    try {
      return await resolve(host);
    } finally {
      known.delete(host);
      // The place goes on to the one that waited longest.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };

  return (host) => {
    const asked = known.get(host);
    if (asked !== undefined) return asked;
    const asking = inTurn(host);
    known.set(host, asking);
    return asking;
  };
}

async function resolveByTheSystem(host: string): Promise<readonly string[]> {
  const found = await lookup(host, { all: true, verbatim: true });
  return found.map(({ address }) => address);
}
