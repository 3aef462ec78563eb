import { type Doc, numberAt, textAt, timeAt } from "../../api/answers.ts";
import type { Column } from "../../output/table.ts";

export const eventColumns: readonly Column<Doc>[] = [
  { title: "TIME", of: timeOf },
  { title: "LEVEL", of: (one) => textAt(one, "level"), colour: colourOfLevel },
  { title: "REASON", of: (one) => textAt(one, "reason") },
  { title: "ABOUT", of: aboutOf },
  { title: "BY", isWide: true, of: (one) => textAt(one, "actor") },
  { title: "ID", isWide: true, of: (one) => textAt(one, "id") },
  { title: "MESSAGE", of: messageOf },
];

/** One line for those who watch: there is no table yet whose columns could be measured. */
export function eventLine(event: Doc): string {
  const level = (textAt(event, "level") ?? "").padEnd("warning".length);
  const reason = (textAt(event, "reason") ?? "-").padEnd(20);
  const about = aboutOf(event).padEnd(22);
  return `${timeOf(event) ?? "-"}  ${level}  ${reason}  ${about}  ${messageOf(event)}`;
}

export function colourOfLevel(level: string): "yellow" | undefined {
  return level.startsWith("warning") ? "yellow" : undefined;
}

function timeOf(event: Doc): string | undefined {
  return timeAt(event, "last_at") ?? timeAt(event, "at");
}

function messageOf(event: Doc): string {
  const count = numberAt(event, "count") ?? 1;
  const message = textAt(event, "message") ?? "";
  return count > 1 ? `${message} (${count} times)` : message;
}

/** `instance shop.web.2`, `node garage-1`; the most exact name that is known. */
function aboutOf(event: Doc): string {
  const type = textAt(event, "type") ?? "";
  const names: Readonly<Record<string, readonly (string | undefined)[]>> = {
    application: [textAt(event, "application_name", "application_id")],
    service: [textAt(event, "application_name"), serviceOf(event)],
    instance: [
      textAt(event, "application_name"),
      serviceOf(event),
      textAt(event, "instance_number"),
    ],
    cluster: [textAt(event, "cluster_name", "cluster_id")],
    node: [textAt(event, "node_name", "node_id")],
  };
  const name = (names[type] ?? []).filter((one) => one !== undefined).join(".");
  return `${type} ${name}`.trim();
}

function serviceOf(event: Doc): string | undefined {
  return textAt(event, "service_name", "service_id");
}
