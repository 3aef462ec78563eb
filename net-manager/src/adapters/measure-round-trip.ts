import { connect } from "node:net";

/**
 * The time until the other host's kernel answers the first packet of a connection; nobody has to listen there, since a refusal is an answer too.
 * Undefined: none came in time. TCP sends again after a second, and then nobody knows which one was answered: `timeoutMs` is to be less.
 */
export function measureRoundTrip(
  host: string,
  port: number,
  timeoutMs: number,
): Promise<number | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    let beganMs = performance.now();
    const finish = (isAnswered: boolean): void => {
      const ms = performance.now() - beganMs;
      clearTimeout(timer);
      socket.destroy();
      resolve(isAnswered ? ms : undefined);
    };
    const timer = setTimeout(() => finish(false), timeoutMs);
    // The packet leaves right after this.
    socket.once("connectionAttempt", () => {
      beganMs = performance.now();
    });
    socket.once("connect", () => finish(true));
    socket.once("error", (error: NodeJS.ErrnoException) => finish(error.code === "ECONNREFUSED"));
  });
}
