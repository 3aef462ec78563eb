import { UsageError } from "../errors.ts";

/** Where a root on this machine listens. */
export const defaultServer = "http://127.0.0.1:10000";

/**
 * A root's address as people write it: `192.0.2.10` and `oak.example:9000` mean http and, without one, port 10000, as with the
 * older command line tools; a URL is taken as it is, with its path, and without a final slash or `/api`.
 *
 * @throws UsageError
 */
export function serverUrlOf(text: string): string {
  const trimmed = text.trim();
  const isUrl = /^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed);
  const isBareIpv6 = /^[0-9a-f:.]*:[0-9a-f:.]*:[0-9a-f:.]*$/i.test(trimmed);
  const full = isUrl ? trimmed : `http://${isBareIpv6 ? `[${trimmed}]` : trimmed}`;
  const url = URL.canParse(full) ? new URL(full) : undefined;
  if (url === undefined || url.hostname === "" || !["http:", "https:"].includes(url.protocol)) {
    throw new UsageError(
      `${JSON.stringify(text)} is no address of a root: HOST, HOST:PORT or a URL`,
    );
  }
  if (url.username !== "" || url.password !== "") {
    throw new UsageError("names and passwords do not belong into the address: use `oak login`");
  }
  // The port is part of what was written even where it is the usual one of http.
  const hasPort = /^[^/]*:\d+(\/|$)/.test(full.slice(full.indexOf("//") + 2));
  if (!isUrl && !hasPort) url.port = "10000";
  const path = url.pathname.replace(/\/+$/, "").replace(/\/api$/, "");
  return `${url.origin}${path}`;
}
