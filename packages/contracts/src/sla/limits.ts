/** Upper bounds of an SLA: generous for people, finite for machines. */
export const SLA_LIMITS = {
  vcpus: 1024,
  /** MB: 16 TiB */
  memoryMb: 16 * 1024 * 1024,
  /** MB: 1 PiB */
  storageMb: 1024 * 1024 * 1024,
  vgpus: 1024,
  instancesPerService: 1000,
  servicesPerApplication: 100,
  rolloutPauseS: 3600,
  applications: 100,
  applicationsPerUser: 1000,
  bodyBytes: 1024 * 1024,
  depth: 32,
  textLength: 65_536,
  environmentEntries: 1000,
  ports: 100,
} as const;

/** upstream: application, service and namespace names (a trailing newline is not let through here). */
export const NAME_PATTERN = /^[a-zA-Z0-9]{1,30}$/;
