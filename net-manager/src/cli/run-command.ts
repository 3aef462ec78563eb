import type { HttpClient } from "@oak/kit";

/** What can be asked of a net-manager that runs. */
export const COMMANDS = ["status", "table", "flows", "slots", "uninstall"] as const;
export type Command = (typeof COMMANDS)[number];

export const usage = `net-manager [start]   the network of this worker
net-manager status    how it stands
net-manager table     services, and the instances behind their addresses
net-manager flows     connections of workloads, and where they lead
net-manager slots     connected namespaces
net-manager logs      where its log is
net-manager version
net-manager uninstall takes out everything that it made
`;

/** upstream: its unit writes there; ours leaves it to the journal. */
export const logsHint = "journalctl --unit net-manager --follow\n";

export function isCommand(word: string): word is Command {
  return (COMMANDS as readonly string[]).includes(word);
}

/** Answers the text to print. Rejects as the client does. */
export async function runCommand(
  client: Pick<HttpClient, "request">,
  command: Command,
): Promise<string> {
  if (command === "uninstall") {
    await client.request({ method: "POST", path: "/uninstall", timeoutMs: 60_000 });
    return "Everything is taken out.\n";
  }
  const answer = await client.request({ path: `/${command}` });
  return renderers[command](answer);
}

type Row = Readonly<Record<string, unknown>>;

const renderers: Record<Exclude<Command, "uninstall">, (answer: unknown) => string> = {
  status: (answer) => `${JSON.stringify(answer, null, 2)}\n`,
  table: (answer) => columns(rowsOf(answer, "services").flatMap(serviceRows)),
  flows: (answer) => columns(rowsOf(answer, "flows").map(flowRow)),
  slots: (answer) => columns(rowsOf(answer, "slots").map(slotRow)),
};

function serviceRows({ name, addresses, instances }: Row): string[][] {
  const policies = asRows(addresses).map(({ policy, addresses: pair }) => [
    text(name),
    text(policy),
    ...bothOf(pair),
    "",
  ]);
  const numbers = asRows(instances).map((one) => {
    const { namespace } = asRow(one["attached"]);
    const place = namespace === undefined ? "not attached" : text(asRow(namespace)["v4"]);
    const remarks = [
      ...(one["isServing"] === true ? [] : ["takes no connections"]),
      ...(one["tunnel"] === undefined ? [] : [text(one["tunnel"])]),
    ];
    const state = remarks.length === 0 ? place : `${place} (${remarks.join(", ")})`;
    return [text(name), text(one["number"]), ...bothOf(one["instance"]), state];
  });
  return [...policies, ...numbers];
}

function flowRow({ protocol, client, dialled, server, state }: Row): string[] {
  return [protocol, client, dialled, server, state].map(text);
}

function slotRow({ link, id, namespace, service, number }: Row): string[] {
  const user = service === undefined ? "prepared" : `${text(service)} ${text(number)}`;
  return [text(link), text(id), ...bothOf(namespace), user];
}

function bothOf(pair: unknown): string[] {
  const { v4, v6 } = asRow(pair);
  return [text(v4), text(v6)];
}

function rowsOf(answer: unknown, key: string): Row[] {
  return asRows(asRow(answer)[key]);
}

function asRows(value: unknown): Row[] {
  return Array.isArray(value) ? value.map(asRow) : [];
}

function asRow(value: unknown): Row {
  return typeof value === "object" && value !== null ? (value as Row) : {};
}

function text(value: unknown): string {
  return value === undefined || value === null ? "" : String(value);
}

/** Each column as wide as its widest cell. */
function columns(rows: readonly string[][]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) {
      widths[index] = Math.max(widths[index] ?? 0, cell.length);
    }
  }
  const lines = rows.map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return lines.map((line) => `${line}\n`).join("");
}
