import { type Doc, docsAt, idAt, textAt } from "../../api/answers.ts";
import type { Api } from "../../api/api.ts";
import { createApiFor } from "../../api/create-api.ts";
import type { CommandInput, CommandIo, CompletionKind } from "../../command.ts";
import { createConfigFile } from "../../config/config-file.ts";
import { readSettings } from "../../config/settings.ts";
import { listApplications, listServices } from "../../resolve/own-lists.ts";
import type { Candidate } from "../../resolve/pick.ts";
import {
  applicationCandidate,
  clusterCandidate,
  findService,
  nodeCandidate,
  serviceCandidate,
} from "../../resolve/resolve.ts";
import type { TypedLine } from "./candidates.ts";

/** For the whole of it: a person waits with a finger on the key. */
const limitMs = 1_000;

/** Names of one kind that the root knows; none at all when it does not answer in time, or nobody is logged in. */
export async function knownNames(
  kind: CompletionKind,
  line: TypedLine,
  io: CommandIo,
): Promise<string[]> {
  const nothing = new Promise<string[]>((resolve) => {
    setTimeout(resolve, limitMs, []).unref();
  });
  const asked = namesOf(kind, line, io).catch(() => []);
  return Promise.race([asked, nothing]);
}

async function namesOf(kind: CompletionKind, line: TypedLine, io: CommandIo): Promise<string[]> {
  if (kind === "context") return Object.keys((await createConfigFile(io.env).read()).contexts);
  const input: CommandInput = { args: [], options: { timeout: "1s", ...serverOf(line) } };
  const api = await createApiFor(await readSettings(input, io), { err: () => undefined });
  try {
    return await ask(kind, line, api);
  } finally {
    api.close();
  }
}

async function ask(
  kind: Exclude<CompletionKind, "context">,
  line: TypedLine,
  api: Api,
): Promise<string[]> {
  switch (kind) {
    case "application":
      return distinct((await listApplications(api)).map(applicationCandidate));
    case "service":
      return distinct((await listServices(api)).map(serviceCandidate));
    case "cluster":
      return distinct((await api.list("/api/clusters/")).map(clusterCandidate));
    case "node":
      return distinct((await api.list("/api/nodes")).map(nodeCandidate));
    case "instance":
      return docsAt(await findService(api, line.given.at(-1) ?? ""), "instance_list").map(
        (one) => textAt(one, "instance_number") ?? "",
      );
    case "user":
      return named(await api.list("/api/users/"));
    case "organization":
      return named(await api.list("/api/organization/"));
    case "token":
      return named(await api.list("/api/tokens"));
    case "hook":
      return (await api.list("/api/hooks")).map((one) => textAt(one, "hook_name") ?? idAt(one));
    case "file":
      return [];
    default: {
      const unknown: never = kind;
      return unknown;
    }
  }
}

/** The shortest name that means one thing. */
function distinct(candidates: readonly Candidate<Doc>[]): string[] {
  const counts = new Map<string, number>();
  for (const { names } of candidates) {
    for (const name of new Set(names)) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return candidates.map(({ id, names }) => names.findLast((one) => counts.get(one) === 1) ?? id);
}

function named(items: readonly Doc[]): string[] {
  return items.map((one) => textAt(one, "name") ?? "");
}

/** The root that the line being typed speaks of. */
function serverOf({ words }: TypedLine): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [at, word] of words.entries()) {
    const [, name, value = words[at + 1]] = /^--(server|context|ca)(?:=(.*))?$/.exec(word) ?? [];
    if (name !== undefined && value !== undefined) found[name] = value;
  }
  return found;
}
