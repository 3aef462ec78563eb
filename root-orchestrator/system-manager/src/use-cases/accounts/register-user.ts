import type { Id, Registration, UserView } from "@oak/contracts";
import type { Clock } from "@oak/kit";
import type { Caller } from "../../domain/caller.ts";
import { dayAndTime, isDayAndTime } from "../../domain/day-and-time.ts";
import { userView } from "../../domain/user-view.ts";
import { errors } from "../../errors.ts";
import type { Accounts } from "../../ports/accounts.ts";
import { assertGrantable } from "./authority.ts";
import type { HashPassword } from "./hash-password.ts";
import { type Memberships, withMember } from "./memberships.ts";

export interface RegisterUserDeps {
  accounts: Pick<Accounts, "findUser" | "createUser" | "removeUser">;
  memberships: Memberships;
  hashPassword: HashPassword;
  newId: () => Id;
  clock: Pick<Clock, "nowMs">;
}

/**
 * Makes a user, a member of the caller's organization.
 * @throws AppError user_exists, forbidden, password_too_short
 */
export function createRegisterUser(deps: RegisterUserDeps) {
  const { accounts, memberships, hashPassword, newId, clock } = deps;
  return async (registration: Registration, caller: Caller): Promise<UserView> => {
    const { name, email, roles, created_at } = registration;
    assertGrantable(caller, { wanted: roles });
    if ((await accounts.findUser(name)) !== undefined) throw errors.user_exists();
    const user = {
      id: newId(),
      name,
      email,
      passwordHash: await hashPassword(registration.password),
      createdAt:
        created_at !== undefined && isDayAndTime(created_at)
          ? created_at
          : dayAndTime(clock.nowMs()),
    };
    if (!(await accounts.createUser(user))) throw errors.user_exists();
    try {
      await memberships.edit(caller.organization, ({ members }) => ({
        members: withMember(members, { userId: user.id, roles }),
      }));
    } catch (error) {
      await accounts.removeUser(user.id);
      throw error;
    }
    return userView(user, roles);
  };
}
