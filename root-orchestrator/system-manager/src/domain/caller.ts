/** The user behind a request. */
export interface Caller {
  name: string;
  isAdmin: boolean;
  /** id of the organization of the token */
  organization: string;
  roles: readonly string[];
}
