import { type Doc, docAt, docFrom, idAt } from "../../api/answers.ts";
import type { Api } from "../../api/api.ts";
import { ApiError } from "../../api/api-error.ts";
import { apiPath } from "../../api/api-path.ts";
import { changeLines } from "../../changes/change-lines.ts";
import { changesFrom } from "../../changes/changes.ts";
import type { CommandContext, CommandInput } from "../../command.ts";
import { exitCodes } from "../../exit-codes.ts";
import { argumentsOf, countOf, durationOf, hasFlag } from "../../input.ts";
import { findService, serviceNameOf } from "../../resolve/resolve.ts";
import { waitOf } from "../../wait.ts";
import { revisionsOf } from "../rollout/revisions.ts";
import { type SpecWish, specIn, wishFrom, withImage } from "./new-spec.ts";
import { tellUpdate } from "./tell-update.ts";

export async function updateService(input: CommandInput, context: CommandContext): Promise<number> {
  const [word = ""] = argumentsOf(input, { required: ["ID|NAME"] });
  const limitMs = waitOf(input);
  const query = strategyOf(input);
  const wish = await wishFrom(input, context.io);
  const api = await context.api();
  const service = await findService(api, word);
  const id = idAt(service, "microserviceID");
  const answer = docFrom(await put({ api, service, query }, wish), "the update");
  if (hasFlag(input, "dry-run")) return tellDryRun(answer, context);
  await tellUpdate({ id, name: serviceNameOf(service), answer }, limitMs, context);
  return exitCodes.fine;
}

function strategyOf(input: CommandInput) {
  const bounds = { min: 0, max: 1_000_000 };
  const pauseMs = durationOf(input, "pause");
  return {
    maxSurge: countOf(input, "max-surge", bounds),
    maxUnavailable: countOf(input, "max-unavailable", bounds),
    pauseS: pauseMs === undefined ? undefined : pauseMs / 1_000,
    dryRun: hasFlag(input, "dry-run") || undefined,
  };
}

interface Target {
  api: Api;
  service: Doc;
  query: ReturnType<typeof strategyOf>;
}

const mostTries = 5;

/**
 * A document is meant whatever was there before. With the image alone, all else must be as it was read: the write is bound
 * to that version, and repeated as long as nothing but the state of instances has changed.
 */
async function put({ api, service, query }: Target, wish: SpecWish): Promise<unknown> {
  const path = apiPath`/api/service/${idAt(service, "microserviceID")}`;
  if ("document" in wish) {
    return api.call("PUT", path, { query, body: specIn(wish.document, service) });
  }
  for (let tries = 1; ; tries += 1) {
    const { tag } = await api.callWithTag("GET", path);
    const body = withImage(await currentSpec(api, service), wish.image);
    const headers: Record<string, string> = tag === undefined ? {} : { "if-match": tag };
    try {
      return await api.call("PUT", path, { query, body, headers });
    } catch (error) {
      const isStale = error instanceof ApiError && error.status === 412;
      if (!isStale || tries === mostTries) throw error;
    }
  }
}

async function currentSpec(api: Api, service: Doc): Promise<Doc | undefined> {
  const revisions = await revisionsOf(api, service);
  const current = revisions.find(({ doc }) => doc["current"] === true);
  return current && docAt(current.doc, "spec");
}

async function tellDryRun(answer: Doc, { out }: CommandContext): Promise<number> {
  const changes = changesFrom(answer);
  if (!out.isForPrograms && !out.isQuiet) out.lines(changeLines(changes, { withUnchanged: true }));
  await out.done("nothing was changed (--dry-run)", answer);
  return exitCodes.fine;
}
