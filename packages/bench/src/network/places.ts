import type { TestBed } from "@oak/testkit";
import { z } from "zod";
import { startIperfServer } from "./iperf.ts";
import { type NamespaceProcess, startInNamespace } from "./namespace-process.ts";
import { type Cores, echoPort, type Place } from "./path.ts";
import { Serving } from "./probe/messages.ts";

/** A probe that asks, until the bed ends. */
export async function startClient(bed: TestBed, namespace: string, cores: Cores): Promise<Place> {
  const probe = startInNamespace({ program: "./probe/main.js", namespace, core: cores.client });
  bed.onClose(() => probe.kill());
  await probe.ask({ kind: "hello" }, z.literal(true));
  return { namespace, probe };
}

/** A probe that echoes, and a server of iperf3, until the bed ends. */
export async function startServers(
  bed: TestBed,
  namespace: string,
  cores: Cores,
): Promise<NamespaceProcess> {
  const probe = startInNamespace({ program: "./probe/main.js", namespace, core: cores.server });
  bed.onClose(() => probe.kill());
  await probe.ask({ kind: "serve", port: echoPort }, Serving);
  await startIperfServer(bed, namespace, cores.server);
  return probe;
}
