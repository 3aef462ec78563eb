import { KernelError } from "../kernel-error.ts";
import type { ElementChange } from "../ports.ts";

const attemptsAgainstExpiry = 3;

export const isTolerant = ({ op, mayBeAbsent }: ElementChange): boolean =>
  op === "delete" && mayBeAbsent === true;

/**
 * For kernels before 6.3, which can only delete what is there: looks first, and once more when an element expired between the
 * look and the deletion.
 * @throws {KernelError}
 */
export const changeWhatIsPresent = (
  changes: readonly ElementChange[],
  kernel: {
    commit(changes: readonly ElementChange[]): void;
    isPresent(change: ElementChange): boolean;
  },
): void => {
  for (let attempt = 1; ; attempt += 1) {
    const present = withoutAbsent(changes, kernel.isPresent);
    try {
      if (present.length > 0) kernel.commit(present);
      return;
    } catch (error) {
      const isGone = error instanceof KernelError && error.code === "ENOENT";
      if (!isGone || !changes.some(isTolerant) || attempt === attemptsAgainstExpiry) throw error;
    }
  }
};

/** What an earlier change of the same call does to the element counts before what the kernel has. */
const withoutAbsent = (
  changes: readonly ElementChange[],
  isPresent: (change: ElementChange) => boolean,
): ElementChange[] => {
  const after = new Map<string, boolean>();
  return changes.flatMap((change) => {
    const { mayBeAbsent: _, ...plain } = change;
    const element = `${change.set} ${Buffer.from(change.key).toString("hex")}`;
    const isNeeded = !isTolerant(change) || (after.get(element) ?? isPresent(change));
    after.set(element, change.op === "add");
    return isNeeded ? [plain] : [];
  });
};
