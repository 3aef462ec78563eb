import { join } from "node:path";
import type { TestBed } from "../processes/test-bed.ts";
import {
  type ComposeProject,
  composeProject,
  removeProject,
  runScript,
} from "./compose-project.ts";
import { projectName, type StackSettings, stackSettings } from "./stack-settings.ts";

/** Root and cluster in containers, with embedded databases, as scripts/start-full.sh starts them. */
export interface FullStack {
  readonly project: ComposeProject;
  readonly settings: StackSettings;
  /**
   * The start script with these arguments; without any it starts everything and returns when all are well.
   * @throws with what it printed when it fails
   */
  script(...args: readonly string[]): Promise<string>;
}

const files = [
  "docker-compose.yml",
  "root-orchestrator/override-embedded-db.yml",
  "cluster-orchestrator/override-embedded-db.yml",
];

/** Prepares it, with images of this working tree; starts nothing. It goes with the bed. */
export async function addFullStack(bed: TestBed): Promise<FullStack> {
  const name = projectName();
  const settings = await stackSettings(bed);
  const envFile = join(bed.folder, `${name}.env`);
  removeProject(bed, name);
  return {
    project: composeProject({ name, envFile, files }),
    settings,
    script: (...args) =>
      runScript("start-full.sh", args, {
        ...settings.env,
        OAK_ENV_FILE: envFile,
        COMPOSE_PROJECT_NAME: name,
        OAK_NETWORK_NAME: name,
        OVERRIDE_FILES: "override-embedded-db.yml,override-no-dashboard.yml",
      }),
  };
}
