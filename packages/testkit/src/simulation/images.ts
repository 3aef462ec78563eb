/** What workloads do, which stands in the names of their images. */
export const IMAGE_KINDS = [
  /** runs */
  "sound",
  /** does not exist: its container is never made, and the worker says why */
  "missing",
  /** fails for good wherever it is tried */
  "failing",
  /** ends again and again soon after its start */
  "restless",
] as const;
export type ImageKind = (typeof IMAGE_KINDS)[number];

export const imageOf = (kind: ImageKind, count: number): string => `${kind}:${count}`;

/** Every image that is not of {@link imageOf} runs. */
export function kindOf(image: string | undefined): ImageKind {
  const [kind] = (image ?? "").split(":", 1);
  return IMAGE_KINDS.find((known) => known === kind) ?? "sound";
}
