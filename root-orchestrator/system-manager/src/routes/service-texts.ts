import { Readable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { GivenAddresses } from "@oak/contracts";
import type { FastifyReply } from "fastify";
import { serviceView } from "../domain/service-view.ts";
import type { JobWithInstances } from "../ports/jobs.ts";
import type { Network } from "../ports/network.ts";

/** Views of services as JSON. What was made of a service is kept for as long as the service is the same object. */
export interface ServiceTexts {
  one(service: JobWithInstances): Promise<string>;
  /** In their order. A long list comes in slices: as one it would hold up everybody else, and be in memory twice. */
  many(services: readonly JobWithInstances[]): Promise<string | Readable>;
}

/** A few milliseconds, also when nothing is kept. */
const sliceLength = 100;
/** Characters. With the logs of many instances it is made anew each time, so that they are not kept twice. */
const longestKept = 8_192;

export function createServiceTexts(network: Pick<Network, "addressesOf">): ServiceTexts {
  const kept = new WeakMap<JobWithInstances, { given: GivenAddresses | undefined; text: string }>();

  const textOf = (service: JobWithInstances, given: GivenAddresses | undefined): string => {
    const known = kept.get(service);
    if (known !== undefined && known.given === given) return known.text;
    const text = JSON.stringify(serviceView(service, given));
    if (text.length <= longestKept) kept.set(service, { given, text });
    return text;
  };
  const slice = async (services: readonly JobWithInstances[]): Promise<string> => {
    const given = await network.addressesOf(services);
    return services.map((service) => textOf(service, given.get(service._id))).join(",");
  };

  async function* slices(services: readonly JobWithInstances[]): AsyncGenerator<string> {
    for (let from = 0; from < services.length; from += sliceLength) {
      if (from > 0) await nextTurn();
      yield (from === 0 ? "[" : ",") + (await slice(services.slice(from, from + sliceLength)));
    }
    yield "]";
  }

  return {
    one: (service) => slice([service]),
    many: async (services) => {
      if (services.length <= sliceLength) return `[${await slice(services)}]`;
      return Readable.from(slices(services), { highWaterMark: 1 });
    },
  };
}

/** Sends what is JSON already. */
export function sendJsonText(reply: FastifyReply, text: string | Readable): FastifyReply {
  return reply.type("application/json; charset=utf-8").send(text);
}
