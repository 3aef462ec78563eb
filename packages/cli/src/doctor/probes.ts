/** What came of a connection or a request. */
export type Outcome<Answer> = ({ kind: "answer" } & Answer) | NoAnswer;

export interface NoAnswer {
  /**
   * `absent`: no such socket; `denied`: this user may not; `broken`: something listens and does not speak as
   * expected, which `detail` tells.
   */
  kind: "refused" | "timeout" | "unresolved" | "unreachable" | "absent" | "denied" | "broken";
  detail: string;
}

export interface HttpQuestion {
  /** `http://host:port` or `unix:/path` */
  base: string;
  path: string;
  headers?: Readonly<Record<string, string>>;
  /** Sent as JSON, by POST. */
  body?: unknown;
}

export interface HttpAnswer {
  status: number;
  /** JSON if it is any, else text. */
  body: unknown;
  /** Header `Date`, Unix milliseconds. */
  dateMs: number | undefined;
}

/** `refused-login`: it speaks MQTT, and wants to know who asks; `tls`: it speaks TLS, and what is behind is not looked at. */
export interface BrokerAnswer {
  login: "accepted" | "refused-login" | "tls";
}

export interface FileFacts {
  kind: "file" | "folder" | "socket" | "other";
  /** Permission bits only. */
  mode: number;
}

export interface ProgramOutcome {
  code: number;
  stdout: string;
  stderr: string;
}

export interface Space {
  freeBytes: number;
  totalBytes: number;
}

/** The world as checks see it. Nothing here rejects: what cannot be had is an answer too. */
export interface Probes {
  http(question: HttpQuestion): Promise<Outcome<HttpAnswer>>;
  /** An MQTT greeting without a login. */
  broker(host: string, port: number): Promise<Outcome<BrokerAnswer>>;
  /** Addresses of a name; empty: it is not known. */
  resolve(host: string): Promise<readonly string[]>;
  /** Of this machine. */
  ownAddresses(): readonly string[];
  /** Undefined: there is none, or this user may not look. */
  file(path: string): Promise<FileFacts | undefined>;
  read(path: string): Promise<string | undefined>;
  /** Undefined: there is no such program. */
  program(name: string, ...args: readonly string[]): Promise<ProgramOutcome | undefined>;
  space(path: string): Promise<Space | undefined>;
  nowMs(): number;
}
