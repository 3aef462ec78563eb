import { reachOf } from "@oak/kit/address-reach";
import { type Check, check } from "../check.ts";
import { fault, ok, warn } from "../finding.ts";

/** That a name leads somewhere; nothing is said of what is an address already. */
export function nameCheck(what: string, host: string): Check {
  const name = `name of the ${what}`;
  return check(name, async (probes) => {
    if (reachOf(host) !== "name") return [];
    const addresses = await probes.resolve(host);
    if (addresses.length === 0) {
      return [
        fault(
          name,
          `${host} is not known here (no such host)`,
          "Give the address in its place, or put the name into DNS or /etc/hosts",
        ),
      ];
    }
    const list = addresses.join(", ");
    if (addresses.every((one) => reachOf(one) === "loopback")) {
      return [
        warn(
          name,
          `${host} is ${list} here, which is this machine`,
          "If another machine is meant, mend its line in /etc/hosts (Debian writes 127.0.1.1 for its own name)",
        ),
      ];
    }
    return [ok(name, `${host} is ${list}`)];
  });
}
