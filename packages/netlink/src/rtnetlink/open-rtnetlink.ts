import { netlinkProtocols, openNetlinkSocket } from "../netlink-socket.ts";
import type { Rtnetlink } from "../ports.ts";
import { addressCalls } from "./addresses.ts";
import { linkCalls } from "./links.ts";
import { namespaceCalls } from "./namespace-number.ts";
import { neighbourCalls } from "./neighbours.ts";
import { routeCalls } from "./routes.ts";

/**
 * Opens rtnetlink in the namespace of the calling thread; it stays bound to that one.
 * @throws {KernelError}
 */
export const openRtnetlink = (): Rtnetlink => {
  const socket = openNetlinkSocket(netlinkProtocols.route);
  return {
    ...linkCalls(socket),
    ...addressCalls(socket),
    ...routeCalls(socket),
    ...neighbourCalls(socket),
    ...namespaceCalls(socket),
    close: () => socket.close(),
  };
};
