import { type Doc, idAt, textAt } from "../../api/answers.ts";
import { apiPath } from "../../api/api-path.ts";
import type { CommandContext, CommandInput } from "../../command.ts";
import { UsageError } from "../../errors.ts";
import { exitCodes } from "../../exit-codes.ts";
import { type Candidate, pick } from "../../resolve/pick.ts";

export async function revokeTokens(input: CommandInput, context: CommandContext): Promise<number> {
  if (input.args.length === 0) throw new UsageError("ID|NAME is missing");
  const api = await context.api();
  const candidates = (await api.list("/api/tokens")).map(tokenCandidate);
  const found = new Map(
    input.args.map((word) => {
      const one = pick("token", word, candidates);
      return [idAt(one), one] as const;
    }),
  );
  for (const id of found.keys()) await api.call("DELETE", apiPath`/api/tokens/${id}`);
  const names = [...found.values()].map((one) => textAt(one, "name") ?? idAt(one));
  await context.out.done(`revoked ${names.join(", ")}`, { revoked: [...found.keys()] });
  return exitCodes.fine;
}

export function tokenCandidate(item: Doc): Candidate<Doc> {
  return { item, id: idAt(item), names: [textAt(item, "name") ?? ""] };
}
