/** One message of a stream of server-sent events. */
export interface ServerEvent {
  id: string | undefined;
  data: string;
}

/**
 * Reads server-sent events (WHATWG HTML, 9.2) from lines. Names of events and times to wait are left out: nobody here needs them.
 * What is not of the format is skipped, as browsers do.
 */
export async function* serverEvents(lines: AsyncIterable<string>): AsyncGenerator<ServerEvent> {
  let id: string | undefined;
  let data: string[] = [];
  for await (const raw of lines) {
    const line = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
    if (line === "") {
      if (data.length > 0) yield { id, data: data.join("\n") };
      data = [];
      continue;
    }
    const [field, value] = fieldOf(line);
    if (field === "data") data.push(value);
    if (field === "id" && !value.includes("\0")) id = value;
  }
  // What was not ended by an empty line came in half: it will come again.
}

function fieldOf(line: string): readonly [field: string, value: string] {
  const colon = line.indexOf(":");
  if (colon === -1) return [line, ""];
  const value = line.slice(colon + 1);
  return [line.slice(0, colon), value.startsWith(" ") ? value.slice(1) : value];
}
