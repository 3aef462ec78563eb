import { errorBodySchema } from "@oak/kit";
import { z } from "zod";

/** Response schemas of a route: what success is, and the statuses of its errors. */
export function responses<Success extends z.ZodType>(success: Success, ...statuses: number[]) {
  const refusals = Object.fromEntries(statuses.map((status) => [status, errorBodySchema]));
  return { 200: success, ...refusals } as { 200: Success };
}

/** upstream: routes that change something answer these words as plain text. */
export function says<Text extends string>(text: Text, ...statuses: number[]) {
  return responses(z.literal(text), ...statuses);
}

/** upstream: every fault of the input is a 400. */
export const faultsAre400 = { validationStatus: 400 } as const;
