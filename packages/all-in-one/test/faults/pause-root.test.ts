import { testPauses } from "../support/pauses.ts";

testPauses(["system-manager", "root-resource-abstractor", "root-scheduler", "worker"]);
