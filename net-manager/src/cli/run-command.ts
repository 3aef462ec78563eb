import { type HttpClient, UnreachableError } from "@oak/kit";

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

-o json after table, flows or slots: all that is known, for programs
`;

/** upstream: its unit writes there; ours leaves it to the journal. */
export const logsHint = "journalctl --unit netmanager --follow\n";

export function asksForHelp(word: string): boolean {
  return ["help", "--help", "-h"].includes(word);
}

/** Why there was no answer, and what the caller can do about it. */
export function explained(error: unknown, socket: string): unknown {
  if (!(error instanceof UnreachableError)) return error;
  const told = (why: string) =>
    new Error(`No net-manager answers on ${socket}: ${why}`, { cause: error });
  if (error.isTimeout) return told("it runs, and did not answer in time");
  const code: unknown = error.cause instanceof Error ? Reflect.get(error.cause, "code") : undefined;
  if (code === "EACCES" || code === "EPERM") return told("only root may ask it");
  return told("it does not run (systemctl status netmanager), or NET_MANAGER_SOCKET is another");
}

export function isCommand(word: string): word is Command {
  return (COMMANDS as readonly string[]).includes(word);
}

/** What follows the command: undefined for what nobody understands. */
export function readOptions(words: readonly string[]): { asJson: boolean } | undefined {
  if (words.length === 0) return { asJson: false };
  return ["-o json", "-ojson", "-o=json"].includes(words.join(" ")) ? { asJson: true } : undefined;
}

/** Answers the text to print. Rejects as the client does. */
export async function runCommand(
  client: Pick<HttpClient, "request">,
  command: Command,
  { asJson }: { asJson: boolean } = { asJson: false },
): Promise<string> {
  if (command === "uninstall") {
    await client.request({ method: "POST", path: "/uninstall", timeoutMs: 60_000 });
    return "Everything is taken out.\n";
  }
  const answer = await client.request({ path: `/${command}` });
  if (asJson || command === "status") return `${JSON.stringify(answer, null, 2)}\n`;
  if (command !== "flows") return renderers[command](answer);
  return flowColumns(answer, await client.request({ path: "/table" }));
}

type Row = Readonly<Record<string, unknown>>;

const renderers: Record<"table" | "slots", (answer: unknown) => string> = {
  table: (answer) =>
    columns([
      ["SERVICE", "FOR", "IPV4", "IPV6", "LEADS TO"],
      ...rowsOf(answer, "services").flatMap(serviceRows),
    ]),
  slots: (answer) =>
    columns([
      ["LINK", "NAMESPACE", "IPV4", "IPV6", "USED BY"],
      ...rowsOf(answer, "slots").map(slotRow),
    ]),
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
    const host = text(asRow(asRow(one["attached"])["worker"])["host"]);
    const at = text(asRow(namespace)["v4"]);
    const place = namespace === undefined ? "not attached" : `${at}${host && ` on ${host}`}`;
    const remarks = [
      ...(one["isServing"] === true ? [] : ["takes no connections"]),
      ...(one["tunnel"] === undefined ? [] : [text(one["tunnel"])]),
    ];
    const state = remarks.length === 0 ? place : `${place} (${remarks.join(", ")})`;
    return [text(name), text(one["number"]), ...bothOf(one["instance"]), state];
  });
  return [...policies, ...numbers];
}

/** Connections know addresses alone; the table says whose they are. */
function flowColumns(answer: unknown, table: unknown): string {
  const services = rowsOf(table, "services");
  const dialled = new Map<string, string>();
  const instances = new Map<string, string>();
  for (const service of services) {
    const name = text(service["name"]);
    for (const { policy, addresses } of asRows(service["addresses"])) {
      for (const one of bothOf(addresses)) dialled.set(one, `${name} ${text(policy)}`);
    }
    for (const { number, instance, attached } of asRows(service["instances"])) {
      for (const one of bothOf(instance)) dialled.set(one, `${name} ${text(number)}`);
      for (const one of bothOf(asRow(attached)["namespace"])) {
        instances.set(one, `${name} ${text(number)}`);
      }
    }
  }
  const rows = rowsOf(answer, "flows").map((flow) => [
    ...[text(flow["protocol"]), text(flow["client"])],
    // On the server's worker it is seen by its instance address.
    instances.get(addressOf(flow["client"])) ?? dialled.get(addressOf(flow["client"])) ?? "",
    ...[text(flow["dialled"]), dialled.get(addressOf(flow["dialled"])) ?? ""],
    ...[text(flow["server"]), instances.get(addressOf(flow["server"])) ?? ""],
    text(flow["state"]),
  ]);
  const head = ["PROTOCOL", "CLIENT", "FROM", "DIALLED", "SERVICE", "SERVER", "INSTANCE", "STATE"];
  return columns([head, ...rows]);
}

/** Without the port: `10.18.0.66:4000`, `[fc00::102]:4000`, or an address alone. */
function addressOf(end: unknown): string {
  const [, inBrackets, bare] = /^\[(.*)\]|^([\d.]+)/.exec(text(end)) ?? [];
  return inBrackets ?? bare ?? text(end);
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
