import type { JobSpec } from "@oak/contracts";

/** Names that `uname` uses, as GOARCH, which is what workers report. */
const GOARCH_OF = new Map([
  ["x86_64", "amd64"],
  ["aarch64", "arm64"],
  ["armv7l", "arm"],
  ["armv6l", "arm"],
  ["i386", "386"],
  ["i686", "386"],
]);

/** One spelling per architecture. */
export function normaliseArchitecture(name: string): string {
  const lower = name.trim().toLowerCase();
  return GOARCH_OF.get(lower) ?? lower;
}

/**
 * Architectures on which a service runs; undefined means any. `arch` lists several of which one is
 * enough, `platform` (`linux/arm64`, a variant behind it is ignored) names one; given both, both hold.
 */
export function allowedArchitectures(job: JobSpec): ReadonlySet<string> | undefined {
  const listed = new Set((job.arch ?? []).map(normaliseArchitecture));
  const platform = platformArchitecture(job.platform ?? "");
  if (platform === undefined) return listed.size === 0 ? undefined : listed;
  return new Set(listed.size === 0 || listed.has(platform) ? [platform] : []);
}

/** Workers run Linux; another system stays in the name, which then matches no worker. */
function platformArchitecture(platform: string): string | undefined {
  const parts = platform.trim().toLowerCase().split("/");
  const [first = "", second] = parts;
  if (first === "") return undefined;
  if (second === undefined) return normaliseArchitecture(first);
  return first === "linux" ? normaliseArchitecture(second) : `${first}/${second}`;
}
