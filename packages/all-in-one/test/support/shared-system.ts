import { createTestBed, createTinyImage, type TestBed, type TinyImage } from "@oak/testkit";
import { afterAll, beforeAll, beforeEach, vi } from "vitest";
import { runsOnDocker, SYSTEM_TEST_MS } from "./on-docker.ts";
import { showLogsOnFailure } from "./system.ts";

/** What the tests of one file have in common. */
export interface SharedOnBed<S> {
  readonly bed: TestBed;
  readonly system: S;
}

export interface Shared<S> extends SharedOnBed<S> {
  /** A tiny image; by itself it waits until it is told to end. */
  readonly image: string;
}

/**
 * One system for all tests of a file, since starting one takes as long as a test. To be called at the top
 * of the file; its parts are there inside of tests. `add` prepares and starts it. Needs no Docker by itself.
 */
export function shareOnBed<S>(add: (bed: TestBed) => Promise<S>, isWanted = true): SharedOnBed<S> {
  vi.setConfig({ testTimeout: SYSTEM_TEST_MS, hookTimeout: SYSTEM_TEST_MS });
  let bed: TestBed | undefined;
  let system: S | undefined;

  beforeAll(async () => {
    if (!isWanted) return;
    bed = await createTestBed();
    try {
      system = await add(bed);
    } catch (error) {
      process.stderr.write(bed.logs());
      throw error;
    }
  });
  beforeEach((context) => {
    if (bed !== undefined) showLogsOnFailure(bed, context);
  });
  afterAll(async () => {
    await bed?.close();
  });
  return {
    get bed() {
      return bed!;
    },
    get system() {
      return system!;
    },
  };
}

/** The same with a tiny image, where there is a Docker. */
export function shareSystem<S>(add: (bed: TestBed) => Promise<S>): Shared<S> {
  let image: TinyImage | undefined;
  // What is registered first is called last: when the containers are gone.
  afterAll(async () => {
    await image?.remove();
  });
  const shared = shareOnBed(async (bed) => {
    image = await createTinyImage();
    return add(bed);
  }, runsOnDocker);
  return {
    get bed() {
      return shared.bed;
    },
    get system() {
      return shared.system;
    },
    get image() {
      return image!.name;
    },
  };
}
