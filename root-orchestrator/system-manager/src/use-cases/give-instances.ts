import type { Id } from "@oak/contracts";
import { forEachAtOnce } from "@oak/tier";
import type { Network } from "../ports/network.ts";

const askedAtOnce = 16;

/**
 * Asks for the addresses of several instances of a service.
 * @throws AppError addresses_exhausted, when all others were asked for
 */
export async function giveInstances(
  network: Pick<Network, "giveInstance">,
  serviceId: Id,
  numbers: readonly number[],
): Promise<void> {
  await forEachAtOnce(numbers, askedAtOnce, (number) => network.giveInstance(serviceId, number));
}
