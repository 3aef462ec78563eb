export * from "./processes/all-in-one-process.ts";
export * from "./processes/engine-containers.ts";
export * from "./processes/port-leases.ts";
export { type ProgramName, programPath } from "./processes/program-paths.ts";
export * from "./processes/service-process.ts";
export * from "./processes/test-bed.ts";
export * from "./tar.ts";
export * from "./tiny-image.ts";
export * from "./tiny-registry.ts";
