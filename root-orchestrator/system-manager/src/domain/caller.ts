import type { Id } from "@oak/contracts";
import type { ApiTokenMark } from "@oak/kit";

/** The user behind a request. */
export interface Caller {
  id: Id;
  name: string;
  isAdmin: boolean;
  /** id of the organization of the token */
  organization: string;
  /** Members of this organization have their applications together; false in the organization root. */
  isShared: boolean;
  /** those of this moment, in that organization */
  roles: readonly string[];
  /** Where a machine calls for the user: what its token is limited to. */
  apiToken?: Omit<ApiTokenMark, "kind">;
}
