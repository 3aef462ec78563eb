import type { TunnelOffer } from "@oak/contracts";
import { formatAddress, parseAddress } from "@oak/core";
import type { ChangeFeed } from "@oak/kit";
import type { Directory } from "@oak/tier";
import type { OfferBox } from "../domain/offer-box.ts";
import { errors } from "../errors.ts";
import type { AddressStore } from "../ports.ts";

export interface PassOfferDeps {
  directory: Pick<Directory, "jobNamed" | "recordsOf">;
  addresses: Pick<AddressStore, "find">;
  offers: OfferBox;
  feed: Pick<ChangeFeed, "touch">;
}

/**
 * Hands the offer of a cluster's worker to the cluster that has the instance, with the next answer to its question.
 * @throws AppError forbidden for a subnet of somebody else; service_unknown
 */
export type PassOffer = (clusterId: string, offer: TunnelOffer) => Promise<void>;

/** No service has such a name: whoever waits looks, and nobody is told of a change. */
const offersTopic = "tunnel offers";

export function createPassOffer({ directory, addresses, offers, feed }: PassOfferDeps): PassOffer {
  const isLeasedTo = async (clusterId: string, text: string): Promise<boolean> => {
    const parsed = parseAddress(text);
    if (parsed === undefined) return false;
    return (await addresses.find(formatAddress(parsed)))?.cluster_id === clusterId;
  };
  return async (clusterId, offer) => {
    const subnets = [offer.subnet, offer.subnetv6].map((text) => isLeasedTo(clusterId, text));
    if ((await Promise.all(subnets)).includes(false)) throw errors.forbidden();
    const job = directory.jobNamed(offer.appname);
    const record = directory
      .recordsOf(job?._id ?? "")
      .find(({ instance_number: number }) => number === offer.instance_number);
    if (record?.phase !== "assigned" || record.child === null) {
      throw errors.service_unknown(`No instance ${offer.instance_number} of ${offer.appname}`);
    }
    offers.put(record.child, offer);
    feed.touch(offersTopic);
  };
}
