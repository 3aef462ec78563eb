/** Hashes passwords. Both methods cost tens of milliseconds of another thread on purpose. */
export interface Passwords {
  hash(password: string): Promise<string>;
  /** False also for a hash that cannot be read. */
  verify(hash: string, password: string): Promise<boolean>;
}
