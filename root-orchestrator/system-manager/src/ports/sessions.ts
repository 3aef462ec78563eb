/** What is remembered of a session: nothing, unless it has ended or gives a new refresh token each time. */
export interface SessionRecord {
  isEnded: boolean;
  /** `jti` of the one refresh token that is still good; absent: that of the login */
  current?: string;
}

/**
 * Sessions that are not simply what their tokens say: a login writes nothing, so that those who log in all the time
 * fill no disk. All methods reject when the database cannot be reached.
 */
export interface Sessions {
  find(id: string): Promise<SessionRecord | undefined>;
  /** As it was a moment ago; what this process ends counts at once. */
  hasEnded(id: string): Promise<boolean>;
  /** A session that begins now needs not be looked up. */
  begun(id: string): void;
  /**
   * Makes `to` the good refresh token in place of `from`; false when `from` is not the good one (any more).
   * @param rotation `expiresAt` in Unix seconds: until when tokens of this session can be valid
   */
  rotate(id: string, rotation: { from: string; to: string; expiresAt: number }): Promise<boolean>;
  end(id: string, expiresAt: number): Promise<void>;
  /** Drops what no token can refer to any more. */
  removeExpired(now: number): Promise<void>;
}
