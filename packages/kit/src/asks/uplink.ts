import type { Readable } from "node:stream";
import type { AskRefusal } from "@oak/contracts";
import { createHttpClient, pathOf } from "../http/client.ts";
import { createUploader } from "../http/upload.ts";
import { answerMediaType } from "./ask-routes.ts";
import { createFrameWriter, type FrameTiming } from "./frames.ts";

export interface AskUplinkOptions {
  baseUrl: string;
  /** For example `/api/cluster/asks`. */
  path: string;
  /** Who we are; asked for each time. Undefined: nobody yet, and nothing is sent. */
  token(): string | undefined;
  timing?: FrameTiming;
}

/** How answers come to the parent. All reject when it is away, or does not want it any more. */
export interface AskUplink {
  send(id: string, body: Readable, signal: AbortSignal): Promise<void>;
  refuse(id: string, refusal: AskRefusal): Promise<void>;
  close(): void;
}

export function createAskUplink(options: AskUplinkOptions): AskUplink {
  const { baseUrl, path, timing } = options;
  const client = createHttpClient({ baseUrl });
  const uploader = createUploader(baseUrl);
  const headers = (): Record<string, string> => {
    const token = options.token();
    if (token === undefined) throw new Error("Not registered: nobody to answer to");
    return { authorization: `Bearer ${token}` };
  };
  return {
    send: async (id, body, signal) => {
      const framed = createFrameWriter(timing);
      body.once("error", (error) => framed.destroy(error));
      framed.once("close", () => body.destroy());
      await uploader.post({
        path: `${path}${pathOf(id)}`,
        headers: { ...headers(), "content-type": answerMediaType },
        body: body.pipe(framed),
        signal,
      });
    },
    refuse: async (id, refusal) => {
      await client.request({
        method: "POST",
        path: `${path}${pathOf(id, "refusal")}`,
        headers: headers(),
        body: refusal,
      });
    },
    close: () => {
      client.close();
      uploader.close();
    },
  };
}
