export * from "./tar.ts";
export * from "./tiny-image.ts";
