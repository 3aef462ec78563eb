import type { GivenAddresses, Job } from "@oak/contracts";

/**
 * Why a service cannot become this other one: what others know it by stays for as long as it lives. Addresses
 * that it was given may be written into its document; that changes nothing.
 */
export function whyOther(
  job: Job,
  wanted: Job,
  given: GivenAddresses | undefined,
): string | undefined {
  if (wanted.job_name !== job.job_name) {
    return (
      `The service is ${job.service_name}.${job.service_ns} and cannot be renamed to ` +
      `${wanted.service_name}.${wanted.service_ns}: create a new one and delete this one`
    );
  }
  const known = knownAddresses(job, given);
  for (const key of ADDRESS_KEYS) {
    const asked = wanted.addresses?.[key];
    if (asked === undefined || asked === "" || known[key].includes(asked)) continue;
    return `The address ${key} of a service cannot be changed: it stays ${known[key][0] ?? "as it was given"}`;
  }
  return undefined;
}

const ADDRESS_KEYS = ["rr_ip", "rr_ip_v6", "closest_ip", "closest_ip_v6"] as const;

function knownAddresses(
  { addresses = {} }: Job,
  given: GivenAddresses | undefined,
): Record<(typeof ADDRESS_KEYS)[number], string[]> {
  const of = (type: string) => given?.service_ip_list.find(({ IpType }) => IpType === type);
  const both = (...found: (string | undefined)[]) => found.filter((one) => one !== undefined);
  const rr = of("RR");
  const closest = of("Closest");
  return {
    rr_ip: both(addresses.rr_ip, rr?.Address),
    rr_ip_v6: both(addresses.rr_ip_v6, rr?.Address_v6),
    closest_ip: both(addresses.closest_ip, closest?.Address),
    closest_ip_v6: both(addresses.closest_ip_v6, closest?.Address_v6),
  };
}
