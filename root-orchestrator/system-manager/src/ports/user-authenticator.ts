import type { IncomingHttpHeaders } from "node:http";
import type { Authenticator, UserPrincipal } from "@oak/kit";

/** Recognises users and their machines. */
export interface UserAuthenticator extends Authenticator {
  /**
   * The caller as he stands by now, for whoever serves him longer than an access token lives: that it has expired
   * meanwhile ends nothing, that its session has does. Undefined, or the same errors, where he may not go on.
   * @param headers those with which he came
   */
  standing(caller: UserPrincipal, headers: IncomingHttpHeaders): Promise<UserPrincipal | undefined>;
}
