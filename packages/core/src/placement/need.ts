import { type JobSpec, type Need, parsePortList } from "@oak/contracts";

/**
 * What one instance of a service takes from its child. An absent amount is 0, which is "no limit" and
 * therefore no demand. Host port 0 lets the engine choose and claims none.
 * @throws RangeError when `port` names a port that does not exist.
 */
export function needOf(job: JobSpec): Need {
  const claimed = parsePortList(job.port ?? "")
    .filter(({ host }) => host !== 0)
    .map(({ host, protocol }) => `${host}/${protocol}`);
  return {
    vcpus: job.vcpus ?? 0,
    memory: job.memory ?? 0,
    vgpus: job.vgpus ?? 0,
    host_ports: [...new Set(claimed)],
  };
}
