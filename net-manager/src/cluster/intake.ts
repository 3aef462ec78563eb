import { netTopic, SubnetResult, TableResult, TunnelOffer, UpdatesAvailable } from "@oak/contracts";
import type { Logger } from "@oak/kit";
import type { z } from "zod";

export interface IntakeHandlers {
  onSubnet(result: SubnetResult): void;
  onTable(result: TableResult): void;
  /** A service has changed; without a table it has to be asked for. */
  onUpdate(jobName: string, table?: TableResult): void;
  onOffer(offer: TunnelOffer): void;
}

const updates = /^jobs\/([^/]+)\/updates_available$/;

/** What comes from the broker, checked at the door; what is malformed is dropped. */
export function createIntake(
  workerId: () => string | undefined,
  { onSubnet, onTable, onUpdate, onOffer }: IntakeHandlers,
  logger: Logger,
): (topic: string, payload: Buffer) => void {
  const read = <T>(schema: z.ZodType<T>, payload: Buffer, take: (message: T) => void): void => {
    let message: T;
    try {
      message = schema.parse(JSON.parse(payload.toString("utf8")));
    } catch (err) {
      logger.debug({ err }, "malformed message");
      return;
    }
    take(message);
  };
  return (topic, payload) => {
    const id = workerId() ?? "";
    if (topic === netTopic(id, "subnetResult")) read(SubnetResult, payload, onSubnet);
    else if (topic === netTopic(id, "queryResult")) read(TableResult, payload, onTable);
    else if (topic === netTopic(id, "tunnelOffered")) read(TunnelOffer, payload, onOffer);
    else {
      const name = updates.exec(topic)?.[1];
      if (name !== undefined) onUpdate(name, tableIn(payload, name));
    }
  };
}

/** upstream: the payload is of no use, the message alone says that something has changed. */
function tableIn(payload: Buffer, jobName: string): TableResult | undefined {
  try {
    const { table } = UpdatesAvailable.parse(JSON.parse(payload.toString("utf8")));
    return table?.app_name === jobName ? table : undefined;
  } catch {
    return undefined;
  }
}
