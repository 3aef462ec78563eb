const reasons: Readonly<Record<number, string>> = {
  1: "protocol version not supported",
  2: "client id rejected",
  3: "not available at the moment",
  4: "user name or password refused",
  5: "not authorized",
};

/** The broker answered the CONNECT with a return code other than 0. [MQTT-3.2.2.3] */
export class BrokerRefusal extends Error {
  readonly code: number;

  constructor(code: number, cause?: unknown) {
    super(`The broker refuses the connection: ${reasons[code] ?? `code ${code}`}`, { cause });
    this.name = "BrokerRefusal";
    this.code = code;
  }

  /** The credential is no longer good: only a new registration helps. */
  get isCredential(): boolean {
    return this.code === 4 || this.code === 5;
  }
}
