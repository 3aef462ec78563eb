import type { TableResult, TableService } from "@oak/contracts";

/**
 * The answer to a worker. upstream: the address of an instance stands last among those of its service; older workers
 * rely on it.
 *
 * @param clusterId of the cluster that answers, once its root has told it
 */
export function tableResult(
  queryKey: string,
  service: TableService | undefined,
  clusterId: string | undefined,
): TableResult {
  if (service === undefined) return { app_name: "", query_key: queryKey, instance_list: [] };
  const { job_name: name, service_ip_list: serviceIps, access, exclusive } = service;
  return {
    app_name: name,
    query_key: queryKey,
    ...(clusterId === undefined ? {} : { cluster_id: clusterId }),
    service_ip_list: serviceIps,
    ...(access === undefined ? {} : { access }),
    ...(exclusive === undefined ? {} : { exclusive }),
    instance_list: service.instance_list.map((instance) => ({
      ...instance,
      service_ip: [
        ...serviceIps,
        {
          IpType: "instance_ip" as const,
          Address: instance.instance_ip,
          Address_v6: instance.instance_ip_v6,
        },
      ],
    })),
  };
}
