const redacted = "[redacted]";

/**
 * A string that must not be seen by accident: it prints as `[redacted]` in templates, JSON, logs
 * and `util.inspect`. Only `reveal()` gives it away, which makes every use easy to find.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return redacted;
  }

  toJSON(): string {
    return redacted;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return redacted;
  }
}

/** The plain text of a secret, for the few adapters that accept either form. */
export function revealed(value: string | Secret): string {
  return typeof value === "string" ? value : value.reveal();
}
