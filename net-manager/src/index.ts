export { createFakeDataPlane, type FakeDataPlane } from "./adapters/fake/fake-data-plane.ts";
export type { DataPlaneSettings } from "./kernel/data-plane-settings.ts";
export { type OpenDataPlaneOptions, openDataPlane } from "./open-data-plane.ts";
export type * from "./ports.ts";
export { createNetManager, type NetManager, type NetManagerOptions } from "./service.ts";
