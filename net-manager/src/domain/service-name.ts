/** What a name under `oak` asks for. */
export interface AskedName {
  /** In lower case: names of the DNS have no case. */
  jobName: string;
  /** As it was spelt, for a cluster that compares exactly. */
  spelt: string;
  which: "RR" | "Closest" | number;
}

const domain = "oak";
const label = /^[a-z0-9]{1,30}$/i;

/**
 * Reads `<service>.<service ns>.<app>.<app ns>.oak`, perhaps with `closest.` or the number of an instance in front.
 * `foreign`: not under `oak`. `parent`: a name that only others stand below. `none`: no such name can exist.
 */
export function readServiceName(name: string): AskedName | "foreign" | "parent" | "none" {
  const labels = name.replace(/\.$/, "").split(".");
  if (labels.pop()?.toLowerCase() !== domain) return "foreign";
  const [app, appNamespace, ...rest] = [labels.at(-2), labels.at(-1), ...labels.slice(0, -2)];
  if (labels.length < 4) return labels.every((one) => label.test(one)) ? "parent" : "none";
  if (labels.length > 5 || app === undefined || appNamespace === undefined) return "none";
  const [service, serviceNamespace] = rest.slice(-2);
  const spelt = [app, appNamespace, service, serviceNamespace];
  if (!spelt.every((one) => label.test(one ?? ""))) return "none";
  const which = labels.length === 4 ? "RR" : readWhich(labels[0] ?? "");
  if (which === undefined) return "none";
  return { jobName: spelt.join(".").toLowerCase(), spelt: spelt.join("."), which };
}

function readWhich(first: string): AskedName["which"] | undefined {
  if (first.toLowerCase() === "closest") return "Closest";
  return /^(0|[1-9]\d{0,14})$/.test(first) ? Number(first) : undefined;
}
