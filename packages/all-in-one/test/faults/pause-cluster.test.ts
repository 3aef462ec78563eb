import { testPauses } from "../support/pauses.ts";

testPauses(["cluster-manager", "cluster-resource-abstractor", "cluster-scheduler", "mqtt-broker"]);
