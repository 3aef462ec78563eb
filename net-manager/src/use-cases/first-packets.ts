import type { Clock, Logger } from "@oak/kit";
import { NoAnswerError } from "../cluster/table-queries.ts";
import { canonical } from "../domain/subnets.ts";
import type { DataPlane } from "../ports.ts";
import type { Distances } from "./distances.ts";
import type { Interests } from "./interests.ts";
import type { TranslationTable } from "./translation-table.ts";

export interface FirstPacketsOptions {
  plane: Pick<DataPlane, "onUnknown" | "answer">;
  table: Pick<TranslationTable, "withAddress">;
  interests: Pick<Interests, "resolve" | "touch">;
  distances: Pick<Distances, "use">;
  clock: Clock;
  logger: Logger;
  /** How long nobody is asked again for what does not exist. */
  unknownForMs: number;
}

/** After silence of the cluster nothing is known: the next packet is worth a question. */
const unansweredForMs = 1_000;

/** Finds out what stands behind an address when the first packet to it comes. */
export function answerFirstPackets(options: FirstPacketsOptions): void {
  const { plane, table, interests, distances, logger, unknownForMs } = options;

  const find = async (address: string): Promise<boolean> => {
    const known = table.withAddress(address);
    if (known !== undefined) return true;
    await interests.resolve({ address });
    return table.withAddress(address) !== undefined;
  };

  plane.onUnknown(({ address: given }) => {
    const address = canonical(given, 4) ?? canonical(given, 6) ?? given;
    find(address).then(
      (isKnown) => {
        plane.answer(given, isKnown ? "known" : { unknownForMs });
        distances.use(address);
      },
      (err: unknown) => {
        const level = err instanceof NoAnswerError ? "debug" : "error";
        logger[level]({ address, err }, "a first packet finds no answer");
        plane.answer(given, { unknownForMs: unansweredForMs });
      },
    );
  });
}
