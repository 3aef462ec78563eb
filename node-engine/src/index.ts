export type { Engine, EngineHealth, RunningCopy } from "./engine.ts";
export { createNodeEngine, type NodeEngine, type NodeEngineOptions } from "./service.ts";
