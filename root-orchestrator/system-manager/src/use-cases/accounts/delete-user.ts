import type { Id } from "@oak/contracts";
import type { Caller } from "../../domain/caller.ts";
import { errors } from "../../errors.ts";
import type { Accounts } from "../../ports/accounts.ts";
import { assertManagesAccount } from "./authority.ts";
import type { Memberships } from "./memberships.ts";

export interface DeleteUserDeps {
  accounts: Pick<Accounts, "findUser" | "listOrganizations" | "removeUser">;
  memberships: Memberships;
  /** What else belongs to a user goes with him. */
  onDeleted: (userId: Id) => Promise<void>;
}

/**
 * Deletes a user and his memberships; his applications stay, for administrators and his organization. Interrupted
 * anywhere, it can be called again.
 * @throws AppError user_unknown, forbidden, last_admin
 */
export function createDeleteUser({ accounts, memberships, onDeleted }: DeleteUserDeps) {
  return async (name: string, caller: Caller): Promise<void> => {
    const user = await accounts.findUser(name);
    if (user === undefined) throw errors.user_unknown();
    assertManagesAccount(caller, { user, organizations: await accounts.listOrganizations() });
    await memberships.removeEverywhere(user.id);
    await onDeleted(user.id);
    await accounts.removeUser(user.id);
  };
}
