/** `worker.env`: `NAME=value` lines as systemd's EnvironmentFile= reads them. */

const assignment = /^\s*([A-Za-z_]\w*)=(.*)$/;
const plain = /^[\w./:@%+,=-]*$/;

/** The variables of the file. Of a name that stands there twice the last one counts. */
export function readVariables(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const line of text.split("\n")) {
    const [, name, value = ""] = assignment.exec(line) ?? [];
    if (name !== undefined) found[name] = unquoted(value.trim());
  }
  return found;
}

/** The text with variables changed, or taken out where the value is undefined; all else stays as it is. */
export function withVariables(
  text: string,
  changes: Readonly<Record<string, string | undefined>>,
): string {
  const open = new Map(Object.entries(changes));
  const lines = text.split("\n").flatMap((line) => {
    const name = assignment.exec(line)?.[1];
    if (name === undefined || !(name in changes)) return [line];
    const value = open.get(name);
    open.delete(name);
    return value === undefined ? [] : [`${name}=${quoted(value)}`];
  });
  while (lines.at(-1) === "") lines.pop();
  for (const [name, value] of open) {
    if (value !== undefined) lines.push(`${name}=${quoted(value)}`);
  }
  return lines.map((line) => `${line}\n`).join("");
}

function quoted(value: string): string {
  return plain.test(value) ? value : `"${value.replaceAll(/["\\$`]/g, "\\$&")}"`;
}

function unquoted(value: string): string {
  const [, single] = /^'(.*)'$/.exec(value) ?? [];
  if (single !== undefined) return single;
  const [, double] = /^"(.*)"$/.exec(value) ?? [];
  return (double ?? value).replaceAll(/\\(.)/g, "$1");
}
