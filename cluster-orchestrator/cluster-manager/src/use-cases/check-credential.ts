import type { WorkerCredentialStore } from "../store/worker-credentials.ts";
import { isPassword } from "./register-worker.ts";

/** Which worker this user name and password belong to; `undefined` for none. */
export async function checkCredential(
  credentials: Pick<WorkerCredentialStore, "findByWorker">,
  { username, password }: { username: string; password: string },
): Promise<string | undefined> {
  const known = await credentials.findByWorker(username);
  return known !== undefined && isPassword(known, password) ? known.worker_id : undefined;
}
