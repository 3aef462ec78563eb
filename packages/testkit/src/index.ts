export * from "./tar.ts";
export * from "./tiny-image.ts";
export * from "./tiny-registry.ts";
